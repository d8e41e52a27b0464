"""Comparison of two or more arms, with the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from seedspread.core.study import Centre
from seedspread.errors import InvalidInput
from seedspread.stats.data import sentences as reasons
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.data.looks import ADDED_PART
from seedspread.stats.data.results import Estimate, HypothesisTest, Interval
from seedspread.stats.data.samples import Pairs, Sample
from seedspread.stats.decision.best_of_k import WrongWinner, wrong_winner
from seedspread.stats.decision.caveats import Caveat, caveats
from seedspread.stats.decision.evidence import RESAMPLES, Evidence, Outlier, gather, interval_at
from seedspread.stats.decision.judgement import REFUSALS, Judgement, Outcome, Reason, State, corrected, judge
from seedspread.stats.decision.planning import SeedsNeeded, detectable_paired, detectable_welch, seeds_needed
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule, Look
from seedspread.stats.decision.sentences import after_correction, details, headline, measured
from seedspread.stats.decision.sequential import t_mixture
from seedspread.stats.inference.bayes import Posterior, posterior, posterior_unpaired
from seedspread.stats.inference.bootstrap import Bootstrap, bootstrap_difference, bootstrap_paired
from seedspread.stats.inference.effects import Effects, effects, probability_b_above_a, probability_paired
from seedspread.stats.inference.equal_spread import brown_forsythe
from seedspread.stats.inference.means import Summary, iqm, overlapping_test, paired_test, student_test, summarise
from seedspread.stats.inference.multiplicity import Adjusted, adjust
from seedspread.stats.inference.outliers import StandingApart, failure_difference, failure_rate
from seedspread.stats.inference.outlook import Outlook, outlook
from seedspread.stats.inference.ranks import brunner_munzel, mann_whitney, sign_test, wilcoxon
from seedspread.stats.inference.robust import RobustDifferences, robust_differences

_NOT_STATED = Conditions()

# Failures that differ, or undo a lead, are settled by mending them.
_NOT_FOR_MORE_SEEDS: frozenset[Reason] = REFUSALS | {"fails_more", "failures_disagree"}


@dataclass(frozen=True)
class Verdict:
    """Verdict on B against A under the decision rule.

    state: better, equivalent, undecided, or cannot be judged (more seeds would not help); outcome: the same in the
    older vocabulary; reason: a code that explains it. winner, leaning: an arm's name. interim: computed while runs were
    pending or after seeds were added because of a result, from the interval that holds at every look. interval: of B -
    A, the one that decided (None if undefined). n: pairs, or seeds of the smaller arm. method names the interval, check
    the permutation test, and check_p is its p. rank_p: p of the exact rank test, if there are outliers or the arms are
    fully separated; worst_rank_p: the same with failed runs ranked last, if the winner fails more. p: the smallest
    error rate at which "better" could be concluded; p_corrected: the same after correction for the comparisons looked
    at. fails_more: the arm whose runs fail more often than chance explains (failures_p). outliers: the outlying runs.
    headline: one sentence. detail: one sentence each on the reason, what varied, what was left out and how many seeds a
    verdict needs. measured: "B − A is …", empty without an interval. look: the current planned look with the error rate
    spent so far. centre: the value that decided; estimate: B - A of it (B over A for "log_ratio", whose interval is
    then None) with its interval, None without one.
    """

    outcome: Outcome
    state: State
    reason: Reason
    refused: bool
    winner: str | None
    leaning: str | None
    n: int
    paired: bool
    level: float
    method: str
    interval: Interval | None
    check: str | None
    check_p: float | None
    headline: str
    detail: tuple[str, ...]
    caveats: tuple[Caveat, ...]
    seeds_needed: SeedsNeeded | None
    look: Look | None = None
    interim: bool = False
    comparisons: int = 1
    p: float | None = None
    p_corrected: float | None = None
    rank_p: float | None = None
    worst_rank_p: float | None = None
    fails_more: str | None = None
    failures_p: float | None = None
    outliers: tuple[Outlier, ...] = ()
    measured: str = ""
    centre: Centre = "mean"
    estimate: Estimate | None = None

    @property
    def sentence(self) -> str:
        """Return the headline and the details as one paragraph."""
        return " ".join((self.headline, *self.detail))


def decide(
    a: Sample, b: Sample, rule: DecisionRule, rng: np.random.Generator, conditions: Conditions = _NOT_STATED
) -> Verdict:
    """Decide between two arms.

    False positives between two equal arms stay at or below 1 - level for n from 3 on: at a fixed n, and over all looks
    of a "planned" or "anytime" rule. The generator is used only if the permutation test cannot be counted exactly.

    Raises:
        InvalidInput: seeds that cannot be paired as the rule requires.
    """
    rule = interim_rule(rule, conditions)
    evidence = gather(a, b, rule, conditions.unvaried)
    return conclude(evidence, judge(evidence, rule, rng), rule, conditions)


def interim_rule(rule: DecisionRule, conditions: Conditions) -> DecisionRule:
    """Return the decision rule that applies at the moment.

    It is anytime-valid while runs are pending, and after earlier looks: `seedspread.stats.data.looks` says why.
    """
    if rule.looks != "once" or not conditions.interim:
        return rule
    level = rule.level
    # The one verdict at a fixed n spends the error rate; what is read before or after it may add a little.
    before = conditions.unpaid and not conditions.added
    if before or (conditions.added and not conditions.unspent):
        level = 1 - rule.alpha / ADDED_PART
    return replace(rule, looks="anytime", most_seeds=None, level=level)


def after_other_plan(rule: DecisionRule) -> DecisionRule:
    """Return the rule of looks after a plan of other size.

    The earlier plan may have spent its whole error rate.
    """
    return replace(rule, looks="anytime", level=1 - rule.alpha / ADDED_PART)


def conclude(
    evidence: Evidence,
    judgement: Judgement,
    rule: DecisionRule,
    conditions: Conditions,
    *,
    comparisons: int = 1,
    holm: float | None = None,
) -> Verdict:
    """Turn a judgement into a verdict with sentences, caveats and seeds needed."""
    level = 1 - rule.alpha / comparisons if not rule.adaptive else rule.level
    # A study with planned looks has its seeds planned already; advice to add some would undo the plan.
    open_question = judgement.outcome == "undecided" and judgement.reason not in _NOT_FOR_MORE_SEEDS
    open_question = open_question and rule.looks != "planned"
    needed = seeds_needed(evidence, replace(rule, level=level)) if open_question else None
    if comparisons > 1 and not rule.adaptive and judgement.outcome == "no_difference":
        # "Equivalent" holds at the corrected level: that interval is the one to show.
        evidence = replace(evidence, interval=interval_at(evidence, level))
    verdict = headline(evidence, judgement, rule, conditions)
    detail = details(evidence, judgement, rule, conditions, needed, (comparisons, holm))
    if judgement.reason == "not_after_correction":
        verdict, why = after_correction(evidence, judgement, conditions, comparisons, holm)
        detail = (why, *detail)
    interval, check = evidence.interval, judgement.check
    if judgement.reason in REFUSALS:
        interval = interval if judgement.reason == "standing_apart" else None
    elif judgement.reason == "too_few_seeds":
        interval = None
    return Verdict(
        outcome=judgement.outcome,
        state=judgement.state,
        reason=judgement.reason,
        refused=judgement.reason in REFUSALS,
        winner=judgement.winner,
        leaning=judgement.leaning,
        n=evidence.n,
        paired=evidence.paired,
        level=rule.level,
        method=interval.method if interval is not None else evidence.test.name,
        interval=None if rule.centre == "log_ratio" else interval,
        check=None if check is None else f"{check.name} ({check.method})",
        check_p=None if check is None else check.p,
        headline=verdict,
        detail=detail,
        caveats=caveats(evidence, judgement, rule, conditions),
        seeds_needed=needed,
        look=evidence.look,
        interim=conditions.interim,
        comparisons=comparisons,
        p=judgement.p,
        p_corrected=judgement.p if holm is None else holm,
        rank_p=None if judgement.rank is None else judgement.rank.p,
        worst_rank_p=None if judgement.worst_rank is None else judgement.worst_rank.p,
        fails_more=judgement.fails_more,
        failures_p=judgement.failures_p,
        outliers=evidence.outliers(),
        measured="" if interval is None else measured(evidence, conditions),
        centre=rule.centre,
        estimate=_estimate(evidence, interval),
    )


def _estimate(evidence: Evidence, interval: Interval | None) -> Estimate | None:
    """Return what decided, on the scale on which it is told."""
    if interval is None or evidence.value is None:
        return None
    name, n = _ESTIMATES[evidence.centre], evidence.a.size if evidence.paired else evidence.a.size + evidence.b.size
    if evidence.centre != "log_ratio":
        return Estimate(name, evidence.value, n, interval)
    low, high = math.exp(max(-700.0, interval.low)), math.exp(min(700.0, interval.high))
    return Estimate(name, math.exp(evidence.value), n, replace(interval, low=low, high=high))


_ESTIMATES: dict[Centre, str] = {
    "mean": reasons.DIFFERENCE_OF_MEANS,
    "trimmed": reasons.DIFFERENCE_OF_TRIMMED_MEANS,
    "median": reasons.DIFFERENCE_OF_MEDIANS,
    "log_ratio": reasons.RATIO_OF_GEOMETRIC_MEANS,
}

Floats = NDArray[np.float64]

_BOOTSTRAPPED = 500  # seeds per arm; beyond, the bootstrap says what the t interval says


@dataclass(frozen=True)
class Difference:
    """Difference B - A over the values used, in the metric's units.

    For paired arms the values used are the pairs. interval: paired t or Welch at the rule's level (the verdict's own
    may be wider, see Verdict.interval). anytime: the t mixture over pairs, valid at every look (None below 5 pairs, or
    if unpaired). correlation, unmatched seeds: of the pairing; None and 0 if arms are not paired. alone_a, alone_b:
    unmatched values that take part in mean and interval beside the pairs.
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
    alone_a: int = 0
    alone_b: int = 0


@dataclass(frozen=True)
class Comparison:
    """All results of comparing B with A.

    a, b: the arms over all their finite values. tests: the t test that the interval belongs to, then the permutation
    test, the rank tests, and Student's test as a reference. probability: P(B above A); share_of_seeds: its paired
    counterpart, None if arms are not paired. detectable: the smallest difference detected with the rule's power at this
    n, in the metric's units. spread: tests of equal spread. apart_*: outlying seeds. failed_*: shares of runs without a
    usable value; failures_p: Fisher's exact p that they differ. bootstrap: for reference. posterior: probabilities that
    A is higher, that the means are within the smallest difference, and that B is higher, under flat priors. robust: the
    difference by other centres. outlook_*: predictions of an arm's next runs.
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
    posterior: Posterior
    robust: RobustDifferences
    outlook_a: Outlook
    outlook_b: Outlook


def compare(
    a: Sample, b: Sample, rule: DecisionRule, rng: np.random.Generator, conditions: Conditions = _NOT_STATED
) -> Comparison:
    """Compare B with A under a rule stated beforehand.

    Pass `question_rng(...)` of the question as the generator, so that the same question gives the same numbers. The
    conditions (metric and sources of randomness) only affect the sentences. Other shortcomings are reported in the
    result.

    Raises:
        InvalidInput: arms that cannot be paired although the rule requires it.
    """
    rule = interim_rule(rule, conditions)
    evidence = gather(a, b, rule, conditions.unvaried)
    check = evidence.check(rng)
    judgement = judge(evidence, rule, rng, check=check)
    return _compared(
        _described(evidence, check, (a, b), rule, rng), conclude(evidence, judgement, rule, conditions), rule, rng
    )


def _described(
    evidence: Evidence, check: HypothesisTest, arms: tuple[Sample, Sample], rule: DecisionRule, rng: np.random.Generator
) -> tuple[Evidence, HypothesisTest]:
    """Return the evidence about means, which describes the arms whatever decides."""
    if rule.centre == "mean":
        return evidence, check
    by_mean = gather(*arms, replace(rule, centre="mean"), evidence.unvaried)
    return by_mean, by_mean.check(rng)


def _compared(
    described: tuple[Evidence, HypothesisTest], verdict: Verdict, rule: DecisionRule, rng: np.random.Generator
) -> Comparison:
    evidence, check = described
    first, second = evidence.a, evidence.b
    a, b = evidence.sample_a, evidence.sample_b
    return Comparison(
        a=summarise(a, rule.level),
        b=summarise(b, rule.level),
        difference=_difference(evidence, rule),
        tests=_tests(evidence, check, rule),
        effects=effects(first, second, paired=evidence.paired),
        probability=probability_b_above_a(first, second, rule.level),
        share_of_seeds=probability_paired(first, second, rule.level) if evidence.paired else None,
        wrong_winner=wrong_winner(first, second, paired=evidence.paired),
        detectable=_detectable(evidence, rule, verdict.comparisons),
        spread=brown_forsythe(first, second),
        apart_a=evidence.apart_a,
        apart_b=evidence.apart_b,
        failed_a=failure_rate(a.left_out, a.ended, rule.level),
        failed_b=failure_rate(b.left_out, b.ended, rule.level),
        failures_p=failure_difference(a.left_out, a.ended, b.left_out, b.ended),
        bootstrap=_bootstrap(evidence, rule, rng),
        verdict=verdict,
        posterior=(posterior if evidence.paired else posterior_unpaired)(
            first, second, (rule.smallest_difference or 0.0) if rule.centre != "log_ratio" else 0.0
        ),
        robust=robust_differences(first, second, paired=evidence.paired, level=rule.level),
        outlook_a=outlook(a.usable, rng, level=rule.level, minimize=rule.direction == "minimize"),
        outlook_b=outlook(b.usable, rng, level=rule.level, minimize=rule.direction == "minimize"),
    )


def _difference(evidence: Evidence, rule: DecisionRule) -> Difference:
    first, second = evidence.moments_a, evidence.moments_b
    comparisons_known = first is not None and second is not None
    pairs = evidence.pairs
    few, shared = (
        comparisons_known and evidence.n < FEWEST_FOR_INTERVAL,
        reasons.SHARED_SEEDS if evidence.paired else reasons.SEEDS_PER_ARM,
    )
    return Difference(
        n_a=evidence.a.size,
        n_b=evidence.b.size,
        paired=evidence.paired,
        mean=evidence.value
        if evidence.alone is not None or first is None or second is None
        else second.mean - first.mean,
        median=float(np.median(evidence.b) - np.median(evidence.a)) if comparisons_known else None,
        iqm=iqm(evidence.b) - iqm(evidence.a) if comparisons_known else None,
        interval=None if few else evidence.test.interval,
        anytime=t_mixture(evidence.difference, rule.level) if evidence.difference is not None else None,
        reason=f"fewer than {FEWEST_FOR_INTERVAL} {shared}" if few else evidence.test.reason,
        correlation=evidence.correlation,
        unmatched_a=pairs.unmatched_a if pairs is not None else 0,
        unmatched_b=pairs.unmatched_b if pairs is not None else 0,
        alone_a=0 if evidence.alone is None else evidence.alone[0].size,
        alone_b=0 if evidence.alone is None else evidence.alone[1].size,
    )


def _tests(evidence: Evidence, check: HypothesisTest, rule: DecisionRule) -> tuple[HypothesisTest, ...]:
    first, second = evidence.a, evidence.b
    if evidence.paired:
        rank = (wilcoxon(first, second), sign_test(first, second))
        return evidence.test, check, *rank, *_with_unpaired(evidence, rule)
    ranked = (brunner_munzel(first, second), mann_whitney(first, second))
    return evidence.test, check, *ranked, student_test(first, second, rule.level)


def _with_unpaired(evidence: Evidence, rule: DecisionRule) -> tuple[HypothesisTest, ...]:
    """Return the test that also uses the unpaired seeds, if any."""
    pairs = evidence.pairs
    if pairs is None or pairs.unmatched_a + pairs.unmatched_b == 0:
        return ()
    alone_a, alone_b = (_without_a_pair(sample, pairs) for sample in (evidence.sample_a, evidence.sample_b))
    overlapping = overlapping_test(pairs.a, pairs.b, alone_a, alone_b, rule.level)
    return (overlapping,) if evidence.alone is None else (paired_test(pairs.a, pairs.b, rule.level), overlapping)


def _without_a_pair(sample: Sample, pairs: Pairs) -> Floats:
    if sample.seeds is None:
        return np.empty(0)
    return sample.usable[~np.isin(sample.seeds[sample.finite], pairs.seeds)]


def _detectable(evidence: Evidence, rule: DecisionRule, comparisons: int = 1) -> float | None:
    level = rule.level if rule.adaptive else 1 - rule.alpha / comparisons
    if evidence.paired:
        comparisons_known = evidence.difference
        if comparisons_known is None or comparisons_known.n < 2 or comparisons_known.constant:
            return None
        return comparisons_known.std * detectable_paired(comparisons_known.n, rule.power, level)
    first, second = evidence.moments_a, evidence.moments_b
    if first is None or second is None or min(first.n, second.n) < 2 or (first.constant and second.constant):
        return None
    return detectable_welch(first.std, second.std, first.n, second.n, rule.power, level)


def _bootstrap(evidence: Evidence, rule: DecisionRule, rng: np.random.Generator) -> Bootstrap:
    if evidence.n > _BOOTSTRAPPED:
        return Bootstrap(reason=reasons.too_many_for_bootstrap(_BOOTSTRAPPED))
    drawn = bootstrap_paired if evidence.paired else bootstrap_difference
    return drawn(evidence.a, evidence.b, rng, level=rule.level, resamples=RESAMPLES)


@dataclass(frozen=True)
class Family:
    """Comparisons of several arms, corrected for multiplicity.

    pairs[i] names (A, B) of comparisons[i]. adjusted holds the adjusted p-values of the verdicts in the same order;
    each is based on the larger p of the tests that decide. The verdicts are corrected: "better" remains only if Holm's
    p is within the rule's error rate over all comparisons looked at (adjusted.m), "equivalent" only at that rate
    divided by adjusted.m.
    """

    pairs: tuple[tuple[str, str], ...]
    comparisons: tuple[Comparison, ...]
    adjusted: Adjusted
    baseline: str | None


def compare_many(
    samples: Sequence[Sample],
    rule: DecisionRule,
    rng: np.random.Generator,
    *,
    baseline: str | None = None,
    looked_at: int | None = None,
    conditions: Conditions | Sequence[Conditions] = _NOT_STATED,
) -> Family:
    """Compare every arm with the baseline, or all pairs without one.

    Rules with looks, and interim results, divide their error rate evenly over the comparisons (Bonferroni); fixed ones
    use Holm.

    Args:
        samples: the arms.
        rule: of every comparison.
        rng: for permutation tests that cannot be counted exactly.
        baseline: an arm's name; None for all pairs.
        looked_at: comparisons looked at in total, filtered and deleted arms included; all pairs, if the baseline was
            not named before the results.
        conditions: of all comparisons, or one for each in their order.

    Raises:
        InvalidInput: fewer than two arms, a name used twice, an unknown baseline, or a number of conditions that
            differs from the number of comparisons.
    """
    chosen = _pairs(samples, baseline)
    m = max(len(chosen), looked_at or 0)
    if looked_at is not None and looked_at < len(chosen):
        raise InvalidInput("looked_at", looked_at, f"at least the {len(chosen)} comparisons made")
    by_pair = [conditions] * len(chosen) if isinstance(conditions, Conditions) else list(conditions)
    if len(by_pair) != len(chosen):
        raise InvalidInput("conditions", len(by_pair), f"one for each of the {len(chosen)} comparisons")
    now = next((interim for under in by_pair if (interim := interim_rule(rule, under)).adaptive), rule)
    judged = replace(now, level=1 - now.alpha / m) if now.adaptive else now
    gathered = [gather(a, b, judged, under.unvaried) for (a, b), under in zip(chosen, by_pair, strict=True)]
    checks = [evidence.check(rng) for evidence in gathered]
    judgements = [
        judge(evidence, judged, rng, 1 if judged.adaptive else m, check)
        for evidence, check in zip(gathered, checks, strict=True)
    ]
    adjusted = adjust([judgement.p for judgement in judgements], m)
    comparisons = [
        _compared(
            _described(evidence, check, arms, judged, rng),
            conclude(evidence, corrected(judgement, holm, judged, m), judged, under, comparisons=m, holm=holm),
            judged,
            rng,
        )
        for evidence, check, arms, judgement, holm, under in zip(
            gathered, checks, chosen, judgements, adjusted.holm, by_pair, strict=True
        )
    ]
    return Family(tuple((a.arm, b.arm) for a, b in chosen), tuple(comparisons), adjusted, baseline)


def _pairs(samples: Sequence[Sample], baseline: str | None) -> list[tuple[Sample, Sample]]:
    names = [sample.arm for sample in samples]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InvalidInput("arms", names, "two or more arms with different names")
    if baseline is None:
        return list(combinations(samples, 2))
    if baseline not in names:
        raise InvalidInput("baseline", baseline, f"one of {', '.join(names)}")
    first = samples[names.index(baseline)]
    return [(first, sample) for sample in samples if sample.arm != baseline]
