"""Cache results in memory until their revision changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Result = TypeVar("Result")

CACHE_SIZE = 512
"""Number of results that a cache keeps."""


class RevisionCache:
    """Recent results by key, each with the revision it came from.

    Threads may share it. Two threads that miss the same key both compute it: computations are pure.
    """

    def __init__(self, size: int = CACHE_SIZE) -> None:
        self._size = size
        self._results: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], Result], *, of: Hashable = None) -> Result:
        """Return the cached result, or compute and cache it.

        A result of another revision than `of` is replaced, so a study that keeps changing takes no more memory than an
        idle one.
        """
        with self._lock:
            revision, cached = self._results.get(key, (None, None))
            if key in self._results and revision == of:
                self._results.move_to_end(key)
                result: Result = cached
                return result
        # Computed outside the lock: one slow study must not block the requests of all others.
        result = compute()
        with self._lock:
            self._results[key] = (of, result)
            self._results.move_to_end(key)
            while len(self._results) > self._size:
                self._results.popitem(last=False)
        return result
