"""Format errors: lines for standard error, and the document of `--json`.

This module imports nothing heavy, so that a wrong option is reported at once.
"""

from __future__ import annotations

import json
import math
from typing import Any

from seedspread.errors import InvalidInput, SeedspreadError, problem_of


def error_lines(error: SeedspreadError) -> list[str]:
    """Return an error and its hints, one line each."""
    errors = error.faults if isinstance(error, InvalidInput) else (error,)
    lines = [f"error: {_on_one_line(fault.message)}" for fault in errors]
    if isinstance(error, InvalidInput) and error.unlisted:
        lines.append(f"error: {error.unlisted:,} more")
    hints = dict.fromkeys(fault.hint for fault in errors if fault.hint)
    return lines + [f"hint: {_on_one_line(hint)}" for hint in hints]


def error_document(error: SeedspreadError) -> str:
    """Return an error as the JSON document that the API uses."""
    return json.dumps({"error": _explicit(problem_of(error))}, indent=2, ensure_ascii=False) + "\n"


def _explicit(value: Any) -> Any:
    """Return a document whose non-finite numbers are words."""
    if isinstance(value, dict):
        return {str(name): _explicit(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_explicit(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
