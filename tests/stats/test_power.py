from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as sps

from seedspread import stats
from seedspread.errors import InvalidInput


def test_the_corner_where_nct_is_nan() -> None:
    simulated = np.random.default_rng(1)
    t = (simulated.normal(11.6, 1, 200_000)) / np.abs(simulated.normal(0, 1, 200_000))
    assert stats.power_of_t(1, 11.6) == pytest.approx(np.mean(np.abs(t) > sps.t.isf(0.025, 1)), abs=0.005)


@pytest.mark.parametrize("df", [1, 2, 5, 58, 1e4])
@pytest.mark.parametrize("delta", [0.0, 0.5, 3.0])
def test_agrees_with_the_noncentral_t_where_that_works(df: float, delta: float) -> None:
    critical = sps.t.isf(0.025, df)
    expected = sps.nct.sf(critical, df, delta) + sps.nct.cdf(-critical, df, delta) if delta else 0.05
    assert stats.power_of_t(df, delta) == pytest.approx(expected, rel=1e-7)


def test_seeds_and_detectable_differences_are_each_others_inverse() -> None:
    for n in (3, 10, 40):
        assert stats.seeds_unpaired(stats.detectable_unpaired(n, n) * 1.0000001) == n
        assert stats.seeds_paired(stats.detectable_paired(n) * 1.0000001) == n


def test_refuses_a_difference_of_zero() -> None:
    with pytest.raises(InvalidInput, match="other than 0"):
        stats.seeds_unpaired(0.0)
    with pytest.raises(InvalidInput, match="power"):
        stats.seeds_paired(1.0, power=1.0)
    assert stats.seeds_unpaired(1e-7) is None
