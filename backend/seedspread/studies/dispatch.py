"""Keeping the broker's queues filled with messages for what waits in the database, and never flooding them."""

from __future__ import annotations

import threading

import structlog

from seedspread.context import Context
from seedspread.errors import Unavailable
from seedspread.storage import recovery

log = structlog.get_logger(__name__)

WINDOW = 5_000
"""The most messages a queue is filled up to; a study of 100,000 runs is fed to the broker as it is worked off."""

_PART = 250
_INLINE = 64


def top_up(ctx: Context) -> int:
    """Send messages for queued runs that none stands for; how many were sent.

    A queue that already holds a message for each run that waits gets none. Which of its messages were lost cannot
    be known, so those sent longest ago are sent again; a message too many is harmless.

    Raises:
        Unavailable: database or broker are away; what was not sent is found again by the next call.
    """
    with ctx.sending:
        with ctx.database.reading() as session:
            waiting = recovery.queued(session)
        return sum(_fill(ctx, queue, count) for queue, count in waiting.items())


def kick(ctx: Context, runs: int) -> None:
    """Send what was just queued: at once where it is little, else in a thread of its own.

    Trouble is left to the reconciler: what was accepted is in the database, and is sent when the broker is back.
    """
    if runs <= _INLINE:
        _quietly(ctx)
    else:
        threading.Thread(target=_quietly, args=(ctx,), name="dispatch", daemon=True).start()


def _fill(ctx: Context, queue: str, waiting: int) -> int:
    wanted = min(waiting, WINDOW)
    room = wanted - ctx.broker.depth(queue)
    sent = 0
    while room > 0:
        now = ctx.clock()
        with ctx.database.reading() as session:
            due = recovery.unsent(session, queue, now, ctx.settings.resend_s, min(room, _PART))
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
