"""Errors as lines: every fault its own, and what to do about it."""

from __future__ import annotations

from seedspread.errors import InvalidInput, SeedspreadError


def lines_of(error: SeedspreadError) -> list[str]:
    """The lines that a person reads on standard error."""
    found = error.faults if isinstance(error, InvalidInput) else (error,)
    lines = [f"error: {_on_one_line(fault.message)}" for fault in found]
    hints = dict.fromkeys(fault.hint for fault in found if fault.hint)
    return lines + [f"hint: {_on_one_line(hint)}" for hint in hints]


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
