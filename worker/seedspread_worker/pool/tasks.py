"""The Celery task: a message wakes a worker for a run; whether there is something to do, the database says."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery
from celery.exceptions import Reject

from seedspread.queue.app import TRAIN
from seedspread_worker.pool.session import Outcome, WorkerSession

PASS_ON_S = 0.2
"""A worker that got a message meant for another keeps it up to so long before it goes back to the queue."""
SPREAD_S = 0.02
"""In these last moments, by chance: whoever is first may get either message."""

log = structlog.get_logger(__name__)


def register(celery: Celery, session: Callable[[], WorkerSession | None]) -> None:
    """Give `celery` the task; `session` is asked, in a pool process, for that process' session."""

    def train(run_id: int, attempt: int) -> None:
        own = session()
        outcome = Outcome.REFUSED if own is None else own.work(run_id, attempt)
        say = log.debug if outcome is Outcome.ENDED else log.info
        say("run", run=run_id, attempt=attempt, outcome=outcome.value)
        if outcome is Outcome.REFUSED:
            raise Reject("this worker stops", requeue=True)
        if outcome is Outcome.ELSEWHERE:
            time.sleep(_until_exchange())
            raise Reject("another worker is to train it", requeue=True)

    options: dict[str, Any] = {
        "name": TRAIN,
        "Request": "seedspread_worker.requests:RunRequest",
    }
    celery.task(**options)(train)


def _until_exchange() -> float:
    """Seconds until messages meant for others go back, at the same moments in all workers.

    Two workers that hold each other's message would take their own back for ever, were they not free at one time.
    """
    return PASS_ON_S - time.time() % PASS_ON_S + random.uniform(0.0, SPREAD_S)  # noqa: S311 - no secret
