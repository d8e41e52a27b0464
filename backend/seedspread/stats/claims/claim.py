"""Check a claim about an arm.

This is the one procedure behind `--assert`, `judge` and the API.

A claim compares an arm with a baseline, a fixed number, or a published mean. The baseline is shifted by the threshold
and compared like any other arm, so that everything the decision procedure guards against is guarded against here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy import stats as sps

from seedspread import words
from seedspread.errors import InvalidInput
from seedspread.stats.claims import wording
from seedspread.stats.claims.statement import Answer, Claim, ClaimKind, Statement
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.data.results import Interval
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.comparison import interim_rule
from seedspread.stats.decision.evidence import Evidence, gather
from seedspread.stats.decision.judgement import REFUSALS, Judgement, judge
from seedspread.stats.decision.planning import seeds_needed
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule, Direction
from seedspread.stats.decision.sentences import counted, not_counted
from seedspread.stats.decision.sequential import t_mixture
from seedspread.stats.inference.means import (
    Moments,
    moments,
    skewed_mean_interval,
    student_from_moments,
    welch_from_moments,
)

_NOT_STATED = Conditions()
_ROUNDING = 1e-12  # of the values' size, below which a difference that all seeds share is 0
_ABOUT_HALF = 0.55
_MOST_TIMES = 20  # as many seeds as there are, beyond which no plan is made


def check_statement(
    statement: Statement,
    samples: Mapping[str, Sample],
    rule: DecisionRule,
    rng: np.random.Generator,
    *,
    comparisons: int = 1,
    conditions: Conditions = _NOT_STATED,
) -> Claim:
    """Check a statement about the arms it names.

    Args:
        statement: what is claimed.
        samples: arms by name.
        rule: level, pairing and looks; its direction is replaced by the statement's.
        rng: for Monte-Carlo permutations.
        comparisons: claims of this family; each is checked at the error rate divided by them (Bonferroni).
        conditions: pending runs and added seeds, for which the anytime-valid interval decides.

    Raises:
        InvalidInput: an arm that does not exist, or arms that cannot be paired as the rule requires.
    """
    for field, name in (("arm", statement.arm), ("baseline", statement.baseline)):
        if name is not None and name not in samples:
            raise InvalidInput(field, name, f"one of {', '.join(samples)}")
    rule = replace(rule, level=1 - rule.alpha / comparisons, direction=statement.direction)
    sample = samples[statement.arm]
    if statement.kind == "beats_published":
        claim = _against_published(statement, sample, interim_rule(rule, conditions))
    elif statement.kind == "beats_target":
        claim = _against_number(statement, sample, interim_rule(rule, conditions), rng, conditions.metric)
    else:
        baseline, now = samples[statement.baseline or ""], interim_rule(rule, conditions)
        claim = _against_arm(statement, baseline, sample, now, rng, conditions.metric)
    notes = wording.notes(statement, claim, comparisons, conditions)
    return replace(claim, sentence=wording.outcome(statement, replace(claim, notes=(*claim.notes, *notes))))


def check_claim(
    a: Sample, b: Sample, kind: ClaimKind, margin: float | None, rule: DecisionRule, rng: np.random.Generator
) -> Claim:
    """Check that B is better than A, or not worse.

    The margin is in the metric's units, and the rule needs a direction. A claim about a margin never holds for an arm
    that fails more often than the other.

    Raises:
        InvalidInput: an unknown kind, a margin of 0 or less, or a rule without a direction.
    """
    b = replace(b, arm=f"{b.arm} (2)") if a.arm == b.arm else b
    statement = Statement(kind, b.arm, _direction(rule), baseline=a.arm, margin=margin, strict=kind == "better")
    return check_statement(statement, {a.arm: a, b.arm: b}, rule, rng)


def check_target(sample: Sample, target: float, rule: DecisionRule, rng: np.random.Generator) -> Claim:
    """Check that the mean is better than a fixed number.

    Both the t interval, widened for skew, and the sign-flip test about the number must agree. A single arm has no
    labels to permute, so sign flips are exact only for a symmetric distribution and never decide alone. At the number
    itself 6 to 10 seeds of lognormal values (SD of logs 1) are misjudged in up to 8% of cases, Student's t in 15%.
    """
    statement = Statement("beats_target", sample.arm, _direction(rule), target=target, strict=True)
    return check_statement(statement, {sample.arm: sample}, rule, rng)


def check_published(sample: Sample, mean: float, sd: float, n: int, rule: DecisionRule) -> Claim:
    """Check a mean against a published mean and SD over n runs.

    Published summaries cannot be permuted, so exact_p is None, and both Welch's and Student's interval must agree:
    between equal arms Welch's alone errs in 20% of cases with skewed values and 30 against 3 runs,
    in 36% with two modes.
    """
    statement = Statement("beats_published", sample.arm, _direction(rule), published=(mean, sd, n))
    return check_statement(statement, {sample.arm: sample}, rule, np.random.default_rng(0))


def _direction(rule: DecisionRule) -> Direction:
    if rule.direction is None:
        raise InvalidInput("direction", None, "maximize or minimize: a claim is about getting better")
    return "maximize" if rule.direction == "maximize" else "minimize"


def _against_arm(
    statement: Statement, a: Sample, b: Sample, rule: DecisionRule, rng: np.random.Generator, metric: str
) -> Claim:
    kind, threshold, margin = statement.kind, statement.threshold, statement.margin
    planned = rule
    if kind in ("equal_within", "not_worse_by"):
        # Not being worse is planned for an arm that is neither better nor worse.
        planned = replace(rule, smallest_difference=margin)
    if kind == "equal_within":
        rule = planned
    elif kind != "better" or not statement.strict:
        rule = replace(rule, smallest_difference=None)
    ratio = rule.centre == "log_ratio"
    shifted = replace(a, values=a.values * (1 + threshold) if ratio else a.values + threshold) if threshold else a
    evidence = gather(shifted, b, rule)
    judgement = judge(evidence, rule, rng)
    claim = _claim(statement, evidence, judgement, planned, b.arm, metric)
    if claim.answer == "holds" and kind != "better" and b.left_out * a.ended > a.left_out * b.ended:
        fails = wording.fails_more(b.arm, b.left_out, b.ended)
        return replace(claim, answer="undecided", reason=fails, more=None)
    return claim


def _against_number(
    statement: Statement, sample: Sample, rule: DecisionRule, rng: np.random.Generator, metric: str
) -> Claim:
    """Pair every value with the number."""
    values, rule = sample.usable, replace(rule, pairing="paired", smallest_difference=None)
    seeds = np.arange(values.size)
    own = Sample(sample.arm, values, seeds, failures=sample.left_out)
    number = Sample(wording.TARGET, np.full(values.size, statement.threshold), seeds)
    evidence = gather(number, own, rule)
    if evidence.interval is not None and rule.looks == "once" and rule.centre == "mean":
        # One arm has no second one against which its skew would cancel.
        wider = skewed_mean_interval(values - statement.threshold, evidence.interval.level)
        evidence = replace(evidence, interval=wider or evidence.interval)
    judgement = judge(evidence, rule, rng)
    if judgement.reason in ("separated", "exact_tests_agree"):
        # About a number, sign flips and ranks are exact only for a symmetric law: here they never decide alone.
        judgement = replace(judgement, outcome="undecided", reason="interval_covers_zero", winner=None)
    claim = _claim(statement, evidence, judgement, rule, own.arm, metric)
    if claim.interval is not None:
        low, high = claim.interval.low + statement.threshold, claim.interval.high + statement.threshold
        if rule.centre == "log_ratio":
            low, high = (statement.threshold * (1 + end) for end in (claim.interval.low, claim.interval.high))
        claim = replace(claim, interval=replace(claim.interval, low=low, high=high))
        if rule.centre != "log_ratio":
            claim = replace(claim, estimate=None if evidence.value is None else evidence.value + statement.threshold)
    return replace(claim, seeds=words.counted(evidence.n, "seed") + not_counted(evidence, metric))


def _claim(
    statement: Statement, evidence: Evidence, judgement: Judgement, rule: DecisionRule, ours: str, metric: str
) -> Claim:
    """Turn the judgement about arms shifted by the threshold into an answer."""
    shift = 0.0 if statement.kind == "beats_target" else statement.threshold
    interval = None if judgement.reason == "too_few_seeds" else evidence.interval
    if interval is not None and evidence.centre == "log_ratio":
        low, high = ((1 + shift) * math.exp(end) - 1 for end in (interval.low, interval.high))
        interval = replace(interval, low=low, high=high)
    elif interval is not None and shift:
        interval = replace(interval, low=interval.low + shift, high=interval.high + shift)
    answer = _answer(statement, judgement, interval, ours)
    reason = None
    if answer not in ("holds", "fails") or judgement.reason == "fails_more":
        reason = wording.why(judgement, evidence, metric, about_number=statement.baseline is None)
    if judgement.reason == "identical":
        reason = wording.at_threshold(statement)
    more, basis = None, ""
    if answer == "undecided" and judgement.reason not in (REFUSALS | {"fails_more", "failures_disagree"}):
        needed = seeds_needed(evidence, rule)
        more, basis = needed.additional, needed.basis
    check = judgement.check
    exact_p = None if check is None else check.p
    ratio = evidence.centre == "log_ratio" and statement.kind != "beats_target"
    return Claim(
        statement.kind,
        answer,
        statement.threshold,
        interval,
        exact_p,
        evidence.n,
        reason,
        more or None,
        ratio=ratio,
        estimate=None if evidence.value is None or evidence.centre == "log_ratio" else evidence.value + shift,
        seeds=counted(evidence) + not_counted(evidence, metric),
        basis=basis,
        same=_same(evidence, shift),
    )


def _same(evidence: Evidence, shift: float) -> float | None:
    """Return the difference (of ratios, the change) that all seeds share."""
    if not evidence.same_difference or evidence.value is None:
        return None
    if evidence.centre == "log_ratio":
        return _without_rounding((1 + shift) * math.exp(evidence.value) - 1, 1.0)
    return _without_rounding(evidence.value + shift, float(np.abs(evidence.b).max()))


def _without_rounding(value: float, size: float) -> float:
    """Return a difference, 0 where it is only rounding."""
    return value if abs(value) > _ROUNDING * size else 0.0


def _answer(statement: Statement, judgement: Judgement, interval: Interval | None, ours: str) -> Answer:
    if judgement.reason == "identical":  # at the threshold itself under every seed
        return "fails" if statement.strict else "holds"
    if statement.kind == "equal_within":
        if judgement.reason == "fails_more":  # failure rates that differ are the verdict: the arms are not equal
            return "fails"
        margin = statement.margin or 0.0
        if judgement.outcome == "no_difference":
            return "holds"
        beyond = interval is not None and (interval.low > margin or interval.high < -margin)
        return "fails" if beyond and judgement.outcome == "better" else _open(judgement)
    if judgement.outcome == "no_difference":  # equivalent, so not better
        return "fails"
    if judgement.outcome == "better":
        return "holds" if judgement.winner == ours else "fails"
    return _open(judgement)


def _open(judgement: Judgement) -> Answer:
    return "broken" if judgement.reason in ("no_values", "copies", "no_variation") else "undecided"


def _against_published(statement: Statement, sample: Sample, rule: DecisionRule) -> Claim:
    mean, sd, n = statement.published or (0.0, 0.0, 2)
    values, kind = sample.usable, statement.kind
    if values.size == 0:
        return Claim(kind, "broken", 0.0, None, None, 0, wording.no_value(sample.arm))
    if values.size < FEWEST_FOR_INTERVAL:
        more = FEWEST_FOR_INTERVAL - int(values.size)
        few = Claim(kind, "undecided", 0.0, None, None, values.size, wording.TOO_FEW, more)
        return replace(few, basis="minimum_seeds")
    published = Moments(n, mean, sd, sd == 0)
    interval, reason = _from_published(published, moments(values), rule)
    seeds = f"{words.counted(int(values.size), 'seed')} against {words.counted(n, 'published run')}"
    undecided = Claim(kind, "undecided", 0.0, interval, None, values.size, reason)
    if interval is None:
        return undecided
    low, high = interval.low, interval.high
    up = statement.direction == "maximize"
    beyond, short = (low > 0, high < 0) if up else (high < 0, low > 0)
    undecided = replace(undecided, estimate=float(values.mean()) - mean, seeds=seeds)
    if beyond and sample.left_out:
        return replace(undecided, reason=wording.without_value(sample.arm, sample.left_out, sample.ended))
    if beyond or short:
        return replace(undecided, answer="holds" if beyond else "fails")
    halving = _to_halve(published, moments(values), rule, interval)
    return replace(undecided, reason=wording.COVERS, more=halving, basis="half_the_interval")


def _to_halve(published: Moments, own: Moments, rule: DecisionRule, interval: Interval) -> int | None:
    """Return the further seeds that would halve the interval.

    It is None where the published runs keep it wide.
    """
    left = (own.sem**2 + published.sem**2) / 4 - published.sem**2
    if left <= own.var / (_MOST_TIMES * own.n):
        return None
    n = max(own.n + 1, math.ceil(own.var / left))
    # Degrees of freedom change with n: a plan that misses by more than this would not be "about" half.
    narrower, _ = _from_published(published, replace(own, n=n), rule)
    return n - own.n if narrower is not None and narrower.width() <= _ABOUT_HALF * interval.width() else None


def _from_published(published: Moments, own: Moments, rule: DecisionRule) -> tuple[Interval | None, str | None]:
    """Return the interval of own - published mean, or a reason.

    At a fixed n it is the wider of Welch's and Student's at each end. While looks go on it is the own mean's
    anytime-valid interval, with the published mean's t interval around it, each at half of the error rate.
    """
    difference = own.mean - published.mean
    if rule.looks == "once":
        tests = (welch_from_moments(published, own, rule.level), student_from_moments(published, own, rule.level))
        both = [test.interval for test in tests if test.interval is not None]
        if len(both) < len(tests):
            return None, tests[0].reason or tests[1].reason
        low, high = min(item.low for item in both), max(item.high for item in both)
        return Interval(low, high, rule.level, "Welch t and Student t"), None
    half = 1 - rule.alpha / 2
    anytime = t_mixture(own, half)
    if anytime is None:
        return None, wording.NO_INTERVAL
    width = anytime.width() / 2 + float(sps.t.isf((1 - half) / 2, published.n - 1)) * published.sem
    return Interval(difference - width, difference + width, rule.level, "anytime-valid t mixture"), None
