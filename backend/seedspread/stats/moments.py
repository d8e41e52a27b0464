"""Mean and standard deviation of a sample, taken on its lattice: rounding neither makes nor hides variation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.stats.data.resolution import Lattice, lattice_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """n >= 1 values: their mean, standard deviation (ddof=1; nan for one value) and whether they are all the same."""

    n: int
    mean: float
    std: float
    constant: bool

    @property
    def var(self) -> float:
        """The variance (ddof=1)."""
        return self.std**2

    @property
    def sem(self) -> float:
        """The standard error of the mean; not a spread, never to be drawn unlabelled."""
        return self.std / math.sqrt(self.n)


def moments(values: Floats, lattice: Lattice | None = None) -> Moments:
    """The moments of one or more finite values; std is exactly 0 for a constant sample."""
    return moments_of_whole((lattice or lattice_of(values)).whole(values), lattice or lattice_of(values), values)


def moments_of_whole(whole: Floats, lattice: Lattice, values: Floats | None = None) -> Moments:
    """The moments of values given as whole multiples of the lattice's unit.

    values: the same in the metric's units, used where the lattice is only a rounding (no common denominator).
    """
    n, constant = whole.size, bool(whole.min() == whole.max())
    exact = lattice.denominator is not None or values is None
    counted = whole if exact or values is None else values
    total = float(np.sum(counted))
    mean = lattice.number(total) / n if exact else total / n
    if n < 2 or constant:
        return Moments(n, mean, 0.0 if n > 1 else math.nan, constant)
    spread = float(np.std(counted - counted[0], ddof=1))
    return Moments(n, mean, lattice.number(spread) if exact else spread, constant)
