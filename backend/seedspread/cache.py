"""Answers kept in memory for as long as what they were made from stays as it was."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Answer = TypeVar("Answer")

MOST_ANSWERS = 512


class Answers:
    """The last answers by question, each with the revision of what it was worked out from.

    Threads may share it. Two threads that ask the same at the same time both work it out: answers are pure.
    """

    def __init__(self, most: int = MOST_ANSWERS) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: Hashable, work_out: Callable[[], Answer], *, of: Hashable = None) -> Answer:
        """The answer kept for the question, or the one that `work_out` gives, which is then kept.

        An answer worked out from another revision than `of` is replaced, so that a study that moves all the time
        takes no more room than one that stands still.
        """
        with self._lock:
            revision, kept = self._kept.get(question, (None, None))
            if question in self._kept and revision == of:
                self._kept.move_to_end(question)
                found: Answer = kept
                return found
        answer = work_out()
        with self._lock:
            self._kept[question] = (of, answer)
            self._kept.move_to_end(question)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer
