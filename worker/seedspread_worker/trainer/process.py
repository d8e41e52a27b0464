"""Standard output, environment and death of a trainer process."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import tempfile
from collections.abc import Mapping

from seedspread.core.study import Settings
from seedspread_worker import sentences

TAIL_BYTES = 16_384
"""How much of a run's log is stored."""

BOUND_BYTES = 8 * 1024 * 1024
"""A longer log is cut back to its tail while the run goes on."""


class LogFile:
    """Nameless file of a trainer's output, cut to its tail.

    It is in append mode, so that truncating it is safe while another process writes.
    """

    def __init__(self) -> None:
        self.descriptor, path = tempfile.mkstemp(prefix="seedspread-log-")
        os.close(self.descriptor)
        self.descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        os.unlink(path)  # noqa: PTH108 - gone with the last process that has it open
        self._before = b""
        self._told = 0
        self._last = ""
        self._closed = False

    def start(self) -> None:
        """Discard the output of earlier runs."""
        self._before = b""
        self._told = 0
        os.ftruncate(self.descriptor, 0)

    def tail(self) -> str:
        """Return the end of the output since the start, also after closing."""
        if self._closed:
            return self._last
        text = (self._before + self._read()).decode(errors="replace")[-TAIL_BYTES:]
        return text.replace("\x00", "")

    def news(self) -> str | None:
        """Return the tail if it changed since the last call.

        Return None if nothing was written.
        """
        size = os.fstat(self.descriptor).st_size
        if size == self._told:
            return None
        self._told = size
        return self.tail()

    def bound(self) -> None:
        """Truncate the file to its tail if it has grown long."""
        if os.fstat(self.descriptor).st_size > BOUND_BYTES:
            self._before, self._told = self._read(), 0
            os.ftruncate(self.descriptor, 0)

    def close(self) -> None:
        """Close the file."""
        self._last, self._closed = self.tail(), True
        with contextlib.suppress(OSError):
            os.close(self.descriptor)

    def _read(self) -> bytes:
        size = os.fstat(self.descriptor).st_size
        return os.pread(self.descriptor, TAIL_BYTES, max(0, size - TAIL_BYTES))


HASH_SEED = "0"
"""PYTHONHASHSEED of every trainer: the order of sets of strings is then the same in every run."""

_PR_SET_PDEATHSIG = 1  # from linux/prctl.h; the standard library has no name for it
_PR_SET_CHILD_SUBREAPER = 36


def environment_of(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables of a trainer with these settings."""
    threads = str(settings.threads)
    fixed = {
        "PYTHONHASHSEED": HASH_SEED,
        "PYTHONUNBUFFERED": "1",
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "1" if settings.onednn else "0",
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": threads,
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "NPROC": threads,  # the threads of XLA on the CPU, which JAX computes with
    }
    # Arrow, which pandas loads, else starts a thread as it is imported, and a process with threads cannot be forked.
    preferred = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
    if settings.op_determinism:
        fixed["TF_DETERMINISTIC_OPS"] = "1"
        fixed["TF_CUDNN_DETERMINISTIC"] = "1"
        fixed["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # without it cuBLAS may choose another order of sums
        preferred["NVIDIA_TF32_OVERRIDE"] = "0"  # all digits of float32, in every framework
    if settings.device == "cpu":
        fixed["CUDA_VISIBLE_DEVICES"] = "-1"
        fixed["JAX_PLATFORMS"] = "cpu"
    else:
        fixed["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
        fixed["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # several trainers may share the GPU
    return {**preferred, **inherited, **fixed}


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when its parent's starting thread ends.

    This works on Linux only.
    """
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (OSError, AttributeError):
        return  # no Linux: the pipe's end tells us, a little later
    if os.getppid() != parent:  # it died before we asked
        os._exit(0)


def adopt_orphans() -> None:
    """Become the parent of processes below whose own parents end.

    A process that a training detached from itself is found with the others. This works on Linux only.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def how_it_died(status: int) -> str:
    """Return a clause about a process that ended by itself.

    `status` is as in `subprocess.Popen.returncode`.
    """
    if status >= 0:
        return sentences.process_ended(status)
    if -status == signal.SIGKILL:
        return sentences.TRAINER_KILLED
    name = signal.Signals(-status).name if -status in set(signal.Signals) else "unknown"
    return sentences.killed_by(-status, name)
