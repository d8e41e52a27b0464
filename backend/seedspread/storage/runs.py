"""Queries of runs: details, columns, counts and changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from seedspread.core.pace import SAMPLE, Timed
from seedspread.core.states import RunState
from seedspread.storage import search
from seedspread.storage.database import upsert
from seedspread.storage.search import RUN_COLUMNS
from seedspread.storage.tables import (
    ArmRow,
    AttemptRow,
    EnvironmentRow,
    FingerprintRow,
    RunRow,
    StudyRow,
    SummaryRow,
    UsageRow,
)


@dataclass
class Counted:
    """Counts of a study's runs, replays excluded."""

    states: dict[RunState, int] = field(default_factory=lambda: dict.fromkeys(RunState, 0))
    excluded: int = 0
    diverged: int = 0

    @property
    def total(self) -> int:
        """All runs."""
        return sum(self.states.values())


class Moved(NamedTuple):
    """State of a run, as the event stream sends it."""

    id: int
    study_id: int
    state: str
    attempt: int
    epoch: int
    step: int
    touched_at: datetime
    replay: bool


def get(session: Session, run_id: int) -> RunRow | None:
    """Return the run's row, or None."""
    return session.get(RunRow, run_id)


def listed(session: Session, run_id: int) -> Row[*tuple[Any, ...]] | None:
    """Return the run as a row of `RUN_COLUMNS`, or None."""
    query = select(*RUN_COLUMNS).join(ArmRow, ArmRow.id == RunRow.arm_id).where(RunRow.id == run_id)
    return session.execute(query).one_or_none()


def places(session: Session, run_ids: Sequence[int]) -> Sequence[Row[int, int, int, str, int, int | None]]:
    """Return which study, arm and seed runs belong to.

    Missing ones are absent.
    """
    query = select(
        RunRow.id,
        RunRow.study_id,
        ArmRow.position.label("arm"),
        ArmRow.name.label("arm_name"),
        RunRow.seed,
        RunRow.replay_of,
    ).join(ArmRow, ArmRow.id == RunRow.arm_id)
    return session.execute(query.where(RunRow.id.in_(run_ids))).all()


_IDS_A_QUERY = 10_000  # SQLite and PostgreSQL limit the parameters of one statement


def progress(session: Session, run_ids: Sequence[int]) -> Sequence[Row[int, int, int, float | None]]:
    """Return how far runs have come, and how long they trained.

    Rows hold id, epochs done, last stored step and training time in s; missing runs are absent.
    """
    query = select(RunRow.id, RunRow.epoch, RunRow.step, RunRow.duration_s)
    parts = (run_ids[start : start + _IDS_A_QUERY] for start in range(0, len(run_ids), _IDS_A_QUERY))
    return [row for part in parts for row in session.execute(query.where(RunRow.id.in_(part)))]


def columns(session: Session, study_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the columns that tables of runs show.

    Rows are ordered by id; replays are excluded.
    """
    query = (
        select(
            RunRow.id,
            ArmRow.position.label("arm"),
            RunRow.position,
            RunRow.seed,
            RunRow.state,
            RunRow.attempt,
            RunRow.epoch,
            RunRow.epochs,
            RunRow.step,
            RunRow.diverged,
            RunRow.duration_s,
            RunRow.started_at,
            RunRow.finished_at,
            RunRow.worker,
            RunRow.reason,
            RunRow.excluded_reason,
        )
        .join(ArmRow, ArmRow.id == RunRow.arm_id)
        .where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
        .order_by(RunRow.id)
    )
    return session.execute(query).all()


NOTES_SHOWN = 200
"""Characters of a run's notes that tables show."""


def annotated(session: Session, study_id: int) -> Sequence[Row[int, list[str] | None, str]]:
    """Return (run id, tags, start of notes) of runs with either."""
    query = select(RunRow.id, RunRow.tags, func.substr(RunRow.notes, 1, NOTES_SHOWN)).where(
        RunRow.study_id == study_id, or_(RunRow.tags.is_not(None), RunRow.notes != "")
    )
    return session.execute(query.order_by(RunRow.id)).all()


def labels(session: Session, study_id: int) -> Sequence[Row[int, int, int, int]]:
    """Return (run id, arm position, seed, attempt) of a study's runs.

    Rows are ordered by id; replays are excluded.
    """
    query = (
        select(RunRow.id, ArmRow.position.label("arm"), RunRow.seed, RunRow.attempt)
        .join(ArmRow, ArmRow.id == RunRow.arm_id)
        .where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
        .order_by(RunRow.id)
    )
    return session.execute(query).all()


def summaries(session: Session, run_ids: Sequence[int]) -> dict[int, dict[str, SummaryRow]]:
    """Return the summaries of runs, by run and metric."""
    by_run: dict[int, dict[str, SummaryRow]] = {}
    for start in range(0, len(run_ids), 10_000):
        query = select(SummaryRow).where(SummaryRow.run_id.in_(run_ids[start : start + 10_000]))
        for row in session.scalars(query.order_by(SummaryRow.run_id, SummaryRow.metric)):
            by_run.setdefault(row.run_id, {})[row.metric] = row
    return by_run


def summary_columns(session: Session, study_id: int) -> Sequence[Row[int, str, float, float, float]]:
    """Return (run id, metric, last, best, area) of a study's ended runs."""
    query = (
        select(SummaryRow.run_id, SummaryRow.metric, SummaryRow.last, SummaryRow.best, SummaryRow.area)
        .join(RunRow, RunRow.id == SummaryRow.run_id)
        .where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
    )
    return session.execute(query).all()


def metrics(session: Session, study_id: int) -> list[str]:
    """Return every metric that an ended run reported, by name."""
    query = select(SummaryRow.metric).join(RunRow, RunRow.id == SummaryRow.run_id).where(RunRow.study_id == study_id)
    return sorted(session.scalars(query.distinct()))


def counts(session: Session, study_ids: Sequence[int]) -> dict[int, Counted]:
    """Count the runs of studies by state, by study.

    Every part is counted in an index, so a list of fifty large studies reads none of their rows.
    """
    counted = {study_id: Counted() for study_id in study_ids}
    mine = RunRow.study_id.in_(study_ids)
    by_state = select(RunRow.study_id, RunRow.state, func.count()).group_by(RunRow.study_id, RunRow.state)
    for study_id, state, count in session.execute(by_state.where(mine)):
        counted[study_id].states[RunState(state)] = count
    # Grouped and filtered outside of WHERE: SQLite would else choose a larger index than the one of these few rows.
    replays = select(RunRow.study_id, RunRow.state).where(mine, RunRow.replay_of.is_not(None))
    for study_id, state in session.execute(replays):
        counted[study_id].states[RunState(state)] -= 1
    own = func.count().filter(RunRow.replay_of.is_(None))
    in_each_study = select(RunRow.study_id, own).where(mine).group_by(RunRow.study_id)
    for study_id, count in session.execute(in_each_study.where(RunRow.excluded_reason.is_not(None))):
        counted[study_id].excluded = count
    for study_id, count in session.execute(in_each_study.where(RunRow.diverged)):
        counted[study_id].diverged = count
    return counted


def touched(session: Session, study_ids: Sequence[int]) -> dict[int, datetime | None]:
    """Return the time of each study's last change of a run."""
    newest = select(func.max(RunRow.touched_at)).where(RunRow.study_id == StudyRow.id).scalar_subquery()
    return dict(session.execute(select(StudyRow.id, newest).where(StudyRow.id.in_(study_ids))).all())


def deciding(session: Session, study_id: int) -> dict[int, list[float]]:
    """Return the deciding numbers of the runs that count, by arm id.

    Numbers are ordered by run id.
    """
    query = (
        select(RunRow.arm_id, search.DECIDING)
        .join(StudyRow, StudyRow.id == RunRow.study_id)
        .join(SummaryRow, (SummaryRow.run_id == RunRow.id) & (SummaryRow.metric == StudyRow.metric))
        .where(StudyRow.id == study_id, search.COUNTS)
        .order_by(RunRow.id)
    )
    by_arm: dict[int, list[float]] = {}
    for arm_id, number in session.execute(query):
        by_arm.setdefault(arm_id, []).append(number)
    return by_arm


def numbers(
    session: Session, study_id: int, metric: str, summary: str
) -> Sequence[Row[int, int, int, float, str | None]]:
    """Return the number of every finished run, ordered by run id.

    Rows are (run id, arm position, seed, number, reason of exclusion); replays are excluded.
    """
    number = SummaryRow.of(summary)
    query = (
        select(RunRow.id, ArmRow.position, RunRow.seed, number, RunRow.excluded_reason)
        .join(ArmRow, ArmRow.id == RunRow.arm_id)
        .join(SummaryRow, SummaryRow.run_id == RunRow.id)
        .where(
            RunRow.study_id == study_id,
            RunRow.state == RunState.FINISHED,
            RunRow.replay_of.is_(None),
            SummaryRow.metric == metric,
        )
        .order_by(RunRow.id)
    )
    return session.execute(query).all()


def attempts(session: Session, run_id: int) -> list[AttemptRow]:
    """Return the run's attempts in order."""
    return list(session.scalars(select(AttemptRow).where(AttemptRow.run_id == run_id).order_by(AttemptRow.number)))


def fingerprints(session: Session, run_id: int, attempt: int) -> list[FingerprintRow]:
    """Return the digests that an attempt reported, by kind and epoch."""
    query = select(FingerprintRow).where(FingerprintRow.run_id == run_id, FingerprintRow.attempt == attempt)
    return list(session.scalars(query.order_by(FingerprintRow.kind, FingerprintRow.step)))


def environment(session: Session, digest: str) -> dict[str, Any] | None:
    """Return an environment's record by its digest, or None."""
    row = session.get(EnvironmentRow, digest)
    return None if row is None else row.content


def replays(session: Session, run_id: int) -> list[int]:
    """Return the runs that repeat this one."""
    return list(session.scalars(select(RunRow.id).where(RunRow.replay_of == run_id).order_by(RunRow.id)))


def moved(session: Session, study_id: int, since: datetime | None) -> list[Moved]:
    """Return the runs touched at `since` or later, ordered by id.

    All runs are returned if `since` is None. Replays are included.
    """
    query = select(
        RunRow.id,
        RunRow.study_id,
        RunRow.state,
        RunRow.attempt,
        RunRow.epoch,
        RunRow.step,
        RunRow.touched_at,
        RunRow.replay_of.is_not(None),
    ).where(RunRow.study_id == study_id)
    if since is not None:
        query = query.where(RunRow.touched_at >= since)
    return [Moved(*row) for row in session.execute(query.order_by(RunRow.id))]


def span(session: Session, study_id: int) -> Row[*tuple[Any, ...]]:
    """Return (first start, latest end, CPU seconds) of a study's runs.

    CPU seconds are None if no run recorded them.
    """
    query = select(func.min(RunRow.started_at), func.max(RunRow.finished_at), func.sum(RunRow.cpu_s))
    return session.execute(query.where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))).one()


def arm_sizes(session: Session, study_id: int) -> dict[int, int]:
    """Count the runs of each arm, by arm id, replays excluded."""
    query = select(RunRow.arm_id, func.count()).where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
    return dict(session.execute(query.group_by(RunRow.arm_id)).all())


def by_queue(session: Session) -> dict[str, dict[RunState, int]]:
    """Count waiting and running runs, by queue and state."""
    query = (
        select(RunRow.queue, RunRow.state, func.count())
        .where(RunRow.state.in_((RunState.QUEUED, RunState.RUNNING)))
        .group_by(RunRow.queue, RunRow.state)
    )
    by_queue: dict[str, dict[RunState, int]] = {}
    for queue, state, count in session.execute(query):
        by_queue.setdefault(queue, {})[RunState(state)] = count
    return by_queue


def by_state(session: Session) -> dict[RunState, int]:
    """Count the runs in each state."""
    rows = session.execute(select(RunRow.state, func.count()).group_by(RunRow.state)).all()
    return dict.fromkeys(RunState, 0) | {RunState(state): count for state, count in rows}


_COLUMNS = (RunRow.worker, RunRow.arm_id, RunRow.started_at, RunRow.finished_at)


def timed(session: Session, study_id: int) -> list[Timed]:
    """Return recently ended runs (up to `SAMPLE`) and those in progress.

    Replays are left out. The order is by `touched_at`, because that has an index: a study of 10,000 runs costs no more
    than one of 256. The time of the last change equals the time of the end, unless a user excluded the run later. The
    row of a run in progress may still carry the end of an earlier attempt; here its end is always None.
    """
    mine = select(*_COLUMNS).where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
    ended = (
        mine.where(RunRow.state.in_((RunState.FINISHED, RunState.FAILED)))
        .where(RunRow.finished_at.is_not(None))
        .order_by(RunRow.touched_at.desc())
        .limit(SAMPLE)
    )
    going_on = mine.where(RunRow.state == RunState.RUNNING)
    rows = [*session.execute(ended), *((*row[:3], None) for row in session.execute(going_on))]
    return [Timed(worker or "", arm, began, over) for worker, arm, began, over in rows if began is not None]


def put_usage(session: Session, run_id: int, attempt: int, content: Mapping[str, Any]) -> None:
    """Store an attempt's resource usage so far, replacing the stored one.

    Args:
        content: `resources.record.UsageRecord.to_json`.
    """
    peaks = content["peaks"]
    row = {
        "run_id": run_id,
        "attempt": attempt,
        "peak_memory_bytes": peaks.get("memory_bytes"),
        "peak_gpu_memory_bytes": peaks.get("gpu_memory_bytes"),
        "content": dict(content),
    }
    upsert(session, UsageRow, [row], keys=("run_id", "attempt"))


def usage(session: Session, run_id: int, attempt: int) -> dict[str, Any] | None:
    """Return what an attempt used, or None if it was not sampled."""
    row = session.get(UsageRow, (run_id, attempt))
    return None if row is None else row.content


def peaks_of_study(session: Session, study_id: int) -> Sequence[Row[int, int | None, int | None]]:
    """Return the peaks in bytes of the attempts that count.

    Rows hold run id, peak memory and peak GPU memory.
    """
    query = (
        select(UsageRow.run_id, UsageRow.peak_memory_bytes, UsageRow.peak_gpu_memory_bytes)
        .join(RunRow, (RunRow.id == UsageRow.run_id) & (RunRow.attempt == UsageRow.attempt))
        .where(
            RunRow.study_id == study_id,
            or_(UsageRow.peak_memory_bytes.is_not(None), UsageRow.peak_gpu_memory_bytes.is_not(None)),
        )
    )
    return session.execute(query).all()


def usage_of_study(session: Session, study_id: int) -> Sequence[Row[int, int, dict[str, Any]]]:
    """Return (run id, attempt, content) of a study's sampled attempts.

    Replays are excluded.
    """
    query = (
        select(UsageRow.run_id, UsageRow.attempt, UsageRow.content)
        .join(RunRow, RunRow.id == UsageRow.run_id)
        .where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
        .order_by(UsageRow.run_id, UsageRow.attempt)
    )
    return session.execute(query).all()
