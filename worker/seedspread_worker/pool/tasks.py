"""Celery task: a message wakes a worker for a run.

The database decides whether there is something to do.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery
from celery.exceptions import Reject
from celery.worker.request import Request

from seedspread.queue.app import TRAIN
from seedspread_worker.pool.session import Outcome, WorkerSession

PASS_ON_S = 0.2
"""A worker that got a message meant for another keeps it up to so long before it goes back to the queue."""
SPREAD_S = 0.02
"""In these last moments, by chance: whoever is first may get either message."""

log = structlog.get_logger(__name__)


def register(celery: Celery, queue: str, session: Callable[[], WorkerSession | None]) -> None:
    """Register the task with `celery`.

    `session` is called in a pool process and returns that process's session.
    """

    def train(run_id: int, attempt: int) -> None:
        own = session()

        def pass_on() -> None:
            celery.send_task(TRAIN, args=(run_id, attempt), queue=queue, ignore_result=True)

        outcome = Outcome.REFUSED if own is None else own.work(run_id, attempt, pass_on)
        say = log.debug if outcome is Outcome.ENDED else log.info
        say("run", run=run_id, attempt=attempt, outcome=outcome.value)
        if outcome is Outcome.REFUSED:
            raise Reject("this worker stops", requeue=True)
        if outcome is Outcome.ELSEWHERE:
            time.sleep(_until_exchange())
            raise Reject("another worker is to train it", requeue=True)

    options: dict[str, Any] = {
        "name": TRAIN,
        "Request": "seedspread_worker.pool.tasks:RunRequest",
    }
    celery.task(**options)(train)


def _until_exchange() -> float:
    """Return the seconds until foreign messages go back.

    All workers send them back at the same moments: two workers that hold each other's message would otherwise take
    their own back for ever.
    """
    return PASS_ON_S - time.time() % PASS_ON_S + random.uniform(0.0, SPREAD_S)  # noqa: S311 - no secret


class RunRequest(Request):  # type: ignore[misc]  # Celery has no types
    """Request whose acknowledgement may fail with an error.

    Celery logs and forgets a broker that went away just as a task was to be acknowledged. While every pool process is
    busy the worker isn't listening for messages, so nothing else would notice the lost connection: the message would
    stay unacknowledged, count against the prefetch limit, and no message would ever be taken again. Raised into the
    worker's loop, the same error makes it reconnect.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **(options | {"connection_errors": ()}))
