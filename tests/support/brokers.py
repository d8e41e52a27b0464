"""A broker that takes every message and does nothing with it."""

from __future__ import annotations

from collections.abc import Iterable

from seedspread.errors import Unavailable


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


class FlakyBroker(SilentBroker):
    """One that can be away, and can lose what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.taken = 0

    def send(self, waiting: Iterable[tuple[int, int, str]]) -> int:
        self._answers()
        return super().send(waiting)

    def ping(self) -> None:
        self._answers()

    def depth(self, queue: str) -> int:
        self._answers()
        return super().depth(queue) - self.taken

    def lose_everything(self) -> None:
        """Forget every message, as a broker without persistence does when it restarts."""
        self.taken = len(self.sent)

    def _answers(self) -> None:
        if self.away:
            raise Unavailable("the broker does not answer", hint="start it")
