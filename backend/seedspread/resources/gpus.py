"""Read what processes use of NVIDIA GPUs, through NVML.

The package `nvidia-ml-py` is optional: without it, or without a driver, there are no numbers of GPUs.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class GpuTotals:
    """GPU usage of some processes.

    busy: mean share of the time in which these GPUs were busy, in [0, 1], by any process. memory_bytes: held by the
    processes. names: of the GPUs that they hold memory of.
    """

    busy: float | None
    memory_bytes: int | None
    names: tuple[str, ...]


class Nvml:
    """NVML library, initialised; `library` is the module `pynvml` or a stand-in."""

    def __init__(self, library: Any) -> None:
        self._library = library
        library.nvmlInit()
        self._handles = [library.nvmlDeviceGetHandleByIndex(at) for at in range(library.nvmlDeviceGetCount())]

    def names(self) -> list[str]:
        """Return the names of the machine's GPUs, in order."""
        return [_text(self._library.nvmlDeviceGetName(handle)) for handle in self._handles]

    def read(self, pids: Collection[int]) -> GpuTotals | None:
        """Return the totals over the GPUs in use, None without any."""
        library, busy, names, memory = self._library, [], [], 0
        for at, handle in enumerate(self._handles):
            try:
                mine = [item for item in library.nvmlDeviceGetComputeRunningProcesses(handle) if item.pid in pids]
                if not mine:
                    continue
                memory += sum(item.usedGpuMemory or 0 for item in mine)
                names.append(f"GPU {at}: {_text(library.nvmlDeviceGetName(handle))}")
                busy.append(library.nvmlDeviceGetUtilizationRates(handle).gpu / 100)
            except library.NVMLError:
                continue  # a GPU that does not say is no reason to lose the others
        if not names:
            return None
        return GpuTotals(sum(busy) / len(busy) if busy else None, memory, tuple(names))


def _text(name: str | bytes) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


@cache
def nvml() -> Nvml | None:
    """Return this machine's NVML, or None without package, driver or GPU."""
    try:
        library = importlib.import_module("pynvml")
    except ImportError:
        return None
    try:
        return Nvml(library)
    except library.NVMLError:
        return None
