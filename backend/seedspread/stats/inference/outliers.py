"""Outliers (diverged runs, or a second mode), repeated values, failure rates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.errors import InvalidInput
from seedspread.stats.data import sentences
from seedspread.stats.data.finite import of_numbers
from seedspread.stats.data.resolution import Lattice, lattice_of
from seedspread.stats.data.results import Estimate, Interval

Floats = NDArray[np.float64]

_FEWEST = 5


@dataclass(frozen=True)
class StandingApart:
    """Minority of seeds on the far side of a gap.

    count: how many of the n seeds are outliers, 0 if none. side: "below" or "above" the rest. edge: the middle of the
    gap, in the metric's units. rest_mean, apart_mean: means of the two groups.
    """

    n: int
    count: int = 0
    side: str | None = None
    edge: float | None = None
    rest_mean: float | None = None
    apart_mean: float | None = None
    reason: str | None = None


@of_numbers
def standing_apart(values: Floats, lattice: Lattice | None = None) -> StandingApart:
    """Find a minority that the largest gap between neighbours splits off.

    A gap counts if it is at least c times the range of the majority, with c = 8 (n = 5), 5 (6-7), 3 (8-9) or 2 (10 and
    more). On normal data this flags 1.4% of samples at n = 5, and 0 to 0.5% from 7 on.
    """
    n = values.size
    if n < _FEWEST:
        return StandingApart(n, reason=sentences.too_few(_FEWEST, "values"))
    ordered = np.sort(values)
    multiples = (lattice or lattice_of(values)).whole(ordered)
    gaps = np.diff(multiples)
    cut = int(np.argmax(gaps)) + 1
    low, high = ordered[:cut], ordered[cut:]
    if gaps[cut - 1] == 0 or low.size == high.size:
        return StandingApart(n)
    minority, majority, side = (low, high, "below") if low.size < high.size else (high, low, "above")
    others = multiples[cut:] if side == "below" else multiples[:cut]
    # One unit more: rounded to a coarse metric the rest may spread that much wider than it looks.
    if gaps[cut - 1] < _factor(n) * (1.0 + float(others[-1] - others[0])):
        return StandingApart(n)
    edge = float(low[-1] + (high[0] - low[-1]) / 2)
    return StandingApart(n, minority.size, side, edge, float(np.mean(majority)), float(np.mean(minority)))


def failure_rate(failed: int, started: int, level: float = 0.95) -> Estimate:
    """Return the share of runs that failed, with its Clopper-Pearson interval.

    The interval's coverage is never below its level.

    Raises:
        InvalidInput: a count of failures below 0 or above the number started.
    """
    if not 0 <= failed <= started:
        raise InvalidInput("failed", failed, f"a count from 0 to the {started} started")
    if started == 0:
        return Estimate("failure rate", None, 0, reason=sentences.NO_RUN_ENDED)
    tail = (1 - level) / 2
    low = 0.0 if failed == 0 else float(sps.beta.ppf(tail, failed, started - failed + 1))
    high = 1.0 if failed == started else float(sps.beta.isf(tail, failed + 1, started - failed))
    return Estimate("failure rate", failed / started, started, Interval(low, high, level, "Clopper-Pearson"))


def failure_bound(failed: int, ended: int, level: float = 0.95) -> float | None:
    """Return the upper confidence bound of a failure rate.

    The bound is one-sided Clopper-Pearson: 26% for 0 of 10. The result is None without runs.
    """
    if ended == 0:
        return None
    return 1.0 if failed >= ended else float(sps.beta.isf(1 - level, failed + 1, ended - failed))


def beyond(values: Floats, apart: StandingApart) -> NDArray[np.bool_]:
    """Return a mask of the values beyond the gap."""
    if apart.edge is None or not apart.count:
        return np.zeros(values.size, dtype=bool)
    return values < apart.edge if apart.side == "below" else values > apart.edge


@dataclass(frozen=True)
class Copies:
    """Repeated values that suggest the same runs were counted several times.

    n: number of values. distinct: number of different ones.
    """

    n: int
    distinct: int


_FEWEST_COPIES = 6
_CHANCE = 0.01  # of a repetition that independent seeds of a coarse metric would make by themselves


@of_numbers
def copies(values: Floats, lattice: Lattice | None = None) -> Copies | None:
    """Detect repeated values that chance does not explain.

    There are three signs: the sequence repeats as a whole; every value occurs equally often (in multiples of two or
    more); or a metric fine enough to distinguish seeds has unexpected ties. The result is None if chance explains the
    ties, and for constant samples.
    """
    n = values.size
    multiples = (lattice or lattice_of(values)).whole(values)
    distinct, counts = np.unique(multiples, return_counts=True)
    d = int(distinct.size)
    if n < _FEWEST_COPIES or d < 2 or d == n:
        return None
    for period in (period for period in range(d, n) if n % period == 0):
        if np.array_equal(multiples, np.tile(multiples[:period], n // period)) and float(d) ** (period - n) < _CHANCE:
            return Copies(n, d)
    multiple = int(np.gcd.reduce(counts))
    if multiple >= 2 and (multiple ** (1 - d) < _CHANCE / 2 or (multiple == n // d and _equal_counts(n, d) < _CHANCE)):
        return Copies(n, d)
    # Under a bell of this SD on the metric's grid, two seeds tie with probability about 1 / (2 sqrt(pi) SD).
    spread = float(np.std(multiples, ddof=1))
    ties = float(np.sum(counts * (counts - 1)) / 2)
    expected = n * (n - 1) / 2 / max(1.0, 2 * np.sqrt(np.pi) * spread)
    modes = int(np.sum(counts > 1))
    if modes >= 2 and expected < _CHANCE and ties >= n / 4:
        return Copies(n, d)
    return None


def _equal_counts(n: int, d: int) -> float:
    """Return the probability that n draws hit d values equally often."""
    return math.exp(math.lgamma(n + 1) - d * math.lgamma(n // d + 1) - n * math.log(d))


def wilson_interval(successes: float, n: int, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of a share.

    `successes` may contain halves (ties); n is 1 or more.
    """
    if n < 1:
        raise InvalidInput("n", n, "1 or more")
    z = float(sps.norm.isf((1 - level) / 2))
    share, weight = successes / n, z * z / n
    centre = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * float(np.sqrt(share * (1 - share) / n + weight / (4 * n)))
    return Interval(max(0.0, centre - half), min(1.0, centre + half), level, "Wilson")


def failure_difference(failed_a: int, started_a: int, failed_b: int, started_b: int) -> float | None:
    """Return Fisher's exact p for "the arms fail equally often".

    The result is None if an arm has no runs.
    """
    if min(started_a, started_b) == 0:
        return None
    table = np.array([[failed_a, started_a - failed_a], [failed_b, started_b - failed_b]])
    return min(1.0, float(sps.fisher_exact(table).pvalue))


def _factor(n: int) -> float:
    for smallest, factor in ((10, 2.0), (8, 3.0), (6, 5.0)):
        if n >= smallest:
            return factor
    return 8.0
