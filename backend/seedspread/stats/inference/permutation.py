"""Permutation tests of B - A.

They are exact if the permutations can be counted, and use Monte Carlo or the normal limit otherwise.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.stats.data import sentences
from seedspread.stats.data.finite import of_numbers, of_pairs
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.data.results import HypothesisTest, at_least_smallest

Floats = NDArray[np.float64]
Law = tuple[Floats, Floats]

ENUMERATED = 200_000  # relabelings listed one by one where the sums are too spread out to count
ENUMERATED_FLIPS = 18  # 2**18 sign patterns


def sign_flip_law(differences: Floats, budget: float) -> Law | None:
    """Return the distribution of the differences' sum under random signs.

    differences: whole numbers. budget: array cells touched (1e7 takes about 10 ms). The result is None if counting
    would exceed the budget.
    """
    steps, scale = _reduced(np.abs(differences[differences != 0]))
    span = float(np.sum(steps))
    if steps.size * span <= budget:
        positive = reduce(_with_either_sign, steps.astype(int), np.ones(1))
        return (2 * np.arange(positive.size, dtype=np.float64) - span) * scale, positive
    if steps.size > ENUMERATED_FLIPS:
        return None
    sums = reduce(lambda laws, step: np.concatenate([laws - step, laws + step]), steps, np.zeros(1))
    return _collected(sums * scale)


def subset_sum_law(values: Floats, size: int, budget: float) -> Law | None:
    """Return the distribution of the sum of `size` values.

    Values are drawn without replacement. The result is None if counting would exceed the budget.
    """
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
    """Return the natural logarithm of n choose k."""
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
    """Divide the steps by their greatest common divisor; return both."""
    if steps.size == 0 or steps.max() >= 2**53:
        return steps, 1.0
    divisor = float(np.gcd.reduce(steps.astype(np.int64))) or 1.0
    return steps / divisor, divisor


BUDGET = 3e7  # array cells for exact counting: about 10 ms
RESAMPLES = 9_999  # one p in 10,000: the sampling error is small against every usual level
_MONTE_CARLO_TO = 400  # observations; beyond, the normal limit of the permutation law is closer than Monte Carlo
_CHUNK = 2_000_000
MOST_RESAMPLES = 1_000_000
"""Largest number of draws; beyond it, the normal limit replaces Monte Carlo."""


@of_pairs
def sign_flip_test(
    a: Floats, b: Floats, rng: np.random.Generator, *, budget: float = BUDGET, resamples: int = RESAMPLES
) -> HypothesisTest:
    """Run the sign-flip test on the paired differences.

    `p` counts |sum| >= |observed|, `p_greater` counts sum >= observed.
    """
    n = a.size
    if n == 0:
        return HypothesisTest("sign-flip", "exact", 0, reason="no pairs")
    differences = lattice_of(a, b).differences(a, b)
    moved = differences[differences != 0]
    floor = flip_floor(moved.size)
    observed = float(np.sum(differences))
    law = sign_flip_law(moved, budget)
    if law is not None:
        both, greater = tails(law, observed)
        return HypothesisTest("sign-flip", "exact", n, observed / n, p=both, p_greater=greater, p_floor=floor)
    if moved.size <= _MONTE_CARLO_TO and resamples <= MOST_RESAMPLES:
        sums = _flipped_sums(moved, rng, resamples)
        both, greater = monte_carlo_p(sums, observed)
        return HypothesisTest("sign-flip", _drawn(resamples), n, observed / n, p=both, p_greater=greater, p_floor=floor)
    z = observed / math.sqrt(float(np.sum(moved**2)))
    return _normal("sign-flip", n, observed / n, z)


@of_numbers
def relabel_test(
    a: Floats, b: Floats, rng: np.random.Generator, *, budget: float = BUDGET, resamples: int = RESAMPLES
) -> HypothesisTest:
    """Run the permutation test of B - A, relabelling the seeds.

    `p` counts |mean difference| >= |observed|, `p_greater` is the one-sided count. The null hypothesis is that the two
    distributions are equal: if spreads and sizes both differ, this is not a test of means by itself.
    """
    n = a.size + b.size
    if min(a.size, b.size) == 0:
        return HypothesisTest("permutation", "exact", n, reason=sentences.NO_VALUES)
    lattice = lattice_of(a, b)
    pooled = lattice.whole(np.concatenate([a, b]))
    # Counted from the lowest value: beside a large common offset (timestamps, say) the slack below would hide p.
    pooled = pooled - float(pooled.min())
    middle = b.size * float(np.sum(pooled)) / n  # the expected sum of B; distances from it are mean differences
    observed = float(np.sum(pooled[a.size :]))
    difference = lattice.number(float(np.mean(pooled[a.size :]) - np.mean(pooled[: a.size])))
    floor = relabel_floor(a.size, b.size)
    law = subset_sum_law(pooled, b.size, budget)
    if law is not None:
        both, greater = tails(law, observed, middle)
        return HypothesisTest("permutation", "exact", n, difference, p=both, p_greater=greater, p_floor=floor)
    if n <= _MONTE_CARLO_TO and resamples <= MOST_RESAMPLES:
        both, greater = monte_carlo_p(_relabelled_sums(pooled, b.size, rng, resamples), observed, middle)
        method = _drawn(resamples)
        return HypothesisTest("permutation", method, n, difference, p=both, p_greater=greater, p_floor=floor)
    variance = float(np.var(pooled, ddof=1)) * a.size * b.size / n
    if variance == 0:
        return HypothesisTest("permutation", "exact", n, difference, p=1.0, p_greater=1.0, p_floor=floor)
    return _normal("permutation", n, difference, (observed - middle) / math.sqrt(variance))


def relabel_floor(n_a: int, n_b: int) -> float:
    """Return the smallest two-sided p that relabelling can give.

    With equal sizes every assignment has a mirror image that is equally extreme; with unequal sizes the most extreme
    one is unique.
    """
    return min(1.0, (2 if n_a == n_b else 1) * math.exp(-log_choices(n_a + n_b, n_a)))


def flip_floor(pairs: int) -> float:
    """Return the smallest two-sided p that sign flips can give.

    `pairs` counts the non-zero differences.
    """
    return min(1.0, 2.0 ** (1 - pairs))


def partly_paired_floor(pairs: int, alone_a: int, alone_b: int) -> float:
    """Return the smallest two-sided p that the joint permutations can give."""
    return min(1.0, 2.0 ** (1 - pairs) * math.exp(-log_choices(alone_a + alone_b, alone_a)))


def partly_paired_permutation(
    a: Floats,
    b: Floats,
    alone_a: Floats,
    alone_b: Floats,
    rng: np.random.Generator,
    *,
    resamples: int = RESAMPLES,
    ranked: bool = False,
) -> HypothesisTest:
    """Run the joint permutation test of equal distributions.

    Arms are swapped within pairs, and unpaired runs are dealt anew to the arms: between equal arms all of these are
    equally likely, whatever the law and the correlation, so the test is exact. The statistic weights both differences
    by spreads that no permutation changes. Ranked: of the values' joint ranks.
    """
    name = sentences.JOINT_PERMUTATION_OF_RANKS if ranked else sentences.JOINT_PERMUTATION
    n = a.size + alone_a.size + alone_b.size
    pooled = lattice_of(np.concatenate([a, alone_a]), np.concatenate([b, alone_b])).whole(
        np.concatenate([a, b, alone_a, alone_b])
    )
    pooled = pooled - float(pooled.min())
    if ranked:
        pooled = np.asarray(sps.rankdata(pooled), dtype=np.float64)
    first, second, unpaired = pooled[: a.size], pooled[a.size : 2 * a.size], pooled[2 * a.size :]
    gaps = second - first
    # Squares of the differences grow with their mean; the spread of their sizes, which signs do not change either, does
    # not, and is that of the differences where these are normal about 0.
    sizes = float(np.var(np.abs(gaps), ddof=1)) / (1 - 2 / math.pi)
    scale = min(float(np.mean(gaps**2)), sizes) / a.size
    spread = float(np.var(unpaired, ddof=1)) * (1 / alone_a.size + 1 / alone_b.size)
    floor = partly_paired_floor(int(np.sum(gaps != 0)), alone_a.size, alone_b.size)
    if scale + spread == 0:
        return HypothesisTest(name, "exact", n, 0.0, p=1.0, p_greater=1.0, p_floor=floor)
    weight = spread / (scale + spread)
    # The difference of unpaired means is linear in the sum of B's.
    slope = (1 - weight) * (1 / alone_a.size + 1 / alone_b.size)
    offset = (1 - weight) * float(unpaired.sum()) / alone_a.size
    of_gaps = weight / a.size * gaps
    observed = float(of_gaps.sum()) + slope * float(unpaired[alone_a.size :].sum()) - offset
    moved = of_gaps[of_gaps != 0]
    patterns = moved.size * math.log(2) + log_choices(unpaired.size, alone_b.size)
    if patterns <= math.log(ENUMERATED):
        sums = _every_sum(moved, slope * unpaired, alone_b.size) - offset
        slack = 1e-9 * float(np.max(np.abs(sums)))
        both = at_least_smallest(float(np.mean(np.abs(sums) >= abs(observed) - slack)))
        greater = at_least_smallest(float(np.mean(sums >= observed - slack)))
        return HypothesisTest(name, "exact", n, observed, p=both, p_greater=greater, p_floor=floor)
    sums = _drawn_sums(moved, slope * unpaired, alone_b.size, rng, resamples) - offset
    unit = float(np.max(np.abs(sums)))
    both, greater = monte_carlo_p(sums / unit, observed / unit)
    return HypothesisTest(name, _drawn(resamples), n, observed, p=both, p_greater=greater, p_floor=floor)


def _every_sum(moved: Floats, rest: Floats, size: int) -> Floats:
    flipped = np.zeros(1)
    for step in moved:
        flipped = np.concatenate([flipped - step, flipped + step])
    by_size: list[Floats] = [np.zeros(1)] + [np.empty(0) for _ in range(size)]
    for value in rest:
        for row in range(size, 0, -1):
            by_size[row] = np.concatenate([by_size[row], by_size[row - 1] + value])
    return np.add.outer(flipped, by_size[size]).ravel()


def _drawn_sums(moved: Floats, rest: Floats, size: int, rng: np.random.Generator, resamples: int) -> Floats:
    rows = max(1, _CHUNK // (moved.size + rest.size))
    parts = []
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        signs = 2.0 * rng.integers(0, 2, (count, moved.size), dtype=np.int8) - 1
        keys = rng.random((count, rest.size), dtype=np.float32)
        chosen = np.argpartition(keys, size - 1, axis=1)[:, :size]
        parts.append(signs @ moved + rest[chosen].sum(axis=1))
    return np.concatenate(parts)


def resamples_for(alpha: float, least: int = RESAMPLES) -> int:
    """Return the number of Monte-Carlo draws that resolve this error rate.

    It is at least 20 / alpha.
    """
    return max(least, math.ceil(20 / alpha))


@of_numbers
def twice_smaller_tail(a: Floats, b: Floats, *, budget: float = BUDGET) -> float | None:
    """Return twice the smaller tail of the permutation test.

    This is SciPy's definition of the two-sided p. The result is None if the permutations cannot be counted.
    """
    pooled = lattice_of(a, b).whole(np.concatenate([a, b]))
    pooled = pooled - float(pooled.min())
    law = subset_sum_law(pooled, b.size, budget)
    if law is None:
        return None
    sums, weights = law
    observed = float(np.sum(pooled[a.size :]))
    smaller = min(float(weights[sums <= observed].sum()), float(weights[sums >= observed].sum()))
    return at_least_smallest(2 * smaller)


def tails(law: Law, observed: float, middle: float = 0.0) -> tuple[float, float]:
    """Return the two-sided and upper tail of an exact distribution.

    They are P(at least as far from the middle) and P(at least as large); values are whole or half numbers.
    """
    sums, weights = law
    slack = 1e-9 * max(1.0, abs(middle))  # the middle may be a fraction; sums are whole
    far = np.abs(sums - middle) >= abs(observed - middle) - slack
    both, greater = float(weights[far].sum()), float(weights[sums >= observed - slack].sum())
    return at_least_smallest(both), at_least_smallest(greater)


def monte_carlo_p(sums: Floats, observed: float, middle: float = 0.0) -> tuple[float, float]:
    """Return two-sided and one-sided p from drawn sums.

    They are (1 + count) / (1 + draws), so never 0.
    """
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
    return HypothesisTest(name, sentences.NORMAL_PERMUTATION, n, statistic, p=both, p_greater=greater)
