"""`seedspread status`: the newest studies, or one study with its arms."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json, connect, study_number
from seedspread.cli.console.progress import ended, looks, pace
from seedspread.cli.console.result_lines import arm_lines, failures
from seedspread.client import Client
from seedspread.errors import MISSING, InvalidInput
from seedspread.views.studies import Changed, StudyDetail, StudyView

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
            _show_one(client, client.study(study), as_json)
            return
        page = client.studies(limit)
    if as_json:
        output.print_json(page)
    elif page.items:
        output.for_people().print(_table(page.items))
    else:
        output.for_people().print("no studies yet; submit one with `seedspread submit FILE`")


def _show_one(client: Client, study: StudyDetail, as_json: bool) -> None:
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


CANCEL_EXAMPLES = """\
Example: `seedspread cancel 3`; what has ended stays, and `seedspread retry 3` trains what was cancelled."""


def add_cancel(app: typer.Typer) -> None:
    """Register the command."""
    app.command("cancel", epilog=CANCEL_EXAMPLES)(cancel)


def cancel(
    study: Annotated[int, typer.Argument(metavar="STUDY", parser=study_number, help="The study's number.")],
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Cancel the runs of a study that have not ended."""
    with connect(api) as client:
        changed = client.cancel(study)
    if as_json:
        output.print_json(changed)
    else:
        output.for_people().print(f"study {study}: {_cancel_phrase(changed.runs)}")


def _cancel_phrase(count: int) -> str:
    """Phrase how many runs were asked to stop.

    A run in progress may end before it hears of it.
    """
    if not count:
        return "nothing is left to cancel"
    return f"cancels {'1 run' if count == 1 else f'up to {count:,} runs'}; what ends first keeps its result"


RETRY_EXAMPLES = """Examples:

- `seedspread retry 3` trains the failed and cancelled runs of study 3 again
- `seedspread retry --run 481` trains one run again
"""


def add_retry(app: typer.Typer) -> None:
    """Register the command."""
    app.command("retry", epilog=RETRY_EXAMPLES)(retry)


def retry(
    study: Annotated[
        int | None, typer.Argument(metavar="[STUDY]", parser=study_number, help="The study's number.")
    ] = None,
    run: Annotated[int | None, typer.Option("--run", min=1, help="One run instead of a study.")] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Train failed and cancelled runs again, each as its next attempt."""
    if study is None and run is None:
        raise InvalidInput("STUDY", MISSING, "a study's number, or one run with --run")
    if study is not None and run is not None:
        raise InvalidInput("--run", run, f"nothing beside STUDY {study}: either a study or one run")
    path = f"/runs/{run}/retry" if study is None else f"/studies/{study}/retry"
    with connect(api) as client:
        changed = client.post(Changed, path)
    if as_json:
        output.print_json(changed)
    elif study is None:
        output.for_people().print(f"run {run} is queued again")
    else:
        output.for_people().print(f"study {study}: {_runs(changed.runs)}")


def _runs(count: int) -> str:
    if not count:
        return "no run has failed or was cancelled"
    return "1 run is queued again" if count == 1 else f"{count:,} runs are queued again"
