"""Describe the effect of seeding on each arm, in a sentence."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from seedspread import words
from seedspread.core.audit.records import AuditRun
from seedspread.core.numbers import Number

_VERBS: Final = {"vary": "varying with the seed", "levels": "crossed", "free": "left to chance", "fixed": "fixed"}


class ArmSeeding(BaseModel):
    """Arm with its policies, finished runs and distinct outcomes.

    Outcomes are compared bit for bit.
    """

    model_config = ConfigDict(frozen=True)

    arm: int = Field(description="the arm's position")
    name: str
    policies: dict[str, str] = Field(description="vary, fixed, free or levels, by source")
    runs: int
    distinct: int
    sd: Number | None = Field(description="standard deviation (n − 1) of the deciding metric; null below two runs")
    sentence: str


def arm_seeding(
    arm: int,
    name: str,
    policies: Mapping[str, str],
    runs: Sequence[AuditRun],
    values: Sequence[float],
    *,
    metric: str,
    unit: str = "",
) -> ArmSeeding:
    """Describe the effect of seeding on an arm.

    Args:
        runs: the arm's runs; those that did not finish or are excluded are ignored.
        values: the deciding metric of the runs that count, in its own unit; a `share` is shown in points.
    """
    outcomes = [outcome for run in runs if not run.excluded and (outcome := run.outcome) is not None]
    # One value is one value: the mean of equal numbers may be off by a rounding, and a spread of 1e-17 is none.
    sd = None if len(values) < 2 else statistics.stdev(values) if len(set(values)) > 1 else 0.0
    distinct = len(set(outcomes))
    sentence = f"{_lead(policies)}: {_body(policies, len(outcomes), distinct, _spread(sd, metric, unit))}."
    return ArmSeeding(
        arm=arm,
        name=name,
        policies=dict(policies),
        runs=len(outcomes),
        distinct=distinct,
        sd=sd,
        sentence=sentence,
    )


def _lead(policies: Mapping[str, str]) -> str:
    kinds = set(policies.values())
    if kinds == {"free"}:
        return "Nothing is seeded"
    if kinds == {"fixed"}:
        return "Everything is seeded"
    if kinds == {"vary"}:
        return "Every source varies with the seed"
    parts = [
        f"{', '.join(sources)} {verb}"
        for policy, verb in (
            ("vary", "varying with the seed"),
            ("levels", "crossed"),
            ("free", "left to chance"),
            ("fixed", "fixed"),
        )
        if (sources := [source for source, actual in policies.items() if actual == policy])
    ]
    return f"With {'; '.join(parts)}"


def _body(policies: Mapping[str, str], runs: int, distinct: int, spread: str) -> str:
    if runs < 2:
        return "too few runs have finished to see what it does"
    if distinct == 1:
        means = "nothing escapes the seeds" if set(policies.values()) == {"fixed"} else "nothing that varies matters"
        return f"all {runs} runs are the same, bit for bit, so {means}"
    count = f"all {runs} runs differ" if distinct == runs else f"{runs} runs gave {distinct} different results"
    escapes = "; some randomness is not under control" if set(policies.values()) == {"fixed"} else ""
    return f"{count}{spread}{escapes}"


def _spread(sd: float | None, metric: str, unit: str) -> str:
    if sd is None:
        return ""
    amount = words.with_unit(words.sd(sd * words.difference_scale(unit)), words.difference_unit(unit))
    return f", {metric} with SD {amount}"
