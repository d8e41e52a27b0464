"""Waiting for what another process is about to do."""

from __future__ import annotations

import time
from collections.abc import Callable

MOST_PAUSE_S = 0.1


def until(true: Callable[[], bool], timeout_s: float = 30.0, what: str = "it") -> None:
    """Comes back once `true` is; fails the test when that takes too long."""
    give_up = time.monotonic() + timeout_s
    pause_s = 0.02
    while not true():
        assert time.monotonic() < give_up, f"{what} did not happen within {timeout_s} s"
        time.sleep(pause_s)
        # Whoever asks often takes the processor from what is waited for.
        pause_s = min(1.2 * pause_s, MOST_PAUSE_S)
