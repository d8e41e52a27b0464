"""Check claims about plain numbers.

A claim is one of: better by at least, not worse than, at least a fixed target, different from a published result.
"""

from __future__ import annotations

from collections.abc import Mapping

from seedspread.analysis.compare import Values
from seedspread.core.recipe import Direction
from seedspread.errors import MISSING, InvalidInput
from seedspread.stats import Claim, DecisionRule, Sample, check_claim, check_published, check_target, question_rng
from seedspread.stats.decision.rule import Pairing

_FORMS = "better_by, not_worse_by, target or published"


def check_numbers(
    groups: Mapping[str, Values],
    *,
    direction: Direction,
    better_by: float | None = None,
    not_worse_by: float | None = None,
    target: float | None = None,
    published: tuple[float, float, int] | None = None,
    level: float = 0.95,
    paired: bool | None = None,
) -> Claim:
    """Check one claim about the last group; `published` is (mean, SD, n).

    Raises:
        InvalidInput: no claim or more than one, or another number of groups than the claim needs.
    """
    claims = {"better_by": better_by, "not_worse_by": not_worse_by, "target": target, "published": published}
    made = [name for name, value in claims.items() if value is not None]
    if len(made) != 1:
        raise InvalidInput("claim", made or MISSING, f"exactly one of {_FORMS}")
    needed = 2 if made[0] in ("better_by", "not_worse_by") else 1
    if len(groups) != needed:
        raise InvalidInput("groups", list(groups), f"{needed} group{'s' if needed > 1 else ''} for {made[0]}")
    samples = [Sample.of(name, values) for name, values in groups.items()]
    pairing: Pairing = "auto" if paired is None else ("paired" if paired else "separate")
    rule = DecisionRule(direction=direction, level=level, pairing=pairing)
    rng = question_rng("claim", made[0], *groups)
    if published is not None:
        return check_published(samples[-1], *published, rule)
    if target is not None:
        return check_target(samples[-1], target, rule, rng)
    if better_by is not None:
        return check_claim(samples[0], samples[1], "better_by", better_by, rule, rng)
    return check_claim(samples[0], samples[1], "not_worse_by", not_worse_by or 0.0, rule, rng)
