"""`seedspread diff`: what differs between two runs, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from seedspread.cli import output
from seedspread.cli.client import connect
from seedspread.cli.options import Api, Json
from seedspread.core.diff import Entry, RunDiff

EPILOG = """Example: `seedspread diff 481 482`; the runs may belong to different studies."""

_SHOWN = 100


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("diff", epilog=EPILOG)(diff)


def diff(
    a: Annotated[int, typer.Argument(metavar="A", help="A run's number.")],
    b: Annotated[int, typer.Argument(metavar="B", help="Another run's number.")],
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Show what differs between two runs: seeds, parameters, data, code, packages, environment, results."""
    with connect(api) as client:
        found = client.diff(a, b)
    if as_json:
        output.print_json(found)
        return
    console = output.for_people()
    for line in _lines(found):
        console.print(line, markup=False, soft_wrap=True)


def _lines(found: RunDiff) -> Iterator[str]:
    yield found.sentence
    for group, entries in found.groups.items():
        yield f"\n{group.value}"
        yield from (f"  {_entry(entry)}" for entry in entries)
    for file in found.code:
        yield ""
        yield from file.diff.splitlines()


def _entry(entry: Entry) -> str:
    why = f"  ← may matter: {entry.why}" if entry.matters and entry.why else ""
    return f"{entry.key}: {_short(entry.a)} | {_short(entry.b)}{why}"


def _short(value: object) -> str:
    text = "–" if value is None else str(value).replace("\n", "⏎")
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
