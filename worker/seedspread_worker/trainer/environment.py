"""Environment of a run: packages, system, processor, variables, commit."""

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
    """Collector of a process's environment and of recipes' repositories.

    Each is read once.
    """

    def of(self, recipe: Recipe, settings: Settings) -> dict[str, Any]:
        """Return the environment of a run of `recipe`, as JSON."""
        return {
            **process_facts(),
            "gpus": gpu_facts(
                settings,
                _nvidia_smi() if settings.device == "gpu" else None,
                os.environ.get("CUDA_VISIBLE_DEVICES"),
            ),
            "threads": settings.threads,
            "onednn": settings.onednn,
            "op_determinism": settings.op_determinism,
            "engine": settings.engine,
            "variables": {name: value for name, value in sorted(os.environ.items()) if name.startswith(PREFIXES)},
            "git": _repository(str(Path(sys.modules[recipe.module].__file__ or ".").resolve().parent)),
        }


@cache
def process_facts() -> dict[str, Any]:
    """Return interpreter, system, installed packages and processor; read once."""
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
    versions = ((package.metadata["Name"], package.version) for package in distributions())
    return dict(sorted((name.lower(), version) for name, version in versions if name))


def _cpu() -> dict[str, Any]:
    """Return model, flags and number of processors, from /proc if it exists."""
    facts: dict[str, str] = {}
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().split("\n\n", 1)[0].splitlines():
            name, _, value = line.partition(":")
            facts[name.strip()] = value.strip()
    flags = facts.get("flags", facts.get("Features", ""))
    return {
        "model": facts.get("model name", platform.processor() or platform.machine()),
        "flags": sorted(flags.split()),
        "processors": os.cpu_count(),
    }


@cache
def _nvidia_smi() -> str | None:
    """Return index, UUID, name, driver and memory of every GPU, in lines.

    Return None if nvidia-smi is missing or fails.
    """
    return _output_of("nvidia-smi", "--query-gpu=index,uuid,name,driver_version,memory.total", "--format=csv,noheader")


@cache
def _repository(folder: str) -> dict[str, str] | None:
    """Return commit and uncommitted patch of the folder's repository, or None."""
    commit = _output_of("git", "-C", folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    patch = _output_of("git", "-C", folder, "diff", "HEAD", "--", ".") or ""
    return {"commit": commit, "patch": patch[:PATCH_BYTES]}


def _output_of(*command: str) -> str | None:
    """Return a program's output.

    Return None if the program is missing, fails or hangs.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603 - fixed words
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
