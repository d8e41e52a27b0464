"""Notice programs that run and do not work any more."""

from __future__ import annotations

import contextlib
import threading
import time

import psutil

from seedspread.embedded import sentences
from seedspread.embedded.programs import Process

SILENT_S = 30.0
"""Seconds without an answer after which a program counts as hanging; a busy machine is slow."""
STOPPED_S = 10.0
"""Seconds that a process may be stopped (SIGSTOP); a debugger's tracing does not count."""


class Watch:
    """Watch over one process and what it started."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._stopped: dict[int, float] = {}
        self._answered_at = time.monotonic()
        self._asking: threading.Thread | None = None

    def problem(self) -> str | None:
        """Return why the process has to be replaced, or None.

        A stopped descendant, such as a trainer, is killed; its parent replaces it.
        """
        now = time.monotonic()
        stopped = self._stopped_since(now)
        if self.process.pid in stopped:
            return sentences.STOPPED
        for pid in stopped:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()
        if self.process.program.answers is None:
            return None
        if self._asking is None or not self._asking.is_alive():
            # In a thread, since a program that hangs makes its asker wait; processes are started by the main thread.
            self._asking = threading.Thread(target=self._ask, daemon=True)
            self._asking.start()
        return sentences.silent(SILENT_S) if now - self._answered_at > SILENT_S else None

    def _ask(self) -> None:
        answers = self.process.program.answers
        if answers is not None and answers():
            self._answered_at = time.monotonic()

    def _stopped_since(self, now: float) -> list[int]:
        """Return the processes that are stopped for too long."""
        try:
            owner = psutil.Process(self.process.pid)
            family = [owner, *owner.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
        stopped = [process.pid for process in family if _is_stopped(process)]
        self._stopped = {pid: self._stopped.get(pid, now) for pid in stopped}
        return [pid for pid, since in self._stopped.items() if now - since > STOPPED_S]


def _is_stopped(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False
