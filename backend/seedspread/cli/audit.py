"""`seedspread audit`: do the runs of a study behave as their seeds say?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import BaseModel

from seedspread.cli.client import connect
from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json
from seedspread.core.audit import Severity

AUDIT_EXAMPLES = """\
Exit codes: 0 no error was found (there may be warnings), 3 there was one. Example: `seedspread audit 3`."""

FOUND_ERRORS = 3


def add_audit(app: typer.Typer) -> None:
    """Register the command."""
    app.command("audit", epilog=AUDIT_EXAMPLES)(audit)


def audit(
    study: Annotated[int, typer.Argument(metavar="STUDY", help="The study's number.")],
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Check a study: seeds without effect, runs that are secretly the same, randomness that is not under control."""
    with connect(api) as client:
        found, arms = client.findings(study), client.seeding(study)
    if as_json:
        told: dict[str, Sequence[BaseModel]] = {"findings": found, "arms": arms}
        output.print_json({key: [item.model_dump(mode="json") for item in items] for key, items in told.items()})
    else:
        console = output.for_people()
        for arm in arms:
            console.print(f"{arm.name}: {arm.sentence}", markup=False, soft_wrap=True)
        for finding in found:
            console.print(f"{finding.severity.value}: {finding.sentence}", markup=False, soft_wrap=True)
            console.print(f"  {finding.advice}", markup=False, soft_wrap=True)
        if not found:
            console.print(f"study {study}: nothing found; its runs behave as their seeds say")
    if any(finding.severity is Severity.ERROR for finding in found):
        raise typer.Exit(FOUND_ERRORS)
