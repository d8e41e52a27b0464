"""Paths of source files."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


@cache
def real_path(file: Path | str) -> str:
    """Return a source file's path without links.

    Each is followed once in a process, because that takes a look at every folder above.
    """
    return os.path.realpath(file)
