"""What workers do and what waits for them: attempts that ended lately, what is trained now, queues by study."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from seedspread.core.states import RunState
from seedspread.storage.tables import ArmRow, AttemptRow, RunRow, StudyRow


@dataclass(frozen=True)
class Stretch:
    """A time in which a worker trained a run."""

    worker: str
    queue: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class Training:
    """A run that is being trained, by the names of what it belongs to."""

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
    """A study with runs to come in a queue; `cancelling` of the running ones are asked to stop."""

    queue: str
    study_id: int
    study: str
    queued: int
    running: int
    cancelling: int


def ended(session: Session, since: datetime) -> list[Stretch]:
    """The attempts that ended since then, in no order."""
    query = (
        select(AttemptRow.worker, RunRow.queue, AttemptRow.started_at, AttemptRow.ended_at)
        .join(RunRow, RunRow.id == AttemptRow.run_id)
        # The list of studies lets the index of (study, touched_at) find what moved lately among all runs.
        .where(RunRow.study_id.in_(select(StudyRow.id)), RunRow.touched_at >= since, AttemptRow.ended_at >= since)
    )
    found = session.execute(query)
    return [Stretch(worker, queue, start, end) for worker, queue, start, end in found if end is not None]


def training(session: Session, run_ids: Collection[int]) -> dict[int, Training]:
    """Runs by id, with the names of what they belong to; those that are gone are left out."""
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
    """Studies with runs to come, by queue, those whose runs wait longest first."""
    queued = func.sum(case((RunRow.state == RunState.QUEUED, 1), else_=0))
    asked = func.sum(case((RunRow.cancel_requested, 1), else_=0))
    counted = (
        select(
            RunRow.queue,
            RunRow.study_id,
            queued.label("queued"),
            func.count().label("open"),
            asked.label("asked"),
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
    """How many queued runs wait for one certain worker, by queue and worker."""
    query = (
        select(RunRow.queue, RunRow.wanted_worker, func.count())
        .where(RunRow.state == RunState.QUEUED, RunRow.wanted_worker.is_not(None))
        .group_by(RunRow.queue, RunRow.wanted_worker)
    )
    found: dict[str, dict[str, int]] = {}
    for queue, worker, number in session.execute(query):
        found.setdefault(queue, {})[str(worker)] = number
    return found
