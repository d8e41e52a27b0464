"""Compare two runs on the same test examples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.errors import InvalidInput
from seedspread.stats.data.results import HypothesisTest, Interval, at_least_smallest


@dataclass(frozen=True)
class McNemar:
    """Comparison of two runs on the same examples.

    only_a, only_b: number of examples that only this run gets right. difference: accuracy of B minus A. test: the exact
    binomial test of the discordant examples. interval: of the difference over fresh examples from the same source
    (Agresti-Min). It says nothing about other seeds.
    """

    examples: int
    both: int
    only_a: int
    only_b: int
    difference: float
    test: HypothesisTest
    interval: Interval


def mcnemar(a: NDArray[np.generic], b: NDArray[np.generic], level: float = 0.95) -> McNemar:
    """Run McNemar's exact test (1947) on two runs' correct examples.

    a, b: 0/1 or bool, shape (examples,), in the same order.

    Raises:
        InvalidInput: other values, or different lengths.
    """
    first, second = (np.asarray(values) for values in (a, b))
    if first.size == 0:
        raise InvalidInput("a", "no examples", "at least one example")
    if first.ndim != 1 or first.shape != second.shape:
        raise InvalidInput("b", second.shape, f"as many examples as a has, {first.shape}")
    for field, values in (("a", first), ("b", second)):
        if not np.all((values == 0) | (values == 1)):
            raise InvalidInput(field, values[:5].tolist(), "0 or 1 for every example")
    n = int(first.size)
    only_a, only_b = int(np.sum((first == 1) & (second == 0))), int(np.sum((first == 0) & (second == 1)))
    discordant = only_a + only_b
    p = 1.0 if discordant == 0 else float(sps.binomtest(only_b, discordant, 0.5).pvalue)
    floor = min(1.0, 2.0 ** (1 - discordant)) if discordant else 1.0
    test = HypothesisTest("McNemar", "exact", n, float(only_b), p=at_least_smallest(p), p_floor=floor)
    # Half a pair in every cell: the interval stays open where no example tells the runs apart.
    size, gap, moved = n + 2, only_b - only_a, discordant + 1
    half = float(sps.norm.isf((1 - level) / 2)) * math.sqrt(moved - gap**2 / size) / size
    centre = gap / size
    interval = Interval(max(-1.0, centre - half), min(1.0, centre + half), level, "Agresti-Min")
    both = int(np.sum((first == 1) & (second == 1)))
    return McNemar(n, both, only_a, only_b, gap / n, test, interval)
