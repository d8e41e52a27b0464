"""Two arms compared: everything a page shows of them, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.stats.data.results import Estimate, HypothesisTest, Interval
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.evidence import RESAMPLES, Evidence, gather
from seedspread.stats.decision.planning import detectable_paired, detectable_welch
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule
from seedspread.stats.decision.sentences import Conditions
from seedspread.stats.decision.sequential import t_mixture
from seedspread.stats.differences import student_test
from seedspread.stats.effects import Effects, effects
from seedspread.stats.inference.bootstrap import Bootstrap, bootstrap_difference, bootstrap_paired
from seedspread.stats.inference.effects import probability_b_above_a, probability_paired
from seedspread.stats.inference.equal_spread import brown_forsythe
from seedspread.stats.inference.means import Summary, iqm, summarise
from seedspread.stats.inference.outliers import StandingApart, failure_difference, failure_rate
from seedspread.stats.inference.ranks import brunner_munzel, mann_whitney, sign_test, wilcoxon
from seedspread.stats.judgement import judge
from seedspread.stats.verdict import Verdict, conclude
from seedspread.stats.winner import WrongWinner, wrong_winner

Floats = NDArray[np.float64]

_NOT_STATED = Conditions()
_BOOTSTRAPPED = 500  # seeds per arm; beyond, the bootstrap says what the t interval says


@dataclass(frozen=True)
class Difference:
    """B - A over the values used (the pairs where paired), in the metric's units.

    interval: paired t or Welch at the rule's level (the verdict's own may be wider, see Verdict.interval). anytime:
    the t mixture over pairs, valid at every look (None below 5 pairs, or unpaired). correlation and unmatched seeds
    are of the pairing: None and 0 where arms are not paired.
    """

    n_a: int
    n_b: int
    paired: bool
    mean: float | None
    median: float | None
    iqm: float | None
    interval: Interval | None
    anytime: Interval | None
    reason: str | None
    correlation: float | None = None
    unmatched_a: int = 0
    unmatched_b: int = 0


@dataclass(frozen=True)
class Comparison:
    """Everything about B against A.

    a, b: the arms over all their finite values. tests: the t test the interval belongs to, then the permutation test,
    then rank tests, then Student's as reference. probability: P(B above A); share_of_seeds: the paired quantity, None
    where arms are not paired. detectable: the smallest difference found with the rule's power at this n, in the
    metric's units. spread: "is one steadier?". apart_*: seeds standing apart. failed_*: shares of runs without a
    usable value, failures_p Fisher's exact p that they differ. bootstrap: for reference.
    """

    a: Summary
    b: Summary
    difference: Difference
    tests: tuple[HypothesisTest, ...]
    effects: Effects
    probability: Estimate
    share_of_seeds: Estimate | None
    wrong_winner: WrongWinner
    detectable: float | None
    spread: HypothesisTest
    apart_a: StandingApart
    apart_b: StandingApart
    failed_a: Estimate
    failed_b: Estimate
    failures_p: float | None
    bootstrap: Bootstrap
    verdict: Verdict


def compare(
    a: Sample, b: Sample, rule: DecisionRule, rng: np.random.Generator, conditions: Conditions = _NOT_STATED
) -> Comparison:
    """Compare B with A under a rule stated beforehand.

    rng: `question_rng(...)` of what is asked, so that the same question gives the same numbers. conditions: metric
    and sources of randomness, for the sentence. Raises InvalidInput for mixed units (fractions beside percentages)
    and for arms that cannot be paired though the rule says so; every other shortcoming is said in the result.
    """
    evidence = gather(a, b, rule)
    verdict = conclude(evidence, judge(evidence, rule, rng), rule, conditions)
    first, second = evidence.a, evidence.b
    return Comparison(
        a=summarise(a, rule.level),
        b=summarise(b, rule.level),
        difference=_difference(evidence, rule),
        tests=_tests(evidence, rule, rng),
        effects=effects(first, second, paired=evidence.paired),
        probability=probability_b_above_a(first, second, rule.level),
        share_of_seeds=probability_paired(first, second, rule.level) if evidence.paired else None,
        wrong_winner=wrong_winner(first, second, paired=evidence.paired),
        detectable=_detectable(evidence, rule),
        spread=brown_forsythe(first, second),
        apart_a=evidence.apart_a,
        apart_b=evidence.apart_b,
        failed_a=failure_rate(a.left_out, a.ended, rule.level),
        failed_b=failure_rate(b.left_out, b.ended, rule.level),
        failures_p=failure_difference(a.left_out, a.ended, b.left_out, b.ended),
        bootstrap=_bootstrap(evidence, rule, rng),
        verdict=verdict,
    )


def _difference(evidence: Evidence, rule: DecisionRule) -> Difference:
    first, second = evidence.moments_a, evidence.moments_b
    known = first is not None and second is not None
    pairs = evidence.pairs
    few, shared = known and evidence.n < FEWEST_FOR_INTERVAL, "shared seeds" if evidence.paired else "seeds per arm"
    return Difference(
        n_a=evidence.a.size,
        n_b=evidence.b.size,
        paired=evidence.paired,
        mean=second.mean - first.mean if first is not None and second is not None else None,
        median=float(np.median(evidence.b) - np.median(evidence.a)) if known else None,
        iqm=iqm(evidence.b) - iqm(evidence.a) if known else None,
        interval=None if few else evidence.test.interval,
        anytime=t_mixture(evidence.difference, rule.level) if evidence.difference is not None else None,
        reason=f"fewer than {FEWEST_FOR_INTERVAL} {shared}" if few else evidence.test.reason,
        correlation=evidence.correlation,
        unmatched_a=pairs.unmatched_a if pairs is not None else 0,
        unmatched_b=pairs.unmatched_b if pairs is not None else 0,
    )


def _tests(evidence: Evidence, rule: DecisionRule, rng: np.random.Generator) -> tuple[HypothesisTest, ...]:
    first, second = evidence.a, evidence.b
    check = evidence.check(rng)
    if evidence.paired:
        return evidence.test, check, wilcoxon(first, second), sign_test(first, second)
    ranked = (brunner_munzel(first, second), mann_whitney(first, second))
    return evidence.test, check, *ranked, student_test(first, second, rule.level)


def _detectable(evidence: Evidence, rule: DecisionRule) -> float | None:
    if evidence.paired:
        known = evidence.difference
        if known is None or known.n < 2 or known.constant:
            return None
        return known.std * detectable_paired(known.n, rule.power, rule.level)
    first, second = evidence.moments_a, evidence.moments_b
    if first is None or second is None or min(first.n, second.n) < 2 or (first.constant and second.constant):
        return None
    return detectable_welch(first.std, second.std, first.n, second.n, rule.power, rule.level)


def _bootstrap(evidence: Evidence, rule: DecisionRule, rng: np.random.Generator) -> Bootstrap:
    if evidence.n > _BOOTSTRAPPED:
        return Bootstrap(reason=f"above {_BOOTSTRAPPED} seeds it says what the t interval says")
    drawn = bootstrap_paired if evidence.paired else bootstrap_difference
    return drawn(evidence.a, evidence.b, rng, level=rule.level, resamples=RESAMPLES)
