"""Session of a worker process: claim runs, train them, store reports."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum

import structlog

from seedspread.core.report import Batch, Ending
from seedspread.core.states import RunState
from seedspread.core.study import Settings
from seedspread.errors import Unavailable
from seedspread.settings import AppSettings
from seedspread.storage import leases
from seedspread.storage.database import Database
from seedspread.storage.leases import Claimed, ClaimState
from seedspread_worker.pool.heartbeat import Heartbeat
from seedspread_worker.pool.publish import publish
from seedspread_worker.pool.retry import Stopped, retry
from seedspread_worker.trainer.handle import Trainer

log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """Outcome of a message."""

    ENDED = "ended"  # trained, and its end is stored, whatever it was
    NOT_OURS = "not ours"  # another worker has the run, or nobody may have it any more
    ELSEWHERE = "elsewhere"  # it waits for another worker
    LOST = "lost"  # the claim went to another attempt while this one trained
    RELEASED = "released"  # given back, because this worker stops
    REFUSED = "refused"  # never claimed, because this worker stops


class WorkerSession:
    """One trainer, one database connection, one name.

    Created in the process that uses it, after any fork.
    """

    def __init__(self, settings: AppSettings, queue: str) -> None:
        self._settings = settings
        self._queue = queue
        self._database = Database(settings.resolved_database_url)
        self._trainer = Trainer(settings.recipe_modules, flush_s=settings.flush_s, beat_s=settings.beat_s)
        self._stopping = threading.Event()
        self._trained = 0
        self._trained_by: int | None = None
        # The last part tells it from an earlier process of the same number, whose runs are not its own.
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"
        self._heartbeat = Heartbeat(self._database, settings, self.name, queue)

    def start(self, *, publishes: bool = False) -> None:
        """Register the worker and warm its trainer up, without waiting.

        One session of a pool publishes recipes.
        """
        self._trainer.prewarm(Settings(device="gpu" if self._queue == "gpu" else "cpu"))
        self._heartbeat.start()
        if publishes:
            settings = self._settings
            arguments = (self._database, settings.recipe_modules, self._stopping, settings.recipes_note)
            threading.Thread(target=publish, args=arguments, name="publisher", daemon=True).start()

    def stop(self) -> None:
        """Stop the training, so that `work` gives the run back.

        Safe in a signal handler.
        """
        self._stopping.set()
        if self._trainer.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._trainer.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the trainer and sign out."""
        self._stopping.set()
        self._trainer.close()
        self._heartbeat.stop()
        self._database.dispose()

    def work(self, run_id: int, attempt: int) -> Outcome:
        """Train the run if this attempt of it still waits."""
        try:
            claimed = None if self._stopping.is_set() else retry(lambda: self._claim(run_id, attempt), self._stopping)
        except Stopped:
            return Outcome.REFUSED
        if claimed is None:
            return Outcome.REFUSED if self._stopping.is_set() else self._why_not(run_id, attempt)
        self._heartbeat.run_id = run_id
        try:
            return self._store(claimed, self._train(claimed))
        finally:
            self._heartbeat.run_id = None
            self._heartbeat.ended += 1

    def _claim(self, run_id: int, attempt: int) -> Claimed | None:
        pid = self._trainer.pid
        if pid != self._trained_by:
            self._trained, self._trained_by = 0, pid
        ran = "1 run" if self._trained == 1 else f"{self._trained} runs"
        trainer = "a new process" if pid is None else f"{pid}, after {ran}"
        with self._database.session() as session:
            return leases.claim(session, run_id, attempt, self.name, _now(), self._settings.lease_s, trainer=trainer)

    def _why_not(self, run_id: int, attempt: int) -> Outcome:
        try:
            with self._database.reading() as session:
                lease_s = self._settings.lease_s
                elsewhere = leases.wanted_elsewhere(session, run_id, attempt, self.name, _now(), lease_s)
        except Unavailable:
            return Outcome.NOT_OURS  # it is sent again
        return Outcome.ELSEWHERE if elsewhere else Outcome.NOT_OURS

    def _train(self, claimed: Claimed) -> Ending:
        if claimed.fresh:
            self._trainer.close()
        self._trained += 1
        try:
            return self._trainer.train(
                claimed.manifest,
                run=claimed.run_id,
                attempt=claimed.attempt,
                on_batch=lambda batch: self._report(claimed, batch),
                beat=lambda: self._beat(claimed),
            )
        except Exception as error:
            log.exception("training failed in the worker", run=claimed.run_id)
            reason = f"the worker failed: {type(error).__name__}: {error}"
            return Ending(RunState.FAILED, reason, log_tail=traceback.format_exc())

    def _report(self, claimed: Claimed, batch: Batch) -> bool:
        def act() -> ClaimState:
            with self._database.session() as session:
                run, attempt = claimed.run_id, claimed.attempt
                return leases.report(session, run, attempt, batch, _now(), self._settings.lease_s)

        return self._goes_on(act)

    def _beat(self, claimed: Claimed) -> bool:
        def act() -> ClaimState:
            with self._database.session() as session:
                run, attempt = claimed.run_id, claimed.attempt
                return leases.beat(session, run, attempt, self.name, _now(), self._settings.lease_s)

        return self._goes_on(act)

    def _goes_on(self, act: Callable[[], ClaimState]) -> bool:
        """Tell whether the training should continue, per the database.

        Waits where the database is unavailable.
        """
        try:
            return retry(act, self._stopping) is ClaimState.YES and not self._stopping.is_set()
        except Stopped:
            return False

    def _store(self, claimed: Claimed, ending: Ending) -> Outcome:
        if self._stopping.is_set() and ending.state is not RunState.FINISHED:
            return self._release(claimed)
        if ending.state is RunState.CANCELLED and not ending.reason:
            ending = replace(ending, reason="cancelled")

        def act() -> bool:
            with self._database.session() as session:
                return leases.end(session, claimed.run_id, claimed.attempt, ending, _now())

        try:
            stored = retry(act, self._stopping)
        except Stopped:
            return Outcome.LOST  # its lease ends by itself
        return Outcome.ENDED if stored else Outcome.LOST

    def _release(self, claimed: Claimed) -> Outcome:
        try:
            with self._database.session() as session:
                leases.release(session, claimed.run_id, claimed.attempt, _now())
        except Unavailable:
            return Outcome.LOST
        return Outcome.RELEASED


def _now() -> datetime:
    return datetime.now(UTC)
