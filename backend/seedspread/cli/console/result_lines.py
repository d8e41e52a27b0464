"""Phrase a study's result: the answer to its design, verdicts, failures."""

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
    """Result of a study.

    `answers` are to its design's question where that is not about means.
    """

    study: StudyDetail
    family: FamilyView | None = None
    answers: tuple[str, ...] = ()
    failures: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the result for programs, with every comparison."""
        members = self.family.comparisons if self.family is not None else []
        return {
            "study": self.study.model_dump(mode="json"),
            "asks": None if self.family is None else self.family.asks,
            "answers": list(self.answers),
            "comparisons": [member.comparison.model_dump(mode="json") for member in members],
        }


def result(client: Client, study: StudyDetail) -> Result:
    """Fetch the result of a study that has ended."""
    family = _family(client, study)
    answers = list(family.answers) if family is not None else []
    if not answers and any("levels" in arm.policies.values() for arm in study.arms):
        answers = [view.headline for view in _shares(client, study)]
    return Result(study, family, tuple(answers), failures(client, study))


def sentences(outcome: Result) -> list[str]:
    """Phrase a study's result, line by line."""
    lines = arm_lines(outcome.study)
    if outcome.failures is not None:
        lines.append(outcome.failures)
    if outcome.answers or outcome.family is None:
        return lines + list(outcome.answers)
    verdicts = [member.comparison.sentence for member in outcome.family.comparisons]
    lines += verdicts[:MOST_TOLD]
    if len(verdicts) > MOST_TOLD:
        lines.append(f"and {len(verdicts) - MOST_TOLD} more: seedspread compare {outcome.study.id}")
    return lines


def arm_lines(study: StudyDetail) -> list[str]:
    """Format each arm's mean and spread so far."""
    return [_arm(study, arm) for arm in study.arms]


def failures(client: Client, study: StudyDetail) -> str | None:
    """Explain why runs failed.

    The reason of the first one, and how many share it; None where none failed.
    """
    if not study.counts.get(RunState.FAILED, 0):
        return None
    runs = client.get(CompactRuns, f"/studies/{study.id}/runs/compact")
    failed = [index for index, state in enumerate(runs.state) if state is RunState.FAILED]
    if not failed:
        return None  # retried in between
    reason = runs.reason[failed[0]] or "no reason was given"
    shared = Counter(runs.reason[index] for index in failed)[runs.reason[failed[0]]]
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
