"""Waiting for what another process is about to do."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(true: Callable[[], bool], timeout_s: float = 30.0, what: str = "it") -> None:
    """Comes back once `true` is; fails the test when that takes too long."""
    give_up = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < give_up, f"{what} did not happen within {timeout_s} s"
        time.sleep(0.02)
