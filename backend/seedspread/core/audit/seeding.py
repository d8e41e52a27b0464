"""Describe the effect of seeding on each arm, in a sentence."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from seedspread import words
from seedspread.core.audit import sentences
from seedspread.core.audit.records import AuditRun
from seedspread.core.record import Number


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
        policies: none for an arm that was not trained by this service; its values are then all that is known.
        runs: the arm's runs; those that did not finish or are excluded are ignored.
        values: the deciding metric of the runs that count, in its own unit; a `share` is shown in points.
    """
    outcomes = [outcome for run in runs if not run.excluded and (outcome := run.outcome) is not None]
    # One value is one value: the mean of equal numbers may be off by a rounding, and a spread of 1e-17 is none.
    sd = None if len(values) < 2 else statistics.stdev(values) if len(set(values)) > 1 else 0.0
    distinct = len(set(outcomes))
    elsewhere = not policies and not outcomes
    scaled = None if sd is None else sd * words.difference_scale(unit)
    amount = "" if scaled is None else words.with_unit(words.sd(scaled), words.difference_unit(unit))
    return ArmSeeding(
        arm=arm,
        name=name,
        policies=dict(policies),
        runs=len(values) if elsewhere else len(outcomes),
        distinct=len(set(values)) if elsewhere else distinct,
        sd=sd,
        sentence=(
            sentences.arm_from_elsewhere(len(values), len(set(values)), metric, amount)
            if elsewhere
            else sentences.arm_seeding(policies, len(outcomes), distinct, metric, amount)
        ),
    )
