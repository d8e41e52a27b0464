"""States of a run and the moves between them, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class RunState(StrEnum):
    """State of a run.

    A run that ended with non-finite metrics is `finished` and carries the flag `diverged`.
    """

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """Move of a run from one state to another."""

    CLAIM = "claim"
    FINISH = "finish"
    FAIL = "fail"
    CANCEL = "cancel"
    LOSE = "lose"
    RETRY = "retry"


TRANSITIONS: dict[tuple[RunState, Move], RunState] = {
    (RunState.QUEUED, Move.CLAIM): RunState.RUNNING,
    (RunState.QUEUED, Move.CANCEL): RunState.CANCELLED,
    (RunState.RUNNING, Move.FINISH): RunState.FINISHED,
    (RunState.RUNNING, Move.FAIL): RunState.FAILED,
    (RunState.RUNNING, Move.CANCEL): RunState.CANCELLED,
    # The lease ran out (a dead worker): the run goes back to the queue under its next attempt.
    (RunState.RUNNING, Move.LOSE): RunState.QUEUED,
    (RunState.FAILED, Move.RETRY): RunState.QUEUED,
    (RunState.CANCELLED, Move.RETRY): RunState.QUEUED,
}

TERMINAL: frozenset[RunState] = frozenset({RunState.FINISHED, RunState.FAILED, RunState.CANCELLED})


def after(state: RunState, move: Move) -> RunState | None:
    """Return the state that `move` leads to.

    Return None if the move is not allowed.
    """
    return TRANSITIONS.get((state, move))


def origins(move: Move) -> tuple[RunState, ...]:
    """Return the states from which `move` is allowed."""
    return tuple(state for state, allowed in TRANSITIONS if allowed is move)


ENDS: dict[RunState, Move] = {
    RunState.FINISHED: Move.FINISH,
    RunState.FAILED: Move.FAIL,
    RunState.CANCELLED: Move.CANCEL,
}
"""Move by which an attempt ends in each state."""


class StudyState(StrEnum):
    """State of a study.

    It is derived from the study's runs and never stored.
    """

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


OVER: frozenset[StudyState] = frozenset({StudyState.FINISHED, StudyState.CANCELLED})


def study_state(counts: dict[RunState, int], *, more_to_come: bool = False) -> StudyState:
    """Derive a study's state from its runs.

    A study goes on until every run has ended.

    Args:
        more_to_come: its plan is open, so the study goes on between the last run of a batch and the next look.
    """
    if counts.get(RunState.RUNNING, 0):
        return StudyState.RUNNING
    if counts.get(RunState.QUEUED, 0):
        ended = sum(counts.get(state, 0) for state in TERMINAL)
        return StudyState.RUNNING if ended else StudyState.QUEUED
    if more_to_come:
        return StudyState.RUNNING
    if (
        counts.get(RunState.CANCELLED, 0)
        and not counts.get(RunState.FINISHED, 0)
        and not counts.get(RunState.FAILED, 0)
    ):
        return StudyState.CANCELLED
    return StudyState.FINISHED


@dataclass(frozen=True)
class AdaptiveState:
    """State of an adaptive study, read from its stored plan.

    A study starts with a plan that is open and has no looks; `seedspread.views.adaptive` describes the whole document.
    """

    open: bool = False
    """More looks are planned."""
    cancelled: bool = False
    """True if a user cancelled the study before its last look."""
    began: bool = False
    """True once the first round has stored its list of looks, which may be empty."""
    looks: int = 0
    """Looks taken, over all pairs of arms."""

    @classmethod
    def of(cls, document: Mapping[str, Any] | None) -> AdaptiveState:
        """Read a stored plan; None is a study that is not adaptive."""
        # Plans of older versions lack keys: whatever is absent has not happened.
        plan = document or {}
        return cls(
            open=bool(plan.get("open")),
            cancelled=bool(plan.get("cancelled")),
            began="pairs" in plan,
            looks=sum(len(pair["looks"]) for pair in plan.get("pairs", ())),
        )
