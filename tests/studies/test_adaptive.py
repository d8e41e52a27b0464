from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from seedspread.analysis.compare import ArmOfStudy, compare_all, compare_arms
from seedspread.analysis.figures.draw import Options, draw
from seedspread.analysis.measured import Measured, measure
from seedspread.analysis.rules import conditions
from seedspread.context import Context
from seedspread.core.states import RunState, StudyState
from seedspread.core.study import AdaptivePlan, ArmSpec, RuleSpec, StopWhen
from seedspread.errors import NotFound
from seedspread.observe import studies as observe
from seedspread.storage.database import Database
from seedspread.storage.search import Slice
from seedspread.storage.tables import ArmRow, RunRow, StudyRow
from seedspread.studies import adaptive, change
from seedspread.studies.adaptive import look_after, read_plan
from seedspread.studies.change import cancel_run
from seedspread.views.adaptive import AdaptiveView
from tests.builders import NOW, finish, run_ids, spec, store
from tests.figures.drawn import of_role
from tests.support.studies import context_of, exclude

DRAWN = random.Random(8)
TWO = (ArmSpec(name="base"), ArmSpec(name="wide"))


@pytest.fixture
def context(database: Database) -> Context:
    return context_of(database)


def adaptive_study(database: Database, *, arms: tuple[ArmSpec, ...] = TWO, seeds: int = 5, **plan: object) -> int:
    request = AdaptivePlan.model_validate({"batch": 5, "max_seeds": 20} | plan)
    return store(database, spec(arms=arms, seeds=seeds, rule=RuleSpec(adaptive=request)))


def train(database: Database, study_id: int, gain: float, attempt: int = 1) -> int:
    """End every queued run; `wide` is better by `gain`. How many there were."""
    with database.reading() as session:
        query = select(RunRow.id, ArmRow.name).join(ArmRow, ArmRow.id == RunRow.arm_id)
        queued = session.execute(
            query.where(RunRow.study_id == study_id, RunRow.state == RunState.QUEUED).order_by(RunRow.id)
        ).all()
    for run, arm in queued:
        value = 0.9 + DRAWN.gauss(0, 0.002) + (gain if arm == "wide" else 0.0)
        finish(database, run, {"accuracy": [value]}, now=NOW + timedelta(seconds=run), attempt=attempt)
    return len(queued)


def states(database: Database, study_id: int) -> dict[str, int]:
    with database.reading() as session:
        found = list(session.scalars(select(RunRow.state).where(RunRow.study_id == study_id)))
    return {state: found.count(state) for state in set(found)}


def test_a_clear_difference_ends_the_study_at_an_early_look(context: Context, database: Database) -> None:
    study_id = adaptive_study(database)
    look_after(context, NOW)
    assert states(database, study_id) == {"queued": 20}  # the first look is at 10 seeds per arm
    train(database, study_id, gain=0.02)
    look_after(context, NOW)
    plan = read_plan(context, study_id)
    assert not plan.open
    (pair,) = plan.pairs
    assert [look.n for look in pair.looks] == [10]
    assert pair.looks[0].outcome == "better"
    assert pair.looks[0].spent < 0.05
    assert pair.looks[0].level > 0.95
    found = compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1))
    assert found.state == "better"
    assert found.interval == pair.looks[0].interval


def test_no_difference_is_looked_at_in_batches_until_the_seeds_are_used_up(
    context: Context, database: Database
) -> None:
    study_id = adaptive_study(database)
    look_after(context, NOW)
    trained: list[int] = []
    while (ended := train(database, study_id, gain=0.0)) and len(trained) < 9:
        trained.append(ended)
        look_after(context, NOW)
    assert trained == [20, 10, 10]
    plan = read_plan(context, study_id)
    (pair,) = plan.pairs
    assert [look.n for look in pair.looks] == [10, 15, 20]
    spent = [look.spent for look in pair.looks]
    assert spent == sorted(spent)
    assert 0.04 < spent[-1] <= 0.05
    assert (plan.open, pair.looks[-1].reason) == (False, "seeds_exhausted")


def test_what_is_still_queued_is_cancelled_and_late_seeds_do_not_move_the_verdict(
    context: Context, database: Database
) -> None:
    study_id = adaptive_study(database, seeds=20)
    with database.reading() as session:
        query = select(RunRow.id, ArmRow.name).join(ArmRow, ArmRow.id == RunRow.arm_id).where(RunRow.position < 12)
        first = session.execute(query).all()
    for run, arm in first:
        value = 0.9 + DRAWN.gauss(0, 0.002) + (0.02 if arm == "wide" else 0.0)
        finish(database, run, {"accuracy": [value]})
    look_after(context, NOW)
    assert states(database, study_id) == {"finished": 24, "cancelled": 16}
    family = compare_all(context, study_id)
    (member,) = family.comparisons
    assert member.difference.n_a == 10
    assert "next planned look" not in family.headline


def test_a_look_waits_for_every_run_of_its_batch(context: Context, database: Database) -> None:
    study_id = adaptive_study(database, seeds=10)
    with database.reading() as session:
        runs = list(session.scalars(select(RunRow.id).where(RunRow.study_id == study_id).order_by(RunRow.id)))
    for run in runs[:-1]:
        finish(database, run, {"accuracy": [0.9 + DRAWN.gauss(0, 0.002)]})
    look_after(context, NOW)
    assert read_plan(context, study_id).pairs[0].looks == []
    finish(database, runs[-1], state=RunState.FAILED, reason="it broke")
    look_after(context, NOW)
    assert [look.n for look in read_plan(context, study_id).pairs[0].looks] == [10]


def standing(context: Context, study_id: int) -> tuple[str, list[str]]:
    """The study's own state, and in which of these a search of the list finds it."""
    state = observe.study(context, study_id).state
    part = Slice("id")
    return state, [name for name in StudyState if observe.list_studies(context, f"is:{name}", part).items]


def test_a_study_goes_on_between_the_end_of_a_batch_and_the_look(context: Context, database: Database) -> None:
    study_id = adaptive_study(database)
    look_after(context, NOW)
    train(database, study_id, gain=0.02)
    assert standing(context, study_id) == ("running", ["running"])
    assert observe.study(context, study_id).finished_at is None
    look_after(context, NOW)
    assert standing(context, study_id) == ("finished", ["finished"])
    assert observe.study(context, study_id).finished_at is not None


def test_a_cancelled_study_takes_no_more_looks_until_it_is_retried(context: Context, database: Database) -> None:
    study_id = adaptive_study(database)
    look_after(context, NOW)
    change.cancel_study(context, study_id)
    look_after(context, NOW)
    assert states(database, study_id) == {"cancelled": 20}
    assert standing(context, study_id) == ("cancelled", ["cancelled"])
    assert not read_plan(context, study_id).open
    change.retry_study(context, study_id)
    train(database, study_id, gain=0.02, attempt=2)
    look_after(context, NOW)
    assert [look.n for look in read_plan(context, study_id).pairs[0].looks] == [10]
    change.retry_study(context, study_id)
    assert standing(context, study_id) == ("finished", ["finished"])


def test_rounds_that_find_nothing_new_change_nothing(context: Context, database: Database) -> None:
    study_id = adaptive_study(database)
    for _ in range(3):
        look_after(context, NOW)
    assert states(database, study_id) == {"queued": 20}
    train(database, study_id, gain=0.0)
    for _ in range(3):
        look_after(context_of(database), NOW)
    assert states(database, study_id) == {"finished": 20, "queued": 10}


def test_one_arm_stops_when_its_mean_is_known_well_enough(context: Context, database: Database) -> None:
    study_id = adaptive_study(database, arms=TWO[:1], stop_when=StopWhen.NARROW, width=0.5)
    look_after(context, NOW)
    train(database, study_id, gain=0.0)
    look_after(context, NOW)
    plan = read_plan(context, study_id)
    assert (plan.open, plan.pairs[0].b, plan.pairs[0].looks[-1].reason) == (False, None, "narrow_enough")


def test_several_arms_share_the_error_rate(context: Context, database: Database) -> None:
    # Ten pairs of one sign have an exact p of 0.002, which a first look at 10 of 20 seeds could not spend.
    study_id = adaptive_study(database, arms=(*TWO, ArmSpec(name="deep")), seeds=10, max_seeds=15)
    train(database, study_id, gain=0.02)
    look_after(context, NOW)
    plan = read_plan(context, study_id)
    assert [(pair.a, pair.b, pair.stopped_at) for pair in plan.pairs] == [(0, 1, 10), (0, 2, None)]
    assert plan.open
    assert plan.next_at == 15
    assert plan.plan[-1].spent <= 0.025
    assert plan.budget == pytest.approx(0.05)
    # The figure shows the interval that decided, not a narrower one.
    verdict = compare_all(context, study_id).comparisons[1]
    mean, _ = of_role(draw(context, study_id, "differences", Options(b=2)), "mean")
    assert verdict.interval is not None
    assert verdict.interval.level > 0.975
    assert mean["x"] == pytest.approx([100 * verdict.interval.low, 100 * verdict.interval.high])


def test_a_study_of_fixed_size_has_no_plan(context: Context, database: Database) -> None:
    study_id = store(database)
    look_after(context, NOW)
    with pytest.raises(NotFound, match="plan"):
        read_plan(context, study_id)


def test_a_cancelled_run_is_counted_but_did_not_fail(context: Context, database: Database) -> None:
    study_id = adaptive_study(database, seeds=10)
    first, *rest = run_ids(database, study_id)
    cancel_run(context, first)
    for place, run in enumerate(rest):
        finish(database, run, {"accuracy": [0.9 + DRAWN.gauss(0, 0.002) + (0.02 if place % 2 == 0 else 0.0)]})
    exclude(database, rest[-1], "read the wrong file")
    look_after(context, NOW)
    assert [look.n for look in read_plan(context, study_id).pairs[0].looks] == [10]
    found = compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1))
    assert (found.a.cancelled, found.a.missing, found.b.missing) == (1, 0, 0)
    assert "1 of 10 runs of base left out: 1 cancelled." in found.detail
    assert "next planned look" not in found.headline
    assert not {"failures"} & {caveat.code for caveat in found.caveats}
    assert found.failures_p == 1


def trained_at(database: Database, study_id: int, centres: dict[str, float]) -> None:
    """End every queued run near its arm's centre, relative spread 2%."""
    with database.reading() as session:
        query = select(RunRow.id, ArmRow.name).join(ArmRow, ArmRow.id == RunRow.arm_id)
        queued = session.execute(query.where(RunRow.study_id == study_id, RunRow.state == RunState.QUEUED)).all()
    for run, arm in queued:
        finish(database, run, {"accuracy": [centres[arm] * (1 + DRAWN.gauss(0, 0.02))]})


def test_values_a_hundredfold_apart_are_decided(context: Context, database: Database) -> None:
    study_id = adaptive_study(database)
    look_after(context, NOW)
    trained_at(database, study_id, {"base": 0.02, "wide": 2.0})
    look_after(context, NOW)
    assert read_plan(context, study_id).pairs[0].looks[-1].outcome == "better"


def test_a_study_that_cannot_be_judged_ends_and_leaves_the_others_alone(context: Context, database: Database) -> None:
    # Its arms share no seed, yet its rule says that they are paired; the second study is healthy.
    broken, healthy = (adaptive_study(database, seeds=10) for _ in range(2))
    with database.session() as session:
        session.execute(update(RunRow).where(RunRow.study_id == broken).values(seed=7))
        session.execute(
            update(StudyRow)
            .where(StudyRow.id == broken)
            .values(spec=spec(arms=TWO, rule=RuleSpec(paired=True, adaptive=AdaptivePlan())).model_dump(mode="json"))
        )
    for study_id in (broken, healthy):
        train(database, study_id, gain=0.02)
    look_after(context, NOW)
    ended = read_plan(context, broken)
    assert not ended.open
    assert ended.problem is not None
    assert "each seed once" in ended.problem
    assert ended.problem in ended.sentence
    assert states(database, broken) == {"finished": 20}
    assert read_plan(context, healthy).pairs[0].looks[-1].outcome == "better"
    assert standing(context, broken)[0] == "finished"


def with_another_process(
    monkeypatch: pytest.MonkeyPatch, context: Context, database: Database, study_id: int, before: Callable[[], object]
) -> None:
    """Look at a study while another process does so between our reading of the runs and our writing.

    The other has a context (and so a cache) of its own; `before` happens before it reads.
    """
    original, pending = adaptive.with_looks, [True]

    def interleaved(measured: Measured, now: datetime) -> AdaptiveView | None:
        plan = original(measured, now)
        if pending and pending.pop():
            before()
            adaptive.look(context_of(database), study_id, now)
        return plan

    monkeypatch.setattr(adaptive, "with_looks", interleaved)
    adaptive.look(context, study_id, NOW)
    assert not pending
    monkeypatch.setattr(adaptive, "with_looks", original)


def seeds_by_arm(database: Database, study_id: int) -> dict[int, list[int]]:
    with database.reading() as session:
        rows = session.execute(select(RunRow.arm_id, RunRow.seed).where(RunRow.study_id == study_id)).all()
    return {arm: sorted(seed for of, seed in rows if of == arm) for arm in {of for of, _ in rows}}


def test_two_processes_queue_the_first_batch_once(
    context: Context, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = adaptive_study(database)
    with_another_process(monkeypatch, context, database, study_id, lambda: None)
    assert states(database, study_id) == {"queued": 20}
    first, second = seeds_by_arm(database, study_id).values()
    assert first == second == list(range(10))


def test_a_slow_process_neither_reopens_nor_extends_a_decided_study(
    context: Context, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = adaptive_study(database)
    look_after(context, NOW)
    with_another_process(monkeypatch, context, database, study_id, lambda: train(database, study_id, gain=0.02))
    plan = read_plan(context_of(database), study_id)
    assert not plan.open
    assert [look.n for look in plan.pairs[0].looks] == [10]
    assert states(database, study_id) == {"finished": 20}


def test_a_slow_process_does_not_undo_a_look(
    context: Context, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = adaptive_study(database)
    look_after(context, NOW)
    with_another_process(monkeypatch, context, database, study_id, lambda: train(database, study_id, gain=0.0))
    plan = read_plan(context_of(database), study_id)
    assert plan.open
    assert [look.n for look in plan.pairs[0].looks] == [10]
    assert plan.next_at == 15
    assert states(database, study_id) == {"finished": 20, "queued": 10}


def test_a_process_that_saw_the_same_runs_writes_the_same_plan(
    context: Context, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = adaptive_study(database)
    look_after(context, NOW)
    train(database, study_id, gain=0.0)
    with_another_process(monkeypatch, context, database, study_id, lambda: None)
    plan = read_plan(context_of(database), study_id)
    assert [look.n for look in plan.pairs[0].looks] == [10]
    assert states(database, study_id) == {"finished": 20, "queued": 10}


def test_a_study_cancelled_meanwhile_is_not_looked_at(
    context: Context, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = adaptive_study(database)
    with_another_process(
        monkeypatch, context, database, study_id, lambda: change.cancel_study(context_of(database), study_id)
    )
    assert states(database, study_id) == {"cancelled": 10}


def test_runs_to_come_are_those_of_the_arm_alone(context: Context, database: Database) -> None:
    """Seeds of other arms that are pending do not make this arm's unpaired seeds wait."""
    study_id = store(database, spec(arms=TWO, seeds=4))
    with database.reading() as session:
        rows = session.execute(
            select(RunRow.id, ArmRow.name, RunRow.seed).join(ArmRow, ArmRow.id == RunRow.arm_id)
        ).all()
    for run, arm, seed in rows:
        if arm == "base" or seed == 0:
            finish(database, run, {"accuracy": [0.9 + seed / 1000]})
    measured = measure(context, study_id)
    stated = conditions(measured, 0, measured, 1)
    assert stated.to_come == (frozenset(), frozenset({1, 2, 3}))
