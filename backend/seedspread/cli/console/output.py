"""Print results: a JSON document for programs, or text for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import BaseModel
from rich.console import Console


def print_json(document: BaseModel | dict[str, Any]) -> None:
    """Print a JSON document on standard output.

    Non-finite numbers are the strings NaN, Infinity and -Infinity.
    """
    plain = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")


def for_people() -> Console:
    """Return the console for text for people: standard output."""
    return Console(highlight=False)


def beside() -> Console:
    """Return the console for progress: standard error.

    Standard output is left to programs.
    """
    return Console(stderr=True, highlight=False)


def tell(lines: Sequence[str], *, as_json: bool) -> None:
    """Print notes on a result.

    Below it, or on standard error where the result is JSON.
    """
    console = beside() if as_json else for_people()
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def duration(seconds: float | None) -> str:
    """Format seconds as 8 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    seconds_rounded = round(seconds)
    if seconds_rounded < 60:
        return f"{seconds_rounded} s"
    if seconds_rounded < 3600:
        return f"{seconds_rounded // 60} min {seconds_rounded % 60} s"
    return f"{seconds_rounded // 3600} h {seconds_rounded % 3600 // 60} min"
