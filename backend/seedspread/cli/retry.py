"""`seedspread retry`: train what failed or was cancelled again."""

from __future__ import annotations

from typing import Annotated

import typer

from seedspread.cli.client import connect
from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json, study_number
from seedspread.errors import MISSING, InvalidInput
from seedspread.views.studies import Changed

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
