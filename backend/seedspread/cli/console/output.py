"""Print results: a JSON document for programs, or text for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import BaseModel
from rich.console import Console


def print_json(document: BaseModel | dict[str, Any]) -> None:
    """Return one JSON document on standard output.

    Non-finite numbers are the strings NaN, Infinity and -Infinity.
    """
    plain = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")


def for_people() -> Console:
    """Return where text for people goes: standard output."""
    return Console(highlight=False)


def beside() -> Console:
    """Return where progress goes while standard output is a program's: standard error."""
    return Console(stderr=True, highlight=False)


def tell(lines: Sequence[str], *, as_json: bool) -> None:
    """Return lines that belong to an answer.

    Under it, or beside it where that is a program's.
    """
    console = beside() if as_json else for_people()
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
