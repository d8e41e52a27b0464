"""Sentences of a ranking of arms by their means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from seedspread import words
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.decision.planning import Separation
from seedspread.stats.decision.rule import DecisionRule
from seedspread.stats.decision.sentences import stated_margin

_NAMED = 3  # arms that a ranking names


@dataclass(frozen=True)
class RankedArm:
    """Arm in a ranking by means.

    with_best: the arm cannot be distinguished from the best one. p_worse: the corrected p of "the best arm is better"
    (None for the best itself). p_best: the posterior probability that its true mean is the best; no correction enters
    it.
    """

    arm: str
    n: int
    left_out: int
    mean: float
    with_best: bool
    p_worse: float | None
    p_best: float | None


def ranking_sentences(
    arms: Sequence[RankedArm],
    pairs: int,
    separation: Separation | None,
    rule: DecisionRule,
    conditions: Conditions,
) -> tuple[str, tuple[str, ...]]:
    """Return a ranking in words, with the seeds it takes."""
    if not arms:
        return "No arm has a finite value yet.", ()
    best = words.name(arms[0].arm)
    tied = [words.name(arm.arm) for arm in arms[1:] if arm.with_best]
    beaten = [words.name(arm.arm) for arm in arms[1:] if not arm.with_best]
    high = "best" if rule.direction is not None else "highest"
    beats = "beats" if rule.direction is not None else "is higher than"
    if not tied:
        return f"{best} is {high}: it {beats} every other arm.", ()
    detail = [f"{best} {beats} {words.listing(beaten, _NAMED)}."] if beaten else []
    detail += [] if separation is None else _separating(separation, best, tied[0], pairs, rule, conditions)
    if separation is not None and separation.n < (separation.per_arm or separation.n + 1):
        seeds = f"{words.count(separation.n)} {'paired seeds' if separation.paired else 'seeds per arm'}"
        others = words.listing(tied, _NAMED)
        apart = "the arms apart" if not beaten else f"{others} from it"
        return f"Undecided: {best} has the {high} mean, but {seeds} are too few to tell {apart}.", tuple(detail)
    if beaten:
        return f"{best} has the {high} mean; {words.listing(tied, _NAMED)} cannot be told from it.", tuple(detail)
    return f"No arm can be told from {best}, which has the {high} mean.", tuple(detail)


def _separating(
    separation: Separation, best: str, following: str, pairs: int, rule: DecisionRule, conditions: Conditions
) -> list[str]:
    """Return the seeds that telling the arms apart takes."""
    noun = "paired seed" if separation.paired else "seed"
    per_arm = "" if separation.paired else " per arm"
    corrected = f"corrected for {words.counted(pairs, 'pair')}"
    detail = []
    if separation.n < separation.fewest:
        least = words.counted(separation.fewest, noun)
        detail.append(f"Whatever the difference, a verdict takes at least {least}{per_arm} ({corrected}).")
    if separation.basis == "smallest_difference":
        amount = stated_margin(rule, conditions)
        of = f"a difference of {amount}, the smallest that matters,"
    else:
        amount = words.difference(separation.difference, (0.0, separation.difference), conditions.unit, signed=False)
        if rule.centre == "log_ratio":
            amount = f"a ratio of {words.number(math.exp(min(700.0, separation.difference)))}"
        of = f"a gap as large as the one observed to {following} ({amount})"
    if separation.per_arm is None:
        return [*detail, f"No feasible number of seeds would show {of}."]
    power = words.percent(rule.power)
    enough = words.counted(separation.per_arm, noun)
    if separation.n >= separation.per_arm:
        return [*detail, f"These seeds would show {of} with {power} power or more ({corrected})."]
    detail.append(f"Showing {of} takes about {enough}{per_arm} with {power} power ({corrected}).")
    if separation.basis == "observed_gap":
        detail.append("The observed gap is itself uncertain: set the smallest difference that matters for a plan.")
    return detail
