"""`seedspread bestof`: what the best of k seeds is expected to be, and where a quoted value stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from seedspread.analysis.best_of import best_of_numbers
from seedspread.cli.client import connect
from seedspread.cli.console import output
from seedspread.cli.console.numbers_file import read_groups
from seedspread.cli.console.options import Api, Json
from seedspread.core.recipe import Direction
from seedspread.errors import InvalidInput
from seedspread.views.statistics import BestOfArm

BESTOF_EXAMPLES = """Examples:

- `seedspread bestof 3` shows what the best of 1, 2, 3 … seeds of every arm of study 3 is expected to be
- `seedspread bestof 3 --quoted 0.951` says how many seeds were as good as 0.951
- `seedspread bestof a.csv b.csv --direction minimize` takes numbers from anywhere; no service is needed
"""
SHOWN = (1, 2, 3, 5, 10, 20, 50, 100)


def add_bestof(app: typer.Typer) -> None:
    """Register the command."""
    app.command("bestof", epilog=BESTOF_EXAMPLES)(bestof)


def bestof(
    what: Annotated[list[str], typer.Argument(metavar="STUDY | FILE…", help="A study's number, or files of numbers.")],
    quoted: Annotated[float | None, typer.Option(help="A value somebody quotes, to be placed among the seeds.")] = None,
    metric: Annotated[str | None, typer.Option(help="Of a study: another metric than the one that decides.")] = None,
    summary: Annotated[str | None, typer.Option(help="Of a study: last or best.")] = None,
    direction: Annotated[Direction, typer.Option(help="Of files: which way is better.")] = Direction.MAXIMIZE,
    column: Annotated[str | None, typer.Option(help="Of files: the column of the values.")] = None,
    by: Annotated[str | None, typer.Option(help="Of files: the column that tells groups apart.")] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Say what the best of k seeds is expected to be: what reporting only the best of a few runs does to a number."""
    if what[0].isdecimal() and not Path(what[0]).exists():
        if len(what) > 1:
            raise InvalidInput("FILE", what[1:], "one study, or files")
        asked = {"metric": metric, "summary": summary, "quoted": quoted}
        query = {name: value for name, value in asked.items() if value is not None}
        with connect(api) as client:
            found = client.every(BestOfArm, f"/studies/{what[0]}/best-of-k", **query)
        aside: list[str] = []
    else:
        groups = read_groups(what, column, by)
        found, aside = best_of_numbers(groups.values, direction=direction, quoted=quoted), groups.told()
    if as_json:
        output.print_json({"arms": [arm.model_dump(mode="json") for arm in found]})
        output.tell(aside, as_json=True)
        return
    console = output.for_people()
    for arm in found:
        console.print(sentence(arm), markup=False, soft_wrap=True)
    if any(arm.curve.ks for arm in found):
        console.print(_table(found))
    output.tell(aside, as_json=False)


def sentence(arm: BestOfArm) -> str:
    """What is to be said of one arm."""
    curve, place = arm.curve, arm.quoted
    if not curve.ks:
        return f"{arm.arm.name}: {curve.reason}."
    one, best = f"{curve.values[0]:.4g}", f"{curve.values[-1]:.4g}"
    told = f"{arm.arm.name}: one run gives {one} on average, the best of {curve.n} gave {best}."
    if place is None:
        return told
    good = place.better + place.equal
    like = f"like the best of {place.like_best_of}" if place.like_best_of is not None else "none of them reached it"
    are = "is" if good == 1 else "are"
    return f"{told} {place.value:g}: {good} of {place.n} seeds {are} as good or better; {like}."


def _table(found: Sequence[BestOfArm]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("best of", justify="right")
    for arm in found:
        table.add_column(arm.arm.name.replace("[", r"\["), justify="right")
    curves = [dict(zip(arm.curve.ks, arm.curve.values, strict=True)) for arm in found]
    ends = {max(curve) for curve in curves if curve}
    for k in sorted({k for k in SHOWN if k < max(ends)} | ends):
        table.add_row(str(k), *(f"{curve[k]:.5g}" if k in curve else "–" for curve in curves))
    return table
