"""How many seeds a verdict would take, by the rule and the spread seen so far, never by the size of the effect seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scipy import stats as sps

from seedspread.stats.data.results import Interval
from seedspread.stats.decision.evidence import Evidence
from seedspread.stats.decision.planning import MOST_SEEDS, seeds_paired, seeds_welch
from seedspread.stats.decision.rule import DecisionRule

Basis = Literal["minimum_seeds", "smallest_difference", "interval_within_difference", "half_the_interval"]

_PLAUSIBLE = 0.8  # one-sided: the spread is above this limit in one study of five


@dataclass(frozen=True)
class SeedsNeeded:
    """Seeds per arm for a verdict; additional: beyond those at hand. None where no number that could be run is enough.

    cautious: the same if the spread is as large as it plausibly is (upper 80 % limit): pilots understate it.
    basis says what the number is planned for.
    """

    per_arm: int | None
    additional: int | None
    cautious: int | None
    basis: Basis


def seeds_needed(evidence: Evidence, rule: DecisionRule) -> SeedsNeeded:
    """The seeds that would bring a verdict, by the first of the bases that asks for more than there are.

    Where the interval would already decide, the fewest seeds of a verdict are all that is missing.
    """
    n, floor = evidence.n, rule.minimum_seeds
    if n < floor and _decides(evidence.interval, rule):
        return _answer(n, floor, floor, "minimum_seeds")
    margin, spread = rule.smallest_difference, _spreads(evidence)
    if margin is not None and spread is not None:
        found = _stretched(lambda scale: _by_power(evidence, rule, margin, spread, scale), spread)
        if found[0] is None or found[0] > n:
            return _answer(n, max(found[0], floor) if found[0] else None, found[1], "smallest_difference")
        if n >= floor:
            found = _stretched(lambda scale: _by_width(evidence, rule, margin, spread, scale), spread)
            return _answer(n, found[0], found[1], "interval_within_difference")
    if n < floor:
        return _answer(n, floor, floor, "minimum_seeds")
    return _answer(n, 4 * n, 4 * n, "half_the_interval")


def _decides(interval: Interval | None, rule: DecisionRule) -> bool:
    if interval is None:
        return False
    margin = rule.smallest_difference
    within = margin is not None and -margin <= interval.low and interval.high <= margin
    return within or not interval.holds(0.0)


def _answer(n: int, per_arm: int | None, cautious: int | None, basis: Basis) -> SeedsNeeded:
    if per_arm is not None and cautious is not None:
        cautious = max(per_arm, cautious)
    return SeedsNeeded(per_arm, None if per_arm is None else max(0, per_arm - n), cautious, basis)


def _spreads(evidence: Evidence) -> tuple[float, float, float] | None:
    """Standard deviations of A and of B (of the differences, twice, where paired) and their degrees of freedom."""
    if evidence.paired:
        known = evidence.difference
        return None if known is None or known.n < 3 or known.constant else (known.std, known.std, known.n - 1)
    first, second = evidence.moments_a, evidence.moments_b
    if first is None or second is None or min(first.n, second.n) < 3 or (first.constant and second.constant):
        return None
    return first.std, second.std, first.n + second.n - 2


def _stretched(
    solve: Callable[[float], int | None], spread: tuple[float, float, float]
) -> tuple[int | None, int | None]:
    df = spread[2]
    return solve(1.0), solve(math.sqrt(df / float(sps.chi2.ppf(1 - _PLAUSIBLE, df))))


def _by_power(
    evidence: Evidence, rule: DecisionRule, margin: float, spread: tuple[float, float, float], scale: float
) -> int | None:
    if evidence.paired:
        return seeds_paired(margin / (spread[0] * scale), rule.power, rule.level)
    return seeds_welch(margin, spread[0] * scale, spread[1] * scale, rule.power, rule.level)


def _by_width(
    evidence: Evidence, rule: DecisionRule, margin: float, spread: tuple[float, float, float], scale: float
) -> int | None:
    """Seeds at which the interval is narrower than the margin: it can then no longer hold both 0 and the margin."""
    variance = (spread[0] ** 2 if evidence.paired else spread[0] ** 2 + spread[1] ** 2) * scale**2
    factor = 1 if evidence.paired else 2

    def wide(n: int) -> bool:
        critical = float(sps.t.isf(rule.alpha / 2, factor * (n - 1)))
        return 2 * critical * math.sqrt(variance / n) > margin

    low, high = 1, 2
    while wide(high):
        low, high = high, high * 2
        if high > MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high
