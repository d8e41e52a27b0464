"""Retry while the database is unavailable.

A worker keeps its report until it can be stored.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import structlog

from seedspread.errors import Unavailable

FIRST_PAUSE_S = 0.2  # most failures, such as a locked database, pass within a moment
LONGEST_PAUSE_S = 5.0  # once the database is back, a worker should not idle much longer

Result = TypeVar("Result")

log = structlog.get_logger(__name__)


class Stopped(Exception):
    """Worker must stop before the database came back."""


def retry(act: Callable[[], Result], stopping: threading.Event, also: tuple[type[Exception], ...] = ()) -> Result:
    """Call `act` until the database is available; return its result.

    Args:
        act: called again while it raises Unavailable.
        stopping: ends the waiting.
        also: further transient errors.

    Raises:
        Stopped: `stopping` was set while the database was unavailable.
    """
    awaited: tuple[type[Exception], ...] = (Unavailable, *also)
    pause = FIRST_PAUSE_S
    while True:
        try:
            result = act()
        except awaited as error:
            if pause == FIRST_PAUSE_S:
                log.warning("waiting for the database", reason=str(error).splitlines()[0])
            if stopping.wait(pause):
                raise Stopped from error
            pause = min(2 * pause, LONGEST_PAUSE_S)
        else:
            if pause != FIRST_PAUSE_S:
                log.info("the database is back")
            return result
