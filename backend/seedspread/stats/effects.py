"""Effect sizes of B - A; in the metric's units first, these second."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.stats.data.finite import of_numbers
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.differences import BOTH_CONSTANT, difference_moments, pooled_std
from seedspread.stats.inference.effects import wins
from seedspread.stats.moments import moments

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effects:
    """Standardised effects: cohen_d over the pooled spread, hedges_g its unbiased form (exact, and 1 - 3/(4v - 1)).

    cohen_d_av is over the root mean square of the two spreads; cohen_dz over the spread of the paired differences
    (grows with their correlation: never compare it with d). cliffs_delta is 2 P(B above A) - 1. None: undefined.
    """

    cohen_d: float | None = None
    hedges_g: float | None = None
    hedges_g_approx: float | None = None
    cohen_d_av: float | None = None
    cohen_dz: float | None = None
    cliffs_delta: float | None = None
    reason: str | None = None


@of_numbers
def effects(a: Floats, b: Floats, *, paired: bool = False) -> Effects:
    """The effect sizes of two arms (finite values; the same length where paired)."""
    if min(a.size, b.size) == 0:
        return Effects(reason="an arm has no values")
    cliff = 2 * wins(a, b) / (a.size * b.size) - 1
    if min(a.size, b.size) < 2:
        return Effects(cliffs_delta=cliff, reason="needs at least 2 seeds per arm")
    lattice = lattice_of(a, b)
    first, second = moments(a, lattice), moments(b, lattice)
    dz = _paired_effect(a, b) if paired else None
    if first.constant and second.constant:
        return Effects(cohen_dz=dz, cliffs_delta=cliff, reason=BOTH_CONSTANT)
    difference, freedom = second.mean - first.mean, a.size + b.size - 2
    d = difference / pooled_std(first, second)
    return Effects(
        cohen_d=d,
        hedges_g=d * hedges_factor(freedom),
        hedges_g_approx=d * (1 - 3 / (4 * freedom - 1)),
        cohen_d_av=difference / math.sqrt((first.var + second.var) / 2),
        cohen_dz=dz,
        cliffs_delta=cliff,
    )


def hedges_factor(freedom: int) -> float:
    """The exact small-sample correction, .57 at 2 degrees of freedom; `freedom` is 1 or more."""
    if freedom == 1:
        return 0.0
    half = freedom / 2
    return math.exp(math.lgamma(half) - math.lgamma(half - 0.5) - math.log(half) / 2)


def _paired_effect(a: Floats, b: Floats) -> float | None:
    known = difference_moments(a, b)
    return None if known.n < 2 or known.constant else known.mean / known.std
