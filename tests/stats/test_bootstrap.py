from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from seedspread import stats


def test_unequal_arms_by_enumeration() -> None:
    a, b = np.array([1, 4, 6]) / 10, np.array([2, 3, 7, 9]) / 10
    means = np.sort(
        [np.sum(y) / 40 - np.sum(x) / 30 for x in product((1, 4, 6), repeat=3) for y in product((2, 3, 7, 9), repeat=4)]
    )
    found = stats.bootstrap_difference(a, b, np.random.default_rng(1)).percentile
    assert found is not None
    assert found.resamples is None
    assert found.low == pytest.approx(means[int(np.ceil(0.025 * means.size)) - 1])
    assert found.high == pytest.approx(means[int(np.ceil(0.975 * means.size)) - 1])


def test_drawing_agrees_with_counting() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(0.9, 0.01, 12), rng.normal(0.91, 0.02, 25)
    drawn = stats.bootstrap_difference(a, b, rng)
    counted = stats.bootstrap_difference(np.round(a, 4), np.round(b, 4), rng)
    for one, other in ((drawn.percentile, counted.percentile), (drawn.bca, counted.bca)):
        assert one is not None
        assert other is not None
        assert one.resamples == 9_999
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.0006)


def test_short_samples_are_labelled_and_large_ones_refused() -> None:
    rng = np.random.default_rng(3)
    found = stats.bootstrap_mean(rng.normal(size=8), rng).percentile
    assert found is not None
    assert "n < 20: too short" in found.method
    assert stats.bootstrap_mean(rng.normal(size=5_001), rng).reason is not None
    assert stats.bootstrap_mean(np.full(8, 0.9), rng).reason == "no variation between seeds"
    assert stats.bootstrap_iqm(np.full(8, 0.9), rng) is None


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_probability_of_separated_arms_is_no_certainty(share: float) -> None:
    low, high = np.array([0.1, 0.2, 0.3]), np.array([0.4, 0.5, 0.6])
    a, b = (low, high) if share else (high, low)
    found = stats.probability_b_above_a(a, b)
    assert found.value == share
    assert found.interval is not None
    assert found.interval.width() > 0.3
    assert stats.probability_bootstrap(a, b, np.random.default_rng(1)) is None
