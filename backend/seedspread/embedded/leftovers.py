"""End processes that a killed `up` left running.

Their ids are recorded while they run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import orjson
import psutil
import structlog

log = structlog.get_logger(__name__)

PATIENCE_S = 5.0  # a process that is asked to end may have to write what it holds
CLOCK_SLACK_S = 1.0
"""Tolerance for start times, in seconds; the system clock may change."""


class Ledger:
    """File that lists the processes of this data directory.

    It holds their start times, too, since process ids are reused.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, pids: Iterable[int]) -> None:
        """Record the running processes, replacing earlier entries.

        On a full disk the earlier entries stay: a record that is out of date ends nobody, since start times are
        compared.
        """
        entries = []
        for pid in pids:
            try:
                entries.append([pid, psutil.Process(pid).create_time()])
            except psutil.NoSuchProcess:
                continue
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_bytes(orjson.dumps(entries))
            fresh.replace(self._path)
        except OSError as error:
            log.warning("the processes could not be recorded", problem=str(error))

    def end_leftovers(self) -> int:
        """End leftover processes and their children; return their number."""
        leftovers = [process for entry in self._read() for process in _alive(*entry)]
        for process in leftovers:
            _quietly(process.terminate)
        _, stubborn = psutil.wait_procs(leftovers, timeout=PATIENCE_S)
        for process in stubborn:
            _quietly(process.kill)
        psutil.wait_procs(stubborn, timeout=PATIENCE_S)
        self._path.unlink(missing_ok=True)
        return len(leftovers)

    def _read(self) -> list[tuple[int, float]]:
        try:
            entries = orjson.loads(self._path.read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return []
        return [(int(pid), float(started)) for pid, started in entries]


def _alive(pid: int, started: float) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - started) > CLOCK_SLACK_S:
            return []
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _quietly(act: Callable[[], None]) -> None:
    try:
        act()
    except psutil.NoSuchProcess:
        return
