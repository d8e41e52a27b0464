"""Sample a training's resource usage from the process that started it.

The training itself is left alone: no thread, no hook and no import of it takes part, so its bits stay as they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from seedspread.resources.gpus import Nvml, nvml
from seedspread.resources.processes import ProcessTree, Totals
from seedspread.resources.record import Sample, UsageRecord

BY_COST: Final = 200.0
"""Least ratio of the time between two samples to the processor time that a sample takes: half a percent of a core."""
FIRST_S: Final = 0.1
"""Time of the first sample of a process that was started for the training."""


class Sampler:
    """Samples of one training, taken when they are due.

    Args:
        tree: the process that trains, with its descendants.
        warm: the process trained before, so what it had used by now does not count.
        clock: monotonic seconds.
        spent: processor seconds of this thread.
        gpus: None for the GPUs of this machine.
    """

    def __init__(
        self,
        tree: ProcessTree,
        *,
        warm: bool = False,
        clock: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.thread_time,
        gpus: Callable[[], Nvml | None] = nvml,
    ) -> None:
        self.record = UsageRecord()
        self._clock, self._spent, self._gpus = clock, spent, gpus
        self._began = clock()
        self._due = self._began + FIRST_S
        self._before = (self._began, 0.0)
        self._from = (0.0, 0, 0)
        self._tree: ProcessTree | None = tree
        if warm:
            totals = tree.read()
            if totals is not None:
                self._from = (totals.cpu_s, totals.read_bytes or 0, totals.written_bytes or 0)
                self._before = (self._began, totals.cpu_s)

    def sample_if_due(self) -> Sample | None:
        """Take a sample if it is time; return it, or None."""
        return self.sample() if self._tree is not None and self._clock() >= self._due else None

    def sample(self) -> Sample | None:
        """Take a sample now; return None where the process has ended."""
        if self._tree is None:
            return None
        spent = self._spent()
        totals = self._tree.read()
        now = self._clock()
        if totals is None:
            self._tree = None
            return None
        sample = self._sample(totals, now)
        self.record.add(sample)
        # Denser at first: a run of a second shall have more than one sample.
        interval = min(self.record.interval_s, max(FIRST_S, sample.time / 2))
        self._due = now + max(interval, BY_COST * (self._spent() - spent))
        return sample

    def _sample(self, totals: Totals, now: float) -> Sample:
        (before, cpu_before), self._before = self._before, (now, totals.cpu_s)
        _, bytes_read, written = self._from
        library = self._gpus()
        gpu = library.read(totals.pids) if library is not None else None
        if gpu is not None:
            self.record.gpus += [name for name in gpu.names if name not in self.record.gpus]
        return Sample(
            round(now - self._began, 3),
            round(max(totals.cpu_s - cpu_before, 0.0) / (now - before), 3) if now > before else None,
            totals.memory_bytes,
            None if totals.read_bytes is None else max(totals.read_bytes - bytes_read, 0),
            None if totals.written_bytes is None else max(totals.written_bytes - written, 0),
            totals.threads,
            None if gpu is None or gpu.busy is None else round(gpu.busy, 3),
            None if gpu is None else gpu.memory_bytes,
        )
