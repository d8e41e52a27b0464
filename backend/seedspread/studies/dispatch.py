"""Fill the broker's queues from the database, without flooding them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

import structlog

from seedspread.context import Context
from seedspread.core.states import RunState
from seedspread.errors import SeedspreadError, Unavailable
from seedspread.storage import recovery, workers
from seedspread.storage.recovery import Blocked

log = structlog.get_logger(__name__)

WINDOW = 5_000
"""The most messages a queue is filled up to; a study of 100,000 runs is fed to the broker as it is worked off."""

_PART = 250  # between parts other work gets its turn with the database
_INLINE = 64  # few runs are sent with the request, so that a small study starts at once


def top_up(ctx: Context) -> int:
    """Send messages for queued runs that have none; return their number.

    Runs that no live worker can train get no message until one can. A queue that already holds a message for each
    waiting run gets none. Which messages were lost cannot be known, so those sent longest ago are sent again; a surplus
    message is harmless.

    Raises:
        Unavailable: database or broker are unavailable; the next call sends what was not sent.
    """
    with ctx.sending:
        with ctx.database.reading() as session:
            blocked = recovery.blocked(session, workers.abilities(session, ctx.clock(), ctx.settings.lease_s))
            waiting = recovery.queued(session, blocked)
        return sum(_fill(ctx, queue, count, blocked) for queue, count in waiting.items())


def kick(ctx: Context, runs: int) -> None:
    """Send newly queued runs: few at once, more in a thread.

    Errors are left to the reconciler: the runs are in the database and are sent when the broker is back.
    """
    if runs <= _INLINE:
        _quietly(ctx)
    else:
        threading.Thread(target=_quietly, args=(ctx,), name="dispatch", daemon=True).start()


def _fill(ctx: Context, queue: str, waiting: int, blocked: Blocked) -> int:
    wanted = min(waiting, WINDOW)
    room = wanted - ctx.broker.depth(queue)
    sent = 0
    while room > 0:
        now = ctx.clock()
        with ctx.database.reading() as session:
            due = recovery.unsent(session, queue, now, ctx.settings.resend_s, min(room, _PART), blocked)
        if not due:
            break
        ctx.broker.send(due)
        with ctx.database.session() as session:
            recovery.mark_sent(session, [run.run_id for run in due], now)
        sent += len(due)
        room -= len(due)
    return sent


def _quietly(ctx: Context) -> None:
    try:
        top_up(ctx)
    except Unavailable as error:
        log.warning("messages are sent later", problem=error.message)


FORGET_WORKERS_S = 3600.0
"""A worker silent for this long is struck from the list."""


@dataclass(frozen=True)
class Recovered:
    """Result of one round: runs requeued, runs failed, messages sent."""

    requeued: int = 0
    failed: int = 0
    sent: int = 0


def reconcile(ctx: Context, now: datetime) -> Recovered:
    """Run one round of the reconciler.

    It handles expired leases, sends due messages, then runs the context's further steps. A part that fails is logged
    and repeated in the next round; it does not keep the other parts from running.

    Raises:
        Unavailable: the database is unavailable.
    """
    requeued, failed = _take_back(ctx, now)
    sent = 0
    try:
        sent = top_up(ctx)
    except SeedspreadError as error:
        log.warning("no messages sent this round", problem=error.message)
    for step in ctx.steps:
        try:
            step(ctx, now)
        except SeedspreadError as error:
            log.warning("a step of the reconciler failed", problem=error.message)
    return Recovered(requeued, failed, sent)


def _take_back(ctx: Context, now: datetime) -> tuple[int, int]:
    with ctx.database.reading() as session:
        lost = dict.fromkeys(recovery.lost(session, now))
        lost |= _unrenewed(ctx, recovery.far_leases(session, now, ctx.settings.lease_s))
    requeued = failed = 0
    for (run_id, attempt), unrenewed in lost.items():
        with ctx.database.session() as session:
            most = ctx.settings.max_attempts
            state = recovery.requeue(session, run_id, attempt, now, most, unrenewed=unrenewed)
        requeued += state is RunState.QUEUED
        failed += state is RunState.FAILED
        if state is not None:
            log.warning("a worker went silent", run=run_id, attempt=attempt, now=state.value)
    with ctx.database.reading() as session:
        silent = [worker.name for worker in workers.listed(session, now, FORGET_WORKERS_S) if not worker.alive]
    if silent:
        with ctx.database.session() as session:
            workers.forget_silent(session, now, FORGET_WORKERS_S)
    return requeued, failed


def _unrenewed(ctx: Context, far: dict[tuple[int, int], datetime]) -> dict[tuple[int, int], datetime | None]:
    """Return far leases that nobody renewed for `lease_s`.

    The time is that of a clock that never jumps. A lease granted by a clock far ahead would keep the run of a dead
    worker for as long as that clock was ahead.
    """
    since, now = ctx.far_leases, ctx.monotonic()
    for run in list(since):
        if far.get(run) != since[run][0]:
            del since[run]
    for run, until in far.items():
        since.setdefault(run, (until, now))
    return {run: until for run, (until, seen) in since.items() if now - seen > ctx.settings.lease_s}
