"""Share of the variance that goes with a parameter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as sps

from seedspread.stats.spread.explained import explained, grouped, rank_correlation


def test_the_share_is_omega_squared_by_hand() -> None:
    values, groups = np.array([1.0, 2.0, 3.0, 5.0, 6.0, 7.0]), np.array([0, 0, 0, 1, 1, 1])
    # Between 24, within 4 on 4 degrees of freedom: (24 − 1) / (28 + 1).
    result = explained(values, groups)
    assert result.share == pytest.approx(23 / 29)
    assert (result.n, result.groups) == (6, 2)


def test_the_interval_holds_the_ends_that_the_noncentral_f_gives() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat([0, 1, 2], 10)
    values = groups * 0.5 + rng.normal(size=30)
    result = explained(values, groups)
    assert result.interval is not None
    f = sps.f_oneway(*(values[groups == group] for group in range(3))).statistic
    low, high = (30 * end / (1 - end) for end in (result.interval.low, result.interval.high))
    assert sps.ncf.cdf(f, 2, 27, high) == pytest.approx(0.025, abs=1e-6)
    assert low == 0 or sps.ncf.cdf(f, 2, 27, low) == pytest.approx(0.975, abs=1e-6)


@pytest.mark.parametrize("rest", [1, 4])
def test_the_interval_of_nearly_the_whole_variance_shrinks_with_what_is_left(rest: int) -> None:
    groups = np.array([*range(4), *[0] * rest])
    left = np.array([0, 0, 0, 0, *(-1.0) ** np.arange(rest)])
    scaled = []
    for noise in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
        result = explained(groups + noise * left, groups)
        assert result.interval is not None
        assert result.share is not None
        assert result.interval.low < result.share < result.interval.high < 1
        scaled.append([(1 - end) / noise**2 for end in result.interval.ends])
    np.testing.assert_allclose(scaled, [scaled[2]] * 5, rtol=0.02)


def test_intervals_cover_a_known_share() -> None:
    rng = np.random.default_rng(6)
    groups = np.repeat(np.arange(4), 8)
    shift = np.array([-1.0, -0.3, 0.3, 1.0])
    share = float(np.mean(shift**2) / (np.mean(shift**2) + 1))
    covered = 0
    for _ in range(200):
        result = explained(shift[groups] + rng.normal(size=32), groups)
        assert result.interval is not None
        covered += result.interval.holds(share)
    assert 180 <= covered <= 199


def test_without_any_effect_the_share_is_near_zero_and_its_interval_starts_there() -> None:
    result = explained(np.tile([1.0, 2.0, 3.0], 4), np.repeat([0, 1], 6))
    assert result.share == 0
    assert result.interval is not None
    assert result.interval.low == 0


def test_what_cannot_be_computed_is_none() -> None:
    for values, groups in [([1.0, 2.0], [0, 1]), ([1.0] * 6, [0, 1] * 3), ([1.0, 2.0, 3.0, 4.0], [0, 1, 2, 3])]:
        assert explained(np.array(values), np.array(groups)).share is None
    assert rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])) == (None, None)
    assert rank_correlation(np.arange(5.0), np.ones(5)) == (None, None)
    exact = explained(np.array([1.0, 1.0, 2.0, 2.0]), np.array([0, 0, 1, 1]))
    assert exact.share == 1


def test_rank_correlations_are_spearmans_and_their_intervals_hold_them() -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=40)
    y = x + rng.normal(size=40)
    rank, interval = rank_correlation(x, y)
    assert rank == pytest.approx(sps.spearmanr(x, y).statistic)
    assert rank is not None
    assert interval is not None
    assert interval.low < rank < interval.high


def test_many_values_are_grouped_into_quarters() -> None:
    assert grouped(np.array([8.0, 32.0, 8.0, 16.0])).tolist() == [0, 2, 0, 1]
    groups = grouped(np.arange(100.0))
    assert np.unique(groups, return_counts=True)[1].tolist() == [25, 25, 25, 25]
