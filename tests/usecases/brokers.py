"""A broker that takes every message and does nothing with it."""

from __future__ import annotations

from collections.abc import Iterable


class SilentBroker:
    """Counts what it was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, int, str]] = []

    def send(self, waiting: Iterable[tuple[int, int, str]]) -> int:
        messages = list(waiting)
        self.sent += messages
        return len(messages)

    def ping(self) -> None:
        return None

    def depth(self, queue: str) -> int:
        return sum(message[2] == queue for message in self.sent)
