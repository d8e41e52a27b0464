"""Predict the next runs of an arm.

The predictions are a prediction interval, a tolerance interval, and the mean of the worst tenth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread import words
from seedspread.errors import InvalidInput
from seedspread.stats.data import sentences
from seedspread.stats.data.finite import of_numbers
from seedspread.stats.data.resolution import is_constant
from seedspread.stats.data.results import Estimate, Interval

Floats = NDArray[np.float64]

_RESAMPLES = 1_999
_FEWEST, _FEWEST_FOR_TAIL = 3, 10
_BOOTSTRAPPED = 500  # values; beyond, the normal limit says what the bootstrap says


@dataclass(frozen=True)
class Outlook:
    """Predictions of an arm's next runs, in the metric's units.

    next_run: the prediction interval of one further run (near-normal values). within_range: the probability that it
    falls between the smallest and largest value so far, for any distribution. tolerance: an interval that contains 90%
    of all runs with this level's confidence (near-normal). worst_tenth: the mean of the worst 10% of runs (CVaR),
    failed runs excluded.
    """

    n: int
    next_run: Interval | None
    within_range: float | None
    tolerance: Interval | None
    worst_tenth: Estimate
    reason: str | None = None


@of_numbers
def outlook(
    values: Floats, rng: np.random.Generator, *, level: float = 0.95, minimize: bool = False, content: float = 0.9
) -> Outlook:
    """Predict the next runs of an arm.

    At least 3 values that differ are needed; otherwise the intervals are None.
    """
    n = values.size
    tail = tail_mean(values, rng, level=level, minimize=minimize)
    if n < _FEWEST or is_constant(values):
        reason = sentences.too_few(_FEWEST, "values") if n < _FEWEST else sentences.RUNS_DO_NOT_VARY
        return Outlook(n, None, None if n < 2 else (n - 1) / (n + 1), None, tail, reason)
    return Outlook(
        n, prediction_interval(values, level), (n - 1) / (n + 1), tolerance_interval(values, content, level), tail
    )


@of_numbers
def prediction_interval(values: Floats, level: float = 0.95, runs: int = 1) -> Interval | None:
    """Return the prediction interval for the mean of the next `runs` runs.

    It assumes near-normal values. The result is None below 2 values or without variation.
    """
    n = values.size
    if runs < 1:
        raise InvalidInput("runs", runs, "1 or more")
    if n < 2 or is_constant(values):
        return None
    half = float(sps.t.isf((1 - level) / 2, n - 1)) * float(np.std(values, ddof=1)) * math.sqrt(1 / runs + 1 / n)
    mean = float(values.mean())
    return Interval(mean - half, mean + half, level, "prediction, t")


@of_numbers
def tolerance_interval(values: Floats, content: float = 0.9, confidence: float = 0.95) -> Interval | None:
    """Return an interval that contains this share of all runs.

    It does so with this confidence, for near-normal values (Howe 1969). The result is None below 2 values or without
    variation.
    """
    n = values.size
    if not 0 < content < 1 or not 0 < confidence < 1:
        raise InvalidInput("content", (content, confidence), "two shares between 0 and 1")
    if n < 2 or is_constant(values):
        return None
    z = float(sps.norm.isf((1 - content) / 2))
    factor = z * math.sqrt((1 + 1 / n) * (n - 1) / float(sps.chi2.ppf(1 - confidence, n - 1)))
    mean, spread = float(values.mean()), float(np.std(values, ddof=1))
    return Interval(
        mean - factor * spread, mean + factor * spread, confidence, f"tolerance for {words.number(100 * content)}%"
    )


def range_confidence(n: int, content: float) -> float:
    """Return the confidence that a sample's range contains this share.

    The range is [min, max] of n runs, and the share is of all runs. The result holds for any distribution.

    Raises:
        InvalidInput: n below 2, or a share that is not between 0 and 1.
    """
    if n < 2 or not 0 < content < 1:
        raise InvalidInput("n", (n, content), "2 or more values and a share between 0 and 1")
    return 1 - n * content ** (n - 1) + (n - 1) * content**n


@of_numbers
def tail_mean(
    values: Floats, rng: np.random.Generator, *, share: float = 0.1, level: float = 0.95, minimize: bool = False
) -> Estimate:
    """Return the mean of the worst `share` of runs (CVaR).

    The value at the edge is weighted by the part of it that the share includes. The percentile bootstrap interval needs
    10 values and is too short below about 50, since few of them are in the tail.

    Raises:
        InvalidInput: a share that is not above 0 and up to 1.
    """
    n = values.size
    name = sentences.mean_of_worst(share)
    if not 0 < share <= 1:
        raise InvalidInput("share", share, "a share above 0, up to 1")
    if n == 0:
        return Estimate(name, None, 0, reason="no values")
    weights = _tail_weights(n, share)
    signed = -values if minimize else values
    value = float(np.sort(signed) @ weights)
    if n < _FEWEST_FOR_TAIL:
        return Estimate(name, -value if minimize else value, n, reason=sentences.too_few(_FEWEST_FOR_TAIL, "values"))
    if n > _BOOTSTRAPPED:
        half = float(sps.norm.isf((1 - level) / 2)) * _tail_error(np.sort(signed), share)
        middle = -value if minimize else value
        return Estimate(name, middle, n, Interval(middle - half, middle + half, level, "normal limit"))
    drawn = np.sort(signed[rng.integers(0, n, (_RESAMPLES, n))], axis=1) @ weights
    low, high = (float(end) for end in np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2]))
    ends, value = ((-high, -low), -value) if minimize else ((low, high), value)
    if low == high:
        return Estimate(name, value, n, reason=sentences.TAIL_DOES_NOT_VARY)
    return Estimate(name, value, n, Interval(*ends, level, "percentile bootstrap", _RESAMPLES))


def _tail_error(ordered: Floats, share: float) -> float:
    """Return the large-sample standard error of a tail mean.

    Values are in ascending order.
    """
    covered = max(1, round(share * ordered.size))
    tail = ordered[:covered]
    edge = float(tail[-1])
    variance = float(np.var(tail)) + (1 - share) * (edge - float(tail.mean())) ** 2
    return math.sqrt(variance / (ordered.size * share))


def _tail_weights(n: int, share: float) -> Floats:
    places = np.arange(n)
    covered = np.clip(share * n - places, 0.0, 1.0)
    return np.asarray(covered / covered.sum())
