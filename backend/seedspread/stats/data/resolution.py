"""Decide which numbers are equal.

Differences of accuracies k/n that are equal on paper differ in the last bit as floats, which breaks ranks, ties and
permutation counts. Values are therefore converted to whole numbers before they are ranked, counted or called constant:
multiples of 1/denominator if all of them are such fractions (accuracies out of 360, two decimals), otherwise multiples
of 12 significant digits of the data's usual magnitude.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LARGEST_DENOMINATOR = 1_000_000
_LARGEST_DENOMINATOR_SINGLE = 20_000  # float32 tells fewer fractions apart
_PROBED = 16  # values whose fraction is worked out one by one; the rest are checked at once
_DIGITS, _DIGITS_SINGLE = 12, 6
_SMALLEST_PART = 1e-70  # of the largest value: fourth powers of whole numbers stay below overflow


@dataclass(frozen=True)
class Lattice:
    """Grid of equally spaced numbers that values are rounded to.

    unit: the spacing, in the metric's units. denominator: 1/unit, or None if the values share no common fraction.
    """

    unit: float
    denominator: int | None

    def whole(self, values: Floats) -> Floats:
        """Return the values as whole multiples of the unit.

        The result is float64, so that a diverged value of 1e30 still fits.
        """
        return np.rint(values * self.denominator if self.denominator else values / self.unit)

    def differences(self, a: Floats, b: Floats) -> Floats:
        """Return B - A as whole multiples of the unit."""
        if self.denominator:
            return self.whole(b) - self.whole(a)
        return np.rint((b - a) / self.unit)

    def real(self, whole: Floats) -> Floats:
        """Convert whole multiples of the unit to the metric's units."""
        return whole / self.denominator if self.denominator else whole * self.unit

    def number(self, whole: float) -> float:
        """Convert one whole multiple of the unit to the metric's units."""
        return whole / self.denominator if self.denominator else whole * self.unit


def lattice_of(*samples: Floats) -> Lattice:
    """Find the common resolution of samples of finite values of any length."""
    values = np.concatenate([np.asarray(sample, dtype=np.float64) for sample in samples]) if samples else np.empty(0)
    magnitudes = np.abs(values[values != 0])
    if magnitudes.size == 0:
        return Lattice(1.0, 1)
    single = _came_through_float32(values)
    whole_numbers = bool(np.all(values == np.rint(values)))
    denominator = 1 if whole_numbers else _denominator(values, single=single)
    if denominator is None and not single and _came_partly_through_float32(values):
        denominator = _denominator(values, single=True)  # one framework's 0.91 and another's 0.9100000262
    if denominator is not None:
        return Lattice(1.0 / denominator, denominator)
    digits = _DIGITS_SINGLE if single else _DIGITS
    # The median, not the largest: one diverged loss of 1e30 must not make all others "equal".
    exponent = math.floor(math.log10(float(np.median(magnitudes))))
    unit = 10.0 ** max(exponent - digits + 1, -300)
    return Lattice(max(unit, float(magnitudes.max()) * _SMALLEST_PART), None)


def is_constant(values: Floats) -> bool:
    """Return True if all values are the same at their common resolution.

    This is more reliable than a variance of 0, which rounding can miss.
    """
    if values.size == 0:
        return True
    multiples = lattice_of(values).whole(values)
    return bool(multiples.min() == multiples.max())


def _came_through_float32(values: Floats) -> bool:
    with np.errstate(over="ignore", under="ignore"):
        return bool(np.all(values == values.astype(np.float32)))


def _came_partly_through_float32(values: Floats) -> bool:
    with np.errstate(over="ignore", under="ignore"):
        single = values.astype(np.float32)
    # 0.5 is the same in both.
    return any(float(str(value)) != float(value) for value in single[values == single])


def _denominator(values: Floats, *, single: bool) -> int | None:
    """Return the smallest common denominator of the values, or None.

    The first few probes reject random real numbers quickly.
    """
    relative = 2.0**-24 if single else 4 * np.finfo(np.float64).eps
    largest = _LARGEST_DENOMINATOR_SINGLE if single else _LARGEST_DENOMINATOR
    tolerance = relative * float(np.max(np.abs(values)))
    if tolerance * largest > 1e-2:  # one huge value would let any denominator pass
        return None
    probes = np.unique(values[np.linspace(0, values.size - 1, min(_PROBED, values.size)).astype(int)])
    common = _common_denominator((float(value) for value in probes), tolerance, largest)
    if common is None:
        return None
    scaled = values * common
    return common if bool(np.all(np.abs(scaled - np.rint(scaled)) <= tolerance * common)) else None


def _common_denominator(probes: Iterable[float], tolerance: float, largest: int) -> int | None:
    common = 1
    for value in probes:
        if abs(value * common - round(value * common)) <= tolerance * common:
            continue
        fraction = _simplest_fraction(value, tolerance, largest)
        if fraction is None:
            return None
        common = math.lcm(common, fraction.denominator)
        if common > largest:
            return None
    return common


def _simplest_fraction(value: float, tolerance: float, largest: int) -> Fraction | None:
    """Return the simplest fraction within the tolerance, or None.

    The bound on the denominator grows in steps of 10, so that 0.9131 stays 9131/10000.
    """
    bound = 100
    while bound <= largest:
        fraction = Fraction(value).limit_denominator(bound)
        if abs(float(fraction) - value) <= tolerance:
            return fraction
        bound *= 10
    fraction = Fraction(value).limit_denominator(largest)
    return fraction if abs(float(fraction) - value) <= tolerance else None
