"""Live table of `seedspread run`.

It has a row per arm with its runs and values, the rate and the time left.
"""

from __future__ import annotations

import math
import sys
import time
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table

from seedspread import words
from seedspread.running.engine import Engine

_EVERY_S: Final = 0.25  # redrawing more often flickers and takes time from the training
_LINE_EVERY_S: Final = 30.0  # where output is no terminal, as in a CI log, lines stay and must be few


class RunTable:
    """Show an engine's progress on standard error.

    The table is live in a terminal; otherwise a line is printed now and then.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True, highlight=False)
        self._live: Live | None = None
        self._last = 0.0
        self._last_line = time.monotonic()

    def __enter__(self) -> RunTable:
        if not self._quiet and sys.stderr.isatty():
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, traceback)

    def __call__(self, engine: Engine) -> None:
        """Show how the engine stands, at most four times a second."""
        now = time.monotonic()
        if self._quiet or now - self._last < _EVERY_S:
            return
        self._last = now
        if self._live is not None:
            self._live.update(_table(engine), refresh=True)
        elif now - self._last_line >= _LINE_EVERY_S:
            self._last_line = now
            self._console.print(status(engine), markup=False, soft_wrap=True)


def status(engine: Engine) -> str:
    """Return how far an engine has got, in a line."""
    rate, left_s = engine.rate(), engine.seconds_left()
    parts = [f"{engine.done} of {engine.planned} runs"]
    failed = sum(tally.failed for tally in engine.tallies.values())
    if failed:
        parts.append(f"{failed} failed")
    if rate is not None:
        parts.append(words.rate(rate))
    if left_s is not None:
        parts.append(f"{words.about(left_s)} left")
    return ", ".join(parts)


def _table(engine: Engine) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", caption=status(engine), caption_justify="left")
    for name in ("arm", "runs", "failed", "running", f"mean {engine.plan.metric}".strip(), "SD", "latest"):
        table.add_column(name, justify="left" if name == "arm" else "right", no_wrap=True)
    for name, tally in engine.tallies.items():
        running = [item for item in engine.active if item.task.arm.name == name]
        latest = [item.child.latest for item in running if item.child.latest is not None]
        finite = [value for value in tally.values if math.isfinite(value)]
        mean = sum(finite) / len(finite) if finite else None
        spread = (
            math.sqrt(sum((value - mean) ** 2 for value in finite) / (len(finite) - 1))
            if mean is not None and len(finite) > 1
            else None
        )
        table.add_row(
            name.replace("[", r"\["),
            str(tally.finished),
            str(tally.failed or ""),
            ", ".join(str(item.task.seed) for item in running[:4]),
            words.number(mean),
            words.sd(spread),
            words.number(latest[-1]) if latest else "",
        )
    return table
