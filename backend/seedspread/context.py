"""Dependencies of every use case: database, broker, settings, clock."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from seedspread.cache import RevisionCache, encoded_cache
from seedspread.core.plan import Entropy
from seedspread.settings import AppSettings
from seedspread.storage.database import Database

Clock = Callable[[], datetime]


class Broker(Protocol):
    """Interface of `seedspread.queue.dispatch.Dispatcher`."""

    def send(self, waiting: Iterable[tuple[int, int, str]]) -> int:
        """Send one message for each (run id, attempt, queue); raises Unavailable."""

    def ping(self) -> None:
        """Check the connection.

        Raise Unavailable if the broker does not respond.
        """

    def depth(self, queue: str) -> int:
        """Count the waiting messages.

        Raise Unavailable if the broker does not respond.
        """


def utc_now() -> datetime:
    """Return the time by this machine's clock."""
    return datetime.now(UTC)


def system_entropy() -> int:
    """Return a random integer in [0, 2**31) from the operating system."""
    return secrets.randbits(31)


@dataclass(frozen=True)
class Context:
    """Dependencies of a use case; build one per process, after any fork.

    `steps` run after the reconciler's own work in each round, in order, such as the looks of adaptive studies; each is
    called with the context and the time. `encoded` keeps answers as they are sent. `shown` are study, seeds and planned
    seeds of verdicts that were shown on studies of watched folders, until the folder has recorded them. `monotonic` is
    a clock in seconds that never jumps; `far_leases` are leases that end too late to be true, each with the time by
    that clock at which it was first seen.
    """

    database: Database
    broker: Broker
    settings: AppSettings
    clock: Clock = utc_now
    entropy: Entropy = system_entropy
    steps: tuple[Callable[[Context, datetime], object], ...] = ()
    sending: threading.Lock = field(default_factory=threading.Lock)
    cache: RevisionCache = field(default_factory=RevisionCache)
    encoded: RevisionCache = field(default_factory=encoded_cache)
    shown: set[tuple[int, int, int]] = field(default_factory=set)
    monotonic: Callable[[], float] = time.monotonic
    far_leases: dict[tuple[int, int], tuple[datetime, float]] = field(default_factory=dict)
