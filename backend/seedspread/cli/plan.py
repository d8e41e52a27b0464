"""`seedspread plan`: how many seeds a difference takes."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from seedspread.analysis.planning import SeedQuestion, plan_seeds
from seedspread.cli.client import connect
from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json
from seedspread.views.statistics import SeedPlan

PLAN_EXAMPLES = """Examples:

- `seedspread plan --difference 0.005 --std 0.004` needs no service
- `seedspread plan 3 --difference 0.005` takes the spread from study 3
"""


def add_plan(app: typer.Typer) -> None:
    """Register the command."""
    app.command("plan", epilog=PLAN_EXAMPLES)(plan)


def plan(
    study: Annotated[int | None, typer.Argument(metavar="[STUDY]", help="A study to take the spread from.")] = None,
    difference: Annotated[
        float | None, typer.Option(help="The smallest difference that matters. [default: the study's]")
    ] = None,
    std: Annotated[float | None, typer.Option(help="Standard deviation between seeds, instead of a study.")] = None,
    power: Annotated[float, typer.Option(help="Chance of finding the difference where it is there.")] = 0.8,
    level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    paired: Annotated[
        bool | None, typer.Option("--paired/--separate", help="Whether arms share their seeds. [default: the study's]")
    ] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Say how many seeds it takes to see a difference, and what given numbers of seeds can see."""
    question = SeedQuestion(difference, power, level, std, paired, study)
    if study is None:
        found = plan_seeds(question)
    else:
        asked = {"difference": difference, "power": power, "level": level, "std": std, "paired": paired}
        body = {name: value for name, value in asked.items() if value is not None}
        with connect(api) as client:
            found = client.post(SeedPlan, "/plan-seeds", body | {"study_id": study})
    if as_json:
        output.print_json(found)
        return
    console = output.for_people()
    console.print(found.sentence, markup=False, soft_wrap=True)
    console.print(_table(found))


def _table(found: SeedPlan) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    seeds = "shared seeds" if found.paired else "seeds per arm"
    scale, unit = (100, " (points)") if found.unit == "share" else (1, "")
    for name in (f"to see{unit}", seeds, "", seeds, f"see{unit}"):
        table.add_column(name, justify="right")
    for place in range(max(len(found.by_difference), len(found.by_seeds))):
        left, right = found.by_difference[place : place + 1], found.by_seeds[place : place + 1]
        cells = [(f"{scale * row.difference:.3g}", "–" if row.seeds is None else f"{row.seeds:,}") for row in left]
        more = [(f"{row.seeds:,}", f"{scale * row.detectable:.3g}") for row in right]
        table.add_row(*(cells or [("", "")])[0], "   ", *(more or [("", "")])[0])
    return table
