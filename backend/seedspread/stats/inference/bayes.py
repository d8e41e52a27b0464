"""Posterior of a mean difference, and the corrected t test.

The corrected t test is for cross-validation, whose folds share training data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.errors import InvalidInput
from seedspread.stats.data import sentences
from seedspread.stats.data.finite import of_numbers, of_pairs
from seedspread.stats.data.results import HypothesisTest, at_least_smallest
from seedspread.stats.inference.means import Moments, difference_moments, welch_test

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Posterior:
    """Posterior probabilities of A higher, practical equality, and B higher.

    Practical equality is a difference within `rope`. correlation is that of the differences: 0 for independent seeds,
    above 0 for folds of one cross-validation, which share training data.
    """

    n: int
    rope: float
    correlation: float
    a_higher: float | None = None
    within: float | None = None
    b_higher: float | None = None
    reason: str | None = None


@of_pairs
def posterior(a: Floats, b: Floats, rope: float = 0.0, *, correlation: float = 0.0) -> Posterior:
    """Return the t posterior of mean(B - A) over pairs, flat prior.

    This is the correlated Bayesian t test (Benavoli et al. 2017). With correlation 0 and rope 0, b_higher is one minus
    the one-sided paired p, so it says no more than a paired t test.
    """
    if rope < 0 or not 0 <= correlation < 1:
        raise InvalidInput("rope", (rope, correlation), "a rope of 0 or more and a correlation from 0 to below 1")
    summary = difference_moments(a, b) if a.size else None
    if summary is None or summary.n < 2 or summary.constant:
        reason = sentences.SAME_DIFFERENCE if summary is not None and summary.n > 1 else sentences.too_few(2, "pairs")
        return Posterior(a.size, rope, correlation, reason=reason)
    scale = summary.std * math.sqrt(1 / summary.n + correlation / (1 - correlation))
    low = float(sps.t.cdf((-rope - summary.mean) / scale, summary.n - 1))
    high = float(sps.t.sf((rope - summary.mean) / scale, summary.n - 1))
    return Posterior(summary.n, rope, correlation, low, max(0.0, 1 - low - high), high)


@of_numbers
def posterior_unpaired(a: Floats, b: Floats, rope: float = 0.0) -> Posterior:
    """Return the posterior of mean(B) - mean(A) for unpaired arms.

    Priors are flat; the difference of the two t posteriors has Welch's degrees of freedom. n is that of the smaller
    arm.
    """
    if rope < 0:
        raise InvalidInput("rope", rope, "0 or more")
    n, test = int(min(a.size, b.size)), welch_test(a, b)
    if test.df is None or test.interval is None:
        return Posterior(n, rope, 0.0, reason=test.reason)
    mean = (test.interval.low + test.interval.high) / 2
    scale = test.interval.width() / 2 / float(sps.t.isf((1 - test.interval.level) / 2, test.df))
    low = float(sps.t.cdf((-rope - mean) / scale, test.df))
    high = float(sps.t.sf((rope - mean) / scale, test.df))
    return Posterior(n, rope, 0.0, low, max(0.0, 1 - low - high), high)


@of_pairs
def corrected_paired_test(a: Floats, b: Floats, test_share: float) -> HypothesisTest:
    """Run Nadeau and Bengio's corrected paired t test.

    It is for scores of overlapping training sets, as from k-fold cross-validation. test_share is the ratio of test to
    training examples, 1/(k-1) for k folds; the variance factor is 1/n + test_share.
    """
    name, method = "paired t (Nadeau-Bengio)", sentences.CORRECTED_FOR_SHARED_DATA
    if not test_share > 0:
        raise InvalidInput("test_share", test_share, "test over training examples, above 0")
    summary: Moments | None = difference_moments(a, b) if a.size else None
    if summary is None or summary.n < 2 or summary.constant:
        reason = sentences.SAME_DIFFERENCE if summary is not None and summary.n > 1 else sentences.too_few(2, "scores")
        return HypothesisTest(name, method, a.size, reason=reason)
    t = summary.mean / (summary.std * math.sqrt(1 / summary.n + test_share))
    p = at_least_smallest(2 * float(sps.t.sf(abs(t), summary.n - 1)))
    return HypothesisTest(name, method, summary.n, t, df=summary.n - 1, p=p)
