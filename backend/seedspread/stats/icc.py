"""Intraclass correlations of a full targets x raters table (Shrout & Fleiss 1979)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.stats.data.results import Interval
from seedspread.stats.spread.factorial import mean_squares

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class IntraclassCorrelation:
    """icc1: one-way random; icc2: two-way random (of a split x init table the split's first-order share); icc3: mixed.

    The *k forms are for means over the k raters. Each can be negative; None where the table does not vary.
    """

    targets: int
    raters: int
    icc1: float | None = None
    icc2: float | None = None
    icc3: float | None = None
    icc1k: float | None = None
    icc2k: float | None = None
    icc3k: float | None = None
    icc1_interval: Interval | None = None
    reason: str | None = None


def intraclass_correlation(table: Floats, level: float = 0.95) -> IntraclassCorrelation:
    """The correlations of a table with targets (say splits) in rows and raters (say inits) in columns, one run a cell.

    Raises InvalidInput for tables with missing cells or fewer than 2 rows or columns.
    """
    found = mean_squares(table, ("rows", "columns"), replicated=False)
    n, k = found.levels
    rows, columns, error = (found.mean_square(term) for term in ((0,), (1,), (0, 1)))
    within = (found.squares[(1,)] + found.squares[(0, 1)]) / (n * (k - 1))
    if rows == 0 and within == 0:
        return IntraclassCorrelation(n, k, reason="no variation in the table")
    return IntraclassCorrelation(
        targets=n,
        raters=k,
        icc1=_ratio(rows - within, rows + (k - 1) * within),
        icc2=_ratio(rows - error, rows + (k - 1) * error + k * (columns - error) / n),
        icc3=_ratio(rows - error, rows + (k - 1) * error),
        icc1k=_ratio(rows - within, rows),
        icc2k=_ratio(rows - error, rows + (columns - error) / n),
        icc3k=_ratio(rows - error, rows),
        icc1_interval=_one_way_interval(rows, within, n, k, level),
    )


def _ratio(above: float, below: float) -> float | None:
    return above / below if below != 0 else None


def _one_way_interval(rows: float, within: float, n: int, k: int, level: float) -> Interval | None:
    if within == 0:
        return None
    ratio, tail = rows / within, (1 - level) / 2
    low = ratio / float(sps.f.isf(tail, n - 1, n * (k - 1)))
    high = ratio * float(sps.f.isf(tail, n * (k - 1), n - 1))
    return Interval((low - 1) / (low + k - 1), (high - 1) / (high + k - 1), level, "F law")
