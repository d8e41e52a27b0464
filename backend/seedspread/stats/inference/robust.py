"""Compare arms by trimmed means, medians, and ratios of geometric means."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread import words
from seedspread.errors import InvalidInput
from seedspread.stats.data import sentences
from seedspread.stats.data.finite import of_numbers, of_pairs
from seedspread.stats.data.resolution import is_constant
from seedspread.stats.data.results import Estimate, HypothesisTest, Interval, at_least_smallest
from seedspread.stats.inference.means import paired_test, welch_test
from seedspread.stats.inference.ranks import sign_test

Floats = NDArray[np.float64]

TRIM = 0.2  # 20%, as Wilcox recommends: robust against outliers, at little cost in power
_FEWEST_FOR_MEDIAN = 5


@dataclass(frozen=True)
class RobustDifferences:
    """Differences B - A by centres other than the mean, with intervals.

    trimmed: of 20% trimmed means (Yuen; if paired, the trimmed mean of the differences). median: of the medians, or the
    median of the differences if paired. ratio: B over A of geometric means, for values above 0 (losses): 0.9 is 10%
    lower. If one cannot be computed, its value or interval is None, with the reason.
    """

    trimmed: HypothesisTest
    median: Estimate
    ratio: Estimate


def robust_differences(a: Floats, b: Floats, *, paired: bool, level: float = 0.95) -> RobustDifferences:
    """Return the difference of two arms by robust centres.

    For paired arms it is computed from the differences.
    """
    if paired:
        return RobustDifferences(
            trimmed_paired_test(a, b, level), median_of_differences(a, b, level), ratio(a, b, level, paired=True)
        )
    return RobustDifferences(yuen_test(a, b, level), median_difference(a, b, level), ratio(a, b, level))


@of_numbers
def yuen_test(a: Floats, b: Floats, level: float = 0.95, trim: float = TRIM) -> HypothesisTest:
    """Test the difference of trimmed means B - A (Yuen 1974).

    Degrees of freedom are Welch's. trim is the share cut from each end, from 0 to below 0.5. The test is undefined
    below 2 values per arm, or without winsorised spread.
    """
    name, method, n = "Yuen t", f"{words.number(100 * trim)}% trimmed means", a.size + b.size
    if not 0 <= trim < 0.5:
        raise InvalidInput("trim", trim, "a share from 0 to below 0.5")
    if min(a.size, b.size) < 2:
        return HypothesisTest(name, method, n, reason=sentences.too_few(2))
    (mean_a, square_a, kept_a), (mean_b, square_b, kept_b) = (_trimmed(values, trim) for values in (a, b))
    if square_a + square_b == 0 or min(kept_a, kept_b) < 2:
        return HypothesisTest(name, method, n, reason=sentences.NO_SPREAD_AFTER_TRIMMING)
    df = (square_a + square_b) ** 2 / (square_a**2 / (kept_a - 1) + square_b**2 / (kept_b - 1))
    return _t(name, method, n, mean_b - mean_a, math.sqrt(square_a + square_b), df, level)


@of_pairs
def trimmed_paired_test(a: Floats, b: Floats, level: float = 0.95, trim: float = TRIM) -> HypothesisTest:
    """Test the trimmed mean of the paired differences B - A.

    Source: Tukey and McLaughlin (1963).
    """
    name, method, n = "trimmed t", sentences.trimmed_mean_of_differences(trim), a.size
    if not 0 <= trim < 0.5:
        raise InvalidInput("trim", trim, "a share from 0 to below 0.5")
    if n < 2:
        return HypothesisTest(name, method, n, reason=sentences.too_few(2, "pairs"))
    mean, square, remaining = _trimmed(b - a, trim)
    if square == 0 or remaining < 2 or is_constant(b - a):
        return HypothesisTest(name, method, n, reason=sentences.NO_SPREAD_AFTER_TRIMMING)
    return _t(name, method, n, mean, math.sqrt(square), remaining - 1, level)


@of_numbers
def median_difference(a: Floats, b: Floats, level: float = 0.95) -> Estimate:
    """Return the difference of medians B - A.

    The interval is Price and Bonett's (2002) and needs 5 seeds per arm.
    """
    name, n = sentences.DIFFERENCE_OF_MEDIANS, a.size + b.size
    if min(a.size, b.size) == 0:
        return Estimate(name, None, n, reason=sentences.NO_VALUES)
    value = float(np.median(b) - np.median(a))
    if min(a.size, b.size) < _FEWEST_FOR_MEDIAN:
        return Estimate(name, value, n, reason=sentences.too_few(_FEWEST_FOR_MEDIAN))
    error = math.sqrt(_median_variance(a) + _median_variance(b))
    if error == 0:
        return Estimate(name, value, n, reason=sentences.MEDIANS_DO_NOT_VARY)
    half = float(sps.norm.isf((1 - level) / 2)) * error
    return Estimate(name, value, n, Interval(value - half, value + half, level, "Price-Bonett"))


@of_pairs
def median_of_differences(a: Floats, b: Floats, level: float = 0.95) -> Estimate:
    """Return the median of the differences B - A.

    The interval is exact, from order statistics; at 95% it needs 6 pairs.
    """
    name, n = sentences.MEDIAN_OF_DIFFERENCES, a.size
    if n == 0:
        return Estimate(name, None, 0, reason="no pairs")
    gaps = np.sort(b - a)
    value = float(np.median(gaps))
    # P(Bin(n, 1/2) < k) on either side: the k-th value from each end covers at least the level.
    k = int(sps.binom.ppf((1 - level) / 2, n, 0.5))
    if k < 1 or 2 * float(sps.binom.cdf(k - 1, n, 0.5)) > 1 - level:
        return Estimate(name, value, n, reason=sentences.TOO_FEW_FOR_EXACT_INTERVAL)
    return Estimate(name, value, n, Interval(float(gaps[k - 1]), float(gaps[n - k]), level, "order statistics"))


@of_numbers
def median_test(a: Floats, b: Floats, level: float = 0.95) -> HypothesisTest:
    """Test the difference of medians B - A.

    The interval and its normal p are Price and Bonett's (2002); it needs 5 seeds per arm.
    """
    name, estimate = "Price-Bonett", median_difference(a, b, level)
    if estimate.interval is None or estimate.value is None:
        return HypothesisTest(name, "medians", estimate.n, reason=estimate.reason)
    error = math.sqrt(_median_variance(a) + _median_variance(b))
    test = _t(name, "medians", estimate.n, estimate.value, error, math.inf, level)
    return replace(test, interval=estimate.interval)


@of_pairs
def median_paired_test(a: Floats, b: Floats, level: float = 0.95) -> HypothesisTest:
    """Test the median of the paired differences B - A.

    The interval is of order statistics, the p of the sign test; both are exact.
    """
    name, estimate = "order statistics", median_of_differences(a, b, level)
    if estimate.interval is None or estimate.value is None:
        return HypothesisTest(name, sentences.MEDIAN_OF_DIFFERENCES, estimate.n, reason=estimate.reason)
    test = sign_test(a, b)
    return HypothesisTest(
        name, sentences.MEDIAN_OF_DIFFERENCES, estimate.n, estimate.value, p=test.p, interval=estimate.interval
    )


def ratio(a: Floats, b: Floats, level: float = 0.95, *, paired: bool = False) -> Estimate:
    """Return B over A as the ratio of geometric means.

    The interval is the t interval of the logarithms. It is undefined unless all values are above 0.
    """
    name, n = sentences.RATIO_OF_GEOMETRIC_MEANS, int(a.size if paired else a.size + b.size)
    if min(a.size, b.size) == 0 or min(float(a.min()), float(b.min())) <= 0:
        return Estimate(name, None, n, reason=sentences.NEEDS_POSITIVE_VALUES)
    test = (paired_test if paired else welch_test)(np.log(a), np.log(b), level)
    value = math.exp(float(np.mean(np.log(b)) - np.mean(np.log(a))))
    if test.interval is None:
        return Estimate(name, value, n, reason=test.reason)
    ends = math.exp(min(test.interval.low, 700)), math.exp(min(test.interval.high, 700))
    return Estimate(name, value, n, Interval(*ends, level, f"{test.name} on logarithms"))


def _trimmed(values: Floats, trim: float) -> tuple[float, float, int]:
    """Return the trimmed mean, its squared standard error and the values kept."""
    ordered = np.sort(values)
    n = ordered.size
    cut = math.floor(trim * n)
    remaining = n - 2 * cut
    winsorised = np.clip(ordered, ordered[cut], ordered[n - 1 - cut])
    mean = float(ordered[cut : n - cut].mean())
    square = 0.0
    if remaining > 1 and not is_constant(winsorised):
        square = (n - 1) * float(np.var(winsorised, ddof=1)) / (remaining * (remaining - 1))
    return mean, square, remaining


def _median_variance(values: Floats) -> float:
    n = values.size
    ordered = np.sort(values)
    c = max(1, round((n + 1) / 2 - math.sqrt(n)))
    z = float(sps.norm.isf(float(sps.binom.cdf(c - 1, n, 0.5))))
    return float((ordered[n - c] - ordered[c - 1]) / (2 * z)) ** 2


def _t(name: str, method: str, n: int, difference: float, error: float, df: float, level: float) -> HypothesisTest:
    t, half = difference / error, float(sps.t.isf((1 - level) / 2, df)) * error
    return HypothesisTest(
        name,
        method,
        n,
        t,
        df=df,
        p=at_least_smallest(2 * float(sps.t.sf(abs(t), df))),
        p_greater=at_least_smallest(float(sps.t.sf(t, df))),
        interval=Interval(difference - half, difference + half, level, name),
    )
