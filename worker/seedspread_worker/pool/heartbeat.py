"""Heartbeat of a worker process, from a thread of its own.

It carries the current run and the number of runs ended.
"""

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

from seedspread.core.recipe import Ability
from seedspread.errors import Unavailable
from seedspread.settings import AppSettings
from seedspread.storage import workers
from seedspread.storage.database import Database
from seedspread.storage.workers import Registration
from seedspread_worker.pool.abilities import Abilities


class WorkerRegistry:
    """Registry of this host's workers: a folder of locked files.

    The kernel releases a lock whatever killed its process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: tuple[Path, IO[str]] | None = None

    def enter(self, name: str) -> None:
        """Register as `name` until `leave`, or until this process ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        while self._own is None:
            file = path.open("a", encoding="utf-8")
            fcntl.flock(file, fcntl.LOCK_EX)
            # Another process that looked for dead workers may have removed the file before we locked it.
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                self._own = (path, file)

    def leave(self) -> None:
        """Remove this worker from the register."""
        if self._own is not None:
            path, file = self._own
            path.unlink(missing_ok=True)
            file.close()
            self._own = None

    def dead(self) -> Iterator[str]:
        """Yield the names of workers that died without signing out.

        A worker is removed when the caller asks for the next one.
        """
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
"""Seconds between attempts to register the worker while the database is unavailable."""

log = structlog.get_logger(__name__)


class Heartbeat:
    """Register the worker, expire dead workers on this host, send heartbeats.

    The session sets `run_id` and `ended`.
    """

    def __init__(
        self, database: Database, settings: AppSettings, name: str, queue: str, abilities: Abilities, device: str = ""
    ) -> None:
        self._abilities = abilities
        self._stored: tuple[Ability, list[str]] | None = None
        self._database = database
        self._beat_s = settings.beat_s
        self._registry = WorkerRegistry(settings.data_dir / "run" / "workers")
        self._registration = Registration(name, socket.gethostname(), os.getpid(), queue, device=device)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._sent = 0
        self.run_id: int | None = None
        self.ended = 0

    def start(self) -> None:
        """Start the thread; the database may be unavailable for now."""
        self._registry.enter(self._registration.name)
        self._thread.start()

    def stop(self) -> None:
        """Stop, and unregister where the database can be reached."""
        self._stopping.set()
        self._thread.join(self._beat_s)
        try:
            with self._database.session() as session:
                workers.forget(session, self._registration.name)
        except Unavailable:
            log.warning("could not unregister: the database is unavailable")
        self._registry.leave()

    def _run(self) -> None:
        registered = False
        while not self._stopping.is_set():
            try:
                registered = self._beat() if registered else self._register()
            except (Unavailable, SQLAlchemyError) as error:  # away, or not migrated yet
                log.warning("could not send a heartbeat", reason=str(error).splitlines()[0])
            self._stopping.wait(self._beat_s if registered else FIRST_PAUSE_S)

    def _register(self) -> bool:
        now = datetime.now(UTC)
        with self._database.session() as session:
            for dead in self._registry.dead():
                if workers.remove_dead(session, dead, now):
                    log.warning("a worker died while training a run", worker=dead)
            workers.register(session, self._registration, now)
        self._stored = None
        self.publish_ability()
        return True

    def publish_ability(self) -> None:
        """Store what the worker can train, if that changed.

        Raises:
            Unavailable: the database is unavailable.
        """
        self._abilities.refresh()
        current = self._abilities.ability(), self._abilities.problems
        if current != self._stored:
            with self._database.session() as session:
                workers.enable(session, self._registration.name, *current)
            self._stored = current

    def _beat(self) -> bool:
        ended = self.ended
        with self._database.session() as session:
            registered = workers.beat(
                session, self._registration.name, datetime.now(UTC), run_id=self.run_id, ended=ended - self._sent
            )
        self._sent = ended
        self.publish_ability()
        return registered
