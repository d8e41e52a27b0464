from __future__ import annotations

import numpy as np
import pytest

from seedspread import stats
from seedspread.errors import InvalidInput


def test_diverged_seeds_are_named() -> None:
    values = np.array([0.91, 0.92, 0.915, 0.1, 0.918, 0.12, 0.913, 0.909, 0.921, 0.917])
    found = stats.standing_apart(values)
    assert (found.count, found.side) == (2, "below")
    assert found.edge == pytest.approx((0.12 + 0.909) / 2)
    assert stats.standing_apart(-values).side == "above"


@pytest.mark.parametrize(("n", "most"), [(5, 0.02), (7, 0.006), (10, 0.01), (20, 0.002)])
def test_rarely_flags_normal_seeds(n: int, most: float) -> None:
    rng = np.random.default_rng(n)
    for rounding in (1e-9, 1 / 360):
        drawn = (np.rint(rng.normal(0.93, 0.006, n) / rounding) * rounding for _ in range(1_000))
        assert sum(stats.standing_apart(values).count > 0 for values in drawn) / 1_000 <= most + 0.006


def test_coarse_metrics_are_no_modes() -> None:
    assert stats.standing_apart(np.array([0.94] * 8 + [0.92] * 2)).count == 0
    assert stats.standing_apart(np.full(10, 0.9)).count == 0


def test_failure_rates() -> None:
    found = stats.failure_rate(2, 20)
    assert (found.value, found.n) == (0.1, 20)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((0.01235, 0.31698), abs=1e-5)
    none = stats.failure_rate(0, 20).interval
    assert none is not None
    assert (none.low, none.high) == pytest.approx((0, 0.16843), abs=1e-5)
    assert stats.failure_rate(0, 0).value is None
    assert stats.failure_difference(0, 20, 8, 20) == pytest.approx(0.00325, abs=1e-4)
    with pytest.raises(InvalidInput):
        stats.failure_rate(3, 2)


@pytest.mark.parametrize(("n", "factor"), [(5, 8), (6, 5), (7, 5), (8, 3), (9, 3), (10, 2), (30, 2)])
def test_the_gap_must_be_a_multiple_of_the_range_of_the_rest(n: int, factor: int) -> None:
    """From both sides: just below the multiple nothing stands apart, just above it does."""
    rest = np.linspace(0, 1, n - 1) ** 1.1  # off any coarse grid, whose step would count as range
    for gap, count in ((0.999 * factor, 0), (1.001 * factor, 1)):
        assert stats.standing_apart(np.append(rest, 1 + gap)).count == count
