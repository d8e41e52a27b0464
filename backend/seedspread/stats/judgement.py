"""The decision itself: from evidence and rule to one of three outcomes, with the reason as a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from seedspread.stats.data.results import HypothesisTest, Interval
from seedspread.stats.decision.evidence import Evidence
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, FEWEST_TO_LEAN, DecisionRule

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
