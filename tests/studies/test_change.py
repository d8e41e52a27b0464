"""What people do to studies and runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from seedspread.analysis.compare import ArmOfStudy, compare_all, compare_arms
from seedspread.analysis.measured import measure
from seedspread.context import Context
from seedspread.core.sources import Source
from seedspread.core.states import RunState
from seedspread.core.study import ArmSpec, SeedRange
from seedspread.errors import Conflict, InvalidInput, NotFound
from seedspread.observe.studies import study as observe_study
from seedspread.report.methods import methods
from seedspread.storage import leases, manifests, recipes
from seedspread.storage.leases import ClaimState
from seedspread.storage.tables import RunRow, StudyRow, SummaryRow
from seedspread.studies import change, submit
from tests.builders import LEASE_S, NOW, finish, recipe, run_ids, spec
from tests.support.application import Clock
from tests.support.brokers import FlakyBroker


@pytest.fixture
def study(ctx: Context) -> int:
    return submit.submit(ctx, spec()).study_id


@pytest.fixture
def runs(ctx: Context, study: int) -> list[int]:
    return run_ids(ctx.database, study)


def row(ctx: Context, run_id: int) -> RunRow:
    with ctx.database.reading() as session:
        return session.get_one(RunRow, run_id)


def claim(ctx: Context, run_id: int, attempt: int = 1) -> bool:
    with ctx.database.session() as session:
        return leases.claim(session, run_id, attempt, "w1", NOW, LEASE_S) is not None


def beat(ctx: Context, run_id: int) -> ClaimState:
    with ctx.database.session() as session:
        return leases.beat(session, run_id, 1, "w1", NOW, LEASE_S)


def test_cancelling_ends_what_waits_and_asks_what_runs(ctx: Context, study: int, runs: list[int]) -> None:
    finish(ctx.database, runs[0])
    claim(ctx, runs[1])
    assert change.cancel_study(ctx, study).runs == 5
    assert [row(ctx, run_id).state for run_id in runs] == ["finished", "running", *["cancelled"] * 4]
    assert beat(ctx, runs[1]) is ClaimState.CANCEL
    assert not claim(ctx, runs[2])
    assert change.cancel_study(ctx, study).runs == 0, "asking twice reaches nothing new"


def test_some_runs_of_a_study_can_be_cancelled(ctx: Context, study: int, runs: list[int]) -> None:
    assert change.cancel_study(ctx, study, runs[:2]).runs == 2
    other = submit.submit(ctx, spec()).study_id
    assert change.cancel_study(ctx, other, runs).runs == 0, "another study's runs are left alone"


def test_a_run_that_ended_cannot_be_cancelled(ctx: Context, runs: list[int]) -> None:
    finish(ctx.database, runs[0])
    with pytest.raises(Conflict, match="is finished"):
        change.cancel_run(ctx, runs[0])
    assert change.cancel_run(ctx, runs[1]).runs == 1


def test_retrying_starts_anew(ctx: Context, broker: FlakyBroker, runs: list[int]) -> None:
    finish(ctx.database, runs[0], {"accuracy": [float("nan")]}, state=RunState.FAILED, reason="it raised")
    broker.sent.clear()
    assert change.retry_run(ctx, runs[0]).runs == 1
    again = row(ctx, runs[0])
    assert (again.state, again.attempt, again.reason, again.diverged, again.step) == ("queued", 2, None, False, -1)
    assert (runs[0], 2, "cpu") in broker.sent
    with ctx.database.reading() as session:
        assert session.scalars(select(SummaryRow)).all() == []
    assert claim(ctx, runs[0], 2)


def test_only_what_failed_or_was_cancelled_is_retried(ctx: Context, study: int, runs: list[int]) -> None:
    finish(ctx.database, runs[0])
    finish(ctx.database, runs[1], state=RunState.FAILED, reason="it raised")
    change.cancel_run(ctx, runs[2])
    with pytest.raises(Conflict) as caught:
        change.retry_run(ctx, runs[0])
    assert caught.value.hint == "replay it to train it once more"
    assert change.retry_study(ctx, study, runs[:2]).runs == 1
    assert change.retry_study(ctx, study).runs == 1


def test_added_seeds_are_new_and_shared_by_the_arms(ctx: Context, broker: FlakyBroker, study: int) -> None:
    broker.sent.clear()
    extended = change.add_seeds(ctx, study, 2)
    assert (extended.seeds, extended.runs) == ([3, 4], 4)
    assert len(broker.sent) == 4
    assert change.add_seeds(ctx, study, 1).seeds == [5]


def test_seeds_after_the_recipe_changed_ask_which_code(ctx: Context, study: int) -> None:
    with ctx.database.session() as session:
        recipes.publish(session, [recipe(source_digest="e" * 64)], NOW + timedelta(seconds=9))
    with pytest.raises(Conflict, match="changed since study") as caught:
        change.add_seeds(ctx, study, 2)
    assert "code=current" in str(caught.value.hint)
    assert change.add_seeds(ctx, study, 1, "recorded").seeds == [3]

    assert change.add_seeds(ctx, study, 2, "current").runs == 4
    shown = observe_study(ctx, study)
    assert [arm.name for arm in shown.arms] == ["base", "wide", "base (code eeeeeee)", "wide (code eeeeeee)"]
    added = run_ids(ctx.database, study)[-4:]
    assert [row(ctx, run_id).seed for run_id in added] == [0, 0, 1, 1]
    with ctx.database.reading() as session:
        digests = [manifest.source_digest for run_id in added if (manifest := manifests.read(session, run_id))]
    assert digests == ["e" * 64] * 4
    for run_id in run_ids(ctx.database, study):
        finish(ctx.database, run_id, {"accuracy": [0.5 + run_id / 100]})
    base = ArmOfStudy(study, 0)
    pairs = [compare_arms(ctx, base, ArmOfStudy(study, to)) for to in (1, 2)]
    same, other = (pair.caveats for pair in pairs)
    assert "code" not in {caveat.code for caveat in same}
    assert "different code (ddddddd, eeeeeee)" in next(caveat.text for caveat in other if caveat.code == "code")
    assert change.add_seeds(ctx, study, 1, "current").runs == 2
    assert len(observe_study(ctx, study).arms) == 4


def test_seeds_added_after_a_look_are_told_when_all_is_over(ctx: Context, clock: Clock, study: int) -> None:
    clock.move(1)
    change.add_seeds(ctx, study, 1)  # before any run has ended: no look could have asked for it
    values = iter((0.5, 0.6, 0.52, 0.63, 0.51, 0.58, 0.49, 0.59, 0.53, 0.64))

    def end_all() -> None:
        clock.move(1)
        for run_id in run_ids(ctx.database, study):
            if row(ctx, run_id).state == RunState.QUEUED:
                finish(ctx.database, run_id, {"accuracy": [next(values)]}, now=clock.now)

    end_all()
    alone = compare_all(ctx, study).comparisons[0]
    assert "interim" not in {caveat.code for caveat in alone.caveats}
    clock.move(1)
    change.add_seeds(ctx, study, 1)
    end_all()
    verdict = compare_all(ctx, study).comparisons[0]
    text = next(caveat.text for caveat in verdict.caveats if caveat.code == "interim")
    assert text.startswith("Interim: seeds were added after results were in (4, then 1 per arm)")
    assert any("4, then 1" in sentence for sentence in methods(measure(ctx, study), [], compare_all(ctx, study)))


@pytest.mark.parametrize("count", [0, -1, 100_001, 60_000])
def test_a_study_has_a_largest_size(ctx: Context, study: int, count: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        change.add_seeds(ctx, study, count)
    assert caught.value.field in ("count", "seeds")


def test_a_factorial_is_not_extended(ctx: Context) -> None:
    arm = ArmSpec(name="a", levels={Source.SPLIT: 2, Source.INIT: 2})
    study = submit.submit(ctx, spec(arms=(arm,), seeds=SeedRange(count=1))).study_id
    with pytest.raises(InvalidInput, match="crossed levels"):
        change.add_seeds(ctx, study, 1)


def test_excluding_needs_a_reason_and_can_be_undone(ctx: Context, study: int, runs: list[int]) -> None:
    finish(ctx.database, runs[0])
    assert change.exclude_run(ctx, runs[0], "  the disk was full ").runs == 1
    assert row(ctx, runs[0]).excluded_reason == "the disk was full"
    assert change.include_run(ctx, runs[0]).runs == 1
    assert change.include_run(ctx, runs[0]).runs == 0
    assert change.exclude_runs(ctx, study, runs[:3], "<b>odd</b>").runs == 3
    assert change.include_runs(ctx, study, runs).runs == 3
    for reason in ("", "   ", "x" * 1001, "a\x00"):
        with pytest.raises(InvalidInput, match="reason"):
            change.exclude_run(ctx, runs[0], reason)


def test_editing_leaves_the_rest_as_it_is(ctx: Context, study: int) -> None:
    change.edit(ctx, study, tags=["paper", "v2"])
    change.edit(ctx, study, name="renamed")
    change.edit(ctx, study)
    with ctx.database.reading() as session:
        kept = session.get_one(StudyRow, study)
        assert (kept.name, kept.tags, kept.notes) == ("renamed", ["paper", "v2"], "")


def test_deleting_a_study_in_flight_stops_its_workers(ctx: Context, study: int, runs: list[int]) -> None:
    claim(ctx, runs[0])
    change.delete_study(ctx, study)
    assert beat(ctx, runs[0]) is ClaimState.LOST
    assert not claim(ctx, runs[1])


def test_what_does_not_exist_is_said_so(ctx: Context) -> None:
    missing = (
        lambda: change.cancel_study(ctx, 99),
        lambda: change.retry_study(ctx, 99),
        lambda: change.add_seeds(ctx, 99, 1),
        lambda: change.delete_study(ctx, 99),
        lambda: change.edit(ctx, 99, name="x"),
        lambda: change.exclude_runs(ctx, 99, [1], "x"),
        lambda: change.cancel_run(ctx, 99),
        lambda: change.retry_run(ctx, 99),
        lambda: change.exclude_run(ctx, 99, "x"),
        lambda: change.include_run(ctx, 99),
    )
    for call in missing:
        with pytest.raises(NotFound, match="99"):
            call()
