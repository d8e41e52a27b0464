"""`seedspread export`: everything needed to repeat a run elsewhere, in one sealed file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedspread.cli.client import connect
from seedspread.cli.console import output
from seedspread.cli.console.options import Api
from seedspread.errors import InvalidInput

EXPORT_EXAMPLES = """\
Example: `seedspread export 481 -o run481.json`, then on any machine `seedspread replay run481.json`."""


def add_export(app: typer.Typer) -> None:
    """Register the command."""
    app.command("export", epilog=EXPORT_EXAMPLES)(export)


def export(
    run: Annotated[int, typer.Argument(metavar="RUN", help="The run's number.")],
    to: Annotated[
        Path | None, typer.Option("-o", "--output", "--out", help="File to write. [default: run-RUN.json]")
    ] = None,
    api: Api = None,
) -> None:
    """Write a run's manifest, environment, fingerprints, exact series and source code to a file."""
    with connect(api) as client:
        content = client.export(run)
    path = to or Path(f"run-{run}.json")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InvalidInput("--output", str(path), f"a file that can be written ({error.strerror})") from None
    console = output.for_people()
    console.print(f"run {run} is in {path}; repeat it with: seedspread replay {path}", markup=False, soft_wrap=True)
