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

    def take(self, key: str) -> None:
        """Count one request of a caller."""
        self._filled[key] = (self._level(key) - 1, self._clock())
        self._filled.move_to_end(key)
        if len(self._filled) > MOST_KEYS:
            self._filled.popitem(last=False)

    def _level(self, key: str) -> float:
        level, at = self._filled.get(key, (self._burst, 0.0))
        return min(self._burst, level + max(0.0, self._clock() - at) * self._per_s)
