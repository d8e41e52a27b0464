"""Operations of users on runs: cancel, retry, exclude.

Each operation skips runs whose state does not allow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from seedspread.core.states import TRANSITIONS, Move, RunState, origins
from seedspread.storage.search import Condition
from seedspread.storage.tables import RunRow, SummaryRow

_PLAIN = {"synchronize_session": False}


def of_study(study_id: int, run_ids: Sequence[int] | None = None) -> list[Condition]:
    """Return the condition for the study's own runs, or some of them."""
    conditions: list[Condition] = [RunRow.study_id == study_id]
    if run_ids is not None:
        conditions.append(RunRow.id.in_(run_ids))
    return conditions


def cancel(session: Session, selection: Sequence[Condition], now: datetime, reason: str = "cancelled") -> int:
    """Cancel queued runs and ask running ones to stop.

    Return the number of runs affected.
    """
    cancelled = TRANSITIONS[RunState.QUEUED, Move.CANCEL]
    over = {"state": cancelled, "finished_at": now, "touched_at": now, "reason": reason}
    cancelling = {"cancel_requested": True, "touched_at": now}
    return _move(session, [*selection, RunRow.state == RunState.QUEUED], over) + _move(
        session, [*selection, RunRow.state == RunState.RUNNING, RunRow.cancel_requested.is_(False)], cancelling
    )


def retry(session: Session, selection: Sequence[Condition], now: datetime) -> int:
    """Queue failed and cancelled runs under their next attempt.

    Return the number of runs affected.
    """
    retried = [*selection, RunRow.state.in_(origins(Move.RETRY))]
    session.execute(
        delete(SummaryRow).where(SummaryRow.run_id.in_(select(RunRow.id).where(*retried))), execution_options=_PLAIN
    )
    fresh: dict[str, Any] = {
        "state": TRANSITIONS[RunState.FAILED, Move.RETRY],
        "attempt": RunRow.attempt + 1,
        "touched_at": now,
        "sent_at": None,
        "started_at": None,
        "finished_at": None,
        "worker": None,
        "reason": None,
        "failure": None,
        "cancel_requested": False,
        "diverged": False,
        "epoch": 0,
        "epochs": None,
        "step": -1,
        "duration_s": None,
        "cpu_s": None,
    }
    return _move(session, retried, fresh)


def exclude(session: Session, selection: Sequence[Condition], reason: str, now: datetime, by: str | None = None) -> int:
    """Exclude runs from statistics, for a reason that is always shown.

    Return the number of runs affected.
    """
    excluded = {"excluded_reason": reason, "excluded_at": now, "excluded_by": by, "touched_at": now}
    return _move(session, selection, excluded)


def include(session: Session, selection: Sequence[Condition], now: datetime) -> int:
    """Count runs again; how many had been excluded."""
    counted = {"excluded_reason": None, "excluded_at": None, "excluded_by": None, "touched_at": now}
    return _move(session, [*selection, RunRow.excluded_reason.is_not(None)], counted)


def _move(session: Session, selection: Sequence[Condition], values: dict[str, Any]) -> int:
    statement = update(RunRow).where(*selection).values(**values).returning(RunRow.id)
    return len(session.execute(statement, execution_options=_PLAIN).all())
