"""Cache results in memory until their revision changes."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
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


@dataclass
class _Round:
    """Computation under way, and the one that whoever asks meanwhile waits for."""

    running: asyncio.Task[Any]
    next: asyncio.Task[Any] | None = None


class Rounds:
    """Answers shared by all who ask the same at once.

    An answer is computed after it was asked for, never before: whoever asks while one is computed gets the next one,
    together with all others who wait. So many clients cost little more than one, and nobody gets an older answer than
    alone. It is used from one event loop.
    """

    def __init__(self) -> None:
        self._rounds: dict[Hashable, _Round] = {}

    async def get(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        """Return what `compute` returns, called in a thread.

        Its errors are raised to all who wait for it.
        """
        current = self._rounds.get(key)
        if current is None:
            task = asyncio.create_task(self._compute(key, compute))
            self._rounds[key] = _Round(task)
        elif current.next is None:
            task = current.next = asyncio.create_task(self._compute(key, compute, after=current.running))
        else:
            task = current.next
        # Whoever goes away must not take the answer from the others.
        result: Result = await asyncio.shield(task)
        return result

    async def _compute(
        self, key: Hashable, compute: Callable[[], Result], after: asyncio.Task[Any] | None = None
    ) -> Result:
        if after is not None:
            await asyncio.wait({after})
            task = self._rounds[key].next
            if task is not None:  # it is this one
                self._rounds[key] = _Round(task)
        try:
            return await asyncio.to_thread(compute)
        finally:
            if self._rounds[key].next is None:
                del self._rounds[key]
