"""What the planner, the shares of variance, churn and curves show, value by value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seedspread.core.recipe import Direction
from seedspread.figures.churn import churn, draw_churn
from seedspread.figures.curves import GRID, curves, seed_lines
from seedspread.figures.curves_drawing import draw_curves
from seedspread.figures.kit.figure import Figure
from seedspread.figures.pairs.power import draw_planner, planner
from seedspread.figures.variance import Share, alone_shares, crossed_shares, draw_shares
from seedspread.stats.data.arms import ArmSeries, LeftOut
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.planning import detectable_paired, detectable_unpaired, seeds_paired, seeds_unpaired
from seedspread.stats.spread.components import variance_components
from seedspread.stats.spread.one_at_a_time import one_at_a_time
from tests.figures.drawn import ACCURACY, LOSS, arm_series, checked, of_role

UP, DOWN = Direction.MAXIMIZE, Direction.MINIMIZE
NAN, INF = float("nan"), float("inf")


def only(figure: Figure, role: str) -> dict[str, Any]:
    """The one trace of that role."""
    (trace,) = of_role(figure, role)
    return trace


class TestPlanner:
    """Seeds by difference, and the other way round."""

    @pytest.mark.parametrize("paired", [True, False])
    def test_the_curve_is_that_of_its_design(self, paired: bool) -> None:
        plan = planner(0.5, paired=paired, power=0.9, level=0.9, difference=0.4)
        expected = [
            detectable_paired(n, 0.9, 0.9) if paired else detectable_unpaired(n, n, 0.9, 0.9)
            for n in plan.sizes.tolist()
        ]
        assert plan.detectable == pytest.approx([0.5 * effect for effect in expected])
        assert plan.needed == (seeds_paired if paired else seeds_unpaired)(0.8, 0.9, 0.9)
        assert (np.diff(plan.detectable) < 0).all()

    @pytest.mark.parametrize(("fields", "last"), [({}, 30), ({"now": 20}, 40), ({"difference": 1.0}, 30)])
    def test_the_axis_reaches_twice_what_there_is_or_what_it_takes(self, fields: dict[str, Any], last: int) -> None:
        assert planner(1.0, paired=False, **fields).sizes[-1] == last
        wide = planner(1.0, paired=False, difference=0.5)
        assert wide.needed == 64
        assert wide.sizes[-1] == 100

    def test_the_points_stand_on_the_curve(self) -> None:
        plan = planner(0.02, paired=False, difference=0.02, now=10)
        figure = draw_planner(plan, ACCURACY)
        checked(figure)
        at = plan.sizes.tolist().index(10)
        assert only(figure, "detectable")["y"] == pytest.approx((100 * plan.detectable).tolist())
        assert (only(figure, "now")["x"], only(figure, "now")["y"]) == (
            [10],
            pytest.approx([100 * plan.detectable[at]]),
        )
        assert (only(figure, "needed")["x"], only(figure, "needed")["y"]) == ([17], pytest.approx([2.0]))
        assert only(figure, "reference")["y"] == pytest.approx([2.0, 2.0])
        assert only(figure, "reference")["x"] == [2, 30]

    @pytest.mark.parametrize(("now", "marks"), [(None, 0), (0, 0), (1, 0), (2, 1)])
    def test_what_is_at_hand_is_marked_from_two_seeds_on(self, now: int | None, marks: int) -> None:
        figure = draw_planner(planner(1.0, paired=True, now=now), LOSS)
        checked(figure)
        assert len(of_role(figure, "now")) == marks
        assert of_role(figure, "needed") == of_role(figure, "reference") == []

    def test_one_pair_is_not_several(self) -> None:
        title = draw_planner(planner(1.0, paired=True, difference=0.9), ACCURACY).title
        assert title.split()[0] == str(seeds_paired(0.9))
        assert "paired seeds" in title


class TestShares:
    """Where the spread comes from."""

    def test_bars_stand_in_the_given_order_with_their_intervals(self) -> None:
        shares = [
            Share("init", 0.6, Interval(0.2, 0.9, 0.95, "fiducial"), "detail"),
            Share("unknown", None, None, "too few runs"),
            Share("rest", 0.25, None, "residual", remainder=True),
        ]
        figure = draw_shares(shares, "title", ["note"])
        checked(figure)
        first, second = of_role(figure, "share")
        assert (first["x"], first["y"]) == ([0.0, 0.6], [0.0, 0.0])
        assert (second["x"], second["y"]) == ([0.0, 0.25], [-1.0, -1.0])
        assert first["line"]["color"] != second["line"]["color"]
        assert (only(figure, "interval")["x"], only(figure, "interval")["y"]) == ([0.2, 0.9], [0.0, 0.0])
        assert [trace["x"] for trace in of_role(figure, "mean")] == [[0.6], [0.25]]
        assert [name.split("<br>")[0] for name in figure.layout["yaxis"]["ticktext"]] == ["init", "rest"]
        assert (figure.table["low"], figure.table["high"]) == ([0.2, None], [0.9, None])
        assert (figure.title, figure.notes) == ("title", ("note",))

    @pytest.mark.parametrize("why", ["", "Because."])
    def test_without_a_share_it_says_why(self, why: str) -> None:
        figure = draw_shares([Share("init", None, None, "")], "t", why_none=why)
        assert figure.empty
        assert (figure.layout["annotations"][0]["text"] == why) == bool(why)

    def test_crossed_sources_come_largest_first_and_the_rest_last(self) -> None:
        rng = np.random.default_rng(4)
        split, init = rng.normal(0, 0.2, 6), rng.normal(0, 2, 6)
        values = split[:, None] + init[None, :] + rng.normal(0, 0.5, (6, 6))
        shares = crossed_shares(variance_components(values, ("split", "init"), rng))
        assert shares[0].name == "init"
        assert [item.remainder for item in shares] == [False] * (len(shares) - 1) + [True]
        known = [item.share for item in shares if item.share is not None]
        assert sum(known) == pytest.approx(1)

    @pytest.mark.parametrize(("spread", "last"), [(3.0, "together"), (0.2, "split")])
    def test_sources_varied_alone_come_largest_first_and_a_rest_above_zero_last(self, spread: float, last: str) -> None:
        drawn = np.random.default_rng(7).normal(size=(3, 20))
        alone = {"split": 0.3 * drawn[0], "init": drawn[1]}
        result = one_at_a_time(alone, np.random.default_rng(1), together=spread * drawn[2])
        shares = alone_shares(result)
        assert (shares[0].name, shares[-1].name) == ("init", last)
        assert [item.remainder for item in shares] == [item.name == "together" for item in shares]
        assert all(item.share is not None for item in shares)


class TestChurn:
    """Examples by how many seeds get them right."""

    def test_bars_of_two_arms_stand_side_by_side(self) -> None:
        first = churn(0, "base", np.array([[1, 0, 1], [1, 0, 0]], dtype=bool))
        second = churn(3, "wide", np.array([[1, 1, 1]], dtype=bool))
        figure = draw_churn([first, churn(1, "none", np.zeros((0, 3), bool)), second])
        checked(figure)
        bars = of_role(figure, "examples")
        assert [(bar["meta"]["arm"], bar["x"], bar["y"]) for bar in bars] == [
            (0, [0.0, 0.5, 1.0], [1, 1, 1]),
            (3, [0.0, 1.0], [0, 3]),
        ]
        assert (first.always, first.never) == (1, 1)
        assert first.disagreement == pytest.approx(1 / 3)
        assert figure.table == {
            "arm": ["base"] * 3 + ["wide"] * 2,
            "share": [0.0, 0.5, 1.0, 0.0, 1.0],
            "examples": [1, 1, 1, 0, 3],
        }

    @pytest.mark.parametrize(("runs", "classes"), [(1, 2), (20, 21), (21, 21), (50, 21)])
    def test_there_is_a_class_for_every_number_of_up_to_twenty_runs(self, runs: int, classes: int) -> None:
        correct = np.tri(runs, runs + 1, dtype=bool)
        found = churn(0, "a", correct)
        assert found.counts.size == classes
        assert found.counts.sum() == runs + 1
        assert (found.always, found.never) == (1, 1)

    def test_classes_without_an_example_are_there(self) -> None:
        assert churn(0, "a", np.zeros((3, 4), dtype=bool)).counts.tolist() == [4, 0, 0, 0]
        assert churn(0, "a", np.ones((3, 4), dtype=bool)).counts.tolist() == [0, 0, 0, 4]


class TestCurves:
    """Seeds, centres, bands and n."""

    def test_seeds_are_behind_the_centre_and_its_band(self) -> None:
        arms = [arm_series(np.arange(12.0).reshape(3, 4) + at, at, f"arm {at}") for at in (0, 1)]
        figure = draw_curves(curves(arms, UP), ACCURACY)
        checked(figure)
        roles = [(trace["meta"]["role"], trace["meta"]["arm"]) for trace in figure.data]
        assert roles == [("seeds", 0), ("seeds", 1), ("band", 0), ("centre", 0), ("band", 1), ("centre", 1)]
        centre = of_role(figure, "centre")[1]
        assert (centre["x"], centre["y"]) == ([1, 2, 3, 4], [5.0, 6.0, 7.0, 8.0])
        assert centre["customdata"] == [[3, 3]] * 4
        band = of_role(figure, "band")[0]
        assert band["x"] == [1, 2, 3, 4, 4, 3, 2, 1, None]
        assert band["y"] == [6.0, 7.0, 8.0, 9.0, 5.0, 4.0, 3.0, 2.0, None]

    def test_a_band_is_open_where_fewer_than_three_runs_are_left(self) -> None:
        steps = np.arange(1, 6)
        series = [(steps[:n], np.linspace(0, 1, 5)[:n] + 0.1 * n) for n in (5, 4, 3, 2)]
        (curve,) = curves([ArmSeries(0, "a", np.arange(4), np.arange(4), series)], DOWN)
        assert curve.n.tolist() == [4, 4, 3, 2, 1]
        assert np.isfinite(curve.low).tolist() == [True, True, True, False, False]
        assert np.isfinite(curve.high).tolist() == np.isfinite(curve.low).tolist()
        assert np.isfinite(curve.centre).all()

    def test_long_series_have_a_centre_at_so_many_steps_the_ends_included(self) -> None:
        (curve,) = curves([arm_series(np.arange(2 * (GRID + 50.0)).reshape(2, -1))], UP)
        assert (curve.steps.size, curve.steps[0], curve.steps[-1]) == (GRID, 1, GRID + 50)
        (exact,) = curves([arm_series(np.arange(2.0 * GRID).reshape(2, -1))], UP)
        assert exact.steps.tolist() == list(range(1, GRID + 1))

    def test_diverged_seeds_are_at_the_edge_where_they_broke(self) -> None:
        values = np.ones((4, 3))
        values[1, 1:], values[3, 2] = NAN, INF
        figure = draw_curves(curves([arm_series(values)], DOWN), LOSS)
        checked(figure)
        marks = only(figure, "non_finite")
        assert (marks["x"], marks["y"], marks["yaxis"]) == ([2, 3], [0.98, 0.98], "y2")
        assert marks["customdata"] == [[101, 1], [103, 3]]

    @pytest.mark.parametrize(("runs", "opacity"), [(1, 0.6), (16, 0.55), (100, 0.22)])
    def test_many_seeds_are_fainter(self, runs: int, opacity: float) -> None:
        figure = draw_curves(curves([arm_series(np.ones((runs, 2)))], UP), ACCURACY)
        assert only(figure, "seeds")["opacity"] == pytest.approx(opacity)

    @pytest.mark.parametrize(("steps", "tick"), [(10, 1), (11, None)])
    def test_whole_ticks_up_to_ten_steps(self, steps: int, tick: int | None) -> None:
        figure = draw_curves(curves([arm_series(np.ones((3, steps)))], UP), ACCURACY)
        assert figure.layout["xaxis"].get("dtick") == tick

    def test_a_logarithmic_axis_leaves_the_strip_of_n_linear(self) -> None:
        values = np.ones((3, 4))
        values[0, 3] = NAN
        figure = draw_curves(curves([arm_series(values)], DOWN), LOSS, log=True)
        checked(figure)
        assert (figure.layout["yaxis"]["type"], figure.layout["yaxis3"]["type"]) == ("log", "linear")
        assert figure.layout["yaxis3"]["tickvals"] == [0, 3]
        assert figure.layout["yaxis3"]["domain"][1] < figure.layout["yaxis"]["domain"][0]
        assert only(figure, "n")["yaxis"] == "y3"
        even = draw_curves(curves([arm_series(np.ones((3, 4)))], DOWN), LOSS)
        assert ("type" in even.layout["yaxis"], "yaxis3" in even.layout) == (False, False)
        assert even.layout["yaxis"]["domain"] == [0, 1]

    def test_the_table_and_the_identities_are_of_all_arms(self) -> None:
        arms = [arm_series(np.ones((2, 3))), arm_series(np.full((1, 2), 2.0), 4, "wide")]
        figure = draw_curves(curves(arms, UP), ACCURACY)
        assert list(figure.table["arm"]) == ["base"] * 3 + ["wide"] * 2
        assert list(figure.table["steps"]) == [1, 2, 3, 1, 2]
        assert list(figure.table["centre"]) == [1, 1, 1, 2, 2]
        identity = figure.layout["meta"]["arms"]
        assert [(item["position"], item["runs"], item["seeds"]) for item in identity] == [
            (0, [100, 101], [0, 1]),
            (4, [100], [0]),
        ]
        assert [item["starts"] for item in identity] == [[0, 4, 8], [0, 3]]

    def test_arms_without_a_step_are_not_drawn_and_what_is_left_out_is_said(self) -> None:
        bare = ArmSeries(0, "bare", np.empty(0, np.int64), np.empty(0, np.int64), [], LeftOut(failures=3))
        figure = draw_curves(curves([bare, arm_series(np.ones((2, 2)), 1)], UP), ACCURACY)
        checked(figure)
        assert {trace["meta"]["arm"] for trace in figure.data} == {1}
        assert any("bare" in note and "3 runs" in note for note in figure.notes)

    def test_the_mean_has_no_band_without_variation_and_passes_over_what_broke(self) -> None:
        values = np.array([[1.0, 1.0], [1.0, NAN], [1.0, 2.0], [1.0, 6.0]])
        (curve,) = curves([arm_series(values)], UP, centre="mean")
        assert curve.centre.tolist() == [1.0, 3.0]
        assert np.isnan(curve.low[0])
        assert curve.low[1] == pytest.approx(3 - 4.302653 * np.std([1, 2, 6], ddof=1) / np.sqrt(3))

    def test_no_lines_at_all(self) -> None:
        lines = seed_lines([], 10)
        assert (lines.steps.size, lines.values.size, lines.starts.tolist()) == (0, 0, [0])
