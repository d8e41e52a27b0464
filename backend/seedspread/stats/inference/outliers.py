"""Outlying seeds (diverged, or a second mode), and failure rates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.errors import InvalidInput
from seedspread.stats.data.finite import of_numbers
from seedspread.stats.data.resolution import Lattice, lattice_of
from seedspread.stats.data.results import Estimate, Interval

Floats = NDArray[np.float64]

_FEWEST = 5


@dataclass(frozen=True)
class StandingApart:
    """Seeds on the far side of a gap.

    `count` of `n`, `below` or `above` the rest, beyond `edge`.

    edge: the middle of the gap, in the metric's units. rest_mean and apart_mean are of the two groups.
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
    """Tell whether the largest gap between neighbours splits off a minority.

    Gap >= c x the range of the majority.

    c = 8 (n = 5), 5 (6-7), 3 (8-9), 2 (10 and more): false flags on normal data 1.4 % at n = 5, 0 to 0.5 % from 7 on.
    """
    n = values.size
    if n < _FEWEST:
        return StandingApart(n, reason=f"needs {_FEWEST} values")
    ordered = np.sort(values)
    whole = (lattice or lattice_of(values)).whole(ordered)
    gaps = np.diff(whole)
    cut = int(np.argmax(gaps)) + 1
    low, high = ordered[:cut], ordered[cut:]
    if gaps[cut - 1] == 0 or low.size == high.size:
        return StandingApart(n)
    minority, majority, side = (low, high, "below") if low.size < high.size else (high, low, "above")
    rest = whole[cut:] if side == "below" else whole[:cut]
    # One unit more: rounded to a coarse metric the rest may spread that much wider than it looks.
    if gaps[cut - 1] < _factor(n) * (1.0 + float(rest[-1] - rest[0])):
        return StandingApart(n)
    edge = float(low[-1] + (high[0] - low[-1]) / 2)
    return StandingApart(n, minority.size, side, edge, float(np.mean(majority)), float(np.mean(minority)))


def failure_rate(failed: int, started: int, level: float = 0.95) -> Estimate:
    """Return the share of runs that failed, with the Clopper-Pearson interval.

    Never below its level.
    """
    if not 0 <= failed <= started:
        raise InvalidInput("failed", failed, f"a count from 0 to the {started} started")
    if started == 0:
        return Estimate("failure rate", None, 0, reason="no run has ended")
    tail = (1 - level) / 2
    low = 0.0 if failed == 0 else float(sps.beta.ppf(tail, failed, started - failed + 1))
    high = 1.0 if failed == started else float(sps.beta.isf(tail, failed + 1, started - failed))
    return Estimate("failure rate", failed / started, started, Interval(low, high, level, "Clopper-Pearson"))


def failure_bound(failed: int, ended: int, level: float = 0.95) -> float | None:
    """Return the one-sided Clopper-Pearson upper bound of a failure rate.

    26% for 0 of 10; None without runs.
    """
    if ended == 0:
        return None
    return 1.0 if failed >= ended else float(sps.beta.isf(1 - level, failed + 1, ended - failed))


def beyond(values: Floats, apart: StandingApart) -> NDArray[np.bool_]:
    """Mark the values that lie on the far side of the gap.

    Shape of `values`.
    """
    if apart.edge is None or not apart.count:
        return np.zeros(values.size, dtype=bool)
    return values < apart.edge if apart.side == "below" else values > apart.edge


@dataclass(frozen=True)
class Copies:
    """Values that look like the same runs counted several times.

    `n` values, `distinct` of them different.
    """

    n: int
    distinct: int


_FEWEST_COPIES = 6
_CHANCE = 0.01  # of a repetition that independent seeds of a coarse metric would make by themselves


@of_numbers
def copies(values: Floats, lattice: Lattice | None = None) -> Copies | None:
    """Estimate how few runs explain repeated values.

    None where chance explains the ties.

    Three signs: the sequence repeats itself as a whole; every value comes equally often (in multiples of two or
    more); or a metric fine enough to tell seeds apart has ties that it should not have. Constant samples are None.
    """
    n = values.size
    whole = (lattice or lattice_of(values)).whole(values)
    distinct, counts = np.unique(whole, return_counts=True)
    d = int(distinct.size)
    if n < _FEWEST_COPIES or d < 2 or d == n:
        return None
    for period in (period for period in range(d, n) if n % period == 0):
        if np.array_equal(whole, np.tile(whole[:period], n // period)) and float(d) ** (period - n) < _CHANCE:
            return Copies(n, d)
    multiple = int(np.gcd.reduce(counts))
    if multiple >= 2 and (multiple ** (1 - d) < _CHANCE / 2 or (multiple == n // d and _equal_counts(n, d) < _CHANCE)):
        return Copies(n, d)
    # Under a bell of this SD on the metric's grid, two seeds tie with probability about 1 / (2 sqrt(pi) SD).
    spread = float(np.std(whole, ddof=1))
    ties = float(np.sum(counts * (counts - 1)) / 2)
    expected = n * (n - 1) / 2 / max(1.0, 2 * np.sqrt(np.pi) * spread)
    modes = int(np.sum(counts > 1))
    if modes >= 2 and expected < _CHANCE and ties >= n / 4:
        return Copies(n, d)
    return None


def _equal_counts(n: int, d: int) -> float:
    """Return the chance that draws meet each value equally often.

    n draws from d values.
    """
    return math.exp(math.lgamma(n + 1) - d * math.lgamma(n // d + 1) - n * math.log(d))


def wilson_interval(successes: float, n: int, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of a share.

    `successes` may hold halves (ties), n >= 1.
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

    None where an arm has no run.
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
