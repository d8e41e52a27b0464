"""The verdict of a comparison: better, no difference that matters, or not enough seeds to tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedspread.stats.data.results import Interval
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.caveats import Caveat, caveats
from seedspread.stats.decision.evidence import Evidence, gather
from seedspread.stats.decision.rule import DecisionRule
from seedspread.stats.decision.sentences import Conditions, advice, details, headline
from seedspread.stats.judgement import REFUSALS, Judgement, Outcome, Reason, judge
from seedspread.stats.looks import Look
from seedspread.stats.seeds_needed import SeedsNeeded, seeds_needed

_NOT_STATED = Conditions()


@dataclass(frozen=True)
class Verdict:
    """What may be said of B against A under the rule stated beforehand.

    outcome: "better", "no_difference" or "undecided"; reason: why, as a code. refused: undecided because the numbers
    cannot be judged, not for want of seeds. winner, leaning: an arm's name. interval: of B - A, the one that decided
    (None where undefined). n: pairs, or seeds of the smaller arm. method names the interval, check the permutation
    test and check_p its p (None where not needed). headline is one sentence; sentence adds what varied, what was left
    out and how many seeds it would take. look: the planned look this is, with what has been spent.
    """

    outcome: Outcome
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
    sentence: str
    caveats: tuple[Caveat, ...]
    seeds_needed: SeedsNeeded | None
    look: Look | None = None


def decide(
    a: Sample, b: Sample, rule: DecisionRule, rng: np.random.Generator, conditions: Conditions = _NOT_STATED
) -> Verdict:
    """The verdict on two arms; raises InvalidInput for mixed units, or seeds that cannot be paired as the rule asks.

    False positives between two equal arms stay at or below 1 - level for n from 3 on: at a fixed n, and over all looks
    of a "planned" or "anytime" rule. rng: for the permutation test where it cannot be counted exactly.
    """
    evidence = gather(a, b, rule)
    return conclude(evidence, judge(evidence, rule, rng), rule, conditions)


def conclude(evidence: Evidence, judgement: Judgement, rule: DecisionRule, conditions: Conditions) -> Verdict:
    """A judgement put into words, with its caveats and what it would take to get further."""
    open_question = judgement.outcome == "undecided" and judgement.reason not in REFUSALS
    needed = seeds_needed(evidence, rule) if open_question else None
    said = headline(evidence, judgement, rule, conditions)
    further = () if needed is None else (advice(needed, rule, conditions),)
    interval, check = evidence.interval, judgement.check
    if judgement.reason in REFUSALS:
        interval = interval if judgement.reason == "standing_apart" else None
    elif judgement.reason == "too_few_seeds":
        interval = None
    return Verdict(
        outcome=judgement.outcome,
        reason=judgement.reason,
        refused=judgement.reason in REFUSALS,
        winner=judgement.winner,
        leaning=judgement.leaning,
        n=evidence.n,
        paired=evidence.paired,
        level=rule.level,
        method=interval.method if interval is not None else evidence.test.name,
        interval=interval,
        check=None if check is None else f"{check.name} ({check.method})",
        check_p=None if check is None else check.p,
        headline=said,
        sentence=" ".join((said, *details(evidence, conditions), *further)),
        caveats=caveats(evidence, judgement, rule, conditions),
        seeds_needed=needed,
        look=evidence.look,
    )
