"""Answers kept in memory for as long as what they were made from stays as it was."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Answer = TypeVar("Answer")

MOST_ANSWERS = 256


class Answers:
    """The last answers by question; a question holds the revision of every study it asks about.

    Threads may share it. Two threads that ask the same at the same time both work it out: answers are pure.
    """

    def __init__(self, most: int = MOST_ANSWERS) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: Hashable, work_out: Callable[[], Answer]) -> Answer:
        """The answer kept for the question, or the one that `work_out` gives, which is then kept."""
        with self._lock:
            if question in self._kept:
                self._kept.move_to_end(question)
                kept: Answer = self._kept[question]
                return kept
        answer = work_out()
        with self._lock:
            self._kept[question] = answer
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer
