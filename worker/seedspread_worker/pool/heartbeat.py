"""The sign of life of a worker process, from a thread of its own: what it trains now and how much it has done."""

from __future__ import annotations

import os
import socket
import threading
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from seedspread.errors import Unavailable
from seedspread.settings import AppSettings
from seedspread.storage import workers
from seedspread.storage.database import Database
from seedspread.storage.workers import Announcement
from seedspread_worker.roll import Roll

FIRST_PAUSE_S = 0.5
"""Between attempts to announce the worker where the database is away."""

log = structlog.get_logger(__name__)


class Heart:
    """Announces the worker, buries the dead of this machine, and beats; `run_id` and `ended` are set from outside."""

    def __init__(self, database: Database, settings: AppSettings, name: str, queue: str) -> None:
        self._database = database
        self._beat_s = settings.beat_s
        self._roll = Roll(settings.data_dir / "run" / "workers")
        self._announcement = Announcement(name, socket.gethostname(), os.getpid(), queue)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="heart", daemon=True)
        self._told = 0
        self.run_id: int | None = None
        self.ended = 0

    def start(self) -> None:
        """Begin; the database may be away for now."""
        self._roll.enter(self._announcement.name)
        self._thread.start()

    def stop(self) -> None:
        """End, and sign out of the database where it can be reached."""
        self._stopping.set()
        self._thread.join(self._beat_s)
        try:
            with self._database.session() as session:
                workers.forget(session, self._announcement.name)
        except Unavailable:
            log.warning("could not sign out: the database is away")
        self._roll.leave()

    def _live(self) -> None:
        known = False
        while not self._stopping.is_set():
            try:
                known = self._beat() if known else self._enter()
            except (Unavailable, SQLAlchemyError) as error:  # away, or not migrated yet
                log.warning("could not beat", reason=str(error).splitlines()[0])
            self._stopping.wait(self._beat_s if known else FIRST_PAUSE_S)

    def _enter(self) -> bool:
        now = datetime.now(UTC)
        with self._database.session() as session:
            for dead in self._roll.dead():
                if workers.bury(session, dead, now):
                    log.warning("a worker died with a run in hand", worker=dead)
            workers.announce(session, self._announcement, now)
        return True

    def _beat(self) -> bool:
        ended = self.ended
        with self._database.session() as session:
            known = workers.beat(
                session, self._announcement.name, datetime.now(UTC), run_id=self.run_id, ended=ended - self._told
            )
        self._told = ended
        return known
