from __future__ import annotations

import math

import pytest

from seedspread.analysis.figures.draw import FIGURES, Options, draw
from seedspread.context import Context
from seedspread.core.study import ArmSpec
from seedspread.errors import InvalidInput, NotFound
from seedspread.figures.kit.figure import Figure
from seedspread.storage.database import Database
from tests.builders import finish, run_ids, spec, store
from tests.figures.drawn import checked, of_role
from tests.support.studies import context_of, exclude, measured_study

BASE = [0.90, 0.92, 0.91, 0.93, 0.915]
WIDE = [0.92, 0.94, 0.925, None, 0.935]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def context(database: Database) -> Context:
    return context_of(database)


@pytest.mark.parametrize("name", list(FIGURES))
@pytest.mark.parametrize("arms", [{"base": BASE, "wide": WIDE}, {"base": BASE}, {"base": [], "wide": []}])
def test_every_figure_of_every_study_can_be_drawn(
    context: Context, database: Database, name: str, arms: dict[str, list[float | None]]
) -> None:
    study_id = measured_study(database, arms, number_of_seeds=5, smallest_difference=0.01)
    checked(draw(context, study_id, name, Options()))


def test_a_figure_shows_what_counts_and_says_what_does_not(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    exclude(database, run_ids(database, study_id)[0], "a stray process")
    figure = draw(context, study_id, "distribution", Options())
    base, wide = of_role(figure, "points")
    assert {row[1] for row in base["customdata"]} == {1, 2, 3, 4}
    assert {row[1] for row in wide["customdata"]} == {0, 1, 2, 4}
    assert "base: seed 0 excluded (a stray process)." in figure.notes
    assert "wide: 1 run failed." in figure.notes
    lines = draw(context, study_id, "curves", Options())
    assert lines.layout["meta"]["arms"][0]["seeds"] == [1, 2, 3, 4]


def test_arms_keep_their_colour_when_others_are_left_away(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": BASE, "deep": BASE})
    figure = draw(context, study_id, "distribution", Options(arms=(2,)))
    (points,) = of_role(figure, "points")
    assert points["marker"]["color"] == "role:arm2"


def test_a_figure_is_kept_until_a_run_moves(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    first = draw(context, study_id, "curves", Options())
    assert draw(context, study_id, "curves", Options()) is first
    exclude(database, run_ids(database, study_id)[2], "why not")
    assert draw(context, study_id, "curves", Options()) is not first


def test_what_is_not_there_is_named(context: Context, database: Database) -> None:
    study_id = measured_study(
        database, {"base": BASE, "wide": WIDE}, specs=(ArmSpec(name="base"), ArmSpec(name="wide"))
    )
    with pytest.raises(NotFound, match="pie"):
        draw(context, study_id, "pie", Options())
    with pytest.raises(InvalidInput, match="arms"):
        draw(context, study_id, "curves", Options(arms=(7,)))
    with pytest.raises(InvalidInput, match="kind"):
        draw(context, study_id, "distribution", Options(kind="pie"))
    with pytest.raises(InvalidInput, match="centre"):
        draw(context, study_id, "curves", Options(centre="mode"))


def text_of(figure: Figure) -> str:
    assert figure.empty
    return str(figure.layout["annotations"][0]["text"]).replace("<br>", " ")


@pytest.mark.parametrize("name", ["curves", "distribution", "best-of-k", "profile", "differences", "arrival", "power"])
def test_a_study_that_ended_with_nothing_says_why_not_that_something_will_appear(
    context: Context, database: Database, name: str
) -> None:
    study_id = measured_study(database, {"base": [None, None], "wide": [None, None]})
    assert text_of(draw(context, study_id, name, Options())) == "All 4 runs failed."
    waiting = measured_study(database, {"base": [], "wide": []}, number_of_seeds=2)
    assert "failed" not in text_of(draw(context, waiting, name, Options()))


def test_the_arm_without_a_value_is_named(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE[:2], "wide": [None, 0.5]})
    exclude(database, run_ids(database, study_id)[3], "odd")
    told = text_of(draw(context, study_id, "differences", Options()))
    assert told == "Of wide, no run gave a value: 1 failed, 1 is excluded."


def test_differences_that_will_never_appear_are_not_promised(context: Context, database: Database) -> None:
    diverged = measured_study(database, {"base": [math.nan] * 2, "wide": [0.5, 0.6]})
    told = text_of(draw(context, diverged, "differences", Options()))
    assert told == "Of base, all 2 runs reported no finite accuracy."
    apart = measured_study(database, {"base": [0.5, None], "wide": [None, 0.6]}, rule={"paired": True})
    assert text_of(draw(context, apart, "differences", Options())) == "No seed has a value in both base and wide."


def test_a_metric_that_no_run_reported_is_named(context: Context, database: Database) -> None:
    study_id = store(database, spec(arms=(ArmSpec(name="base"),), metric="loss", direction="minimize"))
    for run in run_ids(database, study_id):
        finish(database, run, {"accuracy": [0.5]})
    assert text_of(draw(context, study_id, "distribution", Options())) == "All 3 runs finished without loss."


def test_of_two_arms_that_train_the_same_neither_is_better(context: Context, database: Database) -> None:
    specs = [ArmSpec(name="one"), ArmSpec(name="again")]
    study_id = measured_study(database, {"one": BASE, "again": BASE[::-1]}, specs=specs)
    figure = draw(context, study_id, "differences", Options())
    assert figure.layout["xaxis"]["title"]["text"] == "again − one (points), → again higher"
    other = draw(context, measured_study(database, {"one": BASE, "two": BASE[::-1]}), "arrival", Options())
    assert other.layout["yaxis"]["title"]["text"].replace("<br>", " ").endswith("→ two better")
