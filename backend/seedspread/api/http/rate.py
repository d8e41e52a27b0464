"""Limit how often somebody may ask, by token buckets."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_KEYS = 10_000
"""Callers that are remembered; the one that asked longest ago is forgotten first."""


class Buckets:
    """Token buckets, one per caller.

    A caller may ask `burst` times at once, and then `per_s` times a second.

    It is used from one event loop, without a lock.
    """

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._burst, self._clock = per_s, burst, clock
        self._filled: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: str) -> int:
        """Return whole seconds until the caller may ask; 0: now."""
        level = self._level(key)
        return 0 if level >= 1 else max(1, math.ceil((1 - level) / self._per_s))

    def take(self, key: str) -> int:
        """Count one request if the caller may ask now.

        Nothing comes between check and count, so that requests at the same time cannot pass the check together.

        Returns:
            0 if it was counted, else whole seconds until the caller may ask.
        """
        wait_s = self.wait_s(key)
        if not wait_s:
            self._set(key, self._level(key) - 1)
        return wait_s

    def give_back(self, key: str) -> None:
        """Uncount one request of a caller."""
        if key in self._filled:
            self._set(key, min(self._burst, self._level(key) + 1))

    def _set(self, key: str, level: float) -> None:
        self._filled[key] = (level, self._clock())
        self._filled.move_to_end(key)
        if len(self._filled) > MOST_KEYS:
            self._filled.popitem(last=False)

    def _level(self, key: str) -> float:
        level, at = self._filled.get(key, (self._burst, 0.0))
        return min(self._burst, level + max(0.0, self._clock() - at) * self._per_s)
