"""Adjust p-values for the number of comparisons looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.errors import InvalidInput

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Adjusted:
    """Adjusted p-values in the order of the inputs.

    m: number of comparisons looked at, shown or not. holm and bonferroni bound the probability of any false claim. bh
    (independent or positively dependent tests) and by (any dependence) bound the expected share of false claims and are
    only for exploring.
    """

    m: int
    p: tuple[float, ...]
    holm: tuple[float, ...]
    bonferroni: tuple[float, ...]
    bh: tuple[float, ...]
    by: tuple[float, ...]


def adjust(p: Sequence[float], looked_at: int | None = None) -> Adjusted:
    """Adjust a family of p-values.

    looked_at: total number of comparisons looked at, filtered and deleted ones included; the missing ones count as p =
    1.

    Raises:
        InvalidInput: a p outside 0 to 1, or looked_at below the number of p-values.
    """
    values = np.asarray(p, dtype=np.float64)
    m = values.size if looked_at is None else looked_at
    if values.size and not (np.all(values >= 0) and np.all(values <= 1)):
        raise InvalidInput("p", list(p), "numbers from 0 to 1")
    if m < values.size:
        raise InvalidInput("looked_at", looked_at, f"at least the {values.size} comparisons given")
    order = np.argsort(values, kind="stable")
    rank = np.arange(values.size)
    ascending = values[order]
    harmonic = float(np.sum(1 / np.arange(1, m + 1))) if m else 1.0
    holm = np.maximum.accumulate(ascending * (m - rank))
    bh = _from_the_top(ascending * m / (rank + 1))
    by = _from_the_top(ascending * harmonic * m / (rank + 1))
    return Adjusted(
        m=m,
        p=tuple(values.tolist()),
        holm=_restored(holm, order),
        bonferroni=_restored(ascending * m, order),
        bh=_restored(bh, order),
        by=_restored(by, order),
    )


def _from_the_top(column: Floats) -> Floats:
    return np.minimum.accumulate(column[::-1])[::-1]


def _restored(column: Floats, order: NDArray[np.intp]) -> tuple[float, ...]:
    back = np.empty_like(column)
    back[order] = np.minimum(column, 1.0)
    return tuple(back.tolist())
