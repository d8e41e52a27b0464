"""Looks that are paid for: how much of the error rate each planned look may spend, and the level it leaves.

Lan & DeMets (1983) with the O'Brien-Fleming-like spending function: early looks cost next to nothing, the last one is
almost a fixed-n test. Boundaries are found by numerical integration of the group-sequential recursion (Armitage,
McPherson & Rowe 1969) on the normal scale and used as nominal levels of the t test (Jennison & Turnbull 2000, 4.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import ndtr, ndtri

from seedspread.errors import InvalidInput

Floats = NDArray[np.float64]

_GRID = 401  # points across the continuation region; Simpson's rule needs an odd number
_FARTHEST = 8.2  # standard deviations; beyond, nothing is spent


@dataclass(frozen=True)
class Look:
    """One look at n seeds per arm: spent is the error rate used up to and with it, level that of its interval.

    level is 1 - nominal p: an interval this wide at every look covers at all of them together with the plan's level.
    """

    n: int
    fraction: float
    spent: float
    level: float


def spending(fraction: float, alpha: float = 0.05) -> float:
    """The two-sided error rate spent once this fraction (0 to 1) of the seeds is in, O'Brien-Fleming-like."""
    if fraction <= 0:
        return 0.0
    return float(4 * ndtr(float(ndtri(alpha / 4)) / math.sqrt(min(fraction, 1.0))))


def plan_looks(sizes: tuple[int, ...], most: int, level: float = 0.95) -> tuple[Look, ...]:
    """The looks at these numbers of seeds (ascending) out of `most`; reaching `most` spends all that is left.

    Raises InvalidInput where sizes are not ascending or beyond `most`.
    """
    if not sizes or list(sizes) != sorted(set(sizes)) or sizes[0] < 2 or sizes[-1] > most:
        raise InvalidInput("looks", sizes, f"ascending numbers of seeds from 2 to {most}")
    return _planned(sizes, most, round(1 - level, 12))


@lru_cache(maxsize=512)
def _planned(sizes: tuple[int, ...], most: int, alpha: float) -> tuple[Look, ...]:
    looks: list[Look] = []
    at, density = np.zeros(1), np.ones(1)  # where the walk stands that has not stopped, with quadrature weights in
    before, spent = 0.0, 0.0
    for n in sizes:
        fraction = n / most
        budget = spending(fraction, alpha)
        step = math.sqrt(fraction - before)
        bound = _bound(at, density, step, math.sqrt(fraction), budget - spent)
        looks.append(Look(n, fraction, budget, 1 - 2 * float(ndtr(-bound / math.sqrt(fraction)))))
        at, density = _walked(at, density, step, bound)
        before, spent = fraction, budget
    return tuple(looks)


def _bound(at: Floats, density: Floats, step: float, scale: float, allowed: float) -> float:
    """How far out the walk must be so that it gets there with the allowed probability."""

    def excess(bound: float) -> float:
        outside = ndtr((-bound - at) / step) + ndtr((at - bound) / step)
        return float(np.sum(density * outside)) - allowed

    farthest = _FARTHEST * scale
    return farthest if excess(farthest) >= 0 else float(optimize.brentq(excess, 0.0, farthest, xtol=1e-12))


def _walked(at: Floats, density: Floats, step: float, bound: float) -> tuple[Floats, Floats]:
    """The walk one stage on, inside the bounds, as points with weights."""
    points = np.linspace(-bound, bound, _GRID)
    simpson = np.full(_GRID, 2.0)
    simpson[1::2], simpson[0], simpson[-1] = 4.0, 1.0, 1.0
    kernel = np.exp(-0.5 * ((points[:, None] - at[None, :]) / step) ** 2) / (step * math.sqrt(2 * math.pi))
    return points, (kernel @ density) * simpson * (points[1] - points[0]) / 3
