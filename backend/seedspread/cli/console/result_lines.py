"""The result of a study in sentences: what its design asks, else verdicts on its arms; and why runs failed."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from seedspread.client import Client
from seedspread.core.states import OVER, RunState
from seedspread.errors import SeedspreadError
from seedspread.views.runs import CompactRuns
from seedspread.views.statistics import FamilyView, VarianceView
from seedspread.views.studies import ArmView, StudyDetail

MOST_TOLD = 4
"""How many comparisons are told one by one; the rest are named by their number."""


@dataclass(frozen=True)
class Result:
    """What came out of a study; `answers` are to its design's question where that is not about means."""

    study: StudyDetail
    family: FamilyView | None = None
    answers: tuple[str, ...] = ()
    failures: str | None = None

    def document(self) -> dict[str, Any]:
        """The whole of it for programs, every comparison among it."""
        members = self.family.comparisons if self.family is not None else []
        return {
            "study": self.study.model_dump(mode="json"),
            "asks": None if self.family is None else self.family.asks,
            "answers": list(self.answers),
            "comparisons": [member.comparison.model_dump(mode="json") for member in members],
        }


def result(client: Client, study: StudyDetail) -> Result:
    """What came out of a study that has ended."""
    family = _family(client, study)
    answers = list(family.answers) if family is not None else []
    if not answers and any("levels" in arm.policies.values() for arm in study.arms):
        answers = [view.headline for view in _shares(client, study)]
    return Result(study, family, tuple(answers), failures(client, study))


def sentences(found: Result) -> list[str]:
    """What a person reads when the study has ended."""
    lines = arm_lines(found.study)
    if found.failures is not None:
        lines.append(found.failures)
    if found.answers or found.family is None:
        return lines + list(found.answers)
    told = [member.comparison.sentence for member in found.family.comparisons]
    lines += told[:MOST_TOLD]
    if len(told) > MOST_TOLD:
        lines.append(f"and {len(told) - MOST_TOLD} more: seedspread compare {found.study.id}")
    return lines


def arm_lines(study: StudyDetail) -> list[str]:
    """A line for each arm: its mean and spread so far."""
    return [_arm(study, arm) for arm in study.arms]


def failures(client: Client, study: StudyDetail) -> str | None:
    """Why runs failed: the reason of the first one, and how many share it; None where none failed."""
    if not study.counts.get(RunState.FAILED, 0):
        return None
    runs = client.get(CompactRuns, f"/studies/{study.id}/runs/compact")
    failed = [place for place, state in enumerate(runs.state) if state is RunState.FAILED]
    if not failed:
        return None  # retried in between
    reason = runs.reason[failed[0]] or "no reason was given"
    shared = Counter(runs.reason[place] for place in failed)[runs.reason[failed[0]]]
    if len(failed) == 1:
        return f"run {runs.id[failed[0]]} failed: {reason}"
    same = f"all {shared:,}" if shared == len(failed) else f"{shared:,} of {len(failed):,} failed runs"
    return f"run {runs.id[failed[0]]} failed: {reason} ({same} for this reason)"


def _family(client: Client, study: StudyDetail) -> FamilyView | None:
    if len(study.arms) < 2:
        return None
    try:
        return client.get(FamilyView, f"/studies/{study.id}/comparisons")
    except SeedspreadError:  # too few runs, say: the arms' own lines stand for themselves
        return None


def _shares(client: Client, study: StudyDetail) -> list[VarianceView]:
    try:
        return client.every(VarianceView, f"/studies/{study.id}/variance")
    except SeedspreadError:  # as above
        return []


def _arm(study: StudyDetail, arm: ArmView) -> str:
    name = f"{arm.name}: {study.metric}"
    if arm.n == 0 or arm.mean is None:
        yet = "" if study.state in OVER else " yet"
        return f"{name} has no value{yet} (n = 0 of {arm.runs})"
    spread = f" ± {_number(arm.sd, study.unit)} sd" if arm.sd is not None and math.isfinite(arm.sd) else ""
    return f"{name} {_number(arm.mean, study.unit)}{spread} (n = {arm.n})"


def _number(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.2f} %"
    return f"{value:.4g}{f' {unit}' if unit else ''}"
