"""Queries of the reconciler: expired leases and messages to send again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from seedspread.core.report import Ending
from seedspread.core.states import RunState
from seedspread.storage import leases
from seedspread.storage.tables import AttemptRow, RunRow


class Waiting(NamedTuple):
    """A queued run whose message is due."""

    run_id: int
    attempt: int
    queue: str


def lost(session: Session, now: datetime, limit: int = 1000) -> list[tuple[int, int]]:
    """Return runs whose worker's lease expired, as (run id, attempt).

    The longest expired first.
    """
    query = (
        select(RunRow.id, RunRow.attempt)
        .where(RunRow.state == RunState.RUNNING, RunRow.lease_until < now)
        .order_by(RunRow.lease_until)
        .limit(limit)
    )
    return list(session.execute(query))


def requeue(session: Session, run_id: int, attempt: int, now: datetime, max_attempts: int) -> RunState | None:
    """Take a lost run from its worker.

    Queued under its next attempt, or failed when this keeps happening.

    Returns the run's new state, or None where the worker was faster and ended it.
    """
    worker = session.scalar(
        select(RunRow.worker).where(
            RunRow.id == run_id,
            RunRow.attempt == attempt,
            RunRow.state == RunState.RUNNING,
            RunRow.lease_until < now,
        )
    )
    if worker is None:
        return None
    reason = f"the worker {worker} went silent (killed, out of memory, or cut off)"
    times = losses(session, run_id) + 1
    if times >= max_attempts:
        final = f"{reason}; given up after {times} lost attempts in a row"
        ended = leases.end(session, run_id, attempt, Ending(state=RunState.FAILED, reason=final), now)
        return RunState.FAILED if ended else None
    if leases.back_to_queue(session, run_id, attempt, "lost", reason, now) is not None:
        return RunState.QUEUED
    return RunState.CANCELLED


def losses(session: Session, run_id: int) -> int:
    """Count the run's latest consecutive attempts that were lost."""
    query = select(AttemptRow.state).where(AttemptRow.run_id == run_id, AttemptRow.ended_at.is_not(None))
    states = session.scalars(query.order_by(AttemptRow.number.desc())).all()
    return next((index for index, state in enumerate(states) if state != "lost"), len(states))


def queued(session: Session) -> dict[str, int]:
    """Count waiting runs by queue.

    Queues without any are absent.
    """
    query = select(RunRow.queue, func.count()).where(RunRow.state == RunState.QUEUED).group_by(RunRow.queue)
    return dict(session.execute(query).all())


def unsent(session: Session, queue: str, now: datetime, resend_s: float, limit: int) -> list[Waiting]:
    """Return queued runs that have no message.

    Never sent ones first, then those sent more than `resend_s` ago.
    """
    due = or_(RunRow.sent_at.is_(None), RunRow.sent_at < now - timedelta(seconds=resend_s))
    query = (
        select(RunRow.id, RunRow.attempt, RunRow.queue)
        .where(RunRow.state == RunState.QUEUED, RunRow.queue == queue, due)
        .order_by(RunRow.sent_at.is_not(None), RunRow.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in session.execute(query)]


def mark_sent(session: Session, run_ids: Sequence[int], now: datetime) -> None:
    """Record that messages for these runs went to the broker."""
    for start in range(0, len(run_ids), 10_000):
        part = run_ids[start : start + 10_000]
        statement = update(RunRow).where(RunRow.id.in_(part), RunRow.state == RunState.QUEUED).values(sent_at=now)
        session.execute(statement, execution_options={"synchronize_session": False})
