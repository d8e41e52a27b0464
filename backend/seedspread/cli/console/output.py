"""Print results: a JSON document for programs, or text for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import BaseModel
from rich.console import Console


def print_json(document: BaseModel | dict[str, Any]) -> None:
    """One JSON document on standard output; non-finite numbers are the strings NaN, Infinity and -Infinity."""
    plain = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")


def for_people() -> Console:
    """Where text for people goes: standard output."""
    return Console(highlight=False)


def beside() -> Console:
    """Where progress goes while standard output is a program's: standard error."""
    return Console(stderr=True, highlight=False)


def tell(lines: Sequence[str], *, as_json: bool) -> None:
    """Lines that belong to an answer: under it, or beside it where that is a program's."""
    console = beside() if as_json else for_people()
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
