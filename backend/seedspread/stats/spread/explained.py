"""Share of the variance of runs that goes with one parameter."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy import stats as sps

from seedspread.stats.data.finite import of_numbers
from seedspread.stats.data.resolution import is_constant
from seedspread.stats.data.results import Interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_GROUPS = 8
"""Values of a number up to which each is a group of its own; above, runs are grouped into quarters."""

FEWEST = 4
"""Runs below which neither a share nor a rank correlation is computed."""

_FAR_OUT = 1e7
"""Noncentrality above which the limit of noncentral F is exact to four digits."""


@dataclass(frozen=True)
class Explained:
    """Variance of n runs between the values of one parameter.

    share: omega squared, in [0, 1]. interval: of the population's share. rank: Spearman's correlation, in [−1, 1], of
    numbers alone. All are None if they cannot be computed.
    """

    n: int
    groups: int
    share: float | None = None
    interval: Interval | None = None
    rank: float | None = None
    rank_interval: Interval | None = None


@of_numbers
def explained(values: Floats, groups: Ints, level: float = 0.95) -> Explained:
    """Estimate the share of the values' variance that lies between groups.

    The estimate is omega squared, which has less bias than eta squared; the interval inverts the noncentral F
    distribution (Steiger 2004). Both assume equal normal spreads within groups, whatever else varies there: the share
    of other parameters counts as noise. `groups` has shape (n,).
    """
    n, count = values.size, np.unique(groups).size
    if n < FEWEST or count < 2 or n <= count or is_constant(values):
        return Explained(n, count)
    parts = [values[groups == group] for group in np.unique(groups)]
    between = sum(float(part.size * (part.mean() - values.mean()) ** 2) for part in parts)
    total = float(((values - values.mean()) ** 2).sum())
    df, residual_df = count - 1, n - count
    within = max(total - between, 0.0) / residual_df
    share = min(1.0, max(0.0, (between - df * within) / (total + within)))
    if within <= 0:
        return Explained(n, count, 1.0, Interval(1.0, 1.0, level, "noncentral F"))
    return Explained(n, count, share, _interval(between / df / within, df, residual_df, n, level))


def _interval(f: float, df: int, rest: int, n: int, level: float) -> Interval:
    tails = (1 + level) / 2, (1 - level) / 2
    low, high = (_noncentrality(f, df, rest, tail) for tail in tails)
    return Interval(low / (low + n), high / (high + n), level, "noncentral F")


def _noncentrality(f: float, df: int, rest: int, tail: float) -> float:
    """Return the noncentrality at which values up to f have that probability.

    0 where none is small enough.
    """

    def above(noncentrality: float) -> float:
        return float(sps.ncf.cdf(f, df, rest, noncentrality)) - tail

    if f * df > _FAR_OUT:
        # ncf.cdf ends in NaN here. Noncentral F is nearly the noncentrality over df and a mean chi-square.
        return f * df * float(sps.chi2.isf(tail, rest)) / rest
    if above(1e-9) <= 0:
        return 0.0
    high = max(4.0, 4 * f * df)
    while above(high) > 0:
        high *= 2
    return float(optimize.brentq(above, 1e-9, high))


@of_numbers
def rank_correlation(x: Floats, y: Floats, level: float = 0.95) -> tuple[float | None, Interval | None]:
    """Return Spearman's rank correlation and its interval.

    The interval is Bonett and Wright's (2000). None below 4 values or without variation.
    """
    if x.size < FEWEST or is_constant(x) or is_constant(y):
        return None, None
    rank = float(sps.spearmanr(x, y).statistic)
    if abs(rank) >= 1:
        return rank, None
    half = float(sps.norm.isf((1 - level) / 2)) * math.sqrt((1 + rank**2 / 2) / (x.size - 3))
    centre = math.atanh(rank)
    return rank, Interval(math.tanh(centre - half), math.tanh(centre + half), level, "Bonett and Wright")


@of_numbers
def grouped(numbers: Floats) -> Ints:
    """Return the group of each number.

    It is its own value, or its quarter where there are more than 8 values. The result has shape (n,).
    """
    distinct, groups = np.unique(numbers, return_inverse=True)
    if distinct.size <= MOST_GROUPS:
        return groups.astype(np.int64)
    return np.searchsorted(np.quantile(numbers, [0.25, 0.5, 0.75]), numbers, side="left").astype(np.int64)
