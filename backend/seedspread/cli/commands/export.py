"""`seedspread report`, `export` and `data`: write results to files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seedspread.cli.console import output
from seedspread.cli.console.options import Api, connect
from seedspread.cli.text import sentences
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
    """Write a study's report.

    The report has verdicts, tables, figures and methods, and lists what was left out.
    """
    with connect(api) as client:
        content = client.download(f"/studies/{study}/report", format=format)
    write(content, out)


def write(content: bytes, out: Path | None) -> None:
    """Write the content to a file, or to standard output.

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
    """Export a run to a file.

    The file has the run's manifest, environment, fingerprints, exact series and source code.
    """
    with connect(api) as client:
        content = client.export(run)
    path = to or Path(f"run-{run}.json")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InvalidInput("--output", str(path), f"a file that can be written ({error.strerror})") from None
    console = output.for_people()
    console.print(sentences.exported(run, path), markup=False, soft_wrap=True)
    console.print(sentences.OWN_RECIPE, markup=False, soft_wrap=True)


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
    what: Annotated[
        str,
        typer.Option("--what", help="runs: a row a run; series: a row a point; usage: a row a sample of resources."),
    ] = "runs",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", "--output", help="The file to write. [default: print it]")
    ] = None,
    api: Api = None,
) -> None:
    """Export a study's runs, series or resource usage as a table.

    The table has every run with seed, state, exclusion and metrics, every point of the series, or every sample of CPU,
    memory, disk and GPU.
    """
    with connect(api) as client:
        content = client.download(f"/studies/{study}/data", format=format, what=what)
    write(content, out)
