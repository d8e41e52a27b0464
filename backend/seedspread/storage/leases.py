"""Operations of a worker on a run: claim, renew, report, end, release.

The attempt stored in a run's row holds the run while its state is `running`. Every function here is one statement
that changes the row only if that still holds, and further writes in the same transaction. A worker that was away for
too long finds its claim gone and can change nothing. `now` is the caller's clock; machines that share a database must
agree on the time within a fraction of the lease.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, not_, select, update
from sqlalchemy.orm import Session

from seedspread.core.manifest import Manifest, canonical
from seedspread.core.recipe import Direction, Needs
from seedspread.core.report import Batch, Ending, Examples, Fingerprint
from seedspread.core.sentences import WORKER_STOPPED
from seedspread.core.states import ENDS, TRANSITIONS, Move, RunState, origins
from seedspread.storage import manifests, runs, series
from seedspread.storage.database import upsert
from seedspread.storage.recipes import directions
from seedspread.storage.tables import (
    ArmRow,
    AttemptRow,
    EnvironmentRow,
    ExamplesRow,
    FingerprintRow,
    RunRow,
    StudyRow,
    SummaryRow,
    WorkerRow,
)
from seedspread.summaries import first_step

_PLAIN = {"synchronize_session": False}


@dataclass(frozen=True)
class Claimed:
    """Run claimed by a worker; `arm` is the arm's name.

    A `fresh` run (a replay) needs a trainer that has trained nothing before.
    """

    run_id: int
    attempt: int
    study_id: int
    arm: str
    manifest: Manifest
    fresh: bool = False
    time_limit_s: float | None = None


class CannotTrain(Exception):
    """Worker lacks something that the run needs; nothing was claimed.

    The message names what is missing.
    """


class ClaimState(StrEnum):
    """State of an attempt's claim: valid, cancelled by a user, or lost."""

    YES = "yes"
    CANCEL = "cancel"
    LOST = "lost"


def claim(
    session: Session,
    run_id: int,
    attempt: int,
    worker: str,
    now: datetime,
    lease_s: float,
    *,
    trainer: Callable[[int, Manifest], str] = lambda _study, _manifest: "",
    lacking: Callable[[Needs], str | None] = lambda _: None,
) -> Claimed | None:
    """Claim a queued run for this attempt.

    Return None if it is no longer queued or is pinned to another worker.

    Args:
        trainer: describes the process that will train, from the study's id and the manifest.
        lacking: returns what the worker is missing for a run with these needs, None if it can train it.

    Raises:
        CannotTrain: the worker lacks something; roll the transaction back.
    """
    statement = (
        update(RunRow)
        .where(*_waits(run_id, attempt), not_(_wanted_elsewhere(worker, now, lease_s)))
        .values(
            state=TRANSITIONS[RunState.QUEUED, Move.CLAIM],
            worker=worker,
            started_at=now,
            touched_at=now,
            lease_until=now + timedelta(seconds=lease_s),
            epoch=0,
            epochs=None,
            step=-1,
            reason=None,
            log_tail="",
        )
        .returning(RunRow.study_id, RunRow.arm_id, RunRow.replay_of)
    )
    row = session.execute(statement, execution_options=_PLAIN).one_or_none()
    manifest = manifests.read(session, run_id) if row else None
    if row is None or manifest is None:
        return None
    reason = lacking(needs_of(manifest))
    if reason is not None:
        raise CannotTrain(reason)
    begun = {"run_id": run_id, "number": attempt, "state": RunState.RUNNING, "worker": worker}
    fresh = row.replay_of is not None
    session.execute(
        insert(AttemptRow),
        [begun | {"trainer": "a fresh one" if fresh else trainer(row.study_id, manifest), "started_at": now}],
    )
    limit = StudyRow.spec["time_limit_s"].as_float()
    query = select(ArmRow.name, limit).join(StudyRow, StudyRow.id == ArmRow.study_id).where(ArmRow.id == row.arm_id)
    arm, time_limit_s = session.execute(query).one()
    return Claimed(run_id, attempt, row.study_id, arm, manifest, fresh, time_limit_s)


def wanted_elsewhere(session: Session, run_id: int, attempt: int, worker: str, now: datetime, lease_s: float) -> bool:
    """Tell whether a queued run is pinned to another live worker."""
    query = select(RunRow.id).where(*_waits(run_id, attempt), _wanted_elsewhere(worker, now, lease_s))
    return session.scalar(query) is not None


def beat(session: Session, run_id: int, attempt: int, worker: str, now: datetime, lease_s: float) -> ClaimState:
    """Keep the claim for another `lease_s`."""
    return _update(session, run_id, attempt, {"lease_until": now + timedelta(seconds=lease_s)}, worker)


def report(session: Session, run_id: int, attempt: int, batch: Batch, now: datetime, lease_s: float) -> ClaimState:
    """Store a report if the attempt still holds its claim.

    Reporting the same batch again changes nothing.
    """
    steps = [steps[-1] for steps, _ in batch.series.values() if len(steps)]
    values: dict[str, Any] = {"lease_until": now + timedelta(seconds=lease_s), "touched_at": now}
    if batch.epoch:
        values["epoch"] = batch.epoch
    if batch.epochs is not None:
        values["epochs"] = batch.epochs
    if steps:
        values["step"] = int(max(steps))
    if batch.log_tail is not None:
        values["log_tail"] = batch.log_tail
    if batch.environment is not None:
        values["environment"] = _keep_environment(session, batch.environment)
    claim_state = _update(session, run_id, attempt, values)
    if claim_state is ClaimState.LOST:
        return claim_state
    if batch.series:
        series.append(session, run_id, attempt, batch.series)
    _keep_fingerprints(session, run_id, attempt, batch.fingerprints)
    if batch.examples is not None:
        _keep_examples(session, run_id, attempt, batch.examples)
    if batch.usage is not None:
        runs.put_usage(session, run_id, attempt, batch.usage)
    return claim_state


def end(session: Session, run_id: int, attempt: int, ending: Ending, now: datetime) -> bool:
    """Close the attempt: merge its series, write its summaries.

    Return False if it had lost its claim. A run that fails or is cancelled keeps what it reported, summaries included.
    """
    values = {
        "state": TRANSITIONS[RunState.RUNNING, ENDS[ending.state]],
        "finished_at": now,
        "touched_at": now,
        "lease_until": None,
        "cancel_requested": False,
        "duration_s": ending.duration_s,
        "cpu_s": ending.cpu_s,
        "reason": ending.reason,
        "failure": ending.failure if ending.state is RunState.FAILED else None,
    }
    if ending.log_tail:
        values["log_tail"] = ending.log_tail
    if _update(session, run_id, attempt, values) is ClaimState.LOST:
        return False
    diverged = _summarise(session, run_id, attempt)
    if diverged:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(diverged=True), execution_options=_PLAIN)
    close_attempt(session, run_id, attempt, ending.state, ending.reason, now, ending.left_behind)
    return True


def release(session: Session, run_id: int, attempt: int, now: datetime, *, reason: str = WORKER_STOPPED) -> int | None:
    """Requeue a run and return its next attempt.

    Return None if the claim was lost, or if a user had asked to cancel the run, which is then cancelled.
    """
    return back_to_queue(session, run_id, attempt, "released", reason, now)


def back_to_queue(session: Session, run_id: int, attempt: int, ended_as: str, reason: str, now: datetime) -> int | None:
    """End a running attempt without a result and requeue the run.

    The run is cancelled instead if a user asked for that.
    """
    queued = {
        "state": TRANSITIONS[RunState.RUNNING, Move.LOSE],
        "attempt": attempt + 1,
        "sent_at": None,
        "epoch": 0,
        "step": -1,
    }
    claim_state = _update(session, run_id, attempt, queued | {"touched_at": now, "lease_until": None, "worker": None})
    if claim_state is ClaimState.LOST:
        return None
    close_attempt(session, run_id, attempt, ended_as, reason, now)
    if claim_state is ClaimState.YES:
        return attempt + 1
    state = TRANSITIONS[RunState.RUNNING, Move.CANCEL]
    cancelled = {"state": state, "cancel_requested": False, "finished_at": now, "reason": "cancelled"}
    statement = update(RunRow).where(RunRow.id == run_id).values(attempt=attempt, **cancelled)
    session.execute(statement, execution_options=_PLAIN)
    return None


def close_attempt(
    session: Session,
    run_id: int,
    attempt: int,
    state: str,
    reason: str | None,
    now: datetime,
    left_behind: str = "",
) -> None:
    """Record the end of an attempt."""
    session.execute(
        update(AttemptRow)
        .where(AttemptRow.run_id == run_id, AttemptRow.number == attempt)
        .values(state=state, reason=reason, ended_at=now, left_behind=left_behind),
        execution_options=_PLAIN,
    )


def needs_of(manifest: Manifest) -> Needs:
    """Return what a worker must have to train a manifest."""
    data = {digest.sha256: digest.path for digest in manifest.data.values()}
    sizes = {digest.sha256: digest.size_bytes for digest in manifest.data.values()}
    return Needs(manifest.recipe, manifest.source_digest, data, sizes)


def _waits(run_id: int, attempt: int) -> tuple[ColumnElement[bool], ...]:
    return RunRow.id == run_id, RunRow.attempt == attempt, RunRow.state.in_(origins(Move.CLAIM))


def _wanted_elsewhere(worker: str, now: datetime, lease_s: float) -> ColumnElement[bool]:
    living = select(WorkerRow.name).where(WorkerRow.beat_at >= now - timedelta(seconds=lease_s))
    wanted = func.coalesce(RunRow.wanted_worker, worker)
    return and_(wanted != worker, wanted.in_(living))


def _update(
    session: Session, run_id: int, attempt: int, values: Mapping[str, Any], worker: str | None = None
) -> ClaimState:
    """Write `values` if the attempt holds the run."""
    statement = update(RunRow).where(RunRow.id == run_id, RunRow.attempt == attempt, RunRow.state == RunState.RUNNING)
    if worker is not None:
        statement = statement.where(RunRow.worker == worker)
    row = session.execute(
        statement.values(**values).returning(RunRow.cancel_requested), execution_options=_PLAIN
    ).one_or_none()
    if row is None:
        return ClaimState.LOST
    return ClaimState.CANCEL if row.cancel_requested else ClaimState.YES


def _summarise(session: Session, run_id: int, attempt: int) -> bool:
    """Merge and summarise the attempt's series; whether a value was non-finite."""
    merged = series.merge(session, run_id, attempt)
    session.execute(delete(SummaryRow).where(SummaryRow.run_id == run_id))
    if not merged:
        return False
    better = directions(session, run_id, list(merged))
    summaries = {metric: series.summarise(points, better[metric]) for metric, points in merged.items()}
    session.execute(
        insert(SummaryRow),
        [{"run_id": run_id, "metric": metric, **asdict(summary)} for metric, summary in summaries.items()],
    )
    diverged = any(summary.non_finite for summary in summaries.values())
    # Lists, tables and searches of runs read the study's metric as any other.
    deciding = select(StudyRow.metric).join(RunRow, RunRow.study_id == StudyRow.id).where(RunRow.id == run_id)
    condition = first_step(session.scalar(deciding) or "")
    if condition is not None and condition.metric in merged:
        step = series.single(condition.value(*merged[condition.metric]))
        reached = asdict(series.summarise(step, Direction.MINIMIZE))
        session.execute(insert(SummaryRow), [{"run_id": run_id, "metric": condition.name, **reached}])
    return diverged


def _keep_environment(session: Session, content: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(canonical(content)).hexdigest()
    row = {"digest": digest, "content": dict(content)}
    upsert(session, EnvironmentRow, [row], keys=("digest",), replace=False)
    return digest


def _keep_fingerprints(session: Session, run_id: int, attempt: int, fingerprints: Sequence[Fingerprint]) -> None:
    rows = [
        {"run_id": run_id, "attempt": attempt, "kind": print_.kind, "step": print_.step, "digest": print_.digest}
        for print_ in fingerprints
    ]
    upsert(session, FingerprintRow, rows, keys=("run_id", "attempt", "kind", "step"))


def _keep_examples(session: Session, run_id: int, attempt: int, examples: Examples) -> None:
    row = {"run_id": run_id, "attempt": attempt, **asdict(examples)}
    upsert(session, ExamplesRow, [row], keys=("run_id", "attempt"))
