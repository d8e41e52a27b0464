"""Process-wide settings of a trainer: set before Python starts, because later is too late for most of them."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Mapping

from seedspread.core.study import Settings

HASH_SEED = "0"
"""PYTHONHASHSEED of every trainer: the order of sets of strings is then the same in every run."""

_PR_SET_PDEATHSIG = 1


def environment_of(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of a trainer with these settings."""
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
    }
    if settings.op_determinism:
        fixed["TF_DETERMINISTIC_OPS"] = "1"
        fixed["TF_CUDNN_DETERMINISTIC"] = "1"
    if settings.device == "cpu":
        fixed["CUDA_VISIBLE_DEVICES"] = "-1"
    else:
        fixed["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
    return {**inherited, **fixed}


def die_with_parent(parent: int) -> None:
    """Has the kernel kill this process when its parent's thread that started it ends (Linux)."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (OSError, AttributeError):
        return  # no Linux: the pipe's end tells us, a little later
    if os.getppid() != parent:  # it died before we asked
        os._exit(0)


def how_it_died(status: int) -> str:
    """A sentence about a process that ended by itself; `status` as `subprocess.Popen.returncode`."""
    if status >= 0:
        return f"the trainer died: exit status {status}"
    name = signal.Signals(-status).name if -status in set(signal.Signals) else "unknown"
    likely = " (out of memory?)" if -status == signal.SIGKILL else f" ({name})"
    return f"the trainer died: killed by signal {-status}{likely}"
