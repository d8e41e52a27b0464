"""Turn SIGINT, SIGTERM and SIGHUP into one KeyboardInterrupt.

It is never raised inside a shielded block.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_shields = 0
_waiting = False


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt in the main thread on one of the signals."""
    before = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def shielded() -> Iterator[None]:
    """Delay signals until the end of the block.

    This keeps starting a process and recording it together.
    """
    global _shields, _waiting
    _shields += 1
    try:
        yield
    finally:
        _shields -= 1
        if _waiting and not _shields:
            _waiting = False
            raise KeyboardInterrupt


def _interrupt(_: int, __: FrameType | None) -> None:
    global _waiting
    if _shields:
        _waiting = True
    else:
        raise KeyboardInterrupt
