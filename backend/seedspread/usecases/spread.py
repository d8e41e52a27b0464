"""The spread that seeds are planned with: of the differences where seeds are shared, else of the runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from seedspread.analysis.measured import Measured
from seedspread.analysis.rules import decision_rule, pairing
from seedspread.stats.decision.evidence import gather
from seedspread.stats.moments import moments

FEWEST = 3


@dataclass(frozen=True)
class Spread:
    """A standard deviation above 0, of the paired differences or of the runs, and the n it comes from."""

    std: float
    paired: bool
    n: int


def spread_of(found: Measured, a: int | str, b: int | str | None) -> Spread | None:
    """The spread of two arms, or of one; None below 3 seeds or without variation."""
    if b is None:
        values = found.values[found.arm(a, "a")].sample().usable
        known = moments(values) if values.size >= FEWEST else None
        return None if known is None or known.constant else Spread(known.std, False, known.n)
    first, second = found.arm(a, "a"), found.arm(b, "b")
    rule = decision_rule(found, pairing(found, first, found, second))
    evidence = gather(found.values[first].sample(), found.values[second].sample(), rule)
    if evidence.n < FEWEST:
        return None
    if evidence.difference is not None:
        gaps = evidence.difference
        return None if gaps.constant else Spread(gaps.std, True, gaps.n)
    one, two = evidence.moments_a, evidence.moments_b
    if one is None or two is None or (one.constant and two.constant):
        return None
    return Spread(math.sqrt((one.var + two.var) / 2), False, evidence.n)
