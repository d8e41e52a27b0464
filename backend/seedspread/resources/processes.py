"""Read what a process and its descendants use, from outside."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import psutil

SCAN_S: Final = 1.0
"""Least time between two searches for descendants: each reads every process of the machine."""
FIRST_SCAN_S: Final = 0.25  # most scripts start their workers soon after they begin


@dataclass(frozen=True)
class Totals:
    """Resource usage of a process tree.

    cpu_s, read_bytes, written_bytes: since the processes began, ended ones included as far as they were seen.
    memory_bytes, threads: now. pids: of the living. None: this system does not say.
    """

    cpu_s: float
    memory_bytes: int
    threads: int
    read_bytes: int | None
    written_bytes: int | None
    pids: frozenset[int]


class ProcessTree:
    """Process with all its descendants.

    Descendants are looked for at most once a second.
    """

    def __init__(self, pid: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._processes: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            self._processes = [psutil.Process(pid)]
        self._scan_at = clock() + FIRST_SCAN_S
        self._moved: dict[psutil.Process, tuple[float, int, int]] = {}
        self._ended = (0.0, 0, 0)

    def read(self) -> Totals | None:
        """Return the totals, or None once the process has ended."""
        memory = threads = 0
        current: dict[psutil.Process, tuple[float, int, int]] = {}
        counts_io = False
        self._look_for_descendants()
        for process in self._processes:
            with contextlib.suppress(psutil.Error), process.oneshot():
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                times, now = process.cpu_times(), process.memory_info().rss
                threads += process.num_threads()
                bytes_read = written = 0
                with contextlib.suppress(psutil.AccessDenied, AttributeError, NotImplementedError):
                    moved = process.io_counters()
                    bytes_read, written, counts_io = moved.read_bytes, moved.write_bytes, True
                current[process] = (times.user + times.system, bytes_read, written)
                memory += now
        if not current or self._processes[0] not in current:
            return None
        # What an ended process had used stays in the sum, which must not fall.
        ended = [counts for process, counts in self._moved.items() if process not in current]
        self._ended = _sum([self._ended, *ended])
        self._moved = current
        cpu_s, bytes_read, written = _sum([self._ended, *current.values()])
        pids = frozenset(process.pid for process in current)
        return Totals(cpu_s, memory, threads, bytes_read if counts_io else None, written if counts_io else None, pids)

    def _look_for_descendants(self) -> None:
        if self._processes and self._clock() >= self._scan_at:
            root = self._processes[0]
            with contextlib.suppress(psutil.Error):
                self._processes = [root, *root.children(recursive=True)]
            self._scan_at = self._clock() + SCAN_S


def _sum(counts: list[tuple[float, int, int]]) -> tuple[float, int, int]:
    seconds, bytes_read, written = zip(*counts, strict=True)
    return sum(seconds), sum(bytes_read), sum(written)
