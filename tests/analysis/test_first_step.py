"""The first step at which a metric meets a condition, as a metric of studies."""

from __future__ import annotations

import math
from typing import Any

import pytest

from seedspread.analysis.compare import ArmOfStudy, compare_arms
from seedspread.analysis.figures.draw import Options, draw
from seedspread.context import Context
from seedspread.core import query
from seedspread.core.recipe import Direction
from seedspread.core.study import ArmSpec, SeedRange
from seedspread.errors import InvalidInput
from seedspread.observe.runs import compact, series_of_study
from seedspread.observe.studies import distribution
from seedspread.storage import search
from seedspread.storage.database import Database
from seedspread.studies.submit import prepare
from seedspread.summaries import FirstStep, check_direction, first_step, logged, value_of
from tests.builders import finish, run_ids, spec, store
from tests.support.studies import context_of

STEP = "first_step(accuracy>=0.9)"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def context(database: Database) -> Context:
    return context_of(database)


def trained(database: Database, **changes: Any) -> int:
    """Store a study whose second arm gets to 0.9 two steps earlier; two runs of the first never do."""
    arms = (ArmSpec(name="slow"), ArmSpec(name="fast"))
    study_id = store(database, spec(arms=arms, seeds=SeedRange(count=12), **changes))
    for at, run in enumerate(run_ids(database, study_id)):
        seed, arm = divmod(at, 2)
        reaches = (5, 3)[arm] + seed % 3
        level = 0.85 if arm == 0 and seed in (4, 9) else 0.95
        finish(database, run, {"accuracy": [level if step >= reaches else 0.1 * step for step in range(9)]})
    return study_id


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_step(a>=0.9)", 3.0),
        ("first_step(a>0.9)", 4.0),
        (" first_step( a <= 0.3 ) ", 1.0),
        ("first_step(a<.5)", 1.0),
        ("first_step(a>=2)", math.inf),
        ("first_step(a>=2, 4)", 4.0),
        ("first_step(a>=2,5)", math.inf),
        ("first_step(a>=0.9, 2)", 2.0),
        ("first_step(a>=1e-1, 2)", 1.0),
        ("first_step(a>=-1)", 1.0),
    ],
)
def test_a_condition_has_a_first_step(name: str, value: float) -> None:
    condition = first_step(name)
    assert condition is not None
    # Out of order, one value not a number, one step twice: the later point counts.
    assert condition.value([4, 2, 3, 1, 1], [0.95, math.nan, 0.9, 2.0, 0.3]) == value
    assert first_step(condition.name) == condition


def test_names_that_state_no_condition() -> None:
    assert first_step("val_acc") is None
    assert first_step("first_step") is None
    assert logged("loss") == "loss"
    assert logged("first_step(val loss <= 0.1)") == "val loss"
    assert FirstStep("a", ">=", "1").value([], []) == math.inf
    assert value_of("best", STEP) == STEP
    for logged_name in ("first_step(a)", "first_step (s)", "first_step()", "first_step(a>=b)", "first_step(a>=1, -2)"):
        assert first_step(logged_name) is None
        assert logged(logged_name) == logged_name
    check_direction(STEP, "minimize", "direction")
    check_direction("loss", "maximize", "direction")
    with pytest.raises(InvalidInput, match="minimize"):
        check_direction(STEP, "maximize", "direction")


def test_any_study_is_compared_by_a_first_step(context: Context, database: Database) -> None:
    study_id = trained(database)
    view = compare_arms(
        context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1), metric="first_step( accuracy >= 0.9)"
    )
    assert (view.metric, view.direction, view.winner) == (STEP, Direction.MINIMIZE, "fast")
    assert (view.a.n, view.a.non_finite, view.b.n) == (10, 2, 12)
    assert view.difference is not None
    assert view.difference.mean == pytest.approx(-2)
    assert "2 of 12 runs of slow left out: 2 never met the condition." in view.detail
    drawn = draw(context, study_id, "distribution", Options(), metric=STEP)
    assert drawn.title == "First step with accuracy ≥ 0.9 over 12 seeds per arm"
    assert "slow: 2 runs of 12 never met the condition (▲) and are not part of the mean." in drawn.notes
    assert draw(context, study_id, "curves", Options(), metric=STEP).title == "Accuracy over steps, 12 seeds per arm"
    assert "exploratory" in {caveat.code for caveat in view.caveats}
    points = [point.value for arm in distribution(context, study_id, STEP).arms for point in arm.points]
    assert (len(points), points.count(math.inf)) == (24, 2)
    assert series_of_study(context, study_id, STEP)["metric"] == "accuracy"
    within = compare_arms(
        context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1), metric="first_step(accuracy>=0.9, 9)"
    )
    assert (within.a.n, within.a.non_finite) == (12, 0)
    never = compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1), metric="first_step(accuracy>=2, 5)")
    assert "Either no run meets the condition before the horizon, or the change has no effect." in never.detail
    with pytest.raises(InvalidInput, match="metric of the study"):
        compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1), metric="first_step(speed>=0.9)")


def test_a_first_step_decides_a_study(context: Context, database: Database) -> None:
    study_id = trained(database, metric=STEP, direction=Direction.MINIMIZE)
    view = compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1))
    assert (view.metric, view.winner) == (STEP, "fast")
    assert "exploratory" not in {caveat.code for caveat in view.caveats}
    # Tables of runs and searches have it as any other metric, and never to have met it is no divergence.
    table = compact(context, study_id)
    assert sorted(map(str, table["metrics"][STEP]["last"]))[-2:] == ["inf", "inf"]
    assert not any(table["diverged"])


def test_a_study_may_ask_for_a_first_step(context: Context, database: Database) -> None:
    store(database)
    prepared = prepare(context, spec(metric="first_step( accuracy >=0.9 )", direction=None))
    assert (prepared.spec.metric, prepared.spec.direction) == (STEP, Direction.MINIMIZE)
    for metric, direction, expected in (
        (STEP, Direction.MAXIMIZE, "minimize"),
        ("first_step(speed>=0.9)", None, "one of the metrics that toy reports: accuracy, loss"),
        ("first_step(accuracy)", None, "one of the metrics that toy reports: accuracy, loss"),
    ):
        with pytest.raises(InvalidInput, match=expected):
            prepare(context, spec(metric=metric, direction=direction))


@pytest.mark.parametrize("typed", ["first_step(accuracy >= 0.90)", "first_step( accuracy>=9e-1 )", STEP])
def test_a_first_step_is_found_in_any_spelling(typed: str, context: Context, database: Database) -> None:
    study_id = trained(database, metric="first_step(accuracy>=0.900)")
    arms = ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1)
    assert compare_arms(context, *arms, metric=typed).metric == STEP
    with database.reading() as session:
        named = query.parse(f'"{typed}"<100', query.RUNS)
        _, runs = search.runs(session, study_id, named, search.Slice("id"))
        _, studies = search.studies(session, query.parse(f'"{typed}">0', query.STUDIES), search.Slice("id"))
    assert (runs, studies) == (22, 1)
