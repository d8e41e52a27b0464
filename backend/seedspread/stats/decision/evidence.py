"""Evidence for a verdict.

It consists of the arms' moments, the interval of the difference, and the exact tests.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seedspread.core.study import Centre
from seedspread.stats.data import sentences as reasons
from seedspread.stats.data.resolution import Lattice, lattice_of
from seedspread.stats.data.results import HypothesisTest, Interval
from seedspread.stats.data.samples import Pairs, Sample, pair
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule, Look
from seedspread.stats.decision.sequential import anytime_p, look_level, same_sign_p, t_mixture, t_mixture_p
from seedspread.stats.inference.means import (
    Moments,
    correlation,
    difference_moments,
    moments,
    paired_from_moments,
    partly_paired_test,
    welch_from_moments,
)
from seedspread.stats.inference.outliers import Copies, StandingApart, beyond, copies, standing_apart
from seedspread.stats.inference.permutation import (
    flip_floor,
    log_choices,
    partly_paired_floor,
    partly_paired_permutation,
    relabel_floor,
    relabel_test,
    resamples_for,
    sign_flip_test,
)
from seedspread.stats.inference.ranks import mann_whitney, wilcoxon
from seedspread.stats.inference.robust import median_paired_test, median_test, trimmed_paired_test, yuen_test

Floats = NDArray[np.float64]

RESAMPLES = 1_999  # with n + 1 divisible by 20, 100 and 1,000, p-values meet the usual levels exactly


@dataclass(frozen=True)
class Outlier:
    """Run that lies far from the others of its arm.

    For paired arms it is a seed whose difference is outlying; `arm` is then None.
    """

    arm: str | None
    seed: int | None
    value: float


@dataclass(frozen=True, eq=False)
class Evidence:
    """Two arms prepared for judging.

    a, b: the values used, which are the pairs for paired arms. n: pairs, or the size of the smaller arm. interval: of B
    - A at the look's level, None if undefined. look: the current planned look; None for a fixed n, "anytime" looks, or
    between two planned looks (then between_looks is True). alpha: the error rate of this look. apart_a, apart_b:
    outliers of each arm; apart_difference: of the differences, if paired. copies_a, copies_b: repeated values that
    suggest that the same runs were counted several times. unvaried: arms in which no source follows the seed, so equal
    values say nothing. centre: the value that decides; for "log_ratio" all values here are logarithms, and not_positive
    lists the arms that have none. alone: the unpaired values of A and B, if they take part beside the pairs. anytime: a
    trimmed mean or median decides at any number of looks, so every p here holds at all of them together.
    margin: the smallest difference that matters, on the scale of the values here; None: any.
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
    centre: Centre = "mean"
    not_positive: tuple[str, ...] = ()
    alone: tuple[Floats, Floats] | None = None
    anytime: bool = False
    margin: float | None = None

    @property
    def n(self) -> int:
        """Number of pairs, or of values in the smaller arm."""
        return min(self.a.size, self.b.size)

    @property
    def floor(self) -> float:
        """Smallest p that the exact test of this design can give."""
        floor = self._floor_at_once
        return anytime_p(floor, self.n) if self.anytime else floor

    @property
    def _floor_at_once(self) -> float:
        if self.robust and not self.paired:
            return min(1.0, 2 * math.exp(-log_choices(self.a.size + self.b.size, self.a.size)))
        if self.alone is not None:
            return partly_paired_floor(self.n, self.alone[0].size, self.alone[1].size)
        return flip_floor(self.n) if self.paired else relabel_floor(self.a.size, self.b.size)

    @property
    def robust(self) -> bool:
        """True if a trimmed mean or a median decides."""
        return self.centre in ("trimmed", "median")

    @property
    def value(self) -> float | None:
        """Difference B - A of the centres that decide."""
        if self.moments_a is None or self.moments_b is None:
            return None
        if self.centre == "median":
            return float(np.median(self.b - self.a) if self.paired else np.median(self.b) - np.median(self.a))
        if (self.centre == "trimmed" or self.alone is not None) and self.interval is not None:
            return (self.interval.low + self.interval.high) / 2
        return self.moments_b.mean - self.moments_a.mean

    @property
    def same_difference(self) -> bool:
        """True if every B - A is the same non-zero number."""
        return _same_difference(self.moments_a, self.moments_b, self.difference)

    @property
    def outlying(self) -> bool:
        """True if outliers move what decides, among differences if paired."""
        if self.robust:
            return False
        if self.apart_difference is not None:
            apart = () if self.alone is None else map(standing_apart, self.alone)
            return self.apart_difference.count > 0 or any(group.count for group in apart)
        return self.apart_a.count > 0 or self.apart_b.count > 0

    @property
    def separated(self) -> bool:
        """True if all runs of one arm beat all of the other.

        For paired arms, every difference has the same sign.
        """
        if self.n == 0:
            return False
        if self.paired:
            differences = self.lattice.differences(self.a, self.b)
            higher, lower = bool(np.all(differences > 0)), bool(np.all(differences < 0))
            if self.alone is not None:
                a, b = self.alone
                higher, lower = higher and bool(a.max() < b.min()), lower and bool(b.max() < a.min())
            return higher or lower
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
        """Run the exact permutation test, or the sign-flip test if paired.

        Args:
            rng: for Monte-Carlo permutations.
            resamples: number of Monte-Carlo permutations.
            shift: added to A first, to test "B - A equals the shift".
            alpha: error rate that Monte Carlo has to resolve.
            downwards: reverse every sign, so that p_greater describes the lower tail.
        """
        a, sign = (self.a + shift if shift else self.a), -1.0 if downwards else 1.0
        if self.robust:
            ranks = _signed_ranks(sign * a, sign * self.b, paired=self.paired)
            return _at_every_look(ranks, self.n) if self.anytime else ranks
        if self.alone is not None:
            alone_a, alone_b = self.alone
            alone_a = alone_a + shift if shift else alone_a
            draws = resamples_for(alpha or self.alpha, resamples)
            values = (sign * a, sign * self.b, sign * alone_a, sign * alone_b)
            return partly_paired_permutation(*values, rng, resamples=draws)
        test = sign_flip_test if self.paired else relabel_test
        return test(sign * a, sign * self.b, rng, resamples=resamples_for(alpha or self.alpha, resamples))

    def rank_test(self, rng: np.random.Generator) -> HypothesisTest:
        """Run the exact rank test: Wilcoxon if paired, otherwise Mann-Whitney.

        Where unpaired values take part, their joint ranks with the pairs are permuted.
        """
        if self.alone is not None:
            draws = resamples_for(self.alpha, RESAMPLES)
            return partly_paired_permutation(self.a, self.b, *self.alone, rng, resamples=draws, ranked=True)
        return wilcoxon(self.a, self.b) if self.paired else mann_whitney(self.a, self.b)

    def outliers(self) -> tuple[Outlier, ...]:
        """Return the outlying runs, or outlying differences if paired."""
        if self.pairs is not None and self.apart_difference is not None:
            gaps = self.pairs.b - self.pairs.a
            far = beyond(gaps, self.apart_difference)
            rows = zip(self.pairs.seeds[far].tolist(), gaps[far].tolist(), strict=True)
            return tuple(Outlier(None, seed, self._shown(value)) for seed, value in rows)
        outliers: list[Outlier] = []
        for sample, apart in ((self.sample_a, self.apart_a), (self.sample_b, self.apart_b)):
            far = beyond(sample.usable, apart)
            values = sample.usable[far].tolist()
            seeds = [None] * len(values) if sample.seeds is None else sample.seeds[sample.finite][far].tolist()
            outliers += [
                Outlier(sample.arm, seed, self._shown(value)) for seed, value in zip(seeds, values, strict=True)
            ]
        return tuple(outliers)

    def _shown(self, value: float) -> float:
        return math.exp(value) if self.centre == "log_ratio" and not self.not_positive else value


def gather(a: Sample, b: Sample, rule: DecisionRule, unvaried: Iterable[str] = ()) -> Evidence:
    """Gather the evidence about two arms under a rule.

    Raises:
        InvalidInput: seeds that cannot be paired as the rule requires.
    """
    not_positive: tuple[str, ...] = ()
    if rule.centre == "log_ratio":
        not_positive = tuple(sample.arm for sample in (a, b) if sample.usable.size and sample.usable.min() <= 0)
        if not not_positive:
            a, b = (replace(sample, values=_logarithms(sample)) for sample in (a, b))
    pairs = _pairs(a, b, rule)
    first, second = (pairs.a, pairs.b) if pairs is not None else (a.usable, b.usable)
    lattice = lattice_of(first, second)
    moments_a = moments(first, lattice) if first.size else None
    moments_b = moments(second, lattice) if second.size else None
    steps = _differences(a, b, pairs) if rule.looks == "anytime" else pairs
    difference = difference_moments(steps.a, steps.b) if steps is not None and steps.a.size else None
    look, between = _look(a, b, min(first.size, second.size), rule)
    alone = _alone(a, b, pairs, rule)
    shared = difference if pairs is not None else None
    arms = _Arms(first, second, moments_a, moments_b, shared, pairs, rule.centre, alone)
    test = arms.test(rule.level)
    p = 1.0 if test.p is None else test.p
    if alone is None and pairs is not None and _same_difference(moments_a, moments_b, difference):
        p = same_sign_p(first.size) if rule.looks == "anytime" else flip_floor(first.size)
    elif rule.looks == "anytime" and rule.robust:
        p = anytime_p(p, min(first.size, second.size))
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
        interval=_judged_interval(arms, difference, look, rule),
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
        centre=rule.centre,
        not_positive=not_positive,
        alone=alone,
        anytime=rule.looks == "anytime" and rule.robust,
        margin=rule.margin,
    )


def _alone(a: Sample, b: Sample, pairs: Pairs | None, rule: DecisionRule) -> tuple[Floats, Floats] | None:
    """Return the unpaired values of both arms, if they can take part.

    Only at a fixed n: the t mixture and the spending plan know pairs alone. A part that is too small or does not vary
    leaves the pairs to decide.
    """
    if pairs is None or rule.looks != "once" or rule.robust or a.seeds is None or b.seeds is None:
        return None
    alone = tuple(sample.usable[~np.isin(np.asarray(sample.seeds)[sample.finite], pairs.seeds)] for sample in (a, b))
    usable = partly_paired_test(pairs.a, pairs.b, alone[0], alone[1]).p is not None
    return (alone[0], alone[1]) if usable else None


def _logarithms(sample: Sample) -> Floats:
    values = np.full(sample.values.size, np.nan)
    values[sample.finite] = np.log(sample.values[sample.finite])
    return values


def _signed_ranks(a: Floats, b: Floats, *, paired: bool) -> HypothesisTest:
    """Run the exact rank test, with a statistic above 0 for B."""
    test = wilcoxon(a, b) if paired else mann_whitney(a, b)
    if test.statistic is None or test.p is None:
        return test
    moved = int(np.sum(lattice_of(a, b).differences(a, b) != 0)) if paired else 0
    statistic = test.statistic - (moved * (moved + 1) / 4 if paired else a.size * b.size / 2)
    greater = test.p_greater
    if greater is None:  # the normal limit
        greater = test.p / 2 if statistic > 0 else 1 - test.p / 2
    return replace(test, statistic=statistic, p_greater=greater)


def _at_every_look(test: HypothesisTest, n: int) -> HypothesisTest:
    """Return the test with p-values that hold at every look together."""
    if test.p is None or test.p_greater is None:
        return test
    greater = anytime_p(min(1.0, 2 * test.p_greater), n) / 2
    return replace(test, p=anytime_p(test.p, n), p_greater=greater)


@dataclass(frozen=True, eq=False)
class _Arms:
    """Arms as the t-type test of any centre needs them."""

    first: Floats
    second: Floats
    a: Moments | None
    b: Moments | None
    difference: Moments | None
    pairs: Pairs | None
    centre: Centre
    alone: tuple[Floats, Floats] | None = None

    def test(self, level: float) -> HypothesisTest:
        """Return the test of the centre, with its interval at a level."""
        if self.alone is not None:
            return partly_paired_test(self.first, self.second, *self.alone, level)
        robust = self.centre in ("trimmed", "median") and self.a is not None and self.b is not None
        if not robust or _same_difference(self.a, self.b, self.difference):
            return _main_test(self.a, self.b, self.difference, self.pairs, level)
        if self.centre == "trimmed":
            of_trimmed = trimmed_paired_test if self.pairs is not None else yuen_test
            return of_trimmed(self.first, self.second, level)
        return (median_paired_test if self.pairs is not None else median_test)(self.first, self.second, level)


def _same_difference(a: Moments | None, b: Moments | None, difference: Moments | None) -> bool:
    if a is None or b is None or difference is None or difference.n < FEWEST_FOR_INTERVAL:
        return False
    return difference.constant and difference.mean != 0 and not (a.constant and b.constant)


def _pairs(a: Sample, b: Sample, rule: DecisionRule) -> Pairs | None:
    """Return the pairs if the rule pairs the arms, or None.

    Pairing follows from the design, never from the p-value that it gives.
    """
    if rule.pairing == "separate":
        return None
    if rule.pairing == "auto" and (a.seeds is None or b.seeds is None):
        return None
    pairs = pair(a, b)
    if rule.pairing == "auto" and pairs.seeds.size * 2 <= min(a.usable.size, b.usable.size):
        return None
    return pairs


def _differences(a: Sample, b: Sample, pairs: Pairs | None) -> Pairs | None:
    """Return the pairs for the t mixture.

    Arms are paired by seed, or by order of arrival if they do not share their seeds.
    """
    if pairs is not None:
        return pairs
    n = min(a.usable.size, b.usable.size)
    return Pairs(np.arange(n), a.usable[:n], b.usable[:n], a.usable.size - n, b.usable.size - n)


def _look(a: Sample, b: Sample, n: int, rule: DecisionRule) -> tuple[Look | None, bool]:
    """Return the current planned look, and whether it is between looks.

    Failed runs reduce the information of a look but do not postpone it.
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
            return HypothesisTest("paired t", "t distribution", 0, reason=reasons.NO_SHARED_SEED)
        test = paired_from_moments(difference, level)
        if _same_difference(a, b, difference):
            return replace(test, interval=_one_point(difference, level, flip_floor(difference.n)))
        return test
    if a is None or b is None or min(a.n, b.n) < 2:
        n = (a.n if a else 0) + (b.n if b else 0)
        return HypothesisTest("Welch t", "t distribution", n, reason=reasons.too_few(2))
    return welch_from_moments(a, b, level)


def _one_point(difference: Moments, level: float, p: float) -> Interval | None:
    """Return the interval of a difference that is equal in every pair.

    Every other difference is rejected with the p of equal signs. The interval is therefore a single point once that p
    reaches the level, and unbounded (None) before.
    """
    if p > round(1 - level, 12):
        return None
    return Interval(difference.mean, difference.mean, level, reasons.SAME_DIFFERENCE)


def interval_at(evidence: Evidence, level: float) -> Interval | None:
    """Return the fixed-n interval of B - A at another level.

    It is the paired t interval, or Welch's for unpaired arms.
    """
    arms = _Arms(
        evidence.a,
        evidence.b,
        evidence.moments_a,
        evidence.moments_b,
        evidence.difference,
        evidence.pairs,
        evidence.centre,
        evidence.alone,
    )
    return arms.test(level).interval


def _judged_interval(arms: _Arms, difference: Moments | None, look: Look | None, rule: DecisionRule) -> Interval | None:
    if rule.looks == "anytime":
        if arms.pairs is not None and difference is not None and _same_difference(arms.a, arms.b, difference):
            return _one_point(difference, rule.level, same_sign_p(difference.n))
        if rule.robust:
            level = look_level(min(arms.first.size, arms.second.size), rule.level)
            interval = None if level is None else arms.test(level).interval
            return None if interval is None else replace(interval, level=rule.level)
        return None if difference is None else t_mixture(difference, rule.level)
    return arms.test(look.level if look is not None else rule.level).interval
