"""The chance that a study of k seeds per arm names the wrong winner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.errors import InvalidInput
from seedspread.stats.data.finite import of_numbers
from seedspread.stats.data.resolution import lattice_of

Floats = NDArray[np.float64]

SIZES = (1, 2, 3, 5, 10, 20)
_CELLS = 2_048  # grid cells where values share no small lattice
_SPAN = 2**20
_NOISE = 1e-12  # what the transforms' rounding may leave where the chance is 0


@dataclass(frozen=True)
class WrongWinner:
    """chances[i] is P(the means of sizes[i] seeds per arm point against the full sample), ties half; 0 below 1e-12.

    A plug-in from the seeds at hand, so optimistic: without a true difference and n = 5 it says 26 % at k = 3 where
    50 % is true. Shown beside the interval of the difference, never alone.
    """

    sizes: tuple[int, ...]
    chances: tuple[float, ...]
    method: str
    reason: str | None = None


@of_numbers
def wrong_winner(a: Floats, b: Floats, *, paired: bool, sizes: tuple[int, ...] = SIZES) -> WrongWinner:
    """Seeds drawn with replacement from the arms (or from their pairs), every outcome weighed: no simulation.

    a, b: finite values; the same length where paired. Chances are None-free, or empty with a reason (equal means).
    """
    if any(size < 1 for size in sizes):
        raise InvalidInput("sizes", sizes, "numbers of seeds from 1 on")
    if min(a.size, b.size) == 0:
        return WrongWinner(sizes, (), "exact", reason="an arm has no values")
    lattice = lattice_of(a, b)
    # Pairs are one sample of differences set against an arm that is always 0.
    first, second = (np.zeros(1), lattice.differences(a, b)) if paired else (lattice.whole(a), lattice.whole(b))
    observed = float(np.mean(second) - np.mean(first))
    if abs(observed) <= 1e-9 * max(1.0, float(np.max(np.abs(second)))):
        return WrongWinner(sizes, (), "exact", reason="equal means: there is no winner to miss")
    low, high = min(first.min(), second.min()), max(first.max(), second.max())
    exact = lattice.denominator is not None and (high - low) * max(sizes) <= _SPAN
    step = 1.0 if exact else max(1.0, float(high - low) / _CELLS)
    # B minus A for one seed each: B's law joined with A's turned round; no difference is cell law_a.size - 1.
    law_a, law_b = (_law(np.rint((group - low) / step), round((high - low) / step)) for group in (first, second))
    law, zero = _joined(law_b, law_a[::-1]), law_a.size - 1
    chances = tuple(_chance_opposite(_power(law, size), zero * size, observed) for size in sizes)
    return WrongWinner(sizes, chances, "exact" if exact else f"grid of {_CELLS:,} cells")


def _law(cells: Floats, top: int) -> Floats:
    return np.bincount(cells.astype(np.int64), minlength=top + 1) / cells.size


def _chance_opposite(law: Floats, zero: int, observed: float) -> float:
    below, above = float(law[:zero].sum()), float(law[zero + 1 :].sum())
    chance = (below if observed > 0 else above) + float(law[zero]) / 2
    return min(1.0, chance) if chance > _NOISE else 0.0


def _power(law: Floats, size: int) -> Floats:
    """The law of the sum of `size` draws."""
    if size == 1:
        return law
    length = (law.size - 1) * size + 1
    padded = 1 << (length - 1).bit_length()
    return np.clip(np.fft.irfft(np.fft.rfft(law, padded) ** size, padded)[:length], 0, None)


def _joined(first: Floats, second: Floats) -> Floats:
    length = first.size + second.size - 1
    padded = 1 << (length - 1).bit_length()
    return np.clip(np.fft.irfft(np.fft.rfft(first, padded) * np.fft.rfft(second, padded), padded)[:length], 0, None)
