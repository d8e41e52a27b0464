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
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, not_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from seedspread.core.manifest import Manifest, canonical
from seedspread.core.recipe import Direction, Needs
from seedspread.core.report import Batch, Ending, Examples, Fingerprint
from seedspread.core.sentences import WORKER_STOPPED
from seedspread.core.states import ENDS, TRANSITIONS, Move, RunState, origins
from seedspread.storage import manifests, runs, series
from seedspread.storage.database import upsert
from seedspread.storage.recipes import judged_by
from seedspread.storage.series import Series
from seedspread.storage.tables import (
    AttemptRow,
    Base,
    EnvironmentRow,
    ExamplesRow,
    FingerprintRow,
    RunRow,
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
    lease = timedelta(seconds=lease_s)
    values = {"by": worker, "now": now, "lease": now + lease, "alive_since": now - lease}
    row = manifests.claimed(session, _CLAIM, {"of_run": run_id, "of_attempt": attempt, **values})
    if row is None:
        return None
    manifest = manifests.manifest_of(row)
    reason = lacking(needs_of(manifest))
    if reason is not None:
        raise CannotTrain(reason)
    begun = {"run_id": run_id, "number": attempt, "state": RunState.RUNNING, "worker": worker}
    fresh = row.replay_of is not None
    session.execute(
        _BEGIN,
        [begun | {"trainer": "a fresh one" if fresh else trainer(row.study_id, manifest), "started_at": now}],
    )
    return Claimed(run_id, attempt, row.study_id, row.arm, manifest, fresh, row.time_limit_s)


def wanted_elsewhere(session: Session, run_id: int, attempt: int, worker: str, now: datetime, lease_s: float) -> bool:
    """Tell whether a queued run is pinned to another live worker."""
    values = {"of_run": run_id, "of_attempt": attempt, "by": worker, "alive_since": now - timedelta(seconds=lease_s)}
    return session.scalar(_ELSEWHERE, values) is not None


def beat(session: Session, run_id: int, attempt: int, worker: str, now: datetime, lease_s: float) -> ClaimState:
    """Keep the claim for another `lease_s`."""
    return _update(session, run_id, attempt, {"lease_until": now + timedelta(seconds=lease_s)}, worker)


def report(session: Session, run_id: int, attempt: int, batch: Batch, now: datetime, lease_s: float) -> ClaimState:
    """Store a report if the attempt still holds its claim.

    Reporting the same batch again changes nothing.
    """
    values = _progress(session, batch) | {"lease_until": now + timedelta(seconds=lease_s), "touched_at": now}
    claim_state = _update(session, run_id, attempt, values)
    if claim_state is ClaimState.LOST:
        return claim_state
    if batch.series:
        series.append(session, run_id, attempt, batch.series)
    _keep_rest(session, run_id, attempt, batch)
    return claim_state


def _progress(session: Session, batch: Batch) -> dict[str, Any]:
    """Return the columns of a run that a batch changes."""
    steps = [steps[-1] for steps, _ in batch.series.values() if len(steps)]
    values: dict[str, Any] = {}
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
    return values


def _keep_rest(session: Session, run_id: int, attempt: int, batch: Batch) -> None:
    """Store what a batch has beside series and progress."""
    _keep_fingerprints(session, run_id, attempt, batch.fingerprints)
    if batch.examples is not None:
        _keep_examples(session, run_id, attempt, batch.examples)
    if batch.usage is not None:
        runs.put_usage(session, run_id, attempt, batch.usage)


def end(
    session: Session,
    run_id: int,
    attempt: int,
    ending: Ending,
    now: datetime,
    *,
    last: Batch | None = None,
    only: bool = False,
) -> bool:
    """Close the attempt: merge its series, write its summaries.

    Return False if it had lost its claim. A run that fails or is cancelled keeps what it reported, summaries included.

    Args:
        last: the last report, stored with the end.
        only: nothing else was reported in this attempt.
    """
    values = ({} if last is None else _progress(session, last)) | {
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
    if last is not None:
        _keep_rest(session, run_id, attempt, last)
    if last is not None and only:
        merged = series.store_whole(session, run_id, attempt, last.series)
    else:
        if last is not None:
            series.append(session, run_id, attempt, last.series)
        merged = series.merge(session, run_id, attempt)
    diverged = _summarise(session, run_id, attempt, merged)
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
    values = {"to_state": state, "to_reason": reason, "to_ended_at": now, "to_left_behind": left_behind}
    session.execute(_CLOSE, {"of_run": run_id, "of_attempt": attempt, **values})


def needs_of(manifest: Manifest) -> Needs:
    """Return what a worker must have to train a manifest."""
    data = {digest.sha256: digest.path for digest in manifest.data.values()}
    sizes = {digest.sha256: digest.size_bytes for digest in manifest.data.values()}
    return Needs(manifest.recipe, manifest.source_digest, data, sizes)


# Statements that each run needs are built once: building one takes longer than the database does with it.
_RUN, _ATTEMPT, _WORKER = (Base.metadata.tables[row.__tablename__] for row in (RunRow, AttemptRow, WorkerRow))
_WAITS = (
    _RUN.c.id == bindparam("of_run"),
    _RUN.c.attempt == bindparam("of_attempt"),
    _RUN.c.state.in_(list(origins(Move.CLAIM))),
)
_WANTED = func.coalesce(_RUN.c.wanted_worker, bindparam("by", type_=_RUN.c.wanted_worker.type))
_WANTED_ELSEWHERE = and_(
    bindparam("by", type_=_RUN.c.wanted_worker.type) != _WANTED,
    _WANTED.in_(select(_WORKER.c.name).where(_WORKER.c.beat_at >= bindparam("alive_since"))),
)
_ELSEWHERE = select(_RUN.c.id).where(*_WAITS, _WANTED_ELSEWHERE)
_CLAIM = (
    update(_RUN)
    .where(*_WAITS, not_(_WANTED_ELSEWHERE))
    .values(
        state=TRANSITIONS[RunState.QUEUED, Move.CLAIM],
        worker=bindparam("by", type_=_RUN.c.worker.type),
        started_at=bindparam("now", type_=_RUN.c.started_at.type),
        touched_at=bindparam("now", type_=_RUN.c.started_at.type),
        lease_until=bindparam("lease"),
        epoch=0,
        epochs=None,
        step=-1,
        reason=None,
        log_tail="",
    )
)
_BEGIN = insert(_ATTEMPT)
_SUMMARISE = insert(Base.metadata.tables[SummaryRow.__tablename__])
_CLOSE = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.run_id == bindparam("of_run"), _ATTEMPT.c.number == bindparam("of_attempt"))
    .values({name: bindparam(f"to_{name}") for name in ("state", "reason", "ended_at", "left_behind")})
)
_HAS_ENVIRONMENT = select(EnvironmentRow.digest).where(EnvironmentRow.digest == bindparam("digest"))


@cache
def _holding(names: tuple[str, ...], *, by_worker: bool) -> ReturningUpdate[Any]:
    """Return an update of columns of a run that is held."""
    statement = update(_RUN).where(
        _RUN.c.id == bindparam("of_run"),
        _RUN.c.attempt == bindparam("of_attempt"),
        _RUN.c.state == RunState.RUNNING,
    )
    if by_worker:
        statement = statement.where(_RUN.c.worker == bindparam("by"))
    return statement.values({name: bindparam(f"to_{name}") for name in names}).returning(_RUN.c.cancel_requested)


def _update(
    session: Session, run_id: int, attempt: int, values: Mapping[str, Any], worker: str | None = None
) -> ClaimState:
    """Write `values` if the attempt holds the run."""
    statement = _holding(tuple(values), by_worker=worker is not None)
    written = {f"to_{name}": value for name, value in values.items()}
    row = session.execute(statement, {"of_run": run_id, "of_attempt": attempt, "by": worker, **written}).one_or_none()
    if row is None:
        return ClaimState.LOST
    return ClaimState.CANCEL if row.cancel_requested else ClaimState.YES


def _summarise(session: Session, run_id: int, attempt: int, merged: Mapping[str, Series]) -> bool:
    """Summarise the attempt's series; whether a value was non-finite."""
    if attempt > 1:  # an earlier attempt that failed has summaries
        session.execute(delete(SummaryRow).where(SummaryRow.run_id == run_id))
    if not merged:
        return False
    deciding, better = judged_by(session, run_id, list(merged))
    summaries = {metric: series.summarise(points, better[metric]) for metric, points in merged.items()}
    session.execute(
        _SUMMARISE,
        [{"run_id": run_id, "metric": metric, **asdict(summary)} for metric, summary in summaries.items()],
    )
    diverged = any(summary.non_finite for summary in summaries.values())
    # Lists, tables and searches of runs read the study's metric as any other.
    condition = first_step(deciding)
    if condition is not None and condition.metric in merged:
        step = series.single(condition.value(*merged[condition.metric]))
        reached = asdict(series.summarise(step, Direction.MINIMIZE))
        session.execute(insert(SummaryRow), [{"run_id": run_id, "metric": condition.name, **reached}])
    return diverged


def _keep_environment(session: Session, content: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(canonical(content)).hexdigest()
    # Nearly all runs share one: asking costs less than sending it.
    if session.scalar(_HAS_ENVIRONMENT, {"digest": digest}) is None:
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
