"""`seedspread variance`: where the spread comes from, of a study or of numbers in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from seedspread.cli.client import connect
from seedspread.cli.console import output
from seedspread.cli.console.numbers_file import read_crossed
from seedspread.cli.console.options import Api, Json
from seedspread.errors import MISSING, InvalidInput
from seedspread.figures.variance import Share
from seedspread.stats.icc import IntraclassCorrelation
from seedspread.usecases.crossed import variance_of_numbers
from seedspread.views.statistics import ArmSpread, VarianceView

VARIANCE_EXAMPLES = """Examples:

- `seedspread variance 3` divides the spread of study 3 (preset sources or factorial)
- `seedspread variance runs.csv --source split --source init` divides numbers from anywhere; no service is needed
"""


def add_variance(app: typer.Typer) -> None:
    """Register the command."""
    app.command("variance", epilog=VARIANCE_EXAMPLES)(variance)


def variance(
    what: Annotated[str, typer.Argument(metavar="STUDY | FILE", help="A study's number, or a file of runs.")],
    source: Annotated[
        list[str] | None, typer.Option(help="Of a file: a column with a crossed source's levels; give two or more.")
    ] = None,
    column: Annotated[str | None, typer.Option(help="Of a file: the column of the values.")] = None,
    level: Annotated[float, typer.Option(help="Of a file: level of the intervals.")] = 0.95,
    metric: Annotated[str | None, typer.Option(help="Another metric than the one that decides.")] = None,
    summary: Annotated[str | None, typer.Option(help="Of a study: last or best.")] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Say where the spread comes from: each source's share of the variance, with its interval."""
    if what.isdecimal() and not Path(what).exists():
        query = {name: value for name, value in (("metric", metric), ("summary", summary)) if value is not None}
        with connect(api) as client:
            views = client.every(VarianceView, f"/studies/{what}/variance", **query)
    else:
        if source is None:
            raise InvalidInput("--source", MISSING, "two or more columns with the levels of crossed sources")
        runs, aside = read_crossed(what, source, column)
        output.tell([aside] if aside else [], as_json=as_json)
        views = [variance_of_numbers(runs, source, metric=metric or column or "the metric", level=level)]
    if as_json:
        output.print_json({"variants": [view.model_dump(mode="json") for view in views]})
        return
    console = output.for_people()
    for view in views:
        _show(console, view, named=len(views) > 1)


def _show(console: Console, view: VarianceView, *, named: bool) -> None:
    console.print(f"{view.variant}: {view.sentence}" if named else view.sentence, markup=False, soft_wrap=True)
    if view.spreads:
        console.print(_spreads(view.spreads))
    if any(share.share is not None for share in view.shares):
        console.print(_shares(view.shares))
    if view.icc is not None and view.icc.icc1 is not None:
        console.print(_correlation(view.icc, view.sources[0]), markup=False, soft_wrap=True)


def _shares(shares: Sequence[Share]) -> Table:
    table = Table("source", "share", "range", box=None, pad_edge=False, header_style="dim")
    for one in shares:
        if one.share is not None:
            table.add_row(one.name, f"{100 * one.share:.0f} %", _percent(one))
    return table


def _percent(one: Share) -> str:
    if one.interval is None:
        return "–"
    low, high = 100 * one.interval.low, 100 * one.interval.high
    return f"{low:.0f} to {high:.0f} % ({one.interval.stated_level})"


def _spreads(spreads: Sequence[ArmSpread]) -> Table:
    table = Table("arm", "n", "sd", "range", box=None, pad_edge=False, header_style="dim")
    for one in spreads:
        std = "–" if one.std is None else f"{one.std:.3g}"
        ranged = "–" if one.interval is None else f"{one.interval.low:.3g} to {one.interval.high:.3g}"
        table.add_row(one.name.replace("[", r"\["), str(one.n), std, ranged)
    return table


def _correlation(found: IntraclassCorrelation, source: str) -> str:
    said = [f"{name} {value:.3g}" for name, value in (("ICC2", found.icc2), ("ICC3", found.icc3)) if value is not None]
    told = f"Intraclass correlation within a level of {source}: ICC1 {found.icc1:.3g}"
    if found.icc1_interval is not None:
        interval = found.icc1_interval
        told += f" ({interval.stated_level} interval {interval.low:.3g} to {interval.high:.3g})"
    return f"{', '.join([told, *said])}."
