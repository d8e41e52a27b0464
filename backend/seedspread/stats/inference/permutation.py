"""Permutation tests of B - A: exact where they can be counted, Monte Carlo or the normal limit where they cannot."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.stats.counting import Law, log_choices, sign_flip_law, subset_sum_law
from seedspread.stats.data.finite import of_numbers, of_pairs
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.data.results import HypothesisTest, at_least_smallest

Floats = NDArray[np.float64]

BUDGET = 3e7  # array cells for exact counting: about 10 ms
RESAMPLES = 9_999
_MONTE_CARLO_TO = 400  # observations; beyond, the normal limit of the permutation law is closer than Monte Carlo
_CHUNK = 2_000_000


@of_pairs
def sign_flip_test(
    a: Floats, b: Floats, rng: np.random.Generator, *, budget: float = BUDGET, resamples: int = RESAMPLES
) -> HypothesisTest:
    """Random signs on the paired differences; p counts |sum| >= |observed|, p_greater counts sum >= observed."""
    n = a.size
    if n == 0:
        return HypothesisTest("sign flip", "exact", 0, reason="no pairs")
    whole = lattice_of(a, b).differences(a, b)
    moved = whole[whole != 0]
    floor = min(1.0, 2.0 ** (1 - moved.size))
    observed = float(np.sum(whole))
    law = sign_flip_law(moved, budget)
    if law is not None:
        both, greater = tails(law, observed)
        return HypothesisTest("sign flip", "exact", n, observed / n, p=both, p_greater=greater, p_floor=floor)
    if moved.size <= _MONTE_CARLO_TO:
        sums = _flipped_sums(moved, rng, resamples)
        both, greater = monte_carlo_p(sums, observed)
        return HypothesisTest("sign flip", _drawn(resamples), n, observed / n, p=both, p_greater=greater, p_floor=floor)
    z = observed / math.sqrt(float(np.sum(moved**2)))
    return _normal("sign flip", n, observed / n, z)


@of_numbers
def relabel_test(
    a: Floats, b: Floats, rng: np.random.Generator, *, budget: float = BUDGET, resamples: int = RESAMPLES
) -> HypothesisTest:
    """Random relabelling of the seeds; p counts |mean difference| >= |observed|, p_greater the one-sided count.

    Tests that the two distributions are equal: where spreads and sizes both differ it is no test of means.
    """
    n = a.size + b.size
    if min(a.size, b.size) == 0:
        return HypothesisTest("permutation", "exact", n, reason="an arm has no values")
    lattice = lattice_of(a, b)
    pooled = lattice.whole(np.concatenate([a, b]))
    middle = b.size * float(np.sum(pooled)) / n  # the expected sum of B; distances from it are mean differences
    observed = float(np.sum(pooled[a.size :]))
    difference = lattice.number(float(np.mean(pooled[a.size :]) - np.mean(pooled[: a.size])))
    floor = min(1.0, 2 * math.exp(-log_choices(n, a.size)))
    law = subset_sum_law(pooled, b.size, budget)
    if law is not None:
        both, greater = tails(law, observed, middle)
        return HypothesisTest("permutation", "exact", n, difference, p=both, p_greater=greater, p_floor=floor)
    if n <= _MONTE_CARLO_TO:
        both, greater = monte_carlo_p(_relabelled_sums(pooled, b.size, rng, resamples), observed, middle)
        method = _drawn(resamples)
        return HypothesisTest("permutation", method, n, difference, p=both, p_greater=greater, p_floor=floor)
    variance = float(np.var(pooled, ddof=1)) * a.size * b.size / n
    if variance == 0:
        return HypothesisTest("permutation", "exact", n, difference, p=1.0, p_greater=1.0, p_floor=floor)
    return _normal("permutation", n, difference, (observed - middle) / math.sqrt(variance))


@of_numbers
def twice_smaller_tail(a: Floats, b: Floats, *, budget: float = BUDGET) -> float | None:
    """The other two-sided p of the relabelling test, twice the smaller tail (scipy's); None where not countable."""
    pooled = lattice_of(a, b).whole(np.concatenate([a, b]))
    law = subset_sum_law(pooled, b.size, budget)
    if law is None:
        return None
    sums, weights = law
    observed = float(np.sum(pooled[a.size :]))
    smaller = min(float(weights[sums <= observed].sum()), float(weights[sums >= observed].sum()))
    return at_least_smallest(2 * smaller)


def tails(law: Law, observed: float, middle: float = 0.0) -> tuple[float, float]:
    """P(at least as far from the middle) and P(at least as large) under an exact law of whole or half numbers."""
    sums, weights = law
    slack = 1e-9 * max(1.0, abs(middle))  # the middle may be a fraction; sums are whole
    far = np.abs(sums - middle) >= abs(observed - middle) - slack
    both, greater = float(weights[far].sum()), float(weights[sums >= observed - slack].sum())
    return at_least_smallest(both), at_least_smallest(greater)


def monte_carlo_p(sums: Floats, observed: float, middle: float = 0.0) -> tuple[float, float]:
    """Two-sided and one-sided p from drawn sums as (1 + count)/(1 + draws), so never 0."""
    slack = 1e-9 * max(1.0, abs(middle))
    far = int(np.sum(np.abs(sums - middle) >= abs(observed - middle) - slack))
    greater = int(np.sum(sums >= observed - slack))
    return (1 + far) / (1 + sums.size), (1 + greater) / (1 + sums.size)


def _flipped_sums(moved: Floats, rng: np.random.Generator, resamples: int) -> Floats:
    rows = max(1, _CHUNK // moved.size)
    parts = [
        (2.0 * rng.integers(0, 2, (min(rows, resamples - start), moved.size), dtype=np.int8) - 1) @ moved
        for start in range(0, resamples, rows)
    ]
    return np.concatenate(parts)


def _relabelled_sums(pooled: Floats, size: int, rng: np.random.Generator, resamples: int) -> Floats:
    rows = max(1, _CHUNK // pooled.size)
    parts = []
    for start in range(0, resamples, rows):
        keys = rng.random((min(rows, resamples - start), pooled.size), dtype=np.float32)
        chosen = np.argpartition(keys, size - 1, axis=1)[:, :size]
        parts.append(pooled[chosen].sum(axis=1))
    return np.concatenate(parts)


def _drawn(resamples: int) -> str:
    return f"Monte Carlo, {resamples:,} resamples"


def _normal(name: str, n: int, statistic: float, z: float) -> HypothesisTest:
    both, greater = at_least_smallest(2 * float(sps.norm.sf(abs(z)))), at_least_smallest(float(sps.norm.sf(z)))
    return HypothesisTest(name, "normal limit of the permutation law", n, statistic, p=both, p_greater=greater)
