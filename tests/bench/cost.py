"""CPU seconds of process trees, and wall time beside them."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Cost:
    """What some work took; sums and differences are those of its parts."""

    cpu_s: float
    wall_s: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.cpu_s - other.cpu_s, self.wall_s - other.wall_s)


def cpu_seconds(process: psutil.Process) -> float:
    """CPU seconds of a process and of all it started, those that ended and were waited for included."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def spent(process: psutil.Process) -> Cost:
    """What a running process tree took so far, on a clock without a meaningful zero."""
    return Cost(cpu_seconds(process), time.perf_counter())
