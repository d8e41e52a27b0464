"""What an earlier `up` left running when it was killed: written down while it runs, ended by the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import orjson
import psutil

PATIENCE_S = 5.0
CLOCK_SLACK_S = 1.0
"""A starting time is reckoned from the system clock, which may be set in between."""


class Ledger:
    """A file with the processes of this data directory; process ids are used again, so starting times are kept too."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, pids: Iterable[int]) -> None:
        """These run now; earlier entries are forgotten."""
        entries = []
        for pid in pids:
            try:
                entries.append([pid, psutil.Process(pid).create_time()])
            except psutil.NoSuchProcess:
                continue
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(orjson.dumps(entries))
        fresh.replace(self._path)

    def end_leftovers(self) -> int:
        """End the processes that the last owner of the directory left, and their children; the number ended."""
        found = [process for entry in self._read() for process in _alive(*entry)]
        for process in found:
            _quietly(process.terminate)
        _, stubborn = psutil.wait_procs(found, timeout=PATIENCE_S)
        for process in stubborn:
            _quietly(process.kill)
        psutil.wait_procs(stubborn, timeout=PATIENCE_S)
        self._path.unlink(missing_ok=True)
        return len(found)

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
