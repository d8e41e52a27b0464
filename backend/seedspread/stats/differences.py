"""The difference of two means, B - A: Welch for separate seeds, paired t for shared ones; Student as reference."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.stats.data.finite import of_numbers, of_pairs
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.data.results import HypothesisTest, Interval, at_least_smallest
from seedspread.stats.moments import Moments, moments, moments_of_whole

Floats = NDArray[np.float64]

BOTH_CONSTANT = "both arms constant: no spread to judge against"
SAME_DIFFERENCE = "exactly the same difference in every seed"


@of_numbers
def welch_test(a: Floats, b: Floats, level: float = 0.95) -> HypothesisTest:
    """Welch's t test of B - A with its interval: the default where seeds are separate (spreads may differ)."""
    if min(a.size, b.size) < 2:
        return _undefined("Welch t", a.size + b.size, "needs at least 2 seeds per arm")
    lattice = lattice_of(a, b)
    return welch_from_moments(moments(a, lattice), moments(b, lattice), level)


def welch_from_moments(a: Moments, b: Moments, level: float = 0.95) -> HypothesisTest:
    """Welch's test from two arms' moments (n >= 2 each); df by Satterthwaite."""
    n = a.n + b.n
    if a.constant and b.constant:
        return _undefined("Welch t", n, BOTH_CONSTANT)
    share_a, share_b = a.var / a.n, b.var / b.n
    error = math.sqrt(share_a + share_b)
    # Ratios first: squares of tiny variances underflow to 0.
    part_a, part_b = share_a / (share_a + share_b), share_b / (share_a + share_b)
    df = 1 / (part_a**2 / (a.n - 1) + part_b**2 / (b.n - 1))
    return _t_test("Welch t", b.mean - a.mean, error, df, n, level)


@of_numbers
def student_test(a: Floats, b: Floats, level: float = 0.95) -> HypothesisTest:
    """Student's pooled t test, as reference: 30 % false positives when the smaller arm spreads more."""
    if min(a.size, b.size) < 2:
        return _undefined("Student t", a.size + b.size, "needs at least 2 seeds per arm")
    lattice = lattice_of(a, b)
    first, second = moments(a, lattice), moments(b, lattice)
    if first.constant and second.constant:
        return _undefined("Student t", first.n + second.n, BOTH_CONSTANT)
    error = pooled_std(first, second) * math.sqrt(1 / first.n + 1 / second.n)
    return _t_test("Student t", second.mean - first.mean, error, first.n + second.n - 2, first.n + second.n, level)


@of_pairs
def paired_test(a: Floats, b: Floats, level: float = 0.95) -> HypothesisTest:
    """The paired t test of B - A, pair by pair: the default where seeds are shared randomness."""
    return paired_from_moments(difference_moments(a, b), level) if a.size else _undefined("paired t", 0, "no pairs")


def paired_from_moments(difference: Moments, level: float = 0.95) -> HypothesisTest:
    """The paired test from the moments of the differences."""
    if difference.n < 2:
        return _undefined("paired t", difference.n, "needs at least 2 pairs")
    if difference.constant:
        return _undefined("paired t", difference.n, SAME_DIFFERENCE)
    return _t_test("paired t", difference.mean, difference.sem, difference.n - 1, difference.n, level)


@of_pairs
def difference_moments(a: Floats, b: Floats) -> Moments:
    """The moments of B - A over one or more pairs, exact where the values are fractions of one denominator."""
    lattice = lattice_of(a, b)
    whole = lattice.differences(a, b)
    return moments_of_whole(whole, lattice, None if lattice.denominator else b - a)


@of_pairs
def correlation(a: Floats, b: Floats) -> float | None:
    """Pearson's correlation over pairs; None below 3 pairs' worth of variation or with a constant arm."""
    lattice = lattice_of(a, b) if a.size else None
    if lattice is None or a.size < 2:
        return None
    first, second = moments(a, lattice), moments(b, lattice)
    if first.constant or second.constant:
        return None
    left, right = (a - first.mean) / first.std, (b - second.mean) / second.std
    return float(np.clip(np.sum(left * right) / (a.size - 1), -1, 1))


def pooled_std(a: Moments, b: Moments) -> float:
    """The pooled standard deviation of two arms of n >= 2."""
    return math.sqrt(((a.n - 1) * a.var + (b.n - 1) * b.var) / (a.n + b.n - 2))


def _t_test(name: str, difference: float, error: float, df: float, n: int, level: float) -> HypothesisTest:
    t = difference / error
    half = float(sps.t.isf((1 - level) / 2, df)) * error
    return HypothesisTest(
        name,
        "t distribution",
        n,
        statistic=t,
        df=df,
        p=at_least_smallest(2 * float(sps.t.sf(abs(t), df))),
        p_greater=at_least_smallest(float(sps.t.sf(t, df))),
        interval=Interval(difference - half, difference + half, level, name),
    )


def _undefined(name: str, n: int, reason: str) -> HypothesisTest:
    return HypothesisTest(name, "t distribution", n, reason=reason)
