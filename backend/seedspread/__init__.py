"""Seedspread: is this result real, or is it seed luck?

    import seedspread

    with seedspread.run(arm="wide", seed=3) as run:            # a logger for your own training loop
        run.log(val_acc=0.91)

    study = seedspread.study(train, arms={"base": {}, "wide": {"hidden": 64}}, seeds=20, maximize=True)
    seedspread.compare({"base": [0.91, 0.92], "wide": [0.93, 0.94]}, maximize=True)

Importing the package loads none of its parts; each name loads what it needs when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedspread.recording.logger import Logger as Logger
    from seedspread.recording.logger import run as run
    from seedspread.running.function import compare as compare
    from seedspread.running.function import study as study

_HOMES = {
    "run": "seedspread.recording.logger",
    "Logger": "seedspread.recording.logger",
    "study": "seedspread.running.function",
    "compare": "seedspread.running.function",
    "load_ipython_extension": "seedspread.notebook.extension",
    "unload_ipython_extension": "seedspread.notebook.extension",
}

__all__ = ["Logger", "compare", "run", "study"]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names for completion."""
    return __all__
