"""Where points go that would hide each other: beside one another, by a rule and not by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedspread.stats.data.resolution import is_constant

Floats = NDArray[np.float64]

BINS = 48
MOST_WEIGHED = 2_000
REACH = 0.34
"""How far a point may stand from its arm's line; arms are 1 apart."""


def offsets(values: Floats, low: float, high: float) -> Floats:
    """How far each value stands from its line, in [-REACH, REACH]: 0, then alternating sides within its bin.

    values: finite, shape (n,). low, high: the figure's whole range, so that all arms are binned alike.
    """
    span = high - low
    if values.size == 0:
        return np.empty(0)
    with np.errstate(over="ignore", invalid="ignore"):
        share = (values - low) / span if span > 0 and np.isfinite(span) else np.zeros(values.size)
    bins = np.clip((share * BINS).astype(int), 0, BINS - 1)
    order = np.lexsort((values, bins))
    first = np.searchsorted(bins[order], np.arange(BINS))
    rank = np.empty(values.size, dtype=int)
    rank[order] = np.arange(values.size) - first[bins[order]]
    side = np.where(rank % 2 == 1, 1, -1) * ((rank + 1) // 2)
    most = max(int(np.abs(side).max()), 1)
    placed: Floats = side * min(0.07, REACH / most)
    return placed


def violin(values: Floats, points: int = 96) -> tuple[Floats, Floats] | None:
    """Places and half-widths (largest: REACH) of a Gaussian density over the values' range; None without variation.

    The bandwidth is Scott's, std * n^(-1/5); above 2,000 values their evenly spaced quantiles stand for them.
    """
    if values.size < 2 or is_constant(values):
        return None
    spread = float(np.std(values, ddof=1))
    if not np.isfinite(spread) or spread == 0:
        return None
    shown = values if values.size <= MOST_WEIGHED else np.quantile(values, np.linspace(0, 1, MOST_WEIGHED))
    places = np.linspace(values.min(), values.max(), points)
    away = (places[:, None] - shown[None, :]) / (spread * values.size ** (-1 / 5))
    density = np.exp(-0.5 * away**2).sum(axis=1)
    return places, REACH * density / density.max()
