"""Format errors for standard error.

This module imports nothing heavy, so that a wrong option is reported at once.
"""

from __future__ import annotations

from seedspread.errors import InvalidInput, SeedspreadError


def error_lines(error: SeedspreadError) -> list[str]:
    """Return an error and its hints, one line each."""
    errors = error.faults if isinstance(error, InvalidInput) else (error,)
    lines = [f"error: {_on_one_line(fault.message)}" for fault in errors]
    hints = dict.fromkeys(fault.hint for fault in errors if fault.hint)
    return lines + [f"hint: {_on_one_line(hint)}" for hint in hints]


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
