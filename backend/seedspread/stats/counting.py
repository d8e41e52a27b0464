"""Exact laws of sums under random relabelling and random signs, counted rather than simulated.

Both work on whole numbers. A law is returned as (sums, weights): the possible sums, ascending, and their
probabilities, which are sums of positive terms and so keep their relative precision far into the tails.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Law = tuple[Floats, Floats]

ENUMERATED = 200_000  # relabelings listed one by one where the sums are too spread out to count
ENUMERATED_FLIPS = 18  # 2**18 sign patterns


def sign_flip_law(differences: Floats, budget: float) -> Law | None:
    """The law of the sum of the differences under independent random signs; None where it costs more than the budget.

    differences: whole numbers. budget: array cells touched (1e7 takes about 10 ms).
    """
    steps, scale = _reduced(np.abs(differences[differences != 0]))
    span = float(np.sum(steps))
    if steps.size * span <= budget:
        positive = reduce(_with_either_sign, steps.astype(int), np.ones(1))
        return (2 * np.arange(positive.size, dtype=np.float64) - span) * scale, positive
    if steps.size > ENUMERATED_FLIPS:
        return None
    sums = reduce(lambda known, step: np.concatenate([known - step, known + step]), steps, np.zeros(1))
    return _collected(sums * scale)


def subset_sum_law(values: Floats, size: int, budget: float) -> Law | None:
    """The law of the sum of `size` of the values drawn without replacement; None where it costs too much."""
    lowest = float(values.min())
    steps, scale = _reduced(values - lowest)
    few = min(size, steps.size - size)
    span = float(np.sum(np.sort(steps)[steps.size - few :])) if few else 0.0
    if steps.size * (few + 1) * (span + 1) <= budget:
        sums, weights = _counted_subsets(steps.astype(int), few, int(span))
    elif log_choices(steps.size, few) <= math.log(ENUMERATED):
        sums, weights = _collected(_listed_subsets(steps, few))
    else:
        return None
    # Choosing the few or leaving them out is the same draw, seen from the other side.
    chosen = sums if few == size else float(np.sum(steps)) - sums[::-1]
    return chosen * scale + lowest * size, weights if few == size else weights[::-1]


def log_choices(n: int, k: int) -> float:
    """Natural logarithm of the number of ways to choose k of n."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _counted_subsets(steps: NDArray[np.int_], size: int, span: int) -> Law:
    counts = np.zeros((size + 1, span + 1))
    counts[0, 0] = 1.0
    for done, step in enumerate(steps):
        top = min(size, done + 1)
        # Rows from the highest down, so that each value is taken at most once.
        for row in range(top, 0, -1):
            counts[row, step:] += counts[row - 1, : span + 1 - step]
        if done % 256 == 255:
            counts *= 2.0**-256  # stays far from overflow; the law is normalised below
    law = counts[size]
    return np.arange(span + 1, dtype=np.float64), law / law.sum()


def _listed_subsets(steps: Floats, size: int) -> Floats:
    by_size: list[Floats] = [np.zeros(1)] + [np.empty(0) for _ in range(size)]
    for step in steps:
        for row in range(size, 0, -1):
            by_size[row] = np.concatenate([by_size[row], by_size[row - 1] + step])
    return by_size[size]


def _with_either_sign(law: Floats, step: int) -> Floats:
    grown = np.zeros(law.size + step)
    grown[: law.size] += law / 2
    grown[step:] += law / 2
    return grown


def _collected(sums: Floats) -> Law:
    values, counts = np.unique(sums, return_counts=True)
    return values, counts / sums.size


def _reduced(steps: Floats) -> tuple[Floats, float]:
    """The steps divided by their greatest common divisor, and that divisor."""
    if steps.size == 0 or steps.max() >= 2**53:
        return steps, 1.0
    divisor = float(np.gcd.reduce(steps.astype(np.int64))) or 1.0
    return steps / divisor, divisor
