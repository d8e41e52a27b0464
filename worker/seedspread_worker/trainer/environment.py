"""What a run was trained in: packages, Python, operating system, processor, threads, variables, the recipe's commit."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from seedspread.core.study import Settings
from seedspread_worker.author.recipe import Recipe

PREFIXES = (
    "TF_",
    "XLA_",
    "KERAS_",
    "CUDA_",
    "NVIDIA_",
    "OMP_",
    "MKL_",
    "OPENBLAS_",
    "ONEDNN_",
    "DNNL_",
    "PYTHONHASHSEED",
    "CUBLAS_",
)
"""Environment variables that can change a result."""

PATCH_BYTES = 200_000
"""A longer uncommitted patch is cut here."""


class Environment:
    """Gathers a process's environment once, and a recipe's repository once a recipe."""

    def of(self, recipe: Recipe, settings: Settings) -> dict[str, Any]:
        """What a run of `recipe` is trained in, as JSON."""
        return {
            **_process(),
            "threads": settings.threads,
            "onednn": settings.onednn,
            "op_determinism": settings.op_determinism,
            "engine": settings.engine,
            "variables": {name: value for name, value in sorted(os.environ.items()) if name.startswith(PREFIXES)},
            "git": _repository(str(Path(sys.modules[recipe.module].__file__ or ".").resolve().parent)),
        }


@cache
def _process() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "host": platform.node(),
        "packages": _packages(),
        "cpu": _cpu(),
        "gpus": _gpus(),
    }


def _packages() -> dict[str, str]:
    found = ((package.metadata["Name"], package.version) for package in distributions())
    return dict(sorted((name.lower(), version) for name, version in found if name))


def _cpu() -> dict[str, Any]:
    """Model, flags and number of processors, from /proc where there is one."""
    known: dict[str, str] = {}
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().split("\n\n", 1)[0].splitlines():
            name, _, value = line.partition(":")
            known[name.strip()] = value.strip()
    flags = known.get("flags", known.get("Features", ""))
    return {
        "model": known.get("model name", platform.processor() or platform.machine()),
        "flags": sorted(flags.split()),
        "processors": os.cpu_count(),
    }


def _gpus() -> list[dict[str, str]]:
    """GPUs that TensorFlow may use, with the driver's version."""
    if "tensorflow" not in sys.modules:
        return []
    import tensorflow as tf

    names = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    driver = _said("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader") if names else None
    return [{"name": str(name.get("device_name", "")), "driver": (driver or "").split("\n")[0]} for name in names]


@cache
def _repository(folder: str) -> dict[str, str] | None:
    """Commit and uncommitted patch of the repository that holds the folder, or None."""
    commit = _said("git", "-C", folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    patch = _said("git", "-C", folder, "diff", "HEAD", "--", ".") or ""
    return {"commit": commit, "patch": patch[:PATCH_BYTES]}


def _said(*command: str) -> str | None:
    """What a program prints, or None where it is missing, fails or hangs."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603 - fixed words
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
