"""The Celery task: a message wakes a worker for a run; whether there is something to do, the database says."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery
from celery.exceptions import Reject

from seedspread.queue.app import TRAIN
from seedspread_worker.session import Outcome, WorkerSession

PASS_ON_S = 0.2
"""A worker that got a message meant for another keeps it so long before it goes back to the queue."""

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
            time.sleep(PASS_ON_S)
            raise Reject("another worker is to train it", requeue=True)

    options: dict[str, Any] = {
        "name": TRAIN,
        "Request": "seedspread_worker.requests:RunRequest",
    }
    celery.task(**options)(train)
