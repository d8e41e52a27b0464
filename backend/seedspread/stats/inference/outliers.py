"""Seeds that stand apart from the rest (diverged, or a second mode), and how often runs fail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.errors import InvalidInput
from seedspread.stats.data.finite import of_numbers
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.data.results import Estimate, Interval

Floats = NDArray[np.float64]

_FEWEST = 5


@dataclass(frozen=True)
class StandingApart:
    """The seeds on the far side of a gap: `count` of `n`, `below` or `above` the rest, beyond `edge`.

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
def standing_apart(values: Floats) -> StandingApart:
    """Whether the largest gap between neighbours splits off a minority, gap >= c x the range of the majority.

    c = 8 (n = 5), 5 (6-7), 3 (8-9), 2 (10 and more): false flags on normal data 1.4 % at n = 5, 0 to 0.5 % from 7 on.
    """
    n = values.size
    if n < _FEWEST:
        return StandingApart(n, reason=f"needs {_FEWEST} values")
    ordered = np.sort(values)
    whole = lattice_of(values).whole(ordered)
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
    """The share of runs that failed, with the Clopper-Pearson interval (never below its level)."""
    if not 0 <= failed <= started:
        raise InvalidInput("failed", failed, f"a count from 0 to the {started} started")
    if started == 0:
        return Estimate("failure rate", None, 0, reason="no run has ended")
    tail = (1 - level) / 2
    low = 0.0 if failed == 0 else float(sps.beta.ppf(tail, failed, started - failed + 1))
    high = 1.0 if failed == started else float(sps.beta.isf(tail, failed + 1, started - failed))
    return Estimate("failure rate", failed / started, started, Interval(low, high, level, "Clopper-Pearson"))


def wilson_interval(successes: float, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval of a share; `successes` may hold halves (ties), n >= 1."""
    if n < 1:
        raise InvalidInput("n", n, "1 or more")
    z = float(sps.norm.isf((1 - level) / 2))
    share, weight = successes / n, z * z / n
    centre = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * float(np.sqrt(share * (1 - share) / n + weight / (4 * n)))
    return Interval(max(0.0, centre - half), min(1.0, centre + half), level, "Wilson")


def failure_difference(failed_a: int, started_a: int, failed_b: int, started_b: int) -> float | None:
    """Fisher's exact p for "the arms fail equally often"; None where an arm has no run."""
    if min(started_a, started_b) == 0:
        return None
    table = np.array([[failed_a, started_a - failed_a], [failed_b, started_b - failed_b]])
    return min(1.0, float(sps.fisher_exact(table).pvalue))


def _factor(n: int) -> float:
    for smallest, factor in ((10, 2.0), (8, 3.0), (6, 5.0)):
        if n >= smallest:
            return factor
    return 8.0
