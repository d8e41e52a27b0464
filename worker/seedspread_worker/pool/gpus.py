"""GPUs of this machine: list them, assign them, lock them."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from seedspread import words
from seedspread.errors import InvalidInput

QUERY = ("nvidia-smi", "--query-gpu=index,uuid,name,memory.total", "--format=csv,noheader,nounits")
PROBE_S = 15.0
"""How long the driver may take to answer."""


@dataclass(frozen=True)
class Gpu:
    """One GPU as the driver lists it."""

    index: int
    uuid: str
    name: str
    memory_mib: int

    def __str__(self) -> str:
        """Return the words that the workers page shows."""
        return f"GPU {self.index}: {self.name}"


class NoGpu(Exception):
    """There is no usable GPU; the message says why."""


def devices() -> list[Gpu]:
    """Return the GPUs of this machine, asking the driver.

    Raises:
        NoGpu: there is no driver or no GPU, or the driver fails.
    """
    try:
        done = subprocess.run(QUERY, capture_output=True, text=True, errors="replace", timeout=PROBE_S, check=True)  # noqa: S603 - fixed
    except FileNotFoundError:
        raise NoGpu("no usable GPU: nvidia-smi is not installed on the worker's machine") from None
    except subprocess.TimeoutExpired:
        raise NoGpu(f"no usable GPU: nvidia-smi did not answer in {words.duration(PROBE_S)}") from None
    except (subprocess.CalledProcessError, OSError) as error:
        output = getattr(error, "stdout", "") or getattr(error, "stderr", "") or str(error)
        raise NoGpu(f"no usable GPU: {output.strip().splitlines()[0] if output.strip() else error}") from None
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    # A GPU that fell off the bus has a sentence in place of its number.
    gpus = [_gpu(line) for line in lines if line.count(",") >= 3 and line.partition(",")[0].strip().isdecimal()]
    if not gpus:
        raise NoGpu(f"no usable GPU: {lines[0].strip() if lines else 'the driver lists none'}")
    return gpus


def _gpu(line: str) -> Gpu:
    index, uuid, rest = (part.strip() for part in line.split(",", 2))
    name, _, memory = rest.rpartition(",")
    digits = "".join(character for character in memory if character.isdigit())
    return Gpu(int(index), uuid, name.strip(), int(digits or 0))


def indices(text: str) -> tuple[int, ...] | None:
    """Return the GPUs named by `--gpus`, None for all of them.

    Raises:
        InvalidInput: the text is no list of distinct numbers.
    """
    if text.strip().lower() in ("", "all"):
        return None
    parts = [part.strip() for part in text.split(",")]
    numbers = tuple(int(part) for part in parts if part.isdecimal())
    if len(set(numbers)) != len(parts):
        raise InvalidInput("--gpus", text, "numbers of GPUs that differ, separated by commas, such as 0,1; or all")
    return numbers


def assigned(slot: int, wanted: tuple[int, ...] | None, gpus: list[Gpu]) -> Gpu:
    """Return the GPU of the pool process number `slot`.

    Processes are assigned in turn, so that GPUs have equal numbers of them.

    Raises:
        NoGpu: one of the wanted GPUs does not exist.
    """
    present = {gpu.index: gpu for gpu in gpus}
    chosen = tuple(present) if wanted is None else wanted
    index = chosen[slot % len(chosen)]
    if index not in present:
        raise NoGpu(f"no usable GPU: there is no GPU {index}, only {', '.join(map(str, present))}")
    return present[index]


class GpuLock:
    """Lock that shares one GPU between trainers, or reserves it."""

    def __init__(self, folder: Path, gpu: Gpu) -> None:
        self._path = folder / f"gpu-{gpu.uuid or gpu.index}"
        self._file: IO[str] | None = None

    def take(self, *, alone: bool, keep_waiting: Callable[[], bool]) -> bool:
        """Wait for the GPU; return False where `keep_waiting` says to stop first."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a", encoding="utf-8")
        # Trainers that share a GPU hold the lock together; one that needs it alone waits for all of them.
        how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        while True:
            try:
                fcntl.flock(file, how | fcntl.LOCK_NB)
            except BlockingIOError:
                if not keep_waiting():
                    file.close()
                    return False
            else:
                self._file = file
                return True

    def give_back(self) -> None:
        """Let others have the GPU."""
        if self._file is not None:
            self._file.close()
            self._file = None


def visible(gpu: Gpu | None) -> dict[str, str]:
    """Return the environment variables that show a trainer this GPU alone."""
    if gpu is None:
        return {}
    return {"CUDA_VISIBLE_DEVICES": gpu.uuid or str(gpu.index), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def trainers(wanted: str, per_gpu: int) -> int:
    """Return how many trainers a GPU worker runs.

    There are `per_gpu` for each GPU, or one if no GPU is usable.

    Raises:
        InvalidInput: the text is no list of GPUs.
    """
    chosen = indices(wanted)
    if chosen is not None:
        return len(chosen) * per_gpu
    try:
        return len(devices()) * per_gpu
    except NoGpu:
        return 1
