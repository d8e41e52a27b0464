"""Send runs to workers and query the broker.

Every error of the broker becomes Unavailable.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from seedspread.errors import Unavailable
from seedspread.queue.app import TRAIN

Waiting = tuple[int, int, str]
"""A queued run: its id, its attempt, and the queue it waits for."""


PING_FRESH_S = 1.0
"""How long a failure stands for those who ask again."""

POOL_TIMEOUT_S = 5.0
"""How long a request waits for one of the connections that other requests hold."""


class Dispatcher:
    """Puts messages on the broker's queues; safe to share between threads."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        self._ping_lock = threading.Lock()
        self._is_pinging = False
        self._pinged_at = -math.inf
        self._ping_problem: Unavailable | None = None

    def send(self, waiting: Iterable[Waiting]) -> int:
        """Send one message for each of `waiting`; return the number sent.

        Raises:
            Unavailable: the broker cannot be reached. Some messages may have been sent; sending them again is harmless.
        """
        sent = 0
        with self._broker(), self._celery.producer_or_acquire() as producer:
            for run_id, attempt, queue in waiting:
                self._celery.send_task(
                    TRAIN,
                    args=(run_id, attempt),
                    queue=queue,
                    producer=producer,
                    # The reconciler sends what did not arrive; a retry here would hold up whoever submits.
                    retry=False,
                    ignore_result=True,
                )
                sent += 1
        return sent

    def ping(self) -> None:
        """Check that the broker responds.

        One caller at a time asks the broker; the others get its last answer, and callers within a second of a failure
        get that failure. A broker that hangs thus holds one thread, however many clients ask for the health.

        Raises:
            Unavailable: the broker cannot be reached.
        """
        with self._ping_lock:
            is_fresh = time.monotonic() - self._pinged_at < PING_FRESH_S
            if self._ping_problem is not None and (is_fresh or self._is_pinging):
                raise self._ping_problem
            if self._is_pinging:
                return
            self._is_pinging = True
        problem: Unavailable | None = None
        try:
            self._ping()
        except Unavailable as error:
            problem = error
        finally:
            with self._ping_lock:
                self._is_pinging, self._pinged_at, self._ping_problem = False, time.monotonic(), problem
        if problem is not None:
            raise problem

    def _ping(self) -> None:
        with self._connection() as connection:
            channel: Any = connection.default_channel
            channel.client.ping()

    def depth(self, queue: str) -> int:
        """Count the messages that wait in `queue`.

        Raises:
            Unavailable: the broker cannot be reached.
        """
        with self._connection() as connection:
            declared = self._celery.amqp.queues[queue].bind(connection.default_channel).queue_declare()
            return int(declared.message_count)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with self._broker(), self._celery.pool.acquire(block=True, timeout=POOL_TIMEOUT_S) as connection:
            yield connection

    @contextmanager
    def _broker(self) -> Iterator[None]:
        try:
            yield
        except (KombuError, RedisError, OSError) as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> Unavailable:
        address = self._celery.connection_for_write().as_uri()  # the password is masked
        return Unavailable(
            f"the broker at {address} cannot be reached: {error}",
            hint="start it, or check SEEDSPREAD_BROKER_URL; accepted runs are kept and start when it is back",
        )
