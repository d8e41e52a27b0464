"""`seedspread data`: the numbers of a study, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedspread.cli.client import connect
from seedspread.cli.commands.export import write
from seedspread.cli.console.options import Api

DATA_EXAMPLES = """Examples:

- `seedspread data 3 > runs.csv`
- `seedspread data 3 --what series --format parquet -o series.parquet`
"""


def add_data(app: typer.Typer) -> None:
    """Register the command."""
    app.command("data", epilog=DATA_EXAMPLES)(data)


def data(
    study: Annotated[int, typer.Argument(metavar="STUDY", help="A study's number.")],
    format: Annotated[str, typer.Option("--format", help="csv, json or parquet.")] = "csv",  # noqa: A002
    what: Annotated[str, typer.Option("--what", help="runs: a row a run; series: a row a point.")] = "runs",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", "--output", help="The file to write. [default: print it]")
    ] = None,
    api: Api = None,
) -> None:
    """Write a study's numbers: every run with seed, state, exclusion and metrics, or every point of its series."""
    with connect(api) as client:
        content = client.download(f"/studies/{study}/data", format=format, what=what)
    write(content, out)
