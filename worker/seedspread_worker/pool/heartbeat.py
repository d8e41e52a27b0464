"""The sign of life of a worker process, from a thread of its own: what it trains now and how much it has done."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy.exc import SQLAlchemyError

from seedspread.errors import Unavailable
from seedspread.settings import AppSettings
from seedspread.storage import workers
from seedspread.storage.database import Database
from seedspread.storage.workers import Announcement


class Roll:
    """The folder of locked files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: tuple[Path, IO[str]] | None = None

    def enter(self, name: str) -> None:
        """Sign in as `name` until `leave`, or until this process ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        while self._own is None:
            file = path.open("a", encoding="utf-8")
            fcntl.flock(file, fcntl.LOCK_EX)
            # Somebody who looked for the dead may have struck the file before we had locked it.
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                self._own = (path, file)

    def leave(self) -> None:
        """Sign out."""
        if self._own is not None:
            path, file = self._own
            path.unlink(missing_ok=True)
            file.close()
            self._own = None

    def dead(self) -> Iterator[str]:
        """The names of those who ended without signing out; each is struck once the caller asks for the next."""
        own = self._own[0] if self._own else None
        for path in sorted(self._folder.glob("*")):
            if path == own:
                continue
            with path.open("a", encoding="utf-8") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield path.name
                path.unlink(missing_ok=True)


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
