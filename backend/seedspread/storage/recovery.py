"""Queries of the reconciler: expired leases and messages to send again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, update
from sqlalchemy.orm import Session

from seedspread.core.manifest import Manifest
from seedspread.core.recipe import Ability, Needs, why_blocked
from seedspread.core.report import Ending, FailureKind
from seedspread.core.sentences import given_up, queue_without_worker, worker_silent
from seedspread.core.states import RunState
from seedspread.storage import leases
from seedspread.storage.tables import ArmRow, AttemptRow, RunRow, StudyRow


class Waiting(NamedTuple):
    """Queued run whose message is due."""

    run_id: int
    attempt: int
    queue: str


def lost(session: Session, now: datetime, limit: int = 1000) -> list[tuple[int, int]]:
    """Return runs whose worker's lease expired, as (run id, attempt).

    Those whose lease expired first come first.
    """
    query = (
        select(RunRow.id, RunRow.attempt)
        .where(RunRow.state == RunState.RUNNING, RunRow.lease_until < now)
        # Past the limit, those wait for the next round that have waited least.
        .order_by(RunRow.lease_until)
        .limit(limit)
    )
    return list(session.execute(query))


def far_leases(session: Session, now: datetime, lease_s: float) -> dict[tuple[int, int], datetime]:
    """Return leases that no worker with this clock would grant.

    They end more than twice `lease_s` from now: the worker's clock was ahead, or this one went back. The keys are
    (run id, attempt).
    """
    query = select(RunRow.id, RunRow.attempt, RunRow.lease_until).where(
        RunRow.state == RunState.RUNNING, RunRow.lease_until > now + timedelta(seconds=2 * lease_s)
    )
    return {(run_id, attempt): until for run_id, attempt, until in session.execute(query) if until is not None}


def requeue(
    session: Session,
    run_id: int,
    attempt: int,
    now: datetime,
    max_attempts: int,
    *,
    unrenewed: datetime | None = None,
) -> RunState | None:
    """Take a lost run from its worker and return its new state.

    The run is queued under its next attempt, or fails after `max_attempts`. Return None if the worker ended or renewed
    it in the meantime.

    Args:
        unrenewed: the end of a lease that counts as expired although it is yet to come.
    """
    expired = RunRow.lease_until < now if unrenewed is None else RunRow.lease_until == unrenewed
    worker = session.scalar(
        select(RunRow.worker).where(
            RunRow.id == run_id, RunRow.attempt == attempt, RunRow.state == RunState.RUNNING, expired
        )
    )
    if worker is None:
        return None
    reason = worker_silent(worker)
    times = streak(session, run_id, "lost") + 1
    if times >= max_attempts:
        final = given_up(reason, times)
        ending = Ending(state=RunState.FAILED, reason=final, failure=FailureKind.INFRASTRUCTURE)
        ended = leases.end(session, run_id, attempt, ending, now)
        return RunState.FAILED if ended else None
    if leases.back_to_queue(session, run_id, attempt, "lost", reason, now) is not None:
        return RunState.QUEUED
    return RunState.CANCELLED


def streak(session: Session, run_id: int, state: str) -> int:
    """Count the run's latest consecutive attempts that ended in `state`."""
    query = select(AttemptRow.state).where(AttemptRow.run_id == run_id, AttemptRow.ended_at.is_not(None))
    states = session.scalars(query.order_by(AttemptRow.number.desc())).all()
    return next((index for index, ended_as in enumerate(states) if ended_as != state), len(states))


def queued(session: Session, blocked: Blocked | None = None) -> dict[str, int]:
    """Count waiting runs by queue, blocked ones excluded.

    Queues without waiting runs are absent.
    """
    query = select(RunRow.queue, func.count()).where(RunRow.state == RunState.QUEUED, *_able(blocked))
    return dict(session.execute(query.group_by(RunRow.queue)).all())


def unsent(
    session: Session, queue: str, now: datetime, resend_s: float, limit: int, blocked: Blocked | None = None
) -> list[Waiting]:
    """Return queued runs for which the broker may hold no message.

    Runs that were never sent come first, then those sent more than `resend_s` ago. Blocked runs are left out.
    """
    resend = timedelta(seconds=resend_s)
    # Sent in the future: by a clock that was ahead, so nobody knows when.
    due = or_(RunRow.sent_at.is_(None), RunRow.sent_at < now - resend, RunRow.sent_at > now + resend)
    query = (
        select(RunRow.id, RunRow.attempt, RunRow.queue)
        .where(RunRow.state == RunState.QUEUED, RunRow.queue == queue, due, *_able(blocked))
        # Runs that were never sent first: what was sent may still wait in the broker.
        .order_by(RunRow.sent_at.is_not(None), RunRow.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class Need:
    """Requirements of an arm's queued runs, or of one queued replay.

    `run_id` is set for a replay only.
    """

    study_id: int
    queue: str
    arm_id: int
    run_id: int | None
    needs: Needs


@dataclass(frozen=True)
class Blocked:
    """Arms and replays that no live worker can train, with reasons."""

    arms: frozenset[int] = frozenset()
    runs: frozenset[int] = frozenset()
    reasons: Mapping[int, str] = field(default_factory=dict)


def needed(session: Session, studies: Collection[int] | None = None) -> list[Need]:
    """Return the requirements of queued runs, by arm or replay.

    Args:
        studies: restricts the result to these studies; None for all.
    """
    mine = () if studies is None else (RunRow.study_id.in_(studies),)
    waiting = (
        select(RunRow.arm_id, RunRow.queue)
        .where(RunRow.state == RunState.QUEUED, RunRow.replay_of.is_(None), *mine)
        .distinct()
        .subquery()
    )
    query = (
        select(
            StudyRow.id,
            waiting.c.queue,
            ArmRow.id,
            StudyRow.recipe,
            func.coalesce(ArmRow.source_digest, StudyRow.source_digest),
            StudyRow.data,
            ArmRow.position,
        )
        .join(ArmRow, ArmRow.id == waiting.c.arm_id)
        .join(StudyRow, StudyRow.id == ArmRow.study_id)
        .order_by(StudyRow.id, ArmRow.position)
    )
    entries = [
        Need(study_id, queue, arm_id, None, _needs(recipe, digest, data.get(str(position), {})))
        for study_id, queue, arm_id, recipe, digest, data, position in session.execute(query)
    ]
    replays = select(RunRow.study_id, RunRow.queue, RunRow.arm_id, RunRow.id, RunRow.manifest)
    replays = replays.where(RunRow.state == RunState.QUEUED, RunRow.replay_of.is_not(None), *mine)
    entries += [
        Need(study_id, queue, arm_id, run_id, leases.needs_of(Manifest.model_validate(manifest)))
        for study_id, queue, arm_id, run_id, manifest in session.execute(replays)
        if manifest is not None
    ]
    return entries


def blocked(
    session: Session,
    abilities: Mapping[str, Sequence[Ability]],
    studies: Collection[int] | None = None,
    *,
    largest_bytes: int | None = None,
) -> Blocked:
    """Return what no live worker can train, and why.

    Args:
        abilities: of the live workers, by queue.
        studies: restricts the result to these studies; None for all.
        largest_bytes: size of the largest data file that travels to workers, for the reasons.
    """
    arms, runs = set(), set()
    reasons: dict[int, str] = {}
    for need in needed(session, studies):
        if not abilities.get(need.queue):
            reasons.setdefault(need.study_id, queue_without_worker(need.queue))
            continue
        reason = why_blocked(need.needs, abilities[need.queue], largest_bytes)
        if reason is not None:
            reasons.setdefault(need.study_id, reason)
            if need.run_id is None:
                arms.add(need.arm_id)
            else:
                runs.add(need.run_id)
    return Blocked(frozenset(arms), frozenset(runs), reasons)


def oldest(session: Session, queue: str, lacking: Callable[[Needs], str | None], limit: int = 8) -> list[Waiting]:
    """Return a queue's oldest runs that a worker can train.

    Args:
        lacking: returns what the worker is missing, or None if it can train a run with these needs.
    """
    entries = [need for need in needed(session) if need.queue == queue and lacking(need.needs) is None]
    arms = [need.arm_id for need in entries if need.run_id is None]
    runs = [need.run_id for need in entries if need.run_id is not None]
    if not entries:
        return []
    query = (
        select(RunRow.id, RunRow.attempt, RunRow.queue)
        .where(
            RunRow.state == RunState.QUEUED,
            RunRow.queue == queue,
            or_(and_(RunRow.arm_id.in_(arms), RunRow.replay_of.is_(None)), RunRow.id.in_(runs)),
        )
        .order_by(RunRow.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in session.execute(query)]


def _needs(recipe: str, source_digest: str, data: Mapping[str, Mapping[str, Any]]) -> Needs:
    paths = {digest["sha256"]: digest["path"] for digest in data.values()}
    sizes = {digest["sha256"]: digest["size_bytes"] for digest in data.values() if "size_bytes" in digest}
    return Needs(recipe, source_digest, paths, sizes)


def _able(blocked: Blocked | None) -> tuple[ColumnElement[bool], ...]:
    if blocked is None or not (blocked.arms or blocked.runs):
        return ()
    stuck = and_(RunRow.arm_id.in_(blocked.arms), RunRow.replay_of.is_(None))
    return (not_(or_(stuck, RunRow.id.in_(blocked.runs))),)


def mark_sent(session: Session, run_ids: Sequence[int], now: datetime) -> None:
    """Record that messages for these runs went to the broker."""
    for start in range(0, len(run_ids), 10_000):
        part = run_ids[start : start + 10_000]
        statement = update(RunRow).where(RunRow.id.in_(part), RunRow.state == RunState.QUEUED).values(sent_at=now)
        session.execute(statement, execution_options={"synchronize_session": False})


def mark_unsent(session: Session, run_id: int) -> None:
    """Record that a queued run has no message any more."""
    statement = update(RunRow).where(RunRow.id == run_id, RunRow.state == RunState.QUEUED).values(sent_at=None)
    session.execute(statement, execution_options={"synchronize_session": False})
