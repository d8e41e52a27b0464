"""Celery worker: pool processes with a session each, and shutdown."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from typing import Any

import structlog
from billiard import current_process
from celery import Celery, signals

from seedspread.core.study import Settings
from seedspread.queue.app import make_celery
from seedspread.settings import AppSettings
from seedspread_worker.pool import tasks
from seedspread_worker.pool.abilities import offers_file
from seedspread_worker.pool.session import WorkerSession
from seedspread_worker.trainer.process import environment_of
from seedspread_worker.trainer.start.forking import Templates

log = structlog.get_logger(__name__)


class WorkerApp:
    """Celery worker with `concurrency` pool processes that take runs from `queue`.

    TensorFlow is never loaded here or in the pool processes: used before a fork it hangs the child.
    """

    def __init__(self, settings: AppSettings, queue: str, concurrency: int) -> None:
        self._settings = settings
        self._queue = queue
        self._session: WorkerSession | None = None
        self._templates = Templates()  # made before the pool is forked, which shares them
        self.celery: Celery = make_celery(settings)
        signals.setup_logging.connect(_keep_logging, weak=False)  # before the worker is made
        tasks.register(self.celery, queue, lambda: self._session)
        self._worker: Any = self.celery.Worker(
            queues=[queue],
            concurrency=concurrency,
            pool="prefork",
            hostname=f"{queue}@{socket.gethostname()}",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )

    def run(self) -> int:
        """Work until told to stop; return the exit code."""
        signals.worker_process_init.connect(self._begin, weak=False)
        signals.worker_process_shutdown.connect(self._finish, weak=False)
        signals.worker_shutting_down.connect(self._tell_pool, weak=False)
        offers = offers_file(self._settings.data_dir, os.getpid())
        offers.unlink(missing_ok=True)  # of an earlier process of the same number
        if self._queue == "cpu":  # a GPU's driver does not survive a fork
            self._templates.start(environment_of(Settings(), os.environ))
        self._worker.start()
        self._templates.close()
        offers.unlink(missing_ok=True)
        return int(self._worker.exitcode or 0)

    def _begin(self, **_: Any) -> None:
        """Start the session in a new pool process."""
        self._session = session = WorkerSession(
            self._settings, self._queue, current_process().index, templates=self._templates
        )
        signal.signal(signal.SIGUSR2, lambda *_: session.stop())
        session.start(publishes=current_process().index == 0)

    def _finish(self, **_: Any) -> None:
        """Stop the session in a pool process that ends."""
        if self._session is not None:
            self._session.close()

    def _tell_pool(self, **_: Any) -> None:
        """Tell the pool to return its runs to the queue.

        The main process does this when it is told to stop, so that nobody waits for a training.
        """
        for process in self._worker.pool._pool._pool if self._worker.pool else ():
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGUSR2)


def _keep_logging(**_: Any) -> None:
    """Keep Celery from setting up logging.

    A receiver of its signal is enough.
    """
