"""Workers as they announce themselves: who is there, and what each trains."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from seedspread.core.states import RunState
from seedspread.storage.tables import RunRow, WorkerRow
from seedspread.storage.upsert import upsert


@dataclass(frozen=True)
class Announcement:
    """What a worker (one trainer each) says of itself; `name` is unique, such as `host:4242/1`."""

    name: str
    host: str
    pid: int
    queue: str
    environment: str | None = None


@dataclass(frozen=True)
class Listed:
    """A worker as the database knows it; `run_id` is what it trains now, `runs` what it ended since it started."""

    name: str
    host: str
    pid: int
    queue: str
    started_at: datetime
    beat_at: datetime
    run_id: int | None
    study_id: int | None
    runs: int
    environment: str | None
    alive: bool


def announce(session: Session, worker: Announcement, now: datetime) -> None:
    """Enter a worker, or start it anew under the same name."""
    row = asdict(worker) | {"started_at": now, "beat_at": now, "run_id": None, "runs": 0}
    upsert(session, WorkerRow, [row], keys=("name",))


def beat(session: Session, name: str, now: datetime, *, run_id: int | None, ended: int = 0) -> bool:
    """A sign of life, with what the worker trains now and how many runs it `ended` since the last beat.

    False where nobody knows the worker (any more): announce again.
    """
    statement = (
        update(WorkerRow)
        .where(WorkerRow.name == name)
        .values(beat_at=now, run_id=run_id, runs=WorkerRow.runs + ended)
        .returning(WorkerRow.name)
    )
    return session.execute(statement, execution_options={"synchronize_session": False}).one_or_none() is not None


def listed(session: Session, now: datetime, silent_s: float) -> list[Listed]:
    """Every known worker by name; `alive` where it beat within `silent_s`."""
    since = now - timedelta(seconds=silent_s)
    query = select(WorkerRow, RunRow.study_id).outerjoin(RunRow, RunRow.id == WorkerRow.run_id).order_by(WorkerRow.name)
    return [
        Listed(
            name=row.name,
            host=row.host,
            pid=row.pid,
            queue=row.queue,
            started_at=row.started_at,
            beat_at=row.beat_at,
            run_id=row.run_id,
            study_id=study_id,
            runs=row.runs,
            environment=row.environment,
            alive=row.beat_at >= since,
        )
        for row, study_id in session.execute(query)
    ]


def forget(session: Session, name: str) -> None:
    """Strike a worker that stops."""
    session.execute(delete(WorkerRow).where(WorkerRow.name == name))


def bury(session: Session, name: str, now: datetime) -> int:
    """Strike a worker known to be dead and let its leases end now, for the reconciler to find; the number of leases."""
    statement = (
        update(RunRow)
        .where(RunRow.worker == name, RunRow.state == RunState.RUNNING)
        .values(lease_until=now - timedelta(microseconds=1))
        .returning(RunRow.id)
    )
    ended = session.execute(statement, execution_options={"synchronize_session": False}).all()
    forget(session, name)
    return len(ended)


def forget_silent(session: Session, now: datetime, silent_s: float) -> None:
    """Strike the workers that have not beaten for `silent_s`."""
    session.execute(delete(WorkerRow).where(WorkerRow.beat_at < now - timedelta(seconds=silent_s)))
