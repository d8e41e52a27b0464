"""Studies and runs as they are shown."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable

import pytest
from sqlalchemy import update

from seedspread.context import Context
from seedspread.core.recipe import Ability
from seedspread.core.report import Batch
from seedspread.core.states import RunState, StudyState
from seedspread.core.study import SeedRange
from seedspread.errors import InvalidInput, NotFound
from seedspread.observe import runs as observe_runs
from seedspread.observe import studies as observe
from seedspread.storage import leases, recipes, workers
from seedspread.storage.search import Slice
from seedspread.storage.tables import RunRow
from seedspread.studies import change, submit
from tests.builders import LEASE_S, NOW, finish, recipe, run_ids, spec
from tests.support.application import Clock


@pytest.fixture
def study(ctx: Context) -> int:
    """Four of six runs finished (one excluded, one that diverged), one running, one waiting."""
    study_id = submit.submit(ctx, spec(smallest_difference=0.01, tags=("paper",))).study_id
    runs = run_ids(ctx.database, study_id)
    for run_id, value in zip(runs, [0.5, 0.7, 0.6, math.nan], strict=False):
        finish(ctx.database, run_id, {"accuracy": [0.9, value]})
    change.exclude_run(ctx, runs[2], "odd")
    with ctx.database.session() as session:
        leases.claim(session, runs[4], 1, "w1", NOW, LEASE_S)
        batch = Batch(epoch=1, epochs=10, series={"accuracy": ([1], [0.25]), "extra": ([1], [math.inf])})
        leases.report(session, runs[4], 1, batch, NOW, LEASE_S)
    return study_id


def test_a_study_in_a_list(ctx: Context, study: int) -> None:
    (view,) = observe.list_studies(ctx, "tag:paper is:running", Slice("id")).items
    assert view.state is StudyState.RUNNING
    assert {state.value: count for state, count in view.counts.items()} == {
        "queued": 1,
        "running": 1,
        "finished": 4,
        "failed": 0,
        "cancelled": 0,
    }
    assert (view.runs, view.excluded, view.diverged, view.unit, view.smallest_difference) == (6, 1, 1, "share", 0.01)
    base, wide = view.arms
    assert (base.n, base.mean, base.sd, base.values, base.runs) == (1, 0.5, None, [0.5], 3)
    assert (wide.n, wide.mean) == (1, 0.7), "a value that is not finite does not count"
    assert len(wide.values) == 2
    assert math.isnan(wide.values[1])


def test_an_encoded_list_is_the_list_after_every_change(ctx: Context, study: int, clock: Clock) -> None:
    first, *_, last = run_ids(ctx.database, study)
    other = submit.submit(ctx, spec(name="another", tags=("paper",))).study_id
    part = Slice("id")

    def listed() -> bytes:
        answer = observe.encoded_list(ctx, "tag:paper", part)
        assert answer.content == observe.list_studies(ctx, "tag:paper", part).model_dump_json(by_alias=True).encode()
        return answer.content

    changes: list[Callable[[], object]] = [
        lambda: change.exclude_run(ctx, first, "odd, too"),
        lambda: change.include_runs(ctx, study, [first]),
        lambda: change.edit(ctx, study, name="renamed"),
        lambda: change.edit(ctx, study, pinned=True),
        lambda: change.edit_several(ctx, [study, other], project="widths"),
        lambda: change.edit_several(ctx, [study], add_tags=["late"]),
        lambda: change.add_seeds(ctx, study, 1),
        lambda: change.cancel_study(ctx, study),
        lambda: change.retry_run(ctx, last),
        lambda: change.edit(ctx, other, archived=True),
        lambda: change.delete_study(ctx, study),
    ]
    answers = [listed()]
    for act in changes:
        act()  # within one instant: the clock stands still
        answers.append(listed())
    assert all(before != after for before, after in itertools.pairwise(answers)), "each change shows"


def test_an_encoded_list_is_kept_while_nothing_happens(ctx: Context, study: int, clock: Clock) -> None:
    part = Slice("id")
    answer = observe.encoded_list(ctx, "is:running", part)
    assert answer.until < math.inf, "a run waits"
    assert observe.encoded_list(ctx, "is:running", part) is answer
    nothing = observe.encoded_list(ctx, "name:nothing", part)
    assert (nothing.until, json.loads(nothing.content)["items"]) == (math.inf, [])
    assert observe.encoded_list(ctx, "name:nothing", part) is nothing
    with pytest.raises(InvalidInput):
        observe.encoded_list(ctx, "is:asleep", part)


def test_a_worker_that_falls_silent_shows_in_an_encoded_list(
    ctx: Context, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observe, "WAITING_S", 0.0)
    submit.submit(ctx, spec())
    with ctx.database.session() as session:
        workers.register(session, workers.Registration("w", "host", 1, "cpu"), clock())
        workers.enable(session, "w", Ability({"toy": "d" * 64}, {}), [])
    [able] = json.loads(observe.encoded_list(ctx, "", Slice("id")).content)["items"]
    assert able["blocked"] is None
    clock.move(60)
    [blocked] = json.loads(observe.encoded_list(ctx, "", Slice("id")).content)["items"]
    assert "worker" in blocked["blocked"]


def test_one_study(ctx: Context, study: int, clock: Clock) -> None:
    clock.move(20)
    detail = observe.study(ctx, study)
    assert detail.metrics == ["accuracy", "loss"]
    assert (detail.started_at, detail.finished_at) == (NOW, None)
    assert (detail.rate_per_s, detail.left_s) == (None, None), "two runs an arm are too few to tell from"
    assert detail.cpu_s == 4.0
    assert not detail.recipe_changed
    with ctx.database.session() as session:
        recipes.publish(session, [recipe(source_digest="e" * 64)], NOW.replace(year=2031))
    assert observe.study(ctx, study).recipe_changed


def test_a_study_nobody_works_on_has_no_rate(ctx: Context) -> None:
    detail = observe.study(ctx, submit.submit(ctx, spec()).study_id)
    assert (detail.state, detail.rate_per_s, detail.left_s) == (StudyState.QUEUED, None, None)


def test_the_pace_of_a_study_leaves_replays_out(ctx: Context, clock: Clock) -> None:
    study_id = submit.submit(ctx, spec(seeds=SeedRange(count=12))).study_id
    ids = run_ids(ctx.database, study_id)
    for run_id in ids[:12]:
        began = clock()
        clock.move(2)
        finish(ctx.database, run_id, now=began, ended=clock())
    detail = observe.study(ctx, study_id)
    assert detail.rate_per_s == pytest.approx(0.5)
    assert detail.left_s == pytest.approx(24)
    with ctx.database.session() as session:
        session.execute(update(RunRow).where(RunRow.id.in_(ids[:12])).values(replay_of=ids[12]))
    detail = observe.study(ctx, study_id)
    assert (detail.rate_per_s, detail.left_s) == (None, None)


def test_the_distribution_shows_what_was_excluded(ctx: Context, study: int) -> None:
    shown = observe.distribution(ctx, study)
    base, wide = shown.arms
    assert [(point.seed, point.value, point.excluded_reason) for point in base.points] == [
        (0, 0.5, None),
        (1, 0.6, "odd"),
    ]
    assert math.isnan(wide.points[1].value)
    best = observe.distribution(ctx, study, summary="best")
    assert [point.value for point in best.arms[0].points] == [0.9, 0.9]
    assert observe.distribution(ctx, study, "loss").arms[0].points == []
    with pytest.raises(InvalidInput, match="accuracy, loss"):
        observe.distribution(ctx, study, "f1")


def test_a_run_in_progress_shows_what_it_reported_so_far(ctx: Context, study: int) -> None:
    found = observe_runs.list_runs(ctx, study, "is:running", Slice("id"))
    (run,) = found.items
    assert (run.epoch, run.epochs, run.step, run.worker) == (1, 10, 1, "w1")
    assert run.metrics["accuracy"].last == 0.25
    assert run.metrics["extra"].non_finite == 1
    assert math.isinf(run.metrics["extra"].last)


def test_runs_in_columns(ctx: Context, study: int) -> None:
    columns = observe_runs.compact(ctx, study)
    assert columns["total"] == 6
    assert list(columns["state"]) == ["finished"] * 4 + ["running", "queued"]
    assert list(columns["excluded_reason"]) == [None, None, "odd", None, None, None]
    assert columns["started_at"][0] == NOW.timestamp()
    last = columns["metrics"]["accuracy"]["last"]
    assert list(last[:3]) == [0.5, 0.7, 0.6]
    assert math.isnan(last[3])
    assert list(last[4:]) == [0.25, None], "a run in progress shows what it reported last"
    assert columns["metrics"]["extra"]["last"][:4] == [None] * 4


def test_one_run_with_its_record(ctx: Context, study: int) -> None:
    run_id = run_ids(ctx.database, study)[1]
    detail = observe_runs.run(ctx, run_id)
    assert (detail.arm_name, detail.seed, detail.state) == ("wide", 0, RunState.FINISHED)
    assert detail.parameters == {"hidden": 16, "rate": 0.1, "data": "digits"}
    assert detail.differs == {"hidden": 16}
    assert (detail.metric, detail.log_tail, detail.attempts[0].state) == ("accuracy", "the end", "finished")
    assert detail.manifest_sha256 == observe_runs.manifest_of(ctx, run_id).sha256
    assert observe_runs.log_of(ctx, run_id).text == "the end"


def test_series_start_where_they_are_asked_to(ctx: Context, study: int) -> None:
    runs = run_ids(ctx.database, study)
    whole = observe_runs.series_of_run(ctx, runs[0])
    assert whole["series"]["accuracy"]["values"].tolist() == [0.9, 0.5]
    assert observe_runs.series_of_run(ctx, runs[0], from_step=2)["series"]["accuracy"]["steps"].tolist() == [2]
    assert observe_runs.series_of_run(ctx, runs[0], ["loss"])["series"] == {}
    assert observe_runs.series_of_run(ctx, runs[5])["series"] == {}


def test_one_metric_of_many_runs(ctx: Context, study: int) -> None:
    runs = run_ids(ctx.database, study)
    shown = observe_runs.series_of_study(ctx, study)
    assert shown["run_ids"] == runs[:5]
    assert shown["arms"] == [0, 1, 0, 1, 0]
    assert [len(steps) for steps in shown["steps"]] == [2, 2, 2, 2, 1]
    some = observe_runs.series_of_study(ctx, study, run_ids=runs[:1], from_step=2)
    assert [values.tolist() for values in some["values"]] == [[0.5]]
    live = observe_runs.series_of_study(ctx, study, "extra")
    assert live["run_ids"] == [runs[4]], "a metric that only a run in progress has reported"
    with pytest.raises(InvalidInput, match="metric"):
        observe_runs.series_of_study(ctx, study, "f1")


def test_long_series_are_thinned_and_keep_their_ends(ctx: Context) -> None:
    study = submit.submit(ctx, spec()).study_id
    finish(ctx.database, run_ids(ctx.database, study)[0], {"accuracy": [n / 1000 for n in range(1000)]})
    (steps,) = observe_runs.series_of_study(ctx, study, max_points=50)["steps"]
    assert len(steps) == 50
    assert (steps[0], steps[-1]) == (1, 1000)


def test_replays_are_no_runs_of_the_study(ctx: Context, study: int) -> None:
    runs = run_ids(ctx.database, study)
    with ctx.database.session() as session:
        session.get_one(RunRow, runs[1]).replay_of = runs[0]
    assert observe.study(ctx, study).runs == 5
    assert runs[1] not in observe_runs.compact(ctx, study)["id"]
    assert observe_runs.run(ctx, runs[0]).replays == [runs[1]]


def test_what_does_not_exist_is_said_so(ctx: Context) -> None:
    missing = (
        lambda: observe.study(ctx, 99),
        lambda: observe.distribution(ctx, 99),
        lambda: observe_runs.list_runs(ctx, 99, "", Slice("id")),
        lambda: observe_runs.compact(ctx, 99),
        lambda: observe_runs.series_of_study(ctx, 99),
        lambda: observe_runs.series_of_run(ctx, 99),
        lambda: observe_runs.run(ctx, 99),
        lambda: observe_runs.manifest_of(ctx, 99),
        lambda: observe_runs.log_of(ctx, 99),
    )
    for call in missing:
        with pytest.raises(NotFound, match="99"):
            call()
