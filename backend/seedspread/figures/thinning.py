"""Fewer points per line with nothing lost to the eye: the smallest and the largest value of every stretch are kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def kept(values: Floats, points: int) -> Ints:
    """Which columns to draw of each line, ascending.

    values: shape (lines, steps), non-finite ones are passed over. points: at most so many a line (4 at the least).
    Returns indices of shape (lines, k): the first and last step, and of each stretch between them the lowest and the
    highest value; all steps where they are few enough.
    """
    lines, steps = values.shape
    if steps <= max(points, 4):
        return np.broadcast_to(np.arange(steps), (lines, steps))
    stretches = (max(points, 4) - 2) // 2
    width = -(-(steps - 2) // stretches)
    stretches = -(-(steps - 2) // width)
    starts = 1 + width * np.arange(stretches)
    lowest = _extreme(values, np.argmin, np.inf, stretches, width)
    highest = _extreme(values, np.argmax, -np.inf, stretches, width)
    pair = np.sort(np.stack([lowest, highest], axis=2), axis=2) + starts[None, :, None]
    inner = np.minimum(pair.reshape(lines, 2 * stretches), steps - 2)
    ends = np.zeros((lines, 1), dtype=np.int64), np.full((lines, 1), steps - 1, dtype=np.int64)
    return np.concatenate([ends[0], inner, ends[1]], axis=1)


def evenly(count: int, most: int) -> Ints:
    """At most `most` (2 or more) of the indices 0 … count - 1, evenly spaced, both ends included."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _extreme(values: Floats, pick: np.ufunc | object, filler: float, stretches: int, width: int) -> Ints:
    lines, steps = values.shape
    padded = np.full((lines, stretches * width), filler)
    inner = values[:, 1 : steps - 1]
    padded[:, : steps - 2] = np.where(np.isfinite(inner), inner, filler)
    found: Ints = pick(padded.reshape(lines, stretches, width), axis=2)  # type: ignore[operator]
    return found
