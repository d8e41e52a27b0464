"""Bringing back what went missing: runs of dead workers, messages the broker lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from seedspread.context import Context
from seedspread.core.states import RunState
from seedspread.errors import SeedspreadError
from seedspread.storage import recovery, workers
from seedspread.studies.dispatch import top_up

log = structlog.get_logger(__name__)

FORGET_WORKERS_S = 3600.0
"""A worker silent for this long is struck from the list."""


@dataclass(frozen=True)
class Recovered:
    """What one round found: runs queued again, runs given up, messages sent."""

    requeued: int = 0
    failed: int = 0
    sent: int = 0


def reconcile(ctx: Context, now: datetime) -> Recovered:
    """One round: runs whose lease ran out, messages that are due, then the context's further steps.

    A part that fails is logged and tried again in the next round; it does not keep the others from their work.

    Raises:
        Unavailable: the database is away.
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
        lost = recovery.lost(session, now)
    requeued = failed = 0
    for run_id, attempt in lost:
        with ctx.database.session() as session:
            state = recovery.requeue(session, run_id, attempt, now, ctx.settings.max_attempts)
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
