"""Shim for scripts that run unchanged.

It is a `sitecustomize` on the child's path that seeds libraries and records calls. Everything under `site` runs in the
script's interpreter, which need not have Seedspread installed: it uses the standard library alone and supports Python
3.8 or newer.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from seedspread.core.seeds import derive

SITE: Final = Path(__file__).resolve().parent / "site"
LIBRARIES: Final = ("random", "numpy", "keras", "tensorflow", "torch", "jax")


def shim_environment(folder: Path, number: int, *, seed: bool, capture: bool) -> dict[str, str]:
    """Return the variables that activate the shim in a child.

    Args:
        folder: of the run, which the shim appends to.
        number: seed of the run; each library gets a value derived from it and the library's name.
        seed: seed the libraries as they are imported.
        capture: record files that are opened and calls to loggers.
    """
    before = os.environ.get("PYTHONPATH")
    variables = {
        "PYTHONPATH": f"{SITE}{os.pathsep}{before}" if before else str(SITE),
        "SEEDSPREAD_SHIM_FOLDER": str(folder),
    }
    if seed:
        values = ",".join(f"{name}={derive(number, name)}" for name in LIBRARIES)
        variables["SEEDSPREAD_SHIM_SEEDS"] = values
    if capture:
        variables["SEEDSPREAD_SHIM_CAPTURE"] = "1"
    return variables
