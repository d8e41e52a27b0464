"""`seedspread diff`: what differs between two runs, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from seedspread.cli.client import connect
from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json
from seedspread.core.diff import Entry, RunDiff

DIFF_EXAMPLES = """\
Example: `seedspread diff 481 482`; the runs may belong to different studies."""

_SHOWN = 100
_FINGERPRINT = re.compile(r"\b[0-9a-f]{64}\b")


def add_diff(app: typer.Typer) -> None:
    """Register the command."""
    app.command("diff", epilog=DIFF_EXAMPLES)(diff)


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
    a, b = _rounded(entry.a), _rounded(entry.b)
    if a == b:  # what differs only in the digits left out is told in full
        a, b = entry.a, entry.b
    return f"{entry.key}: {_short(a)} | {_short(b)}{why}"


def _rounded(value: Any) -> Any:
    """The value with its floats to 6 significant digits and its fingerprints to 12 characters."""
    match value:
        case float():
            return float(f"{value:.6g}")
        case str():
            return _FINGERPRINT.sub(lambda found: found[0][:12], value)
        case dict():
            return {key: _rounded(one) for key, one in value.items()}
        case list() | tuple():
            return [_rounded(one) for one in value]
    return value


def _short(value: object) -> str:
    text = "–" if value is None else str(value).replace("\n", "⏎")
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
