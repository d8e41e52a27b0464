"""Figures of arms of any studies, and of single runs."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pytest
from sqlalchemy import update

from seedspread.analysis.figures.chosen import ArmRef, choose
from seedspread.analysis.figures.draw import FIGURES, Options, draw, draw_arms
from seedspread.analysis.figures.registry import Option, describe_option
from seedspread.analysis.figures.runs import draw_runs
from seedspread.context import Context
from seedspread.core.recipe import Direction
from seedspread.core.study import ArmSpec
from seedspread.errors import InvalidInput, NotFound
from seedspread.figures.distribution_drawing import Kind
from seedspread.figures.kit.figure import Figure
from seedspread.figures.svg.svg import draw_svg
from seedspread.storage import studies
from seedspread.storage.database import Database
from seedspread.storage.tables import RunRow
from tests.builders import finish, run_ids, spec, store
from tests.figures.drawn import checked, of_role
from tests.support.studies import context_of, exclude, measured_study

BASE = [0.90, 0.92, 0.91, 0.93, 0.915]
WIDE = [0.92, 0.94, 0.925, 0.95, 0.935]
ODD_NAMES = ["v. 1 free", "a, n = 3", "<b>", "x\u202ey", "n" * 200]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def context(database: Database) -> Context:
    return context_of(database)


@pytest.fixture
def two(database: Database) -> tuple[ArmRef, ArmRef, ArmRef]:
    """Return the second arm of one study and both arms of another, whose first has the same name."""
    first = measured_study(database, {"base": BASE, "wide": WIDE})
    second = measured_study(database, {"wide": [value + 0.5 for value in BASE], "deep": WIDE})
    return ArmRef(first, 1), ArmRef(second, 0), ArmRef(second, 1)


def colours(figure: Figure, role: str) -> list[str]:
    return [trace["marker"]["color"] for trace in of_role(figure, role)]


def test_arms_of_several_studies_take_colours_in_order_and_names_that_differ(
    context: Context, two: tuple[ArmRef, ...]
) -> None:
    figure = draw_arms(context, two, "distribution", Options())
    checked(figure)
    assert colours(figure, "points") == ["role:arm0", "role:arm1", "role:arm2"]
    names = [f"wide (study {two[0].study_id})", f"wide (study {two[1].study_id})", "deep"]
    assert [arm["name"] for arm in figure.layout["meta"]["arms"]] == names
    assert list(figure.table)[:2] == ["study", "arm"]
    assert list(figure.table["study"]) == [two[0].study_id] * 5 + [two[1].study_id] * 10
    lines = draw_arms(context, two, "curves", Options(centre="mean"))
    checked(lines)
    assert [trace["line"]["dash"] for trace in of_role(lines, "centre")] == ["solid", "dash", "dot"]
    assert lines.title == "Accuracy over steps, 5 seeds per arm"


def test_arms_of_one_study_keep_its_colours_whatever_their_order(context: Context, database: Database) -> None:
    study = measured_study(database, {"base": BASE, "wide": WIDE, "deep": BASE})
    figure = draw_arms(context, [ArmRef(study, 2), ArmRef(study, 0)], "distribution", Options())
    assert colours(figure, "points") == ["role:arm2", "role:arm0"]
    assert "study" not in figure.table
    assert draw(context, study, "distribution", Options(arms=(2, 0))) is figure


@pytest.mark.parametrize("name", [name for name, kind in FIGURES.items() if kind.subject != "study"])
def test_every_figure_of_arms_is_drawn_across_studies_and_as_svg(
    context: Context, two: tuple[ArmRef, ...], name: str
) -> None:
    figure = draw_arms(context, two, name, Options())
    checked(figure)
    assert draw_svg(figure).startswith("<svg")
    assert draw_svg(figure, theme="dark").startswith("<svg")
    one = draw_arms(context, two[:1], name, Options())
    assert one.empty == (FIGURES[name].fewest_arms > 1) or name == "churn"


def test_a_pair_of_two_studies_is_paired_by_design_and_the_second_arm_is_compared(
    context: Context, two: tuple[ArmRef, ...]
) -> None:
    figure = draw_arms(context, two[1:], "differences", Options(kind="slopes"))
    assert figure.title.startswith("deep − wide")
    assert list(figure.table["seed"]) == [0, 1, 2, 3, 4]
    across = draw_arms(context, [two[0], two[2]], "differences", Options())
    assert np.allclose(across.table["difference"], 0)
    assert "deep better" in str(draw_arms(context, [two[0], two[2]], "differences", Options()).layout["xaxis"]["title"])


def test_figures_that_stand_beside_each_other_share_range_colours_and_names(
    context: Context, two: tuple[ArmRef, ...]
) -> None:
    for name, axis in (("curves", "yaxis"), ("distribution", "xaxis")):
        shown = [draw_arms(context, [arm], name, Options(), beside=two) for arm in two]
        ranges = {tuple(figure.layout[axis]["range"]) for figure in shown}
        assert len(ranges) == 1
        ((low, high),) = ranges
        every = np.concatenate([np.concatenate(values_in(figure, axis[0])) for figure in shown])
        assert low < np.nanmin(every)
        assert np.nanmax(every) < high
        assert [figure.layout["meta"]["arms"][0]["position"] for figure in shown] == [0, 1, 2]
        assert [len(figure.layout["meta"]["arms"]) for figure in shown] == [1, 1, 1]
    assert shown[1].layout["meta"]["arms"][0]["name"] == f"wide (study {two[1].study_id})"


def values_in(figure: Figure, axis: str) -> list[np.ndarray]:
    traces = [trace for trace in figure.data if trace["meta"]["role"] in ("seeds", "points", "mean", "centre")]
    return [np.array([value for value in trace[axis] if value is not None], dtype=float) for trace in traces]


def test_a_logarithmic_axis_that_is_shared_is_in_powers_of_ten(context: Context, two: tuple[ArmRef, ...]) -> None:
    figure = draw_arms(context, two[:1], "curves", Options(log=True), beside=two)
    low, high = figure.layout["yaxis"]["range"]
    assert figure.layout["yaxis"]["type"] == "log"
    assert (low, high) == pytest.approx((math.log10(0.45) - 0.05 * 0.498, math.log10(1.43) + 0.05 * 0.498), abs=0.01)


def test_nothing_to_draw_beside_gives_no_range(context: Context, database: Database) -> None:
    study = measured_study(database, {"base": [None, None], "wide": [None, None]})
    refs = [ArmRef(study, 0), ArmRef(study, 1)]
    for name in ("curves", "distribution"):
        assert draw_arms(context, refs[:1], name, Options(), beside=refs).empty


def texts(served: dict[str, Any]) -> Iterator[str]:
    """Every text that plotly shows or the page writes."""
    yield served["title"]
    yield from served["notes"]
    for trace in served["data"]:
        yield from (trace[key] for key in ("name", "hovertemplate") if key in trace)
    for axis in ("xaxis", "yaxis"):
        yield served["layout"][axis]["title"]["text"]
        yield from served["layout"][axis].get("ticktext", ())


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_is_a_name_whatever_it_holds(context: Context, database: Database, name: str) -> None:
    study = measured_study(database, {name: BASE, "wide": WIDE})
    other = measured_study(database, {name: WIDE})
    for figure_name in ("curves", "distribution", "differences", "best-of-k"):
        figure = draw_arms(context, [ArmRef(study, 0), ArmRef(other, 0)], figure_name, Options())
        served = checked(figure)
        drawn = {"traces": served["data"], "layout": {**served["layout"], "meta": None}}
        assert "<b>" not in json.dumps(drawn)
        for text in texts(served):
            assert "\u202e" not in re.sub("\u2068[^\u2068\u2069]*\u2069", "", text)
        if "arm" in figure.table:
            assert set(figure.table["arm"]) == {f"{name} (study {study})", f"{name} (study {other})"}


def test_a_deleted_study_is_one_error_that_names_it(context: Context, database: Database) -> None:
    kept, gone, other = (measured_study(database, {"base": BASE}) for _ in range(3))
    with database.session() as session:
        assert studies.remove(session, gone)
    refs = [ArmRef(kept, 0), ArmRef(gone, 0)]
    with pytest.raises(NotFound, match=f"there is no study {gone}") as error:
        draw_arms(context, refs, "curves", Options())
    assert error.value.hint == "It was deleted, or the address is wrong."
    with database.session() as session:
        studies.remove(session, other)
    with pytest.raises(NotFound, match=f"there is no study '{gone}, {other}'"):
        draw_arms(context, [*refs, ArmRef(other, 0)], "curves", Options())


def test_what_arms_cannot_be_drawn_is_named(context: Context, database: Database, two: tuple[ArmRef, ...]) -> None:
    study = two[0].study_id
    with pytest.raises(InvalidInput, match=rf"arms: '{study}\.9' .*an arm of study {study}: {study}\.0 \(base\)"):
        draw_arms(context, [ArmRef(study, 9)], "curves", Options())
    with pytest.raises(InvalidInput, match="a whole study for the figure variance"):
        draw_arms(context, two, "variance", Options())
    with pytest.raises(InvalidInput, match="1 to 50 arms"):
        draw_arms(context, [], "curves", Options())
    with pytest.raises(InvalidInput, match="1 to 50 arms"):
        draw_arms(context, [ArmRef(study, at) for at in range(51)], "curves", Options())
    with pytest.raises(NotFound, match="pie"):
        draw_arms(context, two, "pie", Options())
    other = store(database, spec(metric="accuracy", direction="minimize"))
    with pytest.raises(InvalidInput, match="gets better the same way in every study"):
        choose(context, [two[0], ArmRef(other, 0)])


def test_a_figure_is_kept_until_a_run_of_any_of_its_studies_moves(
    context: Context, database: Database, two: tuple[ArmRef, ...]
) -> None:
    first = draw_arms(context, two, "curves", Options())
    assert draw_arms(context, two, "curves", Options()) is first
    assert draw_arms(context, two[::-1], "curves", Options()) is not first
    exclude(database, run_ids(database, two[2].study_id)[0], "why not")
    assert draw_arms(context, two, "curves", Options()) is not first


def test_arms_that_hold_nothing_say_of_which_study(context: Context, database: Database) -> None:
    empty = measured_study(database, {"base": [None, None]}, name="broken")
    full = measured_study(database, {"base": BASE})
    figure = draw_arms(context, [ArmRef(empty, 0), ArmRef(full, 0)], "differences", Options())
    assert "In broken, all 2 runs failed." in str(figure.layout["annotations"]).replace("<br>", " ")


def test_options_describe_themselves() -> None:
    kinds = {option.name: option for kind in FIGURES.values() for option in kind.options if kind.name == "distribution"}
    assert [choice.value for choice in kinds["kind"].choices] == list(get_args(Kind))
    assert kinds["kind"].chosen(None) == "box"
    with pytest.raises(InvalidInput, match="one of box, violin, histogram, points, ecdf"):
        kinds["kind"].chosen("pie")
    assert describe_option("kind") == "distribution: box, violin, histogram, points, ecdf; differences: dots, slopes"
    assert describe_option("log") == "curves: logarithmic axis"
    assert Option("log", "Logarithmic axis").choices == ()
    assert {option.name: option.values for option in FIGURES["curves"].options} == {
        "centre": "choices",
        "smooth": "choices",
        "x": "choices",
        "log": "switch",
    }


def test_curves_are_smoothed_and_drawn_along_time(context: Context, database: Database) -> None:
    study = measured_study(database, {"base": BASE, "wide": WIDE})
    with database.session() as session:
        session.execute(update(RunRow).values(duration_s=RunRow.seed + 1.0, epoch=4))
    plain = draw(context, study, "curves", Options())
    smooth = draw(context, study, "curves", Options(smooth="0.9"))
    checked(smooth)
    assert any("weight 0.9" in note for note in smooth.notes)
    assert np.nanmin(smooth.table["centre"]) == np.nanmin(plain.table["centre"])
    assert np.nanmax(smooth.table["centre"]) < np.nanmax(plain.table["centre"])
    timed = draw(context, study, "curves", Options(x="time"))
    checked(timed)
    assert timed.title == "Accuracy over seconds, 5 seeds per arm"
    assert max(timed.table["steps"]) == 5
    assert any("spread evenly over its steps" in note for note in timed.notes)
    epochs = draw(context, study, "curves", Options(x="epoch"))
    assert sorted(set(epochs.table["steps"])) == [2, 4]
    with pytest.raises(InvalidInput, match=re.escape("one of 0, 0.6, 0.9, 0.97")):
        draw(context, study, "curves", Options(smooth="2"))
    (run, *_) = run_ids(database, study)
    alone = draw_runs(context, [run], smooth="0.9", x="time")
    assert list(alone.table["step"]) == [0.5, 1.0]
    assert len(alone.notes) == 2


def test_figures_of_parameters_draw_every_arm_of_a_study_and_of_several(context: Context, database: Database) -> None:
    specs = [ArmSpec(name=f"arm {width}", parameters={"hidden": width}) for width in range(4, 16)]
    study = measured_study(
        database, {item.name: [0.1 * at, 0.1 * at + 0.01] for at, item in enumerate(specs)}, specs=specs
    )
    figure = draw(context, study, "parallel", Options())
    checked(figure)
    assert len(figure.table["run"]) == 24
    against = draw(context, study, "parameter", Options(parameter="hidden"))
    assert set(against.table["setting"]) == {str(width) for width in range(4, 16)}
    with pytest.raises(InvalidInput, match="a parameter in which the arms differ: hidden"):
        draw(context, study, "parameter", Options(parameter="width"))
    other = measured_study(database, {"wide": WIDE}, specs=[ArmSpec(name="wide", parameters={"hidden": 64})])
    refs = [ArmRef(study, at) for at in range(12)] + [ArmRef(other, 0)]
    together = draw_arms(context, refs, "importance", Options())
    assert together.table["parameter"] == ["hidden"]
    assert together.table["n"] == [29]


def runs_of(database: Database, *values: dict[str, list[float]]) -> list[int]:
    """Store a study of one arm whose runs reported these series."""
    study = store(database, spec(seeds=list(range(len(values)))))
    runs = run_ids(database, study)
    for run, metrics in zip(runs, values, strict=False):
        finish(database, run, metrics)
    return runs


def test_runs_are_lines_in_their_arms_colour_told_apart_by_dash(context: Context, database: Database) -> None:
    study = measured_study(database, {"base": BASE, "wide": WIDE})
    runs = run_ids(database, study)
    figure = draw_runs(context, [runs[0], runs[2], runs[1], runs[0]])
    checked(figure)
    lines = of_role(figure, "runs")
    assert [(line["line"]["color"], line["line"]["dash"]) for line in lines] == [
        ("role:arm0", "solid"),
        ("role:arm0", "dash"),
        ("role:arm1", "solid"),
    ]
    assert [line["name"] for line in lines] == ["base, seed 0", "base, seed 1", "wide, seed 0"]
    assert [line["customdata"][0] for line in lines] == [[runs[0]], [runs[2]], [runs[1]]]
    assert figure.title == "Accuracy over steps, 3 runs"
    assert figure.layout["showlegend"]
    assert draw_svg(figure).startswith("<svg")


def test_a_run_shows_training_beside_validation(context: Context, database: Database) -> None:
    (run, *_) = runs_of(database, {"accuracy": [0.1, 0.2], "loss": [3.0, math.nan], "val_loss": [4.0, 5.0]})
    figure = draw_runs(context, [run], metric="loss", partner=True)
    checked(figure)
    training, validation = of_role(figure, "runs")
    assert (training["name"], training["line"]["dash"], training["marker"]["symbol"]) == ("loss", "dot", "circle-open")
    assert (validation["name"], validation["line"]["dash"], validation["marker"]["symbol"]) == (
        "val_loss",
        "solid",
        "circle",
    )
    assert training["y"] == [3.0, None]
    assert figure.title == "Loss and validation loss over steps"
    assert figure.notes == ("loss is not finite at 1 of 2 steps, first at step 2.",)
    assert list(figure.table["metric"]) == ["loss", "loss", "val_loss", "val_loss"]
    assert list(figure.table["run"]) == [run] * 4
    assert list(figure.table["step"]) == [1, 2, 1, 2]
    np.testing.assert_array_equal(figure.table["value"], [3.0, math.nan, 4.0, 5.0])
    from_other = draw_runs(context, [run], metric="val_loss", partner=True)
    assert [line["name"] for line in of_role(from_other, "runs")] == ["loss", "val_loss"]
    alone = draw_runs(context, [run], metric="loss")
    assert [(line["name"], line["line"]["dash"]) for line in of_role(alone, "runs")] == [("loss", "solid")]
    assert not alone.layout["showlegend"]


def test_long_runs_are_thinned_but_counted_in_full(context: Context, database: Database) -> None:
    values = [math.sin(step / 50) for step in range(70_000)]
    (run, *_) = runs_of(database, {"accuracy": values})
    figure = draw_runs(context, [run])
    (line,) = of_role(figure, "runs")
    assert line["mode"] == "lines"
    assert len(figure.table["value"]) == 70_000
    assert len(figure.json()) < 1_200_000


def test_runs_that_are_not_there_or_reported_nothing_are_named(context: Context, database: Database) -> None:
    (run, *_) = runs_of(database, {"accuracy": [0.5]}, {"accuracy": [0.6]})
    with pytest.raises(NotFound, match="there is no run 999"):
        draw_runs(context, [run, 999])
    with pytest.raises(NotFound, match="there is no run '998, 999'"):
        draw_runs(context, [998, 999])
    with pytest.raises(InvalidInput, match="1 to 100 runs"):
        draw_runs(context, [])
    with pytest.raises(InvalidInput, match="1 to 100 runs"):
        draw_runs(context, list(range(1, 102)))
    with pytest.raises(InvalidInput, match="metric"):
        draw_runs(context, [run], metric="f1")
    empty = store(database, spec())
    figure = draw_runs(context, run_ids(database, empty)[:1])
    assert figure.empty
    assert "No run reported accuracy." in str(figure.layout["annotations"]).replace("<br>", " ")


def test_of_many_arms_the_best_are_drawn_once_all_runs_have_ended(context: Context, database: Database) -> None:
    arms = {f"arm {at}": [0.5 + at / 100, 0.51 + at / 100] for at in range(10)}

    def drawn(study: int, **options: Any) -> list[int]:
        figure = draw(context, study, "curves", Options(**options))
        return [arm["position"] for arm in figure.layout["meta"]["arms"]]

    ended = measured_study(database, arms)
    assert drawn(ended) == list(range(2, 10))
    assert drawn(ended, arms=(0, 1)) == [0, 1]
    assert drawn(measured_study(database, arms, direction=Direction.MINIMIZE)) == list(range(8))
    assert drawn(measured_study(database, arms, number_of_seeds=3)) == list(range(8))
