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
from seedspread_worker.trainer.libraries import gpu_facts

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
    "TORCH_",
    "PYTORCH_",
    "JAX_",
    "NCCL_",
    "NPROC",
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
            "gpus": gpu_facts(settings, _nvidia_smi() if settings.device == "gpu" else None),
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


@cache
def _nvidia_smi() -> str | None:
    """Return name, driver and memory of every GPU, a line each; None without the program."""
    return _said("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")


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
