"""`seedspread report`: what a study says, as a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seedspread.cli.client import connect
from seedspread.cli.console.options import Api
from seedspread.errors import InvalidInput

REPORT_EXAMPLES = """Examples:

- `seedspread report 3 -o report.html`
- `seedspread report 3 --format latex >> paper.tex`
"""


def add_report(app: typer.Typer) -> None:
    """Register the command."""
    app.command("report", epilog=REPORT_EXAMPLES)(report)


def report(
    study: Annotated[int, typer.Argument(metavar="STUDY", help="A study's number.")],
    format: Annotated[str, typer.Option("--format", help="html, markdown or latex.")] = "html",  # noqa: A002
    out: Annotated[
        Path | None, typer.Option("-o", "--out", "--output", help="The file to write. [default: print it]")
    ] = None,
    api: Api = None,
) -> None:
    """Write a study's report: verdicts, tables, figures, methods, and what was left out."""
    with connect(api) as client:
        content = client.download(f"/studies/{study}/report", format=format)
    write(content, out)


def write(content: bytes, out: Path | None) -> None:
    """The content into a file, or on standard output.

    Raises:
        InvalidInput: the file cannot be written.
    """
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise InvalidInput("--out", str(out), f"a file that can be written ({error.strerror})") from None
