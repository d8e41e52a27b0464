"""The parts that figures are put together from: colours, marks, thinned lines, packed arrays, names."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from seedspread.core.recipe import Direction, MetricInfo
from seedspread.figures.kit.figure import empty_figure, layout, listed, packed
from seedspread.figures.kit.look import ARM_COLOURS, DASHES, MARKERS, THEMES, arm_role, dash, marker, role, themed
from seedspread.figures.kit.marks import (
    BINS,
    MOST_WEIGHED,
    REACH,
    area,
    at_edge,
    dots,
    evenly,
    identities,
    kept,
    line,
    neutral,
    offsets,
    violin,
)
from seedspread.figures.kit.sentences import (
    LONGEST_LABEL,
    difference_axis,
    difference_scale,
    label,
    left_out_notes,
    metric_words,
    seeds_per_arm,
    value_axis,
)
from seedspread.figures.svg.svg import unpacked
from seedspread.stats.data.arms import LeftOut, arm_values
from tests.figures.drawn import ACCURACY, LOSS

NAN, INF = math.nan, math.inf


class TestColours:
    """Roles in place of colours."""

    def test_arms_eight_apart_share_a_colour_and_differ_otherwise(self) -> None:
        assert arm_role(ARM_COLOURS) == arm_role(0) != arm_role(1)
        assert len({(arm_role(at), marker(at)) for at in range(40)}) == 40
        assert marker(len(MARKERS)) == marker(0)
        assert dash(len(DASHES)) == dash(0)
        assert len({(arm_role(at), dash(at)) for at in range(24)}) == 24

    def test_a_role_becomes_the_colour_of_its_theme_with_its_opacity(self) -> None:
        palette = {"text": "#0a1b2c"}
        given = {"a": role("text"), "b": [role("text", 0.5)], "c": ("text",), "d": "role:text of it", "e": [1, "x"]}
        assert themed(given, palette) == {
            "a": "#0a1b2c",
            "b": ["rgba(10,27,44,0.5)"],
            "c": ("text",),
            "d": "role:text of it",
            "e": [1, "x"],
        }
        assert themed({"roles": {"text": role("text")}}, palette) == {"roles": {"text": "role:text"}}
        with pytest.raises(KeyError):
            themed(role("luck"), palette)

    def test_both_themes_have_every_role(self) -> None:
        assert THEMES["light"].keys() == THEMES["dark"].keys()
        assert {f"arm{at}" for at in range(ARM_COLOURS)} <= THEMES["light"].keys()

    @pytest.mark.parametrize("theme", list(THEMES))
    def test_every_arm_can_be_seen_on_its_ground(self, theme: str) -> None:
        def brightness(colour: str) -> float:
            parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
            linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

        ground = brightness(THEMES[theme]["ground"])
        for at in range(ARM_COLOURS):
            shade = brightness(THEMES[theme][f"arm{at}"])
            contrast = (max(ground, shade) + 0.05) / (min(ground, shade) + 0.05)
            assert contrast > 2


class TestArrays:
    """Numbers on their way to plotly."""

    @pytest.mark.parametrize(("size", "plain"), [(0, True), (600, True), (601, False)])
    def test_long_arrays_travel_as_bytes(self, size: int, plain: bool) -> None:
        values = np.arange(size) / 7
        assert isinstance(packed(values), list) is plain
        np.testing.assert_array_equal(unpacked(packed(values)), values)

    @pytest.mark.parametrize(("largest", "kind"), [(2**31 - 1, "i4"), (2**31, "f8")])
    def test_integers_are_as_small_as_they_fit(self, largest: int, kind: str) -> None:
        values = np.arange(601)
        values[3] = -largest
        whole = packed(values)
        assert whole["dtype"] == kind
        np.testing.assert_array_equal(unpacked(whole), values)

    def test_a_short_array_has_null_where_it_is_not_finite(self) -> None:
        assert packed([1.5, NAN, -INF]) == [1.5, None, None]
        assert listed(np.array([1, 2])) == [1, 2]
        assert packed(np.array([[1, 2], [3, 4]])) == [[1, 2], [3, 4]]

    def test_rows_of_identities_are_as_long_as_their_columns(self) -> None:
        assert identities(np.array([7, 8]), np.array([1, 2])) == [[7, 1], [8, 2]]
        assert identities(np.array([7, 8]), np.array([0.5, NAN])) == [[7, 0.5], [8, None]]
        many = identities(np.arange(301), np.arange(301.0))
        assert many["shape"] == "301, 2"


class TestMarks:
    """Lines, points, bands."""

    def test_a_trace_names_its_role_and_its_arm(self) -> None:
        for trace in (line("a", 9, [1], [2]), dots("a", 9, [1], [2]), at_edge(9, [1], [2], 1)):
            assert trace["meta"]["arm"] == 9
            assert trace["legendgroup"] == "arm9"
            assert (trace["x"], trace["y"]) == ([1], [2])
        assert line("a", 9, [1], [2])["line"] == {"color": arm_role(9), "width": 2, "dash": dash(9)}
        assert dots("a", 9, [1], [2], marker={"size": 3})["marker"] == {
            "color": arm_role(9),
            "symbol": marker(9),
            "size": 3,
        }
        assert neutral("zero", [0, 1], [0, 0])["meta"] == {"role": "zero"}

    def test_a_band_goes_along_its_high_side_and_back_along_its_low_one(self) -> None:
        x = np.arange(6.0)
        low, high = x - 1, x + 1
        low[2] = high[4] = NAN
        band = area("band", 0, x, low, high)
        assert band["x"] == [0, 1, 1, 0, None, 3, 3, None, 5, 5, None]
        assert band["y"] == [1, 2, 0, -1, None, 4, 2, None, 6, 4, None]
        assert area("band", 0, x, np.full(6, NAN), high)["x"] == []

    def test_points_of_a_bin_alternate_about_their_line(self) -> None:
        assert offsets(np.full(4, 0.5), 0.0, 1.0) == pytest.approx([0, 0.07, -0.07, 0.14])
        many = offsets(np.full(101, 0.5), 0.0, 1.0)
        assert (many.max(), many.min()) == pytest.approx((REACH, -REACH))
        assert offsets(np.empty(0), 0.0, 1.0).size == 0
        apart = offsets(np.array([0.0, 1 / BINS + 1e-9, 1.0]), 0.0, 1.0)
        assert apart.tolist() == [0, 0, 0]
        assert np.unique(offsets(np.full(3, 7.0), 7.0, 7.0)).size == 3

    def test_a_violin_of_many_values_is_that_of_their_quantiles(self) -> None:
        values = np.sort(np.random.default_rng(5).normal(size=MOST_WEIGHED + 1))
        exact, many = violin(values[:-1]), violin(values)
        assert exact is not None
        assert many is not None
        assert many[1] == pytest.approx(exact[1], abs=0.02)
        assert violin(values[:1]) is None
        two = violin(np.array([0.0, 1.0]))
        assert two is not None
        assert two[1].max() == pytest.approx(REACH)

    @pytest.mark.parametrize(("steps", "points"), [(100, 10), (101, 11), (11, 10), (10, 10), (5, 2)])
    def test_thinned_lines_keep_their_ends_and_every_extreme(self, steps: int, points: int) -> None:
        values = np.random.default_rng(6).normal(size=(20, steps))
        columns = kept(values, points)
        assert columns.shape[1] <= max(points, 4)
        assert (columns[:, 0] == 0).all()
        assert (columns[:, -1] == steps - 1).all()
        assert (np.diff(columns, axis=1) >= 0).all()
        drawn = np.take_along_axis(values, columns, axis=1)
        assert (drawn.max(axis=1) == values.max(axis=1)).all()
        assert (drawn.min(axis=1) == values.min(axis=1)).all()

    @pytest.mark.parametrize(("count", "most"), [(5, 10), (10, 10), (11, 10), (1, 5)])
    def test_even_indices_include_both_ends(self, count: int, most: int) -> None:
        places = evenly(count, most)
        assert (places[0], places[-1], places.size) == (0, count - 1, min(count, most))
        assert all(later > earlier for earlier, later in pairwise(places.tolist()))


class TestWords:
    """Names and titles."""

    def test_markup_and_templates_are_taken_from_names(self) -> None:
        assert label("<b>%{x}</b> & co") == "&lt;b&gt;%&#123;x}&lt;/b&gt; &amp; co"
        assert len(label("x" * 100)) == LONGEST_LABEL
        assert label("x" * LONGEST_LABEL) == "x" * LONGEST_LABEL

    @pytest.mark.parametrize(
        ("name", "words"),
        [("val_accuracy", "validation accuracy"), ("f1_score", "f1 score"), ("eval_loss", "eval loss")],
    )
    def test_metrics_are_spelt_out(self, name: str, words: str) -> None:
        assert metric_words(name) == words

    def test_an_axis_names_unit_and_direction(self) -> None:
        seconds = MetricInfo(name="time", direction=Direction.MINIMIZE, unit="s")
        assert "(s)" in value_axis(seconds)
        assert ("↓" in value_axis(seconds), "↑" in value_axis(ACCURACY)) == (True, True)
        assert "(" not in value_axis(LOSS)
        assert (difference_scale(ACCURACY), difference_scale(LOSS)) == (100, 1)
        assert difference_axis(LOSS, "a", "b").startswith("b − a, ←")
        assert difference_axis(seconds, "a", "b", directed=False).startswith("b − a (s), →")

    def test_counts_of_seeds(self) -> None:
        assert seeds_per_arm([]) == "no seeds"
        assert seeds_per_arm([1]) == "1 seed"
        assert seeds_per_arm([20, 20]) == "20 seeds per arm"
        assert seeds_per_arm([20, 3]) == "3 to 20 seeds per arm"

    def test_what_is_left_out_is_counted_by_its_cause(self) -> None:
        causes = LeftOut(1, 2, 3, 0, dict.fromkeys(range(22), "odd  one"))
        arms = [arm_values(0, "a", [0.5]), arm_values(1, "b", [0.5], left_out=causes)]
        (note,) = left_out_notes(arms)
        for part in ("1 run failed", "2 runs without", "3 runs cancelled", "seed 19 excluded (odd one)", "2 more"):
            assert part in note
        assert "seed 20" not in note


class TestLayout:
    """What all figures share."""

    def test_what_a_figure_adds_is_merged_into_its_axes(self) -> None:
        drawn = layout("t", "across", "up", xaxis={"type": "log"}, meta={"arms": []}, shapes=[1])
        assert (drawn["xaxis"]["type"], drawn["xaxis"]["title"]["text"]) == ("log", "across")
        assert drawn["yaxis"]["title"]["text"] == "up"
        assert set(drawn["meta"]) == {"roles", "arms"}
        assert drawn["shapes"] == [1]

    def test_without_a_legend_the_plot_begins_higher(self) -> None:
        assert layout("t", "", "", showlegend=False)["margin"]["t"] < layout("t", "", "")["margin"]["t"]

    def test_an_empty_figure_says_why_in_lines_that_fit(self) -> None:
        figure = empty_figure("n", "t", "A sentence that is far too long for the narrowest card there is.", ["note"])
        (message,) = figure.layout["annotations"]
        assert [len(part) <= 40 for part in message["text"].split("<br>")] == [True, True]
        assert (message["x"], message["y"], message["showarrow"]) == (0.5, 0.5, False)
        assert (figure.empty, figure.data, figure.notes) == (True, [], ("note",))
        assert not figure.layout["xaxis"]["visible"]
        assert not figure.layout["showlegend"]
