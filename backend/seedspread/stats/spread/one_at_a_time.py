"""Shares of the spread from varying one source at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.errors import InvalidInput
from seedspread.stats.data.finite import countable, without_traces
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.data.results import Interval
from seedspread.stats.inference.means import Moments, moments
from seedspread.stats.spread.sentences import FLAT_SOURCE

Floats = NDArray[np.float64]

DRAWS = 9_999


@dataclass(frozen=True)
class SourceAlone:
    """Spread of runs in which only this source varied.

    variance: of these runs. above_floor: the variance less the noise floor. share: above_floor over the variance of
    runs in which everything varied (None without such runs, or if they did not vary). Shares need not add up to 1,
    since interactions are missing and each share holds only at the fixed values of the other sources. above_noise: True
    if the interval of above_floor stays above 0.
    """

    source: str
    n: int
    variance: float | None
    above_floor: float | None
    above_floor_interval: Interval | None
    share: float | None
    share_interval: Interval | None
    above_noise: bool
    reason: str | None = None


@dataclass(frozen=True)
class OneAtATime:
    """Spread of every source alone, the noise floor, and the total spread.

    The noise floor comes from repeats with nothing varied, the total spread from runs with everything varied.
    """

    floor: float | None
    floor_n: int
    together: float | None
    together_n: int
    sources: tuple[SourceAlone, ...]
    unexplained: float | None
    level: float


def one_at_a_time(
    alone: Mapping[str, Floats],
    rng: np.random.Generator,
    *,
    repeats: Floats | None = None,
    together: Floats | None = None,
    level: float = 0.95,
    draws: int = DRAWS,
) -> OneAtATime:
    """Return the spread of each source by itself.

    Intervals draw variances from their scaled inverse chi-square distributions (near-normal data).

    Args:
        alone: finite values by source, with only that source varied.
        rng: for the intervals.
        repeats: runs with nothing varied; without them the noise floor counts as 0, which deterministic repeats give.
        together: runs in which all sources varied.
        level: of the intervals.
        draws: for the intervals.

    Raises:
        InvalidInput: no source.
    """
    if not alone:
        raise InvalidInput("alone", {}, "values of at least one source varied alone")
    floor, all_sources = _moments(repeats), _moments(together)
    floor_drawn, whole_drawn = _drawn(floor, rng, draws), _drawn(all_sources, rng, draws)
    sources = tuple(
        _source(name, _moments(values), floor, all_sources, floor_drawn, whole_drawn, rng, level)
        for name, values in alone.items()
    )
    shares = [source.share for source in sources]
    complete = all(share is not None for share in shares)
    return OneAtATime(
        floor=None if floor is None else floor.var,
        floor_n=0 if floor is None else floor.n,
        together=None if all_sources is None else all_sources.var,
        together_n=0 if all_sources is None else all_sources.n,
        sources=sources,
        unexplained=1 - sum(share for share in shares if share is not None) if complete else None,
        level=level,
    )


def _source(
    name: str,
    summary: Moments | None,
    floor: Moments | None,
    whole: Moments | None,
    floor_drawn: Floats,
    whole_drawn: Floats,
    rng: np.random.Generator,
    level: float,
) -> SourceAlone:
    if summary is None:
        return SourceAlone(name, 0, None, None, None, None, None, False, reason="fewer than 2 finite values")
    above = max(0.0, summary.var - (floor.var if floor is not None else 0.0))
    drawn = np.maximum(0.0, _drawn(summary, rng, floor_drawn.size) - floor_drawn)
    interval = _between(drawn, level)
    measured = whole is not None and not whole.constant
    return SourceAlone(
        source=name,
        n=summary.n,
        variance=summary.var,
        above_floor=above,
        above_floor_interval=interval,
        share=above / whole.var if whole is not None and measured else None,
        share_interval=_between(drawn / whole_drawn, level) if measured else None,
        above_noise=interval.low > 0,
        reason=FLAT_SOURCE if summary.constant else None,
    )


def _moments(values: Floats | None) -> Moments | None:
    if values is None:
        return None
    usable = without_traces(values[countable(values)])
    return moments(usable, lattice_of(usable)) if usable.size >= 2 else None


def _drawn(summary: Moments | None, rng: np.random.Generator, draws: int) -> Floats:
    if summary is None or summary.constant:
        return np.zeros(draws)
    return summary.var * (summary.n - 1) / rng.chisquare(summary.n - 1, draws)


def _between(draws: Floats, level: float) -> Interval:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level, "generalised (chi-square draws)", draws.size)
