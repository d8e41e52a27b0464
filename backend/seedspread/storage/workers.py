"""Registered workers: which are alive, and what each trains."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from seedspread.core.recipe import Ability
from seedspread.core.states import RunState
from seedspread.storage.database import upsert
from seedspread.storage.tables import ArmRow, AttemptRow, RunRow, StudyRow, WorkerRow


@dataclass(frozen=True)
class Registration:
    """Registration of a worker (one trainer each).

    `name` is unique, for example `host:4242/1`.
    """

    name: str
    host: str
    pid: int
    queue: str
    environment: str | None = None
    device: str = ""


@dataclass(frozen=True)
class Listed:
    """Worker as registered.

    `run_id` is the run that it trains now, `runs` the number of runs that it ended since it started.
    """

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
    offers: dict[str, str] | None
    lacks: dict[str, str]
    problems: list[str]
    device: str

    @property
    def ability(self) -> Ability:
        """Recipes that the worker can train."""
        return Ability(self.offers, self.lacks)


def register(session: Session, worker: Registration, now: datetime) -> None:
    """Enter a worker, or start it anew under the same name."""
    fresh: dict[str, Any] = {"run_id": None, "runs": 0, "offers": None, "lacks": {}, "problems": []}
    row = asdict(worker) | fresh | {"started_at": now, "beat_at": now}
    upsert(session, WorkerRow, [row], keys=("name",))


def enable(session: Session, name: str, ability: Ability, problems: Sequence[str]) -> None:
    """Store a worker's recipes, and the modules it could not load."""
    values = {
        "offers": None if ability.offers is None else dict(ability.offers),
        "lacks": dict(ability.lacks),
        "problems": list(problems),
    }
    statement = update(WorkerRow).where(WorkerRow.name == name).values(**values)
    session.execute(statement, execution_options={"synchronize_session": False})


def beat(session: Session, name: str, now: datetime, *, run_id: int | None, ended: int = 0) -> bool:
    """Record a heartbeat with the current run and progress.

    `ended` counts the runs ended since the last heartbeat. Return False if the worker is not registered (any more) and
    must register again.
    """
    statement = (
        update(WorkerRow)
        .where(WorkerRow.name == name)
        .values(beat_at=now, run_id=run_id, runs=WorkerRow.runs + ended)
        .returning(WorkerRow.name)
    )
    return session.execute(statement, execution_options={"synchronize_session": False}).one_or_none() is not None


def listed(session: Session, now: datetime, silent_s: float) -> list[Listed]:
    """Return every registered worker, ordered by name.

    A worker is `alive` if its heartbeat is at most `silent_s` old.
    """
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
            offers=row.offers,
            lacks=row.lacks,
            problems=row.problems,
            device=row.device,
        )
        for row, study_id in session.execute(query)
    ]


def abilities(session: Session, now: datetime, silent_s: float) -> dict[str, list[Ability]]:
    """Return what the live workers can train, by queue."""
    query = select(WorkerRow.queue, WorkerRow.offers, WorkerRow.lacks)
    by_queue: dict[str, list[Ability]] = {}
    for queue, offers, lacks in session.execute(query.where(WorkerRow.beat_at >= now - timedelta(seconds=silent_s))):
        by_queue.setdefault(queue, []).append(Ability(offers, lacks))
    return by_queue


def forget(session: Session, name: str) -> None:
    """Delete a worker that stops."""
    session.execute(delete(WorkerRow).where(WorkerRow.name == name))


def remove_dead(session: Session, name: str, now: datetime) -> int:
    """Delete a dead worker and expire its leases for the reconciler.

    Return the number of leases.
    """
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
    """Delete workers without a heartbeat for `silent_s`."""
    session.execute(delete(WorkerRow).where(WorkerRow.beat_at < now - timedelta(seconds=silent_s)))


@dataclass(frozen=True)
class Stretch:
    """Time in which a worker trained a run."""

    worker: str
    queue: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class Training:
    """Run in training, with the names of its study and arm."""

    run_id: int
    study_id: int
    study: str
    arm: str
    arm_position: int
    seed: int
    epoch: int
    epochs: int | None
    started_at: datetime | None
    replay: bool


@dataclass(frozen=True)
class Waiting:
    """Study with queued or running runs in a queue.

    `cancelling` counts the running ones that were asked to stop.
    """

    queue: str
    study_id: int
    study: str
    queued: int
    running: int
    cancelling: int


def ended(session: Session, since: datetime) -> list[Stretch]:
    """Return the attempts that ended since then, in no order."""
    query = (
        select(AttemptRow.worker, RunRow.queue, AttemptRow.started_at, AttemptRow.ended_at)
        .join(RunRow, RunRow.id == AttemptRow.run_id)
        # The list of studies lets the index of (study, touched_at) find what moved lately among all runs.
        .where(RunRow.study_id.in_(select(StudyRow.id)), RunRow.touched_at >= since, AttemptRow.ended_at >= since)
    )
    rows = session.execute(query)
    return [Stretch(worker, queue, start, end) for worker, queue, start, end in rows if end is not None]


def training(session: Session, run_ids: Collection[int]) -> dict[int, Training]:
    """Return runs with their study's and arm's names, by id.

    Runs that do not exist are absent.
    """
    query = (
        select(
            RunRow.id,
            RunRow.study_id,
            StudyRow.name,
            ArmRow.name,
            ArmRow.position,
            RunRow.seed,
            RunRow.epoch,
            RunRow.epochs,
            RunRow.started_at,
            RunRow.replay_of.is_not(None),
        )
        .join(StudyRow, StudyRow.id == RunRow.study_id)
        .join(ArmRow, ArmRow.id == RunRow.arm_id)
        .where(RunRow.id.in_(run_ids))
    )
    return {
        run_id: Training(run_id, study_id, study, arm, position, seed, epoch, epochs, started_at, replay)
        for run_id, study_id, study, arm, position, seed, epoch, epochs, started_at, replay in session.execute(query)
    }


def waiting(session: Session) -> list[Waiting]:
    """Return studies with queued or running runs, by queue.

    Studies whose runs have waited longest come first.
    """
    queued = func.sum(case((RunRow.state == RunState.QUEUED, 1), else_=0))
    cancelling = func.sum(case((RunRow.cancel_requested, 1), else_=0))
    counted = (
        select(
            RunRow.queue,
            RunRow.study_id,
            queued.label("queued"),
            func.count().label("open"),
            cancelling.label("asked"),
            func.min(RunRow.id).label("first"),
        )
        .where(RunRow.state.in_((RunState.QUEUED, RunState.RUNNING)))
        .group_by(RunRow.queue, RunRow.study_id)
    ).subquery()
    query = (
        select(counted.c.queue, StudyRow.id, StudyRow.name, counted.c.queued, counted.c.open, counted.c.asked)
        .join(StudyRow, StudyRow.id == counted.c.study_id)
        .order_by(counted.c.queue, counted.c.first)
    )
    return [
        Waiting(queue, study_id, name, number, everything - number, cancelling)
        for queue, study_id, name, number, everything, cancelling in session.execute(query)
    ]


def wanted(session: Session) -> dict[str, dict[str, int]]:
    """Count queued runs pinned to a worker, by queue and worker."""
    query = (
        select(RunRow.queue, RunRow.wanted_worker, func.count())
        .where(RunRow.state == RunState.QUEUED, RunRow.wanted_worker.is_not(None))
        .group_by(RunRow.queue, RunRow.wanted_worker)
    )
    by_queue: dict[str, dict[str, int]] = {}
    for queue, worker, number in session.execute(query):
        by_queue.setdefault(queue, {})[str(worker)] = number
    return by_queue
