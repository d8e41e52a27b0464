"""What a verdict rests on: the arms' moments, the interval of the difference and its distribution-free check."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seedspread.stats.data.resolution import Lattice, lattice_of
from seedspread.stats.data.results import HypothesisTest, Interval
from seedspread.stats.data.samples import Pairs, Sample, pair
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, FEWEST_TO_LEAN, DecisionRule, Look
from seedspread.stats.decision.sequential import t_mixture
from seedspread.stats.inference.means import (
    Moments,
    correlation,
    difference_moments,
    moments,
    paired_from_moments,
    welch_from_moments,
)
from seedspread.stats.inference.outliers import StandingApart, standing_apart
from seedspread.stats.inference.permutation import relabel_test, sign_flip_test

Floats = NDArray[np.float64]

RESAMPLES = 1_999
_ALIKE = 2.0  # ratio of spreads up to which relabelling unequal arms still speaks about means


@dataclass(frozen=True, eq=False)
class Evidence:
    """Two arms made ready for judging. `a` and `b` are the values used: the pairs where paired.

    n: pairs, or the smaller arm. interval: of B - A at the look's level, None where undefined. look: the planned look
    this is, None for a fixed n, "anytime" looks, or between two planned looks (then between_looks is True).
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
    look: Look | None
    between_looks: bool

    @property
    def n(self) -> int:
        """Pairs, or the values of the smaller arm."""
        return min(self.a.size, self.b.size)

    def check(self, rng: np.random.Generator, resamples: int = RESAMPLES) -> HypothesisTest:
        """The permutation test beside the t test: exact under "the arms do not differ" whatever the distribution."""
        test = sign_flip_test if self.paired else relabel_test
        return test(self.a, self.b, rng, resamples=resamples)

    def check_applies(self) -> bool:
        """Whether the permutation test speaks about means here: pairs, equal n, or spreads alike."""
        if self.paired or self.a.size == self.b.size or self.moments_a is None or self.moments_b is None:
            return True
        low, high = sorted((self.moments_a.std, self.moments_b.std))
        return high <= _ALIKE * low


def gather(a: Sample, b: Sample, rule: DecisionRule) -> Evidence:
    """Gather the evidence of two arms under a rule; raise InvalidInput for seeds that cannot be paired."""
    pairs = _pairs(a, b, rule)
    first, second = (pairs.a, pairs.b) if pairs is not None else (a.usable, b.usable)
    lattice = lattice_of(first, second)
    moments_a = moments(first, lattice) if first.size else None
    moments_b = moments(second, lattice) if second.size else None
    steps = _differences(a, b, pairs) if rule.looks == "anytime" else pairs
    difference = difference_moments(steps.a, steps.b) if steps is not None and steps.a.size else None
    look, between = _look(a, b, min(first.size, second.size), rule)
    test = _main_test(moments_a, moments_b, difference if pairs is not None else None, pairs, rule.level)
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
        apart_a=standing_apart(first),
        apart_b=standing_apart(second),
        look=look,
        between_looks=between,
    )


def _pairs(a: Sample, b: Sample, rule: DecisionRule) -> Pairs | None:
    """Paired by design only, never because it gives a smaller p."""
    if rule.pairing == "separate":
        return None
    if rule.pairing == "auto" and (a.seeds is None or b.seeds is None):
        return None
    pairs = pair(a, b)
    if rule.pairing == "auto" and pairs.seeds.size * 2 <= min(a.usable.size, b.usable.size):
        return None
    return pairs


def _differences(a: Sample, b: Sample, pairs: Pairs | None) -> Pairs | None:
    """Pairs for the t mixture: by seed, or by the order of arrival where the arms run in lock-step."""
    if pairs is not None:
        return pairs
    n = min(a.usable.size, b.usable.size)
    return Pairs(np.arange(n), a.usable[:n], b.usable[:n], a.usable.size - n, b.usable.size - n)


def _look(a: Sample, b: Sample, n: int, rule: DecisionRule) -> tuple[Look | None, bool]:
    """Which planned look this is, judged by runs started; failed runs lower what the look knows, not when it is."""
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
        missing = HypothesisTest("paired t", "t distribution", 0, reason="no shared seed with finite values")
        return missing if difference is None else paired_from_moments(difference, level)
    if a is None or b is None or min(a.n, b.n) < 2:
        n = (a.n if a else 0) + (b.n if b else 0)
        return HypothesisTest("Welch t", "t distribution", n, reason="needs at least 2 seeds per arm")
    return welch_from_moments(a, b, level)


def _judged_interval(
    a: Moments | None,
    b: Moments | None,
    difference: Moments | None,
    pairs: Pairs | None,
    look: Look | None,
    rule: DecisionRule,
) -> Interval | None:
    if rule.looks == "anytime":
        return None if difference is None else t_mixture(difference, rule.level)
    level = look.level if look is not None else rule.level
    return _main_test(a, b, difference if pairs is not None else None, pairs, level).interval


Outcome = Literal["better", "no_difference", "undecided"]
Reason = Literal[
    "interval_excludes_zero",
    "inside_smallest_difference",
    "interval_covers_zero",
    "check_disagrees",
    "no_values",
    "too_few_seeds",
    "few_seeds",
    "below_minimum",
    "identical",
    "same_difference",
    "no_variation",
    "standing_apart",
    "between_looks",
    "no_interval_yet",
    "not_after_correction",
]

# What no number of further seeds of the same kind would settle.
REFUSALS: frozenset[Reason] = frozenset({"no_values", "identical", "same_difference", "no_variation", "standing_apart"})


@dataclass(frozen=True)
class Judgement:
    """outcome and reason; winner and leaning name an arm (the better one, or the higher where no direction is set)."""

    outcome: Outcome
    reason: Reason
    winner: str | None = None
    leaning: str | None = None
    check: HypothesisTest | None = None


def judge(evidence: Evidence, rule: DecisionRule, rng: np.random.Generator) -> Judgement:
    """Decide by the rule: "better" needs an interval that excludes 0 and, where it applies, the permutation test.

    The second condition bounds false positives between two equal arms by 1 - level whatever the distribution (coarse
    metrics, heavy tails); the first keeps it a statement about means. rng: for the Monte-Carlo permutation only.
    """
    refusal = _refusal(evidence)
    if refusal is not None:
        return Judgement("undecided", refusal)
    if evidence.between_looks:
        return Judgement("undecided", "between_looks")
    if evidence.n < FEWEST_TO_LEAN:
        return Judgement("undecided", "few_seeds")
    interval = evidence.interval
    if interval is None:
        return Judgement("undecided", "no_interval_yet")
    favoured = _favoured(evidence, interval, rule)
    if evidence.n < min(rule.minimum_seeds, rule.most_seeds or rule.minimum_seeds):
        return Judgement("undecided", "below_minimum", leaning=favoured)
    margin = rule.smallest_difference
    if margin is not None and -margin <= interval.low and interval.high <= margin:
        return Judgement("no_difference", "inside_smallest_difference", leaning=favoured)
    if favoured is None:
        return Judgement("undecided", "interval_covers_zero")
    check = evidence.check(rng) if evidence.check_applies() else None
    if check is not None and (check.p is None or check.p > rule.alpha):
        return Judgement("undecided", "check_disagrees", leaning=favoured, check=check)
    return Judgement("better", "interval_excludes_zero", winner=favoured, check=check)


def _refusal(evidence: Evidence) -> Reason | None:
    first, second = evidence.moments_a, evidence.moments_b
    if first is None or second is None:
        return "no_values"
    if evidence.n < FEWEST_FOR_INTERVAL:
        return "too_few_seeds"
    if evidence.difference is not None and evidence.difference.constant:
        return "identical" if evidence.difference.mean == 0 else "same_difference"
    if first.constant and second.constant and first.mean == second.mean:
        return "identical"
    if first.constant or second.constant:
        return "no_variation"
    if evidence.apart_a.count or evidence.apart_b.count:
        return "standing_apart"
    return None


def _favoured(evidence: Evidence, interval: Interval, rule: DecisionRule) -> str | None:
    """The arm that an interval which excludes 0 speaks for."""
    if interval.holds(0.0):
        return None
    b_higher = interval.low > 0
    return evidence.sample_b.arm if b_higher == (rule.direction != "minimize") else evidence.sample_a.arm
