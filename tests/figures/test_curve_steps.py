"""Smoothed curves, curves along time, and the axes that curves of any values get."""

from __future__ import annotations

import numpy as np
import pytest

from seedspread.core.recipe import Direction, MetricInfo
from seedspread.figures.curve_steps import PLACES, moving_average, rescaled, smoothed
from seedspread.figures.curves import curves
from seedspread.figures.curves_drawing import draw_curves, value_range
from seedspread.figures.distribution import distribution
from seedspread.figures.distribution_drawing import bin_edges, draw_distribution
from seedspread.figures.kit.marks import is_share, robust_range
from seedspread.figures.svg.scales import scale
from seedspread.stats.data.arms import ArmSeries, arm_values
from tests.figures.drawn import ACCURACY, LOSS, arm_series, checked, of_role


def test_a_moving_average_has_no_bias_of_its_start_and_passes_over_what_is_not_finite() -> None:
    np.testing.assert_allclose(moving_average(np.full(5, 3.0), 0.9), 3.0)
    # By hand: (0.5·2 + 1·4·0.5) / (1 − 0.25) = weights 1/3 and 2/3.
    np.testing.assert_allclose(moving_average(np.array([2.0, 4.0]), 0.5), [2.0, 2 / 3 + 8 / 3])
    with_gap = moving_average(np.array([2.0, np.nan, 4.0]), 0.5)
    assert np.isnan(with_gap[1])
    np.testing.assert_allclose(with_gap[[0, 2]], [2.0, 10 / 3])
    values = np.array([1.0, 2.0])
    assert moving_average(values, 0.0) is values


def test_every_run_is_smoothed_by_itself() -> None:
    arm = smoothed(arm_series(np.array([[0.0, 1.0], [5.0, 5.0]])), 0.5)
    np.testing.assert_allclose(arm.series[0][1], [0, 2 / 3])
    np.testing.assert_allclose(arm.series[1][1], [5, 5])


def test_runs_of_one_pace_keep_their_steps_and_others_are_read_off_at_the_same_places() -> None:
    arm = arm_series(np.array([[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]]))
    (same,) = rescaled([arm], {100: 0.5, 101: 0.5})
    np.testing.assert_allclose(same.series[0][0], [0.5, 1.0, 1.5])
    (other,) = rescaled([arm], {100: 1.0, 101: 2.0})
    assert set(other.series[0][0]) < set(np.linspace(0, 6, PLACES))
    # The second run takes twice as long: it has at 4 s what the first has at 2 s.
    at = [np.interp(place, *series) for place, series in zip((2.5, 5.0), other.series, strict=True)]
    assert at[0] == pytest.approx(at[1], abs=0.02)
    (curve,) = curves([other], Direction.MAXIMIZE)
    assert curve.n.max() == 2


def test_runs_without_a_pace_are_left_out_with_their_seeds() -> None:
    arm = ArmSeries(0, "base", np.array([7, 8]), np.array([1, 2]), [(np.array([1]), np.array([0.5]))] * 2, running=1)
    (left,) = rescaled([arm], {7: 2.0})
    assert (left.runs.tolist(), left.seeds.tolist(), left.running) == ([7], [1], 0)


def axis_of(
    values: list[float], metric: MetricInfo = LOSS, *, log: bool = False
) -> tuple[dict[str, object], list[str]]:
    return value_range(np.array(values), metric, log=log)


def test_a_logarithmic_axis_says_what_it_cannot_show() -> None:
    axis, notes = axis_of([0.0, -1.0, 1.0, 10.0], log=True)
    assert axis == {"type": "log", "dtick": "D2"}
    assert notes == ["2 values at or below zero are not shown on the logarithmic axis."]
    assert axis_of([1e-6, 1.0], log=True)[0]["dtick"] == 1
    axis, notes = axis_of([0.0, -1.0], log=True)
    assert "type" not in axis
    assert notes == ["No value is above zero: the axis is linear."]


def test_a_diverging_loss_does_not_press_the_others_into_a_line() -> None:
    values = np.concatenate([np.linspace(0.1, 2.3, 400), [1e9]])
    axis, notes = value_range(values, LOSS, log=False)
    assert axis["range"][1] < 3
    assert notes == [
        "The axis leaves out a few values (up to 1,000,000,000). Zoom out or use the logarithmic axis to see them."
    ]
    # The start of an ordinary loss is no outlier.
    assert robust_range(2.3 * np.exp(-np.linspace(0, 60, 1000)) + 0.1) is None
    assert robust_range(np.array([1.0, np.nan])) is None


def test_the_axis_of_a_share_ends_at_zero_and_one() -> None:
    values = np.tile(np.linspace(0.5, 1.0, 4), (3, 1))
    figure = draw_curves(curves([arm_series(values)], Direction.MAXIMIZE), ACCURACY)
    served = checked(figure)
    assert served["layout"]["yaxis"]["autorangeoptions"] == {"clipmin": 0, "clipmax": 1}
    drawn = scale(served["layout"]["yaxis"], [values.ravel()], 100, 0)
    assert drawn.high == 1.0
    one = draw_distribution(distribution([arm_values(0, "base", [1.0, 1.0, 1.0])]), ACCURACY)
    assert one.layout["xaxis"]["range"][1] == 1.0
    plain = MetricInfo(name="top1_acc", direction=Direction.MAXIMIZE)
    assert is_share(plain, np.array([0.2, 1.0]))
    assert not is_share(plain, np.array([20.0, 98.0]))
    assert not is_share(LOSS, np.array([0.2, 1.0]))


def test_a_histogram_counts_every_seed_in_bins_that_all_arms_share() -> None:
    arms = [arm_values(0, "base", [0.1, 0.1, 0.2, 0.9]), arm_values(1, "wide", [0.5, 0.9])]
    figure = draw_distribution(distribution(arms), LOSS, kind="histogram")
    checked(figure)
    first, second = of_role(figure, "histogram")
    assert first["x"] == second["x"]
    assert len(of_role(figure, "points")) == 2
    edges = bin_edges([np.array([0.1, 0.1, 0.2, 0.9]), np.array([0.5, 0.9])])
    counts, _ = np.histogram([0.1, 0.1, 0.2, 0.9], edges)
    assert counts.sum() == 4
    # From the arm's line upward: the fullest bin ends highest.
    assert np.argmax(first["y"]) == 1 + 2 * np.argmax(counts)
    assert bin_edges([np.array([2.0, 2.0])]).size == 2
    assert bin_edges([np.empty(0)]).tolist() == [0.0, 1.0]
    assert bin_edges([np.linspace(0, 1, 200), np.array([1e6])]).size == 41
