"""`seedspread cancel`: stop what a study still has to do."""

from __future__ import annotations

from typing import Annotated

import typer

from seedspread.cli.client import connect
from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json, study_number

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
        output.for_people().print(f"study {study}: {_asked(changed.runs)}")


def _asked(count: int) -> str:
    """What was asked for: a run in progress may end before it hears of it."""
    if not count:
        return "nothing is left to cancel"
    return f"cancels {'1 run' if count == 1 else f'up to {count:,} runs'}; what ends first keeps its result"
