"""`seedspread status`: the newest studies, or one study with its arms."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from seedspread.cli.client import connect
from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json, study_number
from seedspread.cli.console.progress import ended, looks, pace
from seedspread.cli.console.result_lines import arm_lines, failures
from seedspread.client import Client
from seedspread.views.studies import StudyDetail, StudyView

STATUS_EXAMPLES = """Examples:

- `seedspread status` lists the newest studies
- `seedspread status 3` shows study 3
- `seedspread status 3 --json` for programs
"""


def add_status(app: typer.Typer) -> None:
    """Register the command."""
    app.command("status", epilog=STATUS_EXAMPLES)(status)


def status(
    study: Annotated[
        int | None, typer.Argument(metavar="[STUDY]", parser=study_number, help="A study's number; none: list them.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many studies to list.")] = 20,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Show how studies stand."""
    with connect(api) as client:
        if study is not None:
            _one(client, client.study(study), as_json)
            return
        page = client.studies(limit)
    if as_json:
        output.print_json(page)
    elif page.items:
        output.for_people().print(_table(page.items))
    else:
        output.for_people().print("no studies yet; submit one with `seedspread submit FILE`")


def _one(client: Client, study: StudyDetail, as_json: bool) -> None:
    if as_json:
        output.print_json(study)
        return
    console = output.for_people()
    console.print(f"study {study.id} · {study.name} · {study.recipe} {study.recipe_version}", markup=False)
    counts = ", ".join(f"{count} {state}" for state, count in study.counts.items() if count)
    console.print(" · ".join(part for part in (f"{study.state}: {counts}", pace(study)) if part), markup=False)
    further = (looks(study), failures(client, study))
    for line in [*(line for line in further if line), *(f"  {line}" for line in arm_lines(study))]:
        console.print(line, markup=False, soft_wrap=True)
    console.print(client.page(study.id), soft_wrap=True)


def _table(studies: list[StudyView]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("id", "study", "recipe", "state", "runs"):
        table.add_column(title, justify="right" if title in ("id", "runs") else "left", no_wrap=title != "study")
    for study in studies:
        runs = f"{ended(study)}/{study.runs}"
        # Names are people's text: nothing in them is markup.
        table.add_row(str(study.id), _plain(study.name), _plain(study.recipe), study.state, runs)
    return table


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
