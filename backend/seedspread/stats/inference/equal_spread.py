"""Tests of equal spread: is B more stable than A?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.stats.data import sentences
from seedspread.stats.data.finite import of_numbers
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.data.results import HypothesisTest, at_least_smallest, finite

Floats = NDArray[np.float64]

_METHOD = "F law"


@of_numbers
def brown_forsythe(a: Floats, b: Floats) -> HypothesisTest:
    """Run the Brown-Forsythe test, the default for equal spread.

    It is Levene's test centred on medians. Below n = 5 it hardly ever rejects.
    """
    return _levene("Brown-Forsythe", a, b, on_medians=True)


@of_numbers
def levene(a: Floats, b: Floats) -> HypothesisTest:
    """Run Levene's test centred on means, for reference.

    It is liberal at n = 5.
    """
    return _levene("Levene", a, b, on_medians=False)


@of_numbers
def bartlett(a: Floats, b: Floats) -> HypothesisTest:
    """Run Bartlett's test, for reference.

    It rejects on non-normality as readily as on unequal spreads.
    """
    n = a.size + b.size
    if min(a.size, b.size) < 2:
        return HypothesisTest("Bartlett", "chi-square law", n, reason=sentences.too_few(2))
    first, second = _whole(a, b)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return HypothesisTest("Bartlett", "chi-square law", n, reason=sentences.ARM_IS_CONSTANT)
    result = sps.bartlett(first, second)
    return HypothesisTest(
        "Bartlett",
        "chi-square law",
        n,
        finite(float(result.statistic)),
        df=1,
        p=at_least_smallest(float(result.pvalue)),
    )


def _levene(name: str, a: Floats, b: Floats, *, on_medians: bool) -> HypothesisTest:
    n = a.size + b.size
    if min(a.size, b.size) < 2:
        return HypothesisTest(name, _METHOD, n, reason=sentences.too_few(2))
    first, second = (np.abs(group - (np.median(group) if on_medians else np.mean(group))) for group in _whole(a, b))
    within = float(np.sum((first - first.mean()) ** 2) + np.sum((second - second.mean()) ** 2))
    # Deviations are multiples of 1/2 (medians) or 1/n (means): below this the sum is rounding, not spread.
    scale = max(float(first.max()), float(second.max()))
    if within <= 1e-18 * max(scale, 1.0) ** 2 * n:
        return HypothesisTest(name, _METHOD, n, reason=sentences.DEVIATIONS_DO_NOT_VARY)
    grand = (float(first.sum()) + float(second.sum())) / n
    between = first.size * (float(first.mean()) - grand) ** 2 + second.size * (float(second.mean()) - grand) ** 2
    statistic = (n - 2) * between / within
    return HypothesisTest(
        name, _METHOD, n, statistic, df=n - 2, p=at_least_smallest(float(sps.f.sf(statistic, 1, n - 2)))
    )


def _whole(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    lattice = lattice_of(a, b)
    return lattice.whole(a), lattice.whole(b)
