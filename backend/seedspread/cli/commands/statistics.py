"""`seedspread variance`, `bestof` and `plan`: statistics of studies and files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from seedspread.analysis.best_of import best_of_numbers
from seedspread.analysis.planning import SeedQuestion, plan_seeds
from seedspread.analysis.variance import variance_of_numbers
from seedspread.cli.console import output
from seedspread.cli.console.file_options import (
    Best,
    By,
    Column,
    Encoding,
    Repeated,
    SeedColumn,
    StateColumn,
    file_options,
)
from seedspread.cli.console.options import Api, Json, connect
from seedspread.core.recipe import Direction
from seedspread.errors import MISSING, InvalidInput
from seedspread.figures.variance import Share
from seedspread.readers import read_crossed, read_groups
from seedspread.stats.spread.components import IntraclassCorrelation
from seedspread.views.statistics import ArmSpread, BestOfArm, SeedPlan, VarianceView

VARIANCE_EXAMPLES = """Examples:

- `seedspread variance 3` divides the spread of study 3 (preset sources or factorial)
- `seedspread variance runs.csv --source split --source init` divides numbers from anywhere; no service is needed
"""


def add_variance(app: typer.Typer) -> None:
    """Register the command."""
    app.command("variance", epilog=VARIANCE_EXAMPLES)(variance)


def variance(
    source_name: Annotated[str, typer.Argument(metavar="STUDY | FILE", help="A study's number, or a file of runs.")],
    source: Annotated[
        list[str] | None, typer.Option(help="Of a file: a column with a crossed source's levels; give two or more.")
    ] = None,
    column: Column = None,
    state_column: StateColumn = None,
    encoding: Encoding = None,
    level: Annotated[float, typer.Option(help="Of a file: level of the intervals.")] = 0.95,
    metric: Annotated[str | None, typer.Option(help="Another metric than the one that decides.")] = None,
    summary: Annotated[str | None, typer.Option(help="Of a study: last or best.")] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Estimate each source's share of the variance, with its CI."""
    notes: list[str] = []
    if source_name.isdecimal() and not Path(source_name).exists():
        query = {name: value for name, value in (("metric", metric), ("summary", summary)) if value is not None}
        with connect(api) as client:
            views = client.every(VarianceView, f"/studies/{source_name}/variance", **query)
    else:
        if source is None:
            raise InvalidInput("--source", MISSING, "two or more columns with the levels of crossed sources")
        options = file_options(column=column or metric, state_column=state_column, encoding=encoding)
        runs, notes = read_crossed(source_name, source, options)
        views = [variance_of_numbers(runs, source, metric=metric or column or "the metric", level=level)]
    if as_json:
        output.print_json({"variants": [view.model_dump(mode="json") for view in views]})
    else:
        console = output.for_people()
        for view in views:
            _show(console, view, named=len(views) > 1)
    output.tell(notes, as_json=as_json)


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
    for item in shares:
        if item.share is not None:
            table.add_row(item.name, f"{100 * item.share:.0f} %", _percent(item))
    return table


def _percent(item: Share) -> str:
    if item.interval is None:
        return "–"
    low, high = 100 * item.interval.low, 100 * item.interval.high
    return f"{low:.0f} to {high:.0f} % ({item.interval.stated_level})"


def _spreads(spreads: Sequence[ArmSpread]) -> Table:
    table = Table("arm", "n", "sd", "range", box=None, pad_edge=False, header_style="dim")
    for item in spreads:
        std = "–" if item.std is None else f"{item.std:.3g}"
        ranged = "–" if item.interval is None else f"{item.interval.low:.3g} to {item.interval.high:.3g}"
        table.add_row(item.name.replace("[", r"\["), str(item.n), std, ranged)
    return table


def _correlation(correlation: IntraclassCorrelation, source: str) -> str:
    others = [
        f"{name} {value:.3g}"
        for name, value in (("ICC2", correlation.icc2), ("ICC3", correlation.icc3))
        if value is not None
    ]
    text = f"Intraclass correlation within a level of {source}: ICC1 {correlation.icc1:.3g}"
    if correlation.icc1_interval is not None:
        interval = correlation.icc1_interval
        text += f" ({interval.stated_level} interval {interval.low:.3g} to {interval.high:.3g})"
    return f"{', '.join([text, *others])}."


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
    inputs: Annotated[
        list[str], typer.Argument(metavar="STUDY | FILE…", help="A study's number, or files of numbers.")
    ],
    quoted: Annotated[float | None, typer.Option(help="A value somebody quotes, to be placed among the seeds.")] = None,
    metric: Annotated[str | None, typer.Option(help="Of a study: another metric than the one that decides.")] = None,
    summary: Annotated[str | None, typer.Option(help="Of a study: last or best.")] = None,
    direction: Annotated[Direction, typer.Option(help="Of files: which way is better.")] = Direction.MAXIMIZE,
    column: Column = None,
    by: By = None,
    seed_column: SeedColumn = None,
    state_column: StateColumn = None,
    best: Best = False,
    duplicates: Repeated = "refuse",
    encoding: Encoding = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Estimate the best of k seeds.

    Shows what reporting only the best of a few runs does to a number.
    """
    if inputs[0].isdecimal() and not Path(inputs[0]).exists():
        if len(inputs) > 1:
            raise InvalidInput("FILE", inputs[1:], "one study, or files")
        options = {"metric": metric, "summary": summary, "quoted": quoted}
        query = {name: value for name, value in options.items() if value is not None}
        with connect(api) as client:
            arms = client.every(BestOfArm, f"/studies/{inputs[0]}/best-of-k", **query)
        aside: list[str] = []
    else:
        file_choices = file_options(
            column=column or metric,
            by=by,
            seed_column=seed_column,
            state_column=state_column,
            best=best,
            direction=direction,
            duplicates=duplicates,
            encoding=encoding,
        )
        reading = read_groups(inputs, file_choices)
        arms, aside = best_of_numbers(reading.values, direction=direction, quoted=quoted), reading.lines()
    if as_json:
        output.print_json({"arms": [arm.model_dump(mode="json") for arm in arms]})
        output.tell(aside, as_json=True)
        return
    console = output.for_people()
    for arm in arms:
        console.print(sentence(arm), markup=False, soft_wrap=True)
    if any(arm.curve.ks for arm in arms):
        console.print(_table(arms))
    output.tell(aside, as_json=False)


def sentence(arm: BestOfArm) -> str:
    """Phrase the result for one arm."""
    curve, rank = arm.curve, arm.quoted
    if not curve.ks:
        return f"{arm.arm.name}: {curve.reason}."
    single, best = f"{curve.values[0]:.4g}", f"{curve.values[-1]:.4g}"
    text = f"{arm.arm.name}: one run gives {single} on average, the best of {curve.n} gave {best}."
    if rank is None:
        return text
    good = rank.better + rank.equal
    like = f"like the best of {rank.like_best_of}" if rank.like_best_of is not None else "none of them reached it"
    are = "is" if good == 1 else "are"
    return f"{text} {rank.value:g}: {good} of {rank.n} seeds {are} as good or better; {like}."


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
    comparisons: Annotated[
        int | None, typer.Option(min=1, help="Comparisons to correct for. [default: those of the study, else 1]")
    ] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Say how many seeds it takes to see a difference, and what given numbers of seeds can see."""
    question = SeedQuestion(difference, power, level, std, paired, study, comparisons=comparisons)
    if study is None:
        found = plan_seeds(question)
    else:
        asked = {"difference": difference, "power": power, "level": level, "std": std, "paired": paired}
        asked["comparisons"] = comparisons
        body = {name: value for name, value in asked.items() if value is not None}
        with connect(api) as client:
            found = client.post(SeedPlan, "/plan-seeds", body | {"study_id": study})
    if as_json:
        output.print_json(found)
        return
    console = output.for_people()
    console.print(found.sentence, markup=False, soft_wrap=True)
    console.print(_plan_table(found))


def _plan_table(found: SeedPlan) -> Table:
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
