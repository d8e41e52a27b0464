"""Gather what a verdict rests on.

The arms' moments, the interval of the difference and the exact tests beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seedspread.stats.data.resolution import Lattice, lattice_of
from seedspread.stats.data.results import HypothesisTest, Interval
from seedspread.stats.data.samples import Pairs, Sample, pair
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule, Look
from seedspread.stats.decision.sequential import same_sign_p, t_mixture, t_mixture_p
from seedspread.stats.inference.means import (
    SAME_DIFFERENCE,
    Moments,
    correlation,
    difference_moments,
    moments,
    paired_from_moments,
    welch_from_moments,
)
from seedspread.stats.inference.outliers import Copies, StandingApart, beyond, copies, standing_apart
from seedspread.stats.inference.permutation import (
    flip_floor,
    relabel_floor,
    relabel_test,
    resamples_for,
    sign_flip_test,
)
from seedspread.stats.inference.ranks import mann_whitney, wilcoxon

Floats = NDArray[np.float64]

RESAMPLES = 1_999


@dataclass(frozen=True)
class Outlier:
    """Run far from the others of its arm.

    Paired: a seed whose difference is; `arm` is None for a difference.
    """

    arm: str | None
    seed: int | None
    value: float


@dataclass(frozen=True, eq=False)
class Evidence:
    """Two arms made ready for judging.

    `a` and `b` are the values used: the pairs where paired.

    n: pairs, or the smaller arm. interval: of B - A at the look's level, None where undefined. look: the planned look
    this is, None for a fixed n, "anytime" looks, or between two planned looks (then between_looks is True). alpha: the
    error rate of this look. apart_a, apart_b: outliers of each arm; apart_difference: of the differences, where paired.
    copies_a, copies_b: repeated values that look like the same runs counted several times. unvaried: arms in which no
    source follows the seed, so that equal values are no result.
    """

    sample_a: Sample
    sample_b: Sample
    paired: bool
    pairs: Pairs | None
    a: Floats
    b: Floats
    lattice: Lattice
    moments_a: Moments | None
    moments_b: Moments | None
    difference: Moments | None
    test: HypothesisTest
    interval: Interval | None
    correlation: float | None
    apart_a: StandingApart
    apart_b: StandingApart
    apart_difference: StandingApart | None
    copies_a: Copies | None
    copies_b: Copies | None
    look: Look | None
    between_looks: bool
    alpha: float
    p: float
    unvaried: frozenset[str] = frozenset()

    @property
    def n(self) -> int:
        """Return the pairs, or the values of the smaller arm."""
        return min(self.a.size, self.b.size)

    @property
    def floor(self) -> float:
        """Return the smallest p the exact test of this design can give."""
        return flip_floor(self.n) if self.paired else relabel_floor(self.a.size, self.b.size)

    @property
    def same_difference(self) -> bool:
        """Return True if every B - A is the same non-zero number."""
        return _same_difference(self.moments_a, self.moments_b, self.difference)

    @property
    def outlying(self) -> bool:
        """Return True if seeds stand apart.

        In the differences where paired, else in an arm.
        """
        if self.apart_difference is not None:
            return self.apart_difference.count > 0
        return self.apart_a.count > 0 or self.apart_b.count > 0

    @property
    def separated(self) -> bool:
        """True if all runs of one arm beat all of the other.

        Paired: every seed points the same way.
        """
        if self.n == 0:
            return False
        if self.paired:
            whole = self.lattice.differences(self.a, self.b)
            return bool(np.all(whole > 0) or np.all(whole < 0))
        return bool(self.a.max() < self.b.min() or self.b.max() < self.a.min())

    def check(
        self,
        rng: np.random.Generator,
        resamples: int = RESAMPLES,
        *,
        shift: float = 0.0,
        alpha: float | None = None,
        downwards: bool = False,
    ) -> HypothesisTest:
        """Run the permutation test (paired: the sign flip), exact whatever the distribution.

        shift: added to A first, to test "B - A is this much". alpha: the error rate that Monte Carlo has to resolve.
        downwards: turn every sign, so that p_greater is of the lower tail.
        """
        test = sign_flip_test if self.paired else relabel_test
        a, sign = (self.a + shift if shift else self.a), -1.0 if downwards else 1.0
        return test(sign * a, sign * self.b, rng, resamples=resamples_for(alpha or self.alpha, resamples))

    def rank_test(self) -> HypothesisTest:
        """Run the exact rank test of the design.

        Wilcoxon where paired, else Mann-Whitney.
        """
        return wilcoxon(self.a, self.b) if self.paired else mann_whitney(self.a, self.b)

    def outliers(self) -> tuple[Outlier, ...]:
        """Return the runs that stand apart, by name.

        Differences where paired, else values of an arm.
        """
        if self.pairs is not None and self.apart_difference is not None:
            gaps = self.pairs.b - self.pairs.a
            far = beyond(gaps, self.apart_difference)
            rows = zip(self.pairs.seeds[far].tolist(), gaps[far].tolist(), strict=True)
            return tuple(Outlier(None, seed, value) for seed, value in rows)
        outliers: list[Outlier] = []
        for sample, apart in ((self.sample_a, self.apart_a), (self.sample_b, self.apart_b)):
            far = beyond(sample.usable, apart)
            values = sample.usable[far].tolist()
            seeds = [None] * len(values) if sample.seeds is None else sample.seeds[sample.finite][far].tolist()
            outliers += [Outlier(sample.arm, seed, value) for seed, value in zip(seeds, values, strict=True)]
        return tuple(outliers)


def gather(a: Sample, b: Sample, rule: DecisionRule, unvaried: Iterable[str] = ()) -> Evidence:
    """Gather the evidence of two arms under a rule.

    Raise InvalidInput for seeds that cannot be paired.
    """
    pairs = _pairs(a, b, rule)
    first, second = (pairs.a, pairs.b) if pairs is not None else (a.usable, b.usable)
    lattice = lattice_of(first, second)
    moments_a = moments(first, lattice) if first.size else None
    moments_b = moments(second, lattice) if second.size else None
    steps = _differences(a, b, pairs) if rule.looks == "anytime" else pairs
    difference = difference_moments(steps.a, steps.b) if steps is not None and steps.a.size else None
    look, between = _look(a, b, min(first.size, second.size), rule)
    test = _main_test(moments_a, moments_b, difference if pairs is not None else None, pairs, rule.level)
    p = 1.0 if test.p is None else test.p
    if pairs is not None and _same_difference(moments_a, moments_b, difference):
        p = same_sign_p(first.size) if rule.looks == "anytime" else flip_floor(first.size)
    elif rule.looks == "anytime":
        p = 1.0 if difference is None else t_mixture_p(difference)
    return Evidence(
        sample_a=a,
        sample_b=b,
        paired=pairs is not None,
        pairs=pairs,
        a=first,
        b=second,
        lattice=lattice,
        moments_a=moments_a,
        moments_b=moments_b,
        difference=difference if pairs is not None else None,
        test=test,
        interval=_judged_interval(moments_a, moments_b, difference, pairs, look, rule),
        correlation=correlation(first, second) if pairs is not None else None,
        apart_a=standing_apart(first, lattice),
        apart_b=standing_apart(second, lattice),
        apart_difference=standing_apart(pairs.b - pairs.a, lattice) if pairs is not None else None,
        copies_a=copies(first, lattice),
        copies_b=copies(second, lattice),
        look=look,
        between_looks=between,
        alpha=rule.alpha if look is None else round(1 - look.level, 12),
        p=p,
        unvaried=frozenset(unvaried),
    )


def _same_difference(a: Moments | None, b: Moments | None, difference: Moments | None) -> bool:
    if a is None or b is None or difference is None or difference.n < FEWEST_FOR_INTERVAL:
        return False
    return difference.constant and difference.mean != 0 and not (a.constant and b.constant)


def _pairs(a: Sample, b: Sample, rule: DecisionRule) -> Pairs | None:
    """Pair by design only, never because it gives a smaller p."""
    if rule.pairing == "separate":
        return None
    if rule.pairing == "auto" and (a.seeds is None or b.seeds is None):
        return None
    pairs = pair(a, b)
    if rule.pairing == "auto" and pairs.seeds.size * 2 <= min(a.usable.size, b.usable.size):
        return None
    return pairs


def _differences(a: Sample, b: Sample, pairs: Pairs | None) -> Pairs | None:
    """Return pairs for the t mixture.

    By seed, or by the order of arrival where the arms run in lock-step.
    """
    if pairs is not None:
        return pairs
    n = min(a.usable.size, b.usable.size)
    return Pairs(np.arange(n), a.usable[:n], b.usable[:n], a.usable.size - n, b.usable.size - n)


def _look(a: Sample, b: Sample, n: int, rule: DecisionRule) -> tuple[Look | None, bool]:
    """Return the planned look this is, by runs started.

    Failed runs lower what the look knows, not when it is.
    """
    if rule.looks != "planned" or rule.most_seeds is None:
        return None, False
    started, schedule = min(a.started, b.started), rule.schedule()
    if started < rule.most_seeds and started not in schedule:
        return None, True
    if n < FEWEST_FOR_INTERVAL:
        return None, False
    before = tuple(size for size in schedule if size < min(started, rule.most_seeds))
    looks = rule.look_plan((*before, min(started, rule.most_seeds)))
    return replace(looks[-1], n=n), False


def _main_test(
    a: Moments | None, b: Moments | None, difference: Moments | None, pairs: Pairs | None, level: float
) -> HypothesisTest:
    if pairs is not None:
        if difference is None:
            return HypothesisTest("paired t", "t distribution", 0, reason="no shared seed with finite values")
        test = paired_from_moments(difference, level)
        if _same_difference(a, b, difference):
            return replace(test, interval=_one_point(difference, level, flip_floor(difference.n)))
        return test
    if a is None or b is None or min(a.n, b.n) < 2:
        n = (a.n if a else 0) + (b.n if b else 0)
        return HypothesisTest("Welch t", "t distribution", n, reason="needs at least 2 seeds per arm")
    return welch_from_moments(a, b, level)


def _one_point(difference: Moments, level: float, p: float) -> Interval | None:
    """Return the interval of a difference equal in every pair.

    Every other difference is rejected with the p of all signs alike, so the interval is one point once that p reaches
    the level, and unbounded before: None.
    """
    if p > round(1 - level, 12):
        return None
    return Interval(difference.mean, difference.mean, level, SAME_DIFFERENCE)


def interval_at(evidence: Evidence, level: float) -> Interval | None:
    """Return the fixed-n interval of B - A at another level.

    Paired t or Welch.
    """
    return _main_test(evidence.moments_a, evidence.moments_b, evidence.difference, evidence.pairs, level).interval


def _judged_interval(
    a: Moments | None,
    b: Moments | None,
    difference: Moments | None,
    pairs: Pairs | None,
    look: Look | None,
    rule: DecisionRule,
) -> Interval | None:
    if rule.looks == "anytime":
        if pairs is not None and difference is not None and _same_difference(a, b, difference):
            return _one_point(difference, rule.level, same_sign_p(difference.n))
        return None if difference is None else t_mixture(difference, rule.level)
    level = look.level if look is not None else rule.level
    return _main_test(a, b, difference if pairs is not None else None, pairs, level).interval
