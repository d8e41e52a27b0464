"""Arms that share only some of their seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread import stats

Floats = NDArray[np.float64]
RNG = np.random.default_rng(3)


def arms(
    pairs: int, alone_a: int, alone_b: int, gain: float = 0.0, share: float = 0.8
) -> tuple[Floats, Floats, Floats, Floats]:
    common = RNG.normal(0, math.sqrt(share), pairs)
    rest = math.sqrt(1 - share)
    a, b = common + RNG.normal(0, rest, pairs), common + gain + RNG.normal(0, rest, pairs)
    return a, b, RNG.normal(0, 1, alone_a), RNG.normal(gain, 1, alone_b)


def test_it_lies_between_the_paired_and_the_welch_test() -> None:
    a, b, alone_a, alone_b = arms(10, 6, 4)
    test = stats.overlapping_test(a, b, alone_a, alone_b)
    whole_a, whole_b = np.concatenate([a, alone_a]), np.concatenate([b, alone_b])
    r = np.corrcoef(a, b)[0, 1]
    variances = whole_a.var(ddof=1), whole_b.var(ddof=1)
    error = math.sqrt(
        variances[0] / 16 + variances[1] / 14 - 2 * r * math.sqrt(variances[0] * variances[1]) * 10 / (16 * 14)
    )
    assert test.statistic == pytest.approx((whole_b.mean() - whole_a.mean()) / error)
    welch = sps.ttest_ind(whole_b, whole_a, equal_var=False).df
    assert test.df == pytest.approx(9 + (welch - 9) / 30 * 10)


def test_equal_arms_are_rarely_called_different() -> None:
    """400 A/A studies of 8 pairs and 6 + 6 unpaired runs: at most 5% plus three standard errors."""
    wrong = sum((stats.overlapping_test(*arms(8, 6, 6)).p or 1) <= 0.05 for _ in range(400))
    assert wrong / 400 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_runs_without_a_pair_sharpen_a_weakly_correlated_comparison() -> None:
    won = alone = 0
    for _ in range(200):
        a, b, alone_a, alone_b = arms(6, 10, 10, gain=1.0, share=0.2)
        won += (stats.overlapping_test(a, b, alone_a, alone_b).p or 1) <= 0.05
        alone += (stats.paired_test(a, b).p or 1) <= 0.05
    assert won > alone + 20


def test_a_comparison_lists_it_where_seeds_are_not_shared() -> None:
    a, b, alone_a, _ = arms(8, 4, 0)
    first = stats.Sample.of("A", dict(enumerate([*a, *alone_a])))
    result = stats.compare(first, stats.Sample.of("B", dict(enumerate(b))), stats.DecisionRule(pairing="paired"), RNG)
    expected = stats.overlapping_test(a, b, alone_a, np.empty(0))
    assert result.tests[-1].p == pytest.approx(expected.p)
    assert result.tests[-1].name == "partially paired t"


def test_what_it_needs_is_said() -> None:
    a, b, alone_a, alone_b = arms(5, 2, 2)
    assert stats.overlapping_test(a, b, alone_a[:0], alone_b[:0]).reason is not None
    assert stats.overlapping_test(a[:2], b[:2], alone_a, alone_b).reason is not None
    assert stats.overlapping_test(a * 0, b, alone_a * 0, alone_b).reason == "an arm does not vary"
