"""Phrase a study's result: the answer to its design, verdicts, failures."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from seedspread import words
from seedspread.cli.console.comparison_lines import answer_lines
from seedspread.cli.text import sentences
from seedspread.client import Client
from seedspread.core.states import OVER, RunState
from seedspread.errors import SeedspreadError
from seedspread.views.runs import CompactRuns
from seedspread.views.statistics import Answer, FamilyView, VarianceView, VariantAnswer, caveat_lines
from seedspread.views.studies import ArmView, StudyDetail

MOST_SHOWN = 4
"""How many comparisons are shown; the rest are counted."""


@dataclass(frozen=True)
class Result:
    """Result of a study.

    `answers` answer the question of its design, if that is not about means.
    """

    study: StudyDetail
    family: FamilyView | None = None
    answers: tuple[Answer, ...] = ()
    failures: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the whole of it for programs, every comparison among it."""
        views = self.family.comparisons if self.family is not None else []
        return {
            "study": self.study.model_dump(mode="json"),
            "asks": None if self.family is None else self.family.asks,
            "answers": [answer.model_dump(mode="json") for answer in self.answers],
            "comparisons": [view.model_dump(mode="json") for view in views],
        }


def result(client: Client, study: StudyDetail) -> Result:
    """Fetch the result of a study that has ended."""
    family = _family(client, study)
    answers: list[Answer] = list(family.answers) if family is not None else []
    if not answers and any("levels" in arm.policies.values() for arm in study.arms):
        shares = _shares(client, study)
        answers = [
            VariantAnswer(variant=view.variant if len(shares) > 1 else "", headline=view.headline, detail=view.detail)
            for view in shares
        ]
    return Result(study, family, tuple(answers), failures(client, study))


def verdict_lines(outcome: Result) -> list[str]:
    """Phrase a study's result, line by line."""
    lines = arm_lines(outcome.study)
    if outcome.failures is not None:
        lines.append(outcome.failures)
    if outcome.answers or outcome.family is None:
        return lines + answer_lines(outcome.answers)
    views = outcome.family.comparisons
    lines += answer_lines(views[:MOST_SHOWN])
    # A sentence that is quoted without what limits it says more than was checked.
    lines += [f"Caveat: {text}" for text in caveat_lines(views[:MOST_SHOWN])]
    if len(views) > MOST_SHOWN:
        lines.append(f"and {words.count(len(views) - MOST_SHOWN)} more: seedspread compare {outcome.study.id}")
    return lines


def arm_lines(study: StudyDetail) -> list[str]:
    """Format each arm's mean and spread so far."""
    return [_arm(study, arm) for arm in study.arms]


def failures(client: Client, study: StudyDetail) -> str | None:
    """Explain why runs failed: the first reason, and how many share it.

    Return None if no run failed.
    """
    if not study.counts.get(RunState.FAILED, 0):
        return None
    runs = client.get(CompactRuns, f"/studies/{study.id}/runs/compact")
    failed = [index for index, state in enumerate(runs.state) if state is RunState.FAILED]
    if not failed:
        return None  # retried in between
    reason = runs.reason[failed[0]]
    line = sentences.failure(runs.id[failed[0]], reason or "")
    if len(failed) == 1:
        return line
    shared = Counter(runs.reason[index] for index in failed)[reason]
    return f"{line} ({sentences.shared_reason(shared, len(failed))})"


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
    label = f"{words.name(arm.name)}: {study.metric}"
    if arm.n == 0 or arm.mean is None:
        return sentences.no_value(label, arm.runs, over=study.state in OVER)
    spread = f", SD {words.sd(arm.sd)}" if arm.sd is not None and math.isfinite(arm.sd) else ""
    return f"{label} {words.mean(arm.mean, arm.half_width)} (n = {words.count(arm.n)}{spread})"
