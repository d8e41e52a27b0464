"""Cache results in memory until their revision changes."""

from __future__ import annotations

import asyncio
import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

Result = TypeVar("Result")

CACHE_SIZE = 512
"""Number of results that a cache keeps."""

ENCODED_SIZE = 4096
ENCODED_BYTES = 24 * 2**20
"""Number and bytes of encoded answers, and of their parts, that a process keeps."""


@dataclass(frozen=True)
class Encoded:
    """Answer or part of one, as it is sent.

    `until` is the time by the monotonic clock until which it is right though nothing changes.
    """

    content: bytes
    until: float = math.inf

    @cached_property
    def tag(self) -> str:
        """Its ETag."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    def is_current(self) -> bool:
        """Tell whether its time is not over."""
        return time.monotonic() < self.until


class RevisionCache:
    """Recent results by key, each with the revision it came from.

    Threads may share it. Two threads that miss the same key both compute it: computations are pure.

    Args:
        size: how many results are kept at most.
        weigh: the weight of a result.
        most: how much the kept results weigh together at most; a heavier one is not kept.
    """

    def __init__(
        self, size: int = CACHE_SIZE, *, weigh: Callable[[Any], int] = lambda _: 0, most: float = math.inf
    ) -> None:
        self._size = size
        self._weigh, self._most, self._weight = weigh, most, 0
        self._results: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self,
        key: Hashable,
        compute: Callable[[], Result],
        *,
        of: Hashable = None,
        still: Callable[[Result], bool] = lambda _: True,
    ) -> Result:
        """Return the cached result, or compute and cache it.

        A result of another revision than `of` is replaced, so a study that keeps changing takes no more memory than an
        idle one. So is one of which `still` is False, as of results that a revision does not describe completely.
        """
        with self._lock:
            revision, cached = self._results.get(key, (None, None))
            if key in self._results and revision == of and still(cached):
                self._results.move_to_end(key)
                result: Result = cached
                return result
        # Computed outside the lock: one slow study must not block the requests of all others.
        result = compute()
        with self._lock:
            if key in self._results:
                self._weight -= self._weigh(self._results[key][1])
            self._results[key] = (of, result)
            self._results.move_to_end(key)
            self._weight += self._weigh(result)
            while len(self._results) > self._size or self._weight > self._most:
                _, (_, oldest) = self._results.popitem(last=False)
                self._weight -= self._weigh(oldest)
        return result


def encoded_cache() -> RevisionCache:
    """Return a cache for `Encoded`, of bounded size."""
    return RevisionCache(ENCODED_SIZE, weigh=lambda item: len(item.content), most=ENCODED_BYTES)


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
