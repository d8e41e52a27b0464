"""Start the shim as the environment configures it."""

from __future__ import annotations

import os
import sys


def start() -> None:
    """Install the hooks configured by SEEDSPREAD_SHIM_SEEDS and SEEDSPREAD_SHIM_CAPTURE."""
    from . import record
    from .hooks import Finder

    finder = Finder()
    seeds = os.environ.get("SEEDSPREAD_SHIM_SEEDS", "")
    if seeds:
        from . import seeding

        pairs = (part.split("=") for part in seeds.split(","))
        seeding.install(finder, {name: int(value) for name, value in pairs})
    if os.environ.get("SEEDSPREAD_SHIM_CAPTURE"):
        from . import loggers, opened

        finder.stand_ins.update(loggers.STAND_INS)
        finder.after.update(loggers.after_imports())
        opened.install()
    sys.meta_path.insert(0, finder)
    record.event("shim", python=".".join(map(str, sys.version_info[:3])))
