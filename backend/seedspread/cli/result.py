"""The result of a study in sentences: the verdict on each pair with the first arm, or what each arm gave."""

from __future__ import annotations

import math
from typing import Any

from seedspread.client import ApiError, Client
from seedspread.errors import SeedspreadError
from seedspread.usecases.views.studies import ArmView, StudyDetail

MOST_COMPARED = 4
"""Further arms are left to the page: their number makes chance findings likely."""


def verdicts(client: Client, study: StudyDetail) -> list[dict[str, Any]]:
    """The comparison of each further arm with the first one; empty where there is nothing to compare."""
    others = study.arms[1 : 1 + MOST_COMPARED]
    found = []
    for arm in others:
        try:
            found.append(client.comparison(study.id, study.arms[0].position, arm.position))
        except (ApiError, SeedspreadError):  # too few runs, say: the arms' own lines stand for themselves
            continue
    return found


def sentences(study: StudyDetail, found: list[dict[str, Any]]) -> list[str]:
    """What a person reads when the study has ended."""
    lines = [_arm(study, arm) for arm in study.arms]
    lines += [sentence for comparison in found if (sentence := _sentence(comparison))]
    return lines


def _sentence(comparison: dict[str, Any]) -> str | None:
    verdict = comparison.get("verdict")
    if isinstance(verdict, dict):
        verdict = verdict.get("sentence")
    return str(verdict or comparison.get("sentence") or "") or None


def _arm(study: StudyDetail, arm: ArmView) -> str:
    name = f"{arm.name}: {study.metric}"
    if arm.n == 0 or arm.mean is None:
        return f"{name} has no value yet (n = 0 of {arm.runs})"
    spread = f" ± {_number(arm.sd, study.unit)} sd" if arm.sd is not None and math.isfinite(arm.sd) else ""
    return f"{name} {_number(arm.mean, study.unit)}{spread} (n = {arm.n})"


def _number(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.2f} %"
    return f"{value:.4g}{f' {unit}' if unit else ''}"
