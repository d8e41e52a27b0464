"""Adaptive studies: decide after each batch of seeds whether to stop.

The rule accounts for repeated looks, so that stopping early does not inflate false positives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from seedspread.errors import InvalidInput
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.comparison import Verdict, conclude
from seedspread.stats.decision.evidence import Evidence, gather
from seedspread.stats.decision.judgement import Judgement, judge
from seedspread.stats.decision.rule import DecisionRule, Look, StopWhen
from seedspread.stats.decision.sentences import look_sentence

_NOT_STATED = Conditions()

StopReason = Literal["decided", "narrow_enough", "seeds_exhausted", "hopeless"]
ContinueReason = Literal["between_looks", "undecided", "too_wide", "not_at_most"]

_WAITING: dict[StopWhen, ContinueReason] = {"decided": "undecided", "narrow": "too_wide", "at_most": "not_at_most"}


@dataclass(frozen=True)
class LookDecision:
    """Decision whether to queue another batch.

    started: runs ended per arm (the smaller count). next_at: seeds per arm at the next look, None on "stop". width: of
    the current interval, in the metric's units. plan: all looks of a "planned" rule with the error rate that each
    spends, empty for "anytime". spent: the error rate used so far; None for "anytime", whose interval holds at every
    look. budget: the whole error rate (a plan keeps 8% of it back for small samples). On "stop", cancel pending runs
    and keep the verdict, which is final.
    """

    action: Literal["continue", "stop"]
    reason: StopReason | ContinueReason
    sentence: str
    started: int
    next_at: int | None
    width: float | None
    plan: tuple[Look, ...]
    spent: float | None
    budget: float
    verdict: Verdict


def next_look(
    a: Sample, b: Sample, rule: DecisionRule, rng: np.random.Generator, conditions: Conditions = _NOT_STATED
) -> LookDecision:
    """Analyse an adaptive study at a look.

    Pass only the seeds of the batches so far; runs that end late belong to the next look. A "planned" rule decides only
    when the smaller arm's number of ended runs, failed ones included, is on its schedule; in between it continues.

    Raises:
        InvalidInput: the rule looks only once.
    """
    if not rule.adaptive:
        raise InvalidInput("looks", rule.looks, "planned or anytime")
    evidence = gather(a, b, rule, conditions.unvaried)
    judgement = judge(evidence, rule, rng)
    started = min(a.started, b.started)
    action, reason = _action(evidence, judgement, rule, started)
    following = next((size for size in rule.schedule() if size > started), rule.most_seeds or started + rule.look_every)
    plan = rule.planned_looks()
    spent = max((look.spent for look in plan if look.n <= started), default=0.0) if plan else None
    return LookDecision(
        action=action,
        reason=reason,
        sentence=look_sentence(reason, evidence, rule, conditions, started, following),
        started=started,
        next_at=following if action == "continue" else None,
        width=evidence.interval.width() if evidence.interval is not None else None,
        plan=plan,
        spent=spent,
        budget=rule.alpha,
        verdict=conclude(evidence, judgement, rule, conditions),
    )


def _action(
    evidence: Evidence, judgement: Judgement, rule: DecisionRule, started: int
) -> tuple[Literal["continue", "stop"], StopReason | ContinueReason]:
    exhausted = rule.most_seeds is not None and started >= rule.most_seeds
    if evidence.between_looks:
        return "continue", "between_looks"
    if rule.stop_when == "decided" and judgement.outcome != "undecided":
        return "stop", "decided"
    if rule.stop_when == "narrow" and _narrow(evidence, rule):
        return "stop", "narrow_enough"
    if exhausted:
        return "stop", "seeds_exhausted"
    if started >= rule.first_look and judgement.reason in {"identical", "no_variation", "copies"}:
        return "stop", "hopeless"
    return "continue", _WAITING[rule.stop_when]


def _narrow(evidence: Evidence, rule: DecisionRule) -> bool:
    interval = evidence.interval
    return interval is not None and rule.width is not None and interval.width() <= rule.width
