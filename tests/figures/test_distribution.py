from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy import stats as sps

from seedspread.figures.distribution import distribution
from seedspread.figures.distribution_drawing import Kind, draw_distribution
from seedspread.figures.kit.marks import REACH, offsets, violin
from seedspread.stats.data.arms import LeftOut, arm_values
from tests.figures.drawn import ACCURACY, checked, of_role

KINDS: tuple[Kind, ...] = get_args(Kind)
RNG = np.random.default_rng(4)
BASE = arm_values(0, "base", RNG.normal(0.94, 0.004, 20), runs=range(100, 120))
WIDE = arm_values(1, "wide", RNG.normal(0.947, 0.003, 20), runs=range(200, 220))


def test_the_numbers_are_those_of_the_sample() -> None:
    base, _ = distribution([BASE, WIDE])
    assert base.values.tolist() == sorted(BASE.values.tolist())
    assert base.share[[0, -1]].tolist() == [1 / 20, 1.0]
    assert base.summary.mean == pytest.approx(BASE.values.mean())
    interval = base.summary.mean_interval
    assert interval is not None
    low, high = sps.t.interval(0.95, 19, BASE.values.mean(), sps.sem(BASE.values))
    assert (interval.low, interval.high) == pytest.approx((low, high))
    at = int(np.flatnonzero(base.seeds == 3)[0])
    assert base.values[at] == BASE.values[3]
    assert base.runs[at] == 103


def test_points_of_one_value_stand_side_by_side() -> None:
    placed = offsets(np.full(9, 0.5), 0.0, 1.0)
    assert np.unique(placed).size == 9
    assert np.abs(placed).max() <= REACH
    assert offsets(np.array([0.1, 0.9]), 0.0, 1.0).tolist() == [0.0, 0.0]


def test_the_outline_of_a_violin_is_a_gaussian_density() -> None:
    outline = violin(np.sort(BASE.values))
    assert outline is not None
    places, widths = outline
    density = sps.gaussian_kde(BASE.values)(places)
    np.testing.assert_allclose(widths, REACH * density / density.max())
    assert violin(np.full(9, 0.5)) is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_seed_is_a_point_whatever_the_kind(kind: Kind) -> None:
    figure = draw_distribution(distribution([BASE, WIDE], outlines=True), ACCURACY, kind=kind)
    checked(figure)
    shown = {tuple(row) for trace in of_role(figure, "points") for row in trace["customdata"]}
    assert shown == {(run, seed) for start in (100, 200) for seed, run in enumerate(range(start, start + 20))}
    if kind in ("box", "violin", "ecdf"):
        assert len(of_role(figure, kind)) == 2


def test_equal_values_of_a_float32_metric_have_whiskers() -> None:
    [found] = distribution([arm_values(0, "fixed", [0.9108635187149048] * 6)])
    assert found.whiskers is not None
    assert found.whiskers == pytest.approx((0.9108635187149048,) * 2, rel=1e-6)


def test_an_axis_with_one_value_on_it_stays_close_to_that() -> None:
    alone, several = (
        draw_distribution(distribution([arm_values(0, "base", values)]), ACCURACY) for values in ([0.9], [0.9, 0.91])
    )
    assert alone.layout["xaxis"]["range"] == pytest.approx([0.81, 0.99])
    assert "range" not in several.layout["xaxis"]


def test_what_is_not_finite_stands_at_the_edge_and_is_counted() -> None:
    arm = arm_values(
        0, "base", [0.1, np.nan, 0.2, np.inf, 0.3], left_out=LeftOut(failures=2, excluded={9: "wrong data"})
    )
    figure = draw_distribution(distribution([arm]), ACCURACY)
    checked(figure)
    (marks,) = of_role(figure, "non_finite")
    assert [row[1] for row in marks["customdata"]] == [1, 3]
    assert marks["text"] == ["NaN", "inf"]
    assert any("2 runs of 5 are not finite" in note for note in figure.notes)
    assert any("2 runs failed" in note and "seed 9 excluded (wrong data)" in note for note in figure.notes)


def test_the_cumulative_share_counts_diverged_runs_as_never_there() -> None:
    arm = arm_values(0, "base", [0.1, 0.2, 0.3, np.nan])
    figure = draw_distribution(distribution([arm]), ACCURACY, kind="ecdf")
    (steps,) = of_role(figure, "ecdf")
    assert steps["y"] == [0.25, 0.5, 0.75]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "Points appear"),
        ([0.5], "one seed does not show"),
        ([0.5] * 6, "Check that the seed is applied."),
        ([np.nan] * 3, "3 runs of 3 are not finite"),
        ([0.9, 0.91, 0.92, 0.9, 0.91, 0.1], "1 of 6 seeds of base lies far"),
        ([1e308, -1e308, 0.0], "not finite"),
        ([1e-200, 2e-200, -3e-200, 1e-200, 0.0, 5e-200], "Check that the seed is applied."),
    ],
)
def test_poor_data_give_a_figure_that_helps(kind: Kind, values: list[float], message: str) -> None:
    figure = draw_distribution(distribution([arm_values(0, "base", values)], outlines=True), ACCURACY, kind=kind)
    served = checked(figure)
    spoken = " ".join(figure.notes) + str(served["layout"].get("annotations", ""))
    assert message in spoken
    assert figure.empty == (not values)


def test_a_hundred_thousand_seeds_are_drawn() -> None:
    figure = draw_distribution(distribution([arm_values(0, "base", RNG.normal(size=100_000))]), ACCURACY)
    (points,) = of_role(figure, "points")
    assert points["x"]["dtype"] == "f8"
    assert points["customdata"]["shape"] == "100000, 2"
