"""Check claims other than "which is better".

A claim is about a margin, non-inferiority, a fixed number, or a published result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from seedspread.errors import InvalidInput
from seedspread.stats.data.results import HypothesisTest, Interval
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule
from seedspread.stats.inference.means import Moments, mean_interval, moments, welch_from_moments
from seedspread.stats.inference.permutation import resamples_for, sign_flip_test

ClaimKind = Literal["better_by", "not_worse_by"]
Answer = Literal["holds", "fails", "undecided"]


@dataclass(frozen=True)
class Claim:
    """Outcome of a claim: it holds, fails, or is undecided.

    threshold: the difference B - A (or the number) that the claim is about, in the metric's units. interval: two-sided,
    of B - A or of the mean. The claim holds if the interval lies beyond the threshold and the exact test agrees
    (exact_p is one-sided, within half the error rate); it fails if the interval lies on the other side. reason: why it
    is undecided.
    """

    kind: str
    answer: Answer
    threshold: float
    interval: Interval | None
    exact_p: float | None
    n: int
    reason: str | None = None


def check_claim(
    a: Sample, b: Sample, kind: ClaimKind, margin: float, rule: DecisionRule, rng: np.random.Generator
) -> Claim:
    """Check that B beats A by a margin, or is not worse.

    The margin is above 0, in the metric's units, and the rule needs a direction. Means cover only the runs that
    finished, so the claim never holds for an arm that fails more often than the other.
    """
    if kind not in get_args(ClaimKind):
        raise InvalidInput("kind", kind, f"one of {', '.join(get_args(ClaimKind))}")
    if not (math.isfinite(margin) and margin > 0):
        raise InvalidInput("margin", margin, "a number above 0")
    if rule.direction is None:
        raise InvalidInput("direction", None, "maximize or minimize: a claim is about getting better")
    up = rule.direction == "maximize"
    threshold = (margin if kind == "better_by" else -margin) * (1 if up else -1)
    evidence = gather(a, b, rule)
    if evidence.n < FEWEST_FOR_INTERVAL or evidence.interval is None:
        reason = evidence.test.reason or f"fewer than {FEWEST_FOR_INTERVAL} seeds"
        return Claim(kind, "undecided", threshold, evidence.interval, None, evidence.n, reason)
    check = evidence.check(rng, shift=threshold, alpha=evidence.alpha, downwards=not up)
    claim = _answer(kind, threshold, evidence.interval, check, evidence.alpha, evidence.n, up=up)
    if claim.answer == "holds" and b.left_out * a.ended > a.left_out * b.ended:
        return replace(claim, answer="undecided", reason=f"{b.arm} fails more often: {b.left_out} of {b.ended} runs")
    return claim


def check_target(sample: Sample, target: float, rule: DecisionRule, rng: np.random.Generator) -> Claim:
    """Check that the mean is better than a fixed number.

    Both the t interval and the sign-flip test about the number must agree. The sign-flip test is exact only for a
    symmetric distribution, since a single arm has no labels to permute.
    """
    if not math.isfinite(target):
        raise InvalidInput("target", target, "a finite number")
    if rule.direction is None:
        raise InvalidInput("direction", None, "maximize or minimize: a claim is about getting better")
    up, values = rule.direction == "maximize", sample.usable
    interval = mean_interval(moments(values), rule.level) if values.size else None
    if values.size < FEWEST_FOR_INTERVAL or interval is None:
        return Claim("beats_target", "undecided", target, interval, None, values.size, "too few values that differ")
    sign = 1.0 if up else -1.0
    fixed = np.full(values.size, target)
    check = sign_flip_test(sign * fixed, sign * values, rng, resamples=resamples_for(rule.alpha))
    return _answer("beats_target", target, interval, check, rule.alpha, values.size, up=up)


def check_published(sample: Sample, mean: float, sd: float, n: int, rule: DecisionRule) -> Claim:
    """Check a mean against a published mean ± SD over n runs.

    The answer rests on Welch's interval alone. exact_p is None, since published summaries cannot be permuted.
    """
    if not (math.isfinite(mean) and math.isfinite(sd) and sd >= 0 and n >= 2):
        raise InvalidInput("published", (mean, sd, n), "a finite mean, an SD of 0 or more, and 2 runs or more")
    if rule.direction is None:
        raise InvalidInput("direction", None, "maximize or minimize: a claim is about getting better")
    values = sample.usable
    if values.size < FEWEST_FOR_INTERVAL:
        return Claim("beats_published", "undecided", 0.0, None, None, values.size, "fewer than 3 finite values")
    test = welch_from_moments(Moments(n, mean, sd, sd == 0), moments(values), rule.level)
    if test.interval is None:
        return Claim("beats_published", "undecided", 0.0, None, None, values.size, test.reason)
    return _answer(
        "beats_published", 0.0, test.interval, None, rule.alpha, values.size, up=rule.direction == "maximize"
    )


def _answer(
    kind: str, threshold: float, interval: Interval, check: HypothesisTest | None, alpha: float, n: int, *, up: bool
) -> Claim:
    beyond = interval.low > threshold if up else interval.high < threshold
    short = interval.high < threshold if up else interval.low > threshold
    exact_p = None if check is None else check.p_greater
    if beyond and (check is None or (exact_p is not None and exact_p <= alpha / 2)):
        return Claim(kind, "holds", threshold, interval, exact_p, n)
    if short:
        return Claim(kind, "fails", threshold, interval, exact_p, n)
    reason = "the exact test does not agree" if beyond else "the interval covers the threshold"
    return Claim(kind, "undecided", threshold, interval, exact_p, n, reason)
