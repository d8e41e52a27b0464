"""Results of a check, one line each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """Result of one line: fine, worth knowing, or to be mended."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Line:
    """Result for one subject, and what to do about it.

    `todo` is empty where there is nothing to do.
    """

    subject: str
    level: Level
    detail: str
    todo: str = ""

    def text(self) -> str:
        """Return the line for people."""
        return f"{self.level.value:<8}{self.subject}: {self.detail}{f' -> {self.todo}' if self.todo else ''}"


def document(lines: list[Line]) -> dict[str, Any]:
    """Return lines as one JSON document."""
    return {"ok": is_fine(lines), "lines": [asdict(line) for line in lines]}


def is_fine(lines: list[Line]) -> bool:
    """Tell whether no line is a problem."""
    return all(line.level is not Level.PROBLEM for line in lines)
