"""An arm as it went into statistics, with everything that was left out of it."""

from __future__ import annotations

from collections.abc import Sequence

from seedspread.analysis.measured import Measured
from seedspread.stats import Sample
from seedspread.stats.data.arms import ArmValues
from seedspread.views.statistics import ComparedArm, ExcludedRun


def arm_view(found: Measured, arm: ArmValues) -> ComparedArm:
    """An arm of a study with what was left out of it."""
    excluded = [ExcludedRun(seed=seed, reason=reason) for seed, reason in arm.left_out.excluded.items()]
    known = arm_of(arm.sample())
    place = {"study_id": found.study_id, "study": found.name, "position": arm.position}
    return known.model_copy(update={**place, "name": arm.name, "excluded": excluded})


def arm_of(sample: Sample) -> ComparedArm:
    """Numbers from elsewhere."""
    return ComparedArm(
        name=sample.arm,
        n=int(sample.usable.size),
        failures=sample.failures,
        missing=sample.missing,
        cancelled=sample.cancelled,
        non_finite=sample.non_finite,
    )


def exclusions(arms: Sequence[ComparedArm]) -> str:
    """The excluded runs with their reasons, in a sentence; empty where there is none."""
    named = [f"seed {run.seed} of {arm.name} ({run.reason})" for arm in arms for run in arm.excluded]
    if not named:
        return ""
    more = f" and {len(named) - 10} more" if len(named) > 10 else ""
    return f"Excluded by hand: {', '.join(named[:10])}{more}."
