"""Curves of single runs: a line a run and metric, told apart by arm, order and part of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seedspread.figures.curves import RunLine
from seedspread.figures.curves_drawing import draw_run_curves
from seedspread.figures.kit.figure import Figure
from seedspread.figures.kit.look import arm_role, dash, marker
from tests.figures.drawn import ACCURACY, LOSS, checked, of_role

NAN, INF = float("nan"), float("inf")


def run_line(run: int, values: list[float], metric: str = "val_loss", position: int = 0, name: str = "") -> RunLine:
    """A run that logged at steps 1, 2, …"""
    steps = np.arange(1, len(values) + 1)
    return RunLine(run, position, name or f"base, seed {run}", metric, steps, np.array(values))


def looks(figure: Figure, *path: str) -> list[Any]:
    """One property of every line, such as its dash."""
    found = []
    for trace in of_role(figure, "runs"):
        value: Any = trace
        for key in path:
            value = value[key]
        found.append(value)
    return found


def test_several_runs_differ_in_colour_by_arm_and_in_dash_within_one() -> None:
    lines = [run_line(5, [1, 2]), run_line(6, [3, 4]), run_line(7, [5, 6], position=3)]
    figure = draw_run_curves(lines, LOSS, runs=3)
    checked(figure)
    assert looks(figure, "y") == [[1, 2], [3, 4], [5, 6]]
    assert looks(figure, "line", "dash") == [dash(0), dash(1), dash(0)]
    assert looks(figure, "line", "color") == [arm_role(0), arm_role(0), arm_role(3)]
    assert looks(figure, "marker", "symbol") == [marker(0), marker(0), marker(3)]
    assert looks(figure, "customdata") == [[[5], [5]], [[6], [6]], [[7], [7]]]
    assert looks(figure, "name") == ["base, seed 5", "base, seed 6", "base, seed 7"]
    assert figure.layout["showlegend"]


def test_training_is_dotted_and_hollow_beside_its_validation_and_plain_alone() -> None:
    both = draw_run_curves([run_line(5, [1, 2], "loss"), run_line(5, [3, 4], "val_loss")], LOSS)
    assert looks(both, "line", "dash") == ["dot", "solid"]
    assert looks(both, "marker", "symbol") == ["circle-open", "circle"]
    assert looks(both, "name") == ["loss", "val_loss"]
    alone = draw_run_curves([run_line(5, [1, 2], "loss")], LOSS)
    assert (looks(alone, "line", "dash"), looks(alone, "marker", "symbol")) == (["solid"], ["circle"])
    assert not alone.layout["showlegend"]


@pytest.mark.parametrize(
    ("steps", "mode", "tick"), [(10, "lines+markers", 1), (60, "lines+markers", None), (61, "lines", None)]
)
def test_few_steps_are_marked_one_by_one(steps: int, mode: str, tick: int | None) -> None:
    figure = draw_run_curves([run_line(5, [0.5] * steps)], ACCURACY)
    checked(figure)
    assert looks(figure, "mode") == [mode]
    assert figure.layout["xaxis"].get("dtick") == tick


@pytest.mark.parametrize(("runs", "named"), [(1, "val_loss"), (2, "base, seed 5")])
def test_what_is_not_finite_is_counted_from_its_first_step_on(runs: int, named: str) -> None:
    figure = draw_run_curves([run_line(5, [1, NAN, 2, INF]), run_line(6, [1, 2, 3, 4])], LOSS, runs=runs)
    checked(figure)
    (note,) = figure.notes
    assert named in note
    assert "2 of 4 steps" in note
    assert note.endswith("step 2.")
    assert looks(figure, "y")[0] == [1, None, 2, None]


def test_no_run_and_a_logarithmic_axis() -> None:
    empty = draw_run_curves([], LOSS, runs=2)
    assert empty.empty
    assert "2 runs" in empty.title
    logarithmic = draw_run_curves([run_line(5, [1, 10])], LOSS, log=True)
    assert logarithmic.layout["yaxis"]["type"] == "log"
    assert "type" not in draw_run_curves([run_line(5, [1, 10])], LOSS).layout["yaxis"]
