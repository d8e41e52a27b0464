"""Print results: a JSON document for programs, or text for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import BaseModel
from rich.console import Console


def print_json(document: BaseModel | dict[str, Any]) -> None:
    """Print one JSON document on standard output.

    Non-finite numbers become the strings NaN, Infinity and -Infinity.
    """
    plain = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")


def for_people() -> Console:
    """Return the console for people: standard output."""
    return Console(highlight=False)


def beside() -> Console:
    """Return the console for progress: standard error."""
    return Console(stderr=True, highlight=False)


def tell(lines: Sequence[str], *, as_json: bool) -> None:
    """Print lines that belong to an answer.

    With `as_json` they go to standard error, because a program reads standard output.
    """
    console = beside() if as_json else for_people()
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
