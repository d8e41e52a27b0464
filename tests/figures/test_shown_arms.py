"""What figures of arms show: which marks, where, in which order and of which arm, for odd inputs too."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats as sps

from seedspread.core.recipe import Direction
from seedspread.figures.best_of_k import best_of_k, draw_best_of_k, draw_winner_flip, winner_flip
from seedspread.figures.distribution import distribution, whiskers
from seedspread.figures.distribution_drawing import Kind, draw_distribution
from seedspread.figures.kit.figure import Figure
from seedspread.figures.kit.look import DASHES, MARKERS
from seedspread.figures.kit.marks import REACH
from seedspread.figures.pairs.arrival import SIZES, arrival, draw_arrival
from seedspread.figures.pairs.differences import differences, draw_differences
from seedspread.figures.pairs.improvement import draw_improvements, improvements
from seedspread.figures.profile import draw_profiles, profiles
from seedspread.stats.data.arms import ArmValues, LeftOut, arm_values
from seedspread.stats.decision.rule import DecisionRule
from seedspread.stats.inference.means import summarise
from seedspread.stats.inference.outliers import wilson_interval
from tests.figures.drawn import ACCURACY, LOSS, checked, of_role

PAIRED, SEPARATE = DecisionRule(pairing="paired"), DecisionRule(pairing="separate")
UP, DOWN = Direction.MAXIMIZE, Direction.MINIMIZE
NAN, INF = float("nan"), float("inf")
VALUES = [0.90, 0.94, 0.91, 0.97, 0.92, 0.93]
RISES = [0.02, 0.01, 0.03, 0.02, 0.05, 0.02]


def arm(values: Sequence[float], position: int = 0, **fields: Any) -> ArmValues:
    """An arm whose runs are numbered by hundreds, so that no run id is a seed."""
    runs = range(100 * (position + 1), 100 * (position + 1) + len(values))
    return arm_values(position, f"arm {position}", values, runs=runs, **fields)


def ten() -> list[ArmValues]:
    """Ten arms, each a tenth above the one before."""
    return [arm([at / 10 + 0.01 * seed for seed in range(4)], at) for at in range(10)]


def only(figure: Figure, role: str, position: int | None = None) -> dict[str, Any]:
    """The one trace of that role (and arm)."""
    (trace,) = [item for item in of_role(figure, role) if position in (None, item["meta"].get("arm"))]
    return trace


class TestDistribution:
    """Points, means, boxes, cumulative shares."""

    def test_only_arms_that_are_all_constant_are_suspected(self) -> None:
        (note,) = draw_distribution(distribution([arm(VALUES), arm([1.0] * 4, 1)]), ACCURACY, kind="points").notes
        assert note == "arm 1: no variation between runs."
        notes = draw_distribution(distribution([arm([0.5] * 4), arm([1.0] * 4, 1)]), ACCURACY, kind="points").notes
        assert [note.endswith("Check that the seed is applied.") for note in notes] == [True, True]

    def test_points_stand_at_their_values_in_ascending_order_with_their_run_and_seed(self) -> None:
        figure = draw_distribution(distribution([arm([0.3, 0.1, 0.2])]), ACCURACY, kind="points")
        checked(figure)
        points = only(figure, "points")
        assert points["x"] == [0.1, 0.2, 0.3]
        assert points["customdata"] == [[101, 1], [102, 2], [100, 0]]

    def test_arms_stand_below_each_other_in_their_order(self) -> None:
        arms = ten()
        figure = draw_distribution(distribution(arms), ACCURACY)
        checked(figure)
        axis = figure.layout["yaxis"]
        assert axis["tickvals"] == [-float(at) for at in range(10)]
        assert [name.split("<br>")[0] for name in axis["ticktext"]] == [item.name for item in arms]
        assert all(name.endswith("n = 4") for name in axis["ticktext"])
        assert axis["range"][0] < -9 - REACH
        assert axis["range"][1] > REACH
        for at in range(10):
            assert np.allclose(only(figure, "points", at)["y"], -at, atol=REACH)
            assert only(figure, "points", at)["x"] == sorted(arms[at].values.tolist())

    def test_ten_arms_differ_by_marker_where_colours_come_again(self) -> None:
        figure = draw_distribution(distribution(ten()), ACCURACY)
        looks = {(trace["marker"]["symbol"], trace["marker"]["color"]) for trace in of_role(figure, "points")}
        assert len(looks) == 10
        assert [only(figure, "points", at)["marker"]["symbol"] for at in range(10)] == list(MARKERS)
        colours = [only(figure, "points", at)["marker"]["color"] for at in range(10)]
        assert colours[8:] == colours[:2]

    def test_the_mean_and_its_interval_are_below_the_points(self) -> None:
        figure = draw_distribution(distribution([arm([0.0], 0), arm(VALUES, 1)], level=0.9), ACCURACY)
        bar, dot = (item for item in of_role(figure, "mean") if item["meta"]["arm"] == 1)
        low, high = sps.t.interval(0.9, 5, np.mean(VALUES), sps.sem(VALUES))
        assert bar["x"] == pytest.approx([low, high])
        assert dot["x"] == pytest.approx([np.mean(VALUES)])
        assert dot["y"] == [bar["y"][0]] == [bar["y"][1]]
        assert -1 - REACH - 0.2 < dot["y"][0] < -1 - REACH

    @pytest.mark.parametrize(
        ("values", "traces"), [([], 0), ([0.5], 0), ([0.5, 0.6], 1), ([0.5, 0.6, 0.7], 2), ([NAN, 0.5, 0.6], 1)]
    )
    def test_a_mean_takes_two_values_and_its_interval_three(self, values: list[float], traces: int) -> None:
        figure = draw_distribution(distribution([arm(values), arm([0.1], 1)]), ACCURACY)
        checked(figure)
        assert len(of_role(figure, "mean")) == traces

    @pytest.mark.parametrize(("kind", "shapes"), [("box", 1), ("violin", 1), ("points", 0)])
    def test_a_shape_takes_five_values(self, kind: Kind, shapes: int) -> None:
        for count, expected in ((4, 0), (5, shapes)):
            figure = draw_distribution(distribution([arm(VALUES[:count])], outlines=True), ACCURACY, kind=kind)
            assert len(of_role(figure, kind)) - (kind == "points") == expected

    def test_the_box_has_numpys_quartiles_and_tukeys_whiskers(self) -> None:
        values = [*VALUES, 0.5, 1.5, 0.93, 0.935]
        (numbers,) = distribution([arm(values)])
        box = only(draw_distribution([numbers], ACCURACY), "box")
        q1, median, q3 = np.percentile(values, [25, 50, 75])
        assert (box["q1"], box["median"], box["q3"]) == (
            pytest.approx([q1]), pytest.approx([median]), pytest.approx([q3]),
        )  # fmt: skip
        within = [value for value in values if q1 - 1.5 * (q3 - q1) <= value <= q3 + 1.5 * (q3 - q1)]
        assert (box["lowerfence"], box["upperfence"]) == ([min(within)], [max(within)])
        assert box["y"] == [0.0]

    def test_a_value_at_the_very_reach_of_a_whisker_is_inside(self) -> None:
        values = np.array([-6.0, 0.0, 1.0, 2.0, 3.0, 4.0, 10.0])  # quartiles 0.5 and 3.5: the reach ends at -4 and 8
        assert whiskers(values, summarise(arm(values.tolist()).sample())) == (0.0, 4.0)
        values[0], values[-1] = -4.0, 8.0
        assert whiskers(values, summarise(arm(values.tolist()).sample())) == (-4.0, 8.0)

    def test_the_outline_of_a_violin_is_symmetric_about_its_arm(self) -> None:
        figure = draw_distribution(distribution([arm([0.0]), arm(VALUES, 1)], outlines=True), ACCURACY, kind="violin")
        outline = only(figure, "violin")
        heights = np.array(outline["y"]) + 1
        assert heights[:96] == pytest.approx(-heights[:95:-1])
        assert heights.max() == pytest.approx(REACH)
        assert outline["x"][0] == outline["x"][-1] == min(VALUES)

    @pytest.mark.parametrize(("count", "opacity", "size"), [(60, 0.85, 7), (61, 0.5, 7), (200, 0.5, 7), (201, 0.5, 5)])
    def test_many_points_are_fainter_and_smaller(self, count: int, opacity: float, size: int) -> None:
        values = np.linspace(0, 1, count).tolist()
        style = only(draw_distribution(distribution([arm(values)]), ACCURACY), "points")["marker"]
        assert (style["opacity"], style["size"]) == (opacity, size)

    def test_cumulative_shares_rise_to_the_share_that_is_finite(self) -> None:
        figure = draw_distribution(distribution([arm([0.1, 0.1, 0.3, INF]), arm([], 1)]), ACCURACY, kind="ecdf")
        checked(figure)
        steps = only(figure, "ecdf")
        assert (steps["x"], steps["y"]) == ([0.1, 0.1, 0.3], [0.5, 0.5, 0.75])
        assert steps["line"]["shape"] == "hv"
        assert figure.layout["yaxis"]["range"] == [0, 1.03]

    def test_what_is_not_finite_stands_on_an_axis_of_its_own(self) -> None:
        figure = draw_distribution(distribution([arm([0.5], 0), arm([NAN, 0.4, -INF, INF], 1)]), ACCURACY)
        checked(figure)
        marks = only(figure, "non_finite")
        assert (marks["xaxis"], marks["x"]) == ("x2", [0.99] * 3)
        assert figure.layout["xaxis2"]["range"] == [0, 1]
        assert marks["y"] == [-1.25, -1.0, -0.75]
        assert (marks["text"], marks["customdata"]) == (["NaN", "-inf", "inf"], [[200, 0], [202, 2], [203, 3]])
        alone = draw_distribution(distribution([arm([NAN])]), ACCURACY)
        assert only(alone, "non_finite")["y"] == [0.0]
        assert only(alone, "points")["x"] == []
        assert not alone.empty

    def test_one_value_alone_has_a_narrow_axis_around_it(self) -> None:
        for values, expected in (([0.0], [-0.1, 0.1]), ([-5.0, -5.0], [-5.5, -4.5])):
            figure = draw_distribution(distribution([arm(values)]), LOSS)
            assert figure.layout["xaxis"]["range"] == pytest.approx(expected)

    def test_all_equal_is_said_unless_every_source_is_fixed(self) -> None:
        notes = []
        for fixed in (False, True):
            given = arm([0.5] * 6)
            given = ArmValues(0, "a", given.runs, given.seeds, given.values, LeftOut(), all_fixed=fixed)
            notes.append(len(draw_distribution(distribution([given]), ACCURACY).notes))
        assert notes == [1, 0]

    def test_the_table_has_every_run_the_diverged_included(self) -> None:
        figure = draw_distribution(distribution([arm([0.3, NAN]), arm([0.1], 1)]), ACCURACY)
        assert list(figure.table["arm"]) == ["arm 0", "arm 0", "arm 1"]
        assert list(figure.table["run"]) == [100, 101, 200]
        assert list(figure.table["seed"]) == [0, 1, 0]
        assert list(figure.table["value"]) == pytest.approx([0.3, NAN, 0.1], nan_ok=True)

    def test_more_than_six_hundred_points_are_packed_without_loss(self) -> None:
        values = np.random.default_rng(3).normal(size=601)
        points = only(draw_distribution(distribution([arm(values.tolist())]), ACCURACY), "points")
        unpacked = np.frombuffer(base64.b64decode(points["x"]["bdata"]), points["x"]["dtype"])
        np.testing.assert_array_equal(unpacked, np.sort(values))


class TestDifferences:
    """B − A, seed by seed."""

    A, B = arm(VALUES), arm([value + rise for value, rise in zip(VALUES, RISES, strict=True)], 1)

    def test_a_share_is_shown_in_points_and_a_loss_as_it_is(self) -> None:
        for metric, scale in ((ACCURACY, 100), (LOSS, 1)):
            figure = draw_differences(differences(self.A, self.B, PAIRED), metric)
            checked(figure)
            assert only(figure, "pairs")["x"] == pytest.approx([scale * rise for rise in RISES])
            bar, dot = of_role(figure, "mean")
            low, high = sps.t.interval(0.95, 5, np.mean(RISES), sps.sem(RISES))
            assert bar["x"] == pytest.approx([scale * low, scale * high])
            assert dot["x"] == pytest.approx([scale * np.mean(RISES)])
            assert f"mean {'2.5' if scale == 100 else '0.025'}" in dot["hovertemplate"]
            assert figure.layout["xaxis"]["rangemode"] == "tozero"
            (zero,) = figure.layout["shapes"]
            assert (zero["x0"], zero["x1"], zero["yref"]) == (0, 0, "paper")

    def test_every_mark_names_both_runs_and_the_seed(self) -> None:
        b = arm([0.95, 0.96, 0.99], 1, seeds=[4, 2, 9])
        numbers = differences(self.A, b, PAIRED)
        figure = draw_differences(numbers, ACCURACY)
        assert only(figure, "pairs")["customdata"] == [[102, 201, 2], [104, 200, 4]]
        assert only(figure, "pairs")["x"] == pytest.approx([5.0, 3.0])
        assert numbers.unmatched == 5  # four seeds of A, one of B
        assert list(figure.table["difference"]) == pytest.approx([0.05, 0.03])
        assert (list(figure.table["a"]), list(figure.table["b"])) == ([0.91, 0.92], [0.96, 0.95])

    @pytest.mark.parametrize(("count", "bars", "notes"), [(2, 0, 1), (3, 1, 0)])
    def test_an_interval_takes_three_pairs_and_its_absence_is_said(self, count: int, bars: int, notes: int) -> None:
        figure = draw_differences(
            differences(
                arm(VALUES[:count]), arm([v + r for v, r in zip(VALUES[:count], RISES, strict=False)], 1), PAIRED
            ),
            ACCURACY,
        )
        assert len(of_role(figure, "mean")) == 1 + bars
        assert len(figure.notes) == notes

    def test_unpaired_arms_show_the_difference_of_their_means_alone(self) -> None:
        a, b = arm(VALUES[:4]), arm([0.5, 0.52, 0.54], 1, seeds=[7, 8, 9])
        numbers = differences(a, b, SEPARATE)
        figure = draw_differences(numbers, LOSS)
        checked(figure)
        assert only(figure, "pairs")["x"] == []
        welch = sps.ttest_ind(b.values, a.values, equal_var=False).confidence_interval()
        bar, dot = of_role(figure, "mean")
        assert bar["x"] == pytest.approx([welch.low, welch.high])
        assert dot["x"] == pytest.approx([b.values.mean() - a.values.mean()])
        assert numbers.n == 3
        slopes = draw_differences(numbers, LOSS, kind="slopes")
        assert [trace["x"] for trace in of_role(slopes, "mean")] == [bar["x"], dot["x"]]

    def test_ratios_are_drawn_as_ratios_about_one(self) -> None:
        rule = DecisionRule(pairing="paired", centre="log_ratio", smallest_difference=0.05, direction="minimize")
        a, b = arm([2e-6, 3e-6, 4e-6]), arm([1e-6, 1.2e-6, 1.9e-6], 1)
        numbers = differences(a, b, rule)
        figure = draw_differences(numbers, LOSS)
        checked(figure)
        geometric = float(np.exp(np.mean(np.log(b.values / a.values))))
        assert figure.title == "arm 1 / arm 0: 0.46 (3 paired seeds)"
        assert numbers.mean == pytest.approx(geometric)
        assert only(figure, "pairs")["x"] == pytest.approx((b.values / a.values).tolist())
        assert only(figure, "reference")["x"] == [1, 1]
        assert figure.layout["xaxis"]["title"]["text"] == "arm 1 / arm 0, ← arm 1 better"
        slopes = draw_differences(numbers, LOSS, kind="slopes")
        assert only(slopes, "mean")["y"] == pytest.approx(
            [float(np.exp(np.mean(np.log(item.values)))) for item in (a, b)]
        )
        arriving = arrival(a, b, rule)
        assert arriving.mean[-1] == pytest.approx(geometric)
        drawn = draw_arrival(arriving, LOSS, 0.05)
        assert drawn.title == "The ratio arm 1 / arm 0 as seeds arrive"
        assert [shape["y0"] for shape in drawn.layout["shapes"]] == pytest.approx([1 / 1.05, 1.05])

    def test_the_centre_that_decides_is_the_one_in_the_title(self) -> None:
        rule = DecisionRule(pairing="paired", centre="median")
        figure = draw_differences(differences(arm([0.5] * 6), arm([0.51, 0.51, 0.52, 0.52, 0.6, 0.9], 1), rule), LOSS)
        assert figure.title.startswith("arm 1 − arm 0: median +0.02")

    def test_a_difference_that_all_seeds_share_has_no_interval(self) -> None:
        figure = draw_differences(differences(self.A, arm([v + 0.25 for v in VALUES], 1), PAIRED), ACCURACY)
        assert figure.notes == ("No interval: the difference is the same for every seed.",)

    def test_slopes_run_from_a_to_b_with_a_gap_between_seeds(self) -> None:
        figure = draw_differences(differences(self.A, self.B, PAIRED), ACCURACY, kind="slopes")
        checked(figure)
        joined = only(figure, "pairs")
        assert joined["x"] == [0.0, 1.0, None] * 6
        assert joined["y"][:6] == [VALUES[0], self.B.values[0], None, VALUES[1], self.B.values[1], None]
        assert joined["customdata"][:4] == [[100, 200, 0]] * 3 + [[101, 201, 1]]
        assert only(figure, "mean")["y"] == pytest.approx([self.A.values.mean(), self.B.values.mean()])
        first, second = of_role(figure, "points")
        assert (first["x"], second["x"]) == ([0.0] * 6, [1.0] * 6)
        assert (first["y"], second["y"]) == (VALUES, self.B.values.tolist())
        assert figure.layout["xaxis"]["ticktext"] == ["arm 0", "arm 1"]

    def test_the_axis_points_to_where_b_is_better(self) -> None:
        arrows = []
        for metric, directed in ((ACCURACY, True), (LOSS, True), (LOSS, False)):
            figure = draw_differences(differences(self.A, self.B, PAIRED), metric, directed=directed)
            title = figure.layout["xaxis"]["title"]["text"]
            arrows.append(("→" in title, "better" in title))
        assert arrows == [(True, True), (False, True), (True, False)]

    def test_equal_arms_have_a_difference_of_zero_without_an_interval(self) -> None:
        figure = draw_differences(differences(self.A, arm(VALUES, 1), PAIRED), ACCURACY)
        checked(figure)
        assert only(figure, "mean")["x"] == [0.0]
        assert only(figure, "pairs")["x"] == [0.0] * 6

    @pytest.mark.parametrize(
        ("a", "b"), [([], VALUES), ([NAN, NAN], VALUES), (VALUES, [INF])], ids=["none", "diverged", "infinite"]
    )
    def test_an_arm_without_a_value_has_nothing_to_show(self, a: list[float], b: list[float]) -> None:
        figure = draw_differences(differences(arm(a), arm(b, 1), PAIRED), ACCURACY)
        assert figure.empty
        assert figure.data == []
        assert ("arm 0" in figure.layout["annotations"][0]["text"]) == (not np.isfinite(a).any())


class TestImprovement:
    """The chance to beat the first arm."""

    def test_every_arm_has_a_line_in_its_order(self) -> None:
        arms = [arm([0.1, 0.2, 0.3]), arm([0.4, 0.5, 0.6], 1), arm([], 2), arm([0.0, 0.25, 0.05], 3)]
        figure = draw_improvements(improvements(arms, SEPARATE, UP), ACCURACY)
        checked(figure)
        assert [only(figure, "mean", at)["x"] for at in (1, 3)] == [[1.0], pytest.approx([2 / 9])]
        assert [only(figure, "mean", at)["y"] for at in (1, 3)] == [[0.0], [-1.0]]
        assert [name.split("<br>")[0] for name in figure.layout["yaxis"]["ticktext"]] == ["arm 1", "arm 3"]
        assert figure.table["chance"] == pytest.approx([1.0, 2 / 9])
        assert list(figure.table["against"]) == ["arm 0", "arm 0"]
        for at, chance in ((1, 1.0), (3, 2 / 9)):
            low, high = only(figure, "interval", at)["x"]
            assert 0 <= low < high <= 1
            assert low <= chance <= high
        (even,) = figure.layout["shapes"]
        assert (even["x0"], even["x1"]) == (0.5, 0.5)

    def test_paired_it_is_the_share_of_seeds_with_ties_half(self) -> None:
        a, b = arm([0.1, 0.2, 0.3, 0.4]), arm([0.2, 0.2, 0.2, 0.9], 1)
        assert improvements([a, b], PAIRED, UP)[0].estimate.value == pytest.approx(0.625)
        assert improvements([a, b], PAIRED, DOWN)[0].estimate.value == pytest.approx(0.375)

    def test_one_arm_alone_beats_nobody(self) -> None:
        assert draw_improvements(improvements([arm(VALUES)], PAIRED, UP), ACCURACY).empty


class TestArrival:
    """Intervals as seeds arrive."""

    A, B = arm(VALUES), arm([value + rise for value, rise in zip(VALUES, RISES, strict=True)], 1)

    def test_every_size_has_the_interval_of_its_first_seeds(self) -> None:
        numbers = arrival(self.A, self.B, PAIRED)
        assert numbers.n.tolist() == [2, 3, 4, 5, 6]
        assert numbers.mean == pytest.approx([np.mean(RISES[:n]) for n in range(2, 7)])
        for index, n in enumerate(range(3, 7), start=1):
            low, high = sps.t.interval(0.95, n - 1, np.mean(RISES[:n]), sps.sem(RISES[:n]))
            assert (numbers.low[index], numbers.high[index]) == pytest.approx((low, high))
        assert np.isnan([numbers.low[0], numbers.high[0]]).all()

    def test_unpaired_it_is_welchs(self) -> None:
        numbers = arrival(self.A, self.B, SEPARATE)
        for index, n in enumerate(range(3, 7), start=1):
            test = sps.ttest_ind(self.B.values[:n], self.A.values[:n], equal_var=False).confidence_interval()
            assert (numbers.low[index], numbers.high[index]) == pytest.approx((test.low, test.high))

    def test_many_seeds_are_looked_at_so_many_times_the_ends_included(self) -> None:
        values = np.random.default_rng(1).normal(size=(2, 200))
        sizes = arrival(arm(values[0].tolist()), arm(values[1].tolist(), 1), PAIRED).n
        assert (sizes.size, sizes[0], sizes[-1]) == (SIZES, 2, 200)
        assert (np.diff(sizes) > 0).all()

    def test_the_wide_band_is_behind_the_narrow_one_and_the_margin_is_on_both_sides(self) -> None:
        numbers = arrival(self.A, self.B, PAIRED)
        figure = draw_arrival(numbers, ACCURACY, 0.01)
        checked(figure)
        assert [trace["meta"]["role"] for trace in figure.data] == ["safe", "band", "mean", "reference"]
        assert only(figure, "mean")["y"] == pytest.approx((100 * numbers.mean).tolist())
        assert [(shape["y0"], shape["y1"]) for shape in figure.layout["shapes"]] == [(-1, -1), (1, 1)]
        assert {(shape["x0"], shape["x1"], shape["xref"]) for shape in figure.layout["shapes"]} == {(0, 1, "paper")}
        assert only(figure, "reference")["y"] == [0, 0]
        assert only(figure, "reference")["x"] == [2, 6]
        assert draw_arrival(numbers, ACCURACY).layout["shapes"] == []
        np.testing.assert_array_equal(figure.table["anytime_high"], numbers.safe_high)

    @pytest.mark.parametrize("count", [0, 1])
    def test_below_two_seeds_there_is_nothing(self, count: int) -> None:
        figure = draw_arrival(arrival(arm(VALUES[:count]), self.B, PAIRED), ACCURACY)
        assert figure.empty
        assert not draw_arrival(arrival(arm(VALUES[:2]), self.B, PAIRED), ACCURACY).empty


class TestBestOfK:
    """What picking the best of k makes of the metric."""

    @pytest.mark.parametrize(("direction", "expected"), [(UP, [2.0, 8 / 3, 3.0]), (DOWN, [2.0, 4 / 3, 1.0])])
    def test_it_is_the_mean_over_all_choices_of_k(self, direction: Direction, expected: list[float]) -> None:
        (numbers,) = best_of_k([arm([1.0, 3.0, 2.0, NAN])], direction)
        figure = draw_best_of_k([numbers], LOSS)
        checked(figure)
        assert (only(figure, "best")["x"], only(figure, "best")["y"]) == ([1, 2, 3], pytest.approx(expected))
        assert (only(figure, "points")["x"], only(figure, "points")["y"]) == ([1, 3], pytest.approx(expected[::2]))
        assert "n = 3" in only(figure, "best")["name"]

    def test_arms_without_a_value_are_passed_over(self) -> None:
        figure = draw_best_of_k(best_of_k([arm([NAN]), arm([0.5], 1)], UP), ACCURACY)
        checked(figure)
        assert [trace["meta"]["arm"] for trace in of_role(figure, "best")] == [1]
        assert list(figure.table["k"]) == [1]

    def test_ten_arms_differ_by_dash_and_colour(self) -> None:
        figure = draw_best_of_k(best_of_k(ten(), UP), ACCURACY)
        looks = [(trace["line"]["dash"], trace["line"]["color"]) for trace in of_role(figure, "best")]
        assert len(set(looks)) == 10
        assert [dash for dash, _ in looks[:6]] == list(DASHES)


class TestWinner:
    """How often fewer seeds name another winner."""

    def test_chances_start_at_one_seed_and_end_at_all(self) -> None:
        a, b = arm([0.1, 0.5, 0.2, 0.4]), arm([0.3, 0.6, 0.35, 0.7], 1)
        found = winner_flip(a, b, SEPARATE)
        assert found.sizes.tolist() == [1, 2, 3, 4]
        wins = np.mean(b.values[:, None] > a.values[None, :])
        assert found.chances[0] == pytest.approx(1 - wins)
        figure = draw_winner_flip(found, ACCURACY)
        checked(figure)
        assert only(figure, "chance")["y"] == only(figure, "points")["y"] == found.chances.tolist()
        assert only(figure, "reference")["y"] == [0.5, 0.5]
        assert only(figure, "reference")["x"] == [1, 4]

    def test_at_most_so_many_seeds_are_drawn(self) -> None:
        values = np.random.default_rng(2).normal(size=(2, 30))
        found = winner_flip(arm(values[0].tolist()), arm(values[1].tolist(), 1), SEPARATE, most=8)
        assert (found.n, found.sizes[-1]) == (30, 8)

    def test_one_seed_names_no_winner(self) -> None:
        assert draw_winner_flip(winner_flip(arm([0.5]), arm([0.6], 1), PAIRED), ACCURACY).empty


class TestProfile:
    """The share of runs at least as good."""

    @pytest.mark.parametrize(
        ("direction", "expected", "shape"), [(UP, [0.8, 0.6, 0.2], "vh"), (DOWN, [0.2, 0.6, 0.8], "hv")]
    )
    def test_failed_and_diverged_runs_count_as_never_that_good(
        self, direction: Direction, expected: list[float], shape: str
    ) -> None:
        metric = ACCURACY if direction is UP else LOSS
        given = arm([0.3, 0.1, 0.2, 0.2], left_out=LeftOut(failures=1))
        (profile,) = profiles([given], direction, level=0.9)
        figure = draw_profiles([profile], metric)
        checked(figure)
        line = only(figure, "profile")
        assert (line["x"], line["y"]) == ([0.1, 0.2, 0.3], pytest.approx(expected))
        assert line["line"]["shape"] == shape
        bands = [wilson_interval(round(5 * share), 5, 0.9) for share in expected]
        assert profile.low == pytest.approx([band.low for band in bands])
        assert profile.high == pytest.approx([band.high for band in bands])

    def test_every_arm_is_drawn_over_the_values_of_all(self) -> None:
        figure = draw_profiles(profiles([arm([0.1, 0.3]), arm([0.2], 1), arm([NAN], 2)], UP), ACCURACY)
        checked(figure)
        assert [only(figure, "profile", at)["x"] for at in (0, 1, 2)] == [[0.1, 0.2, 0.3]] * 3
        assert [only(figure, "profile", at)["y"] for at in (0, 1, 2)] == [[1.0, 0.5, 0.5], [1.0, 1.0, 0.0], [0.0] * 3]

    def test_an_arm_without_a_run_is_not_drawn(self) -> None:
        figure = draw_profiles(profiles([arm([]), arm([0.2], 1)], UP), ACCURACY)
        assert [trace["meta"]["arm"] for trace in of_role(figure, "profile")] == [1]
        assert draw_profiles(profiles([arm([])], UP), ACCURACY).empty
        assert draw_profiles(profiles([arm([NAN])], UP), ACCURACY).empty
