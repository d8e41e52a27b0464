"""What every use case needs at hand: the database, the broker, the settings, the time."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from seedspread.cache import Answers
from seedspread.core.plan import Entropy
from seedspread.settings import AppSettings
from seedspread.storage.database import Database

Clock = Callable[[], datetime]


class Broker(Protocol):
    """What is asked of `seedspread.queue.dispatch.Dispatcher`."""

    def send(self, waiting: Iterable[tuple[int, int, str]]) -> int:
        """Send one message for each (run id, attempt, queue); raises Unavailable."""

    def ping(self) -> None:
        """Nothing where the broker answers; raises Unavailable."""

    def depth(self, queue: str) -> int:
        """How many messages wait; raises Unavailable."""


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


def system_entropy() -> int:
    """A fresh value in [0, 2**31) from the operating system."""
    return secrets.randbits(31)


@dataclass(frozen=True)
class Context:
    """The surroundings of a use case; build one a process, after any fork.

    `steps` are what a round of the reconciler does after its own work, in order, such as looking after adaptive
    studies; each is called with the context and the time.
    """

    database: Database
    broker: Broker
    settings: AppSettings
    clock: Clock = utc_now
    entropy: Entropy = system_entropy
    steps: tuple[Callable[[Context, datetime], None], ...] = ()
    sending: threading.Lock = field(default_factory=threading.Lock)
    answers: Answers = field(default_factory=Answers)
