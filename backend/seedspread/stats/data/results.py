"""Result types that all statistics share.

They are frozen and hold numbers, strings and tuples only. A value that cannot be computed is None with a `reason`; NaN
and infinities never leave this package.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from seedspread import words


@dataclass(frozen=True)
class Interval:
    """Interval estimate.

    level: nominal coverage (0.95). method: name of the procedure. resamples: number of bootstrap resamples, or None if
    the interval is exact or in closed form.
    """

    low: float
    high: float
    level: float
    method: str
    resamples: int | None = None

    def holds(self, value: float) -> bool:
        """Return True if the value lies inside, endpoints included."""
        return self.low <= value <= self.high

    def width(self) -> float:
        """Return the width, high minus low."""
        return self.high - self.low

    @property
    def ends(self) -> tuple[float, float]:
        """Lower and upper end."""
        return self.low, self.high

    @property
    def stated_level(self) -> str:
        """Return the level as a percentage, such as `95%`."""
        return words.level(self.level)


@dataclass(frozen=True)
class HypothesisTest:
    """Result of a two-sided hypothesis test.

    p: None, with a `reason`, if the statistic is undefined. n: observations used (pairs for paired tests). p_floor: the
    smallest p that this design can give (exact tests only). interval: the confidence interval that belongs to the test,
    if it has one.
    """

    name: str
    method: str
    n: int
    statistic: float | None = None
    df: float | None = None
    p: float | None = None
    p_greater: float | None = None
    p_floor: float | None = None
    interval: Interval | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Estimate:
    """Point estimate with its interval, n, and a reason if undefined."""

    name: str
    value: float | None
    n: int
    interval: Interval | None = None
    reason: str | None = None


SMALLEST_P = 1e-300  # a p of 0 would be a claim no sample supports


def at_least_smallest(p: float) -> float:
    """Return the p-value as a plain float in [1e-300, 1]."""
    return min(1.0, max(float(p), SMALLEST_P))


def finite(value: float) -> float | None:
    """Return the value as a float, or None if not finite."""
    plain = float(value)
    return plain if math.isfinite(plain) else None


def interval_or_none(low: float, high: float, level: float, method: str) -> Interval | None:
    """Return an interval, or None where an end is NaN or infinite."""
    if math.isfinite(low) and math.isfinite(high):
        return Interval(float(low), float(high), level, method)
    return None
