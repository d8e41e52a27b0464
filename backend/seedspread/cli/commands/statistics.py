"""`seedspread variance`, `bestof`, `plan` and `floor`: statistics of studies and files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from seedspread import words
from seedspread.analysis.best_of import best_of_numbers
from seedspread.analysis.planning import SeedQuestion, plan_seeds
from seedspread.analysis.variance import variance_of_numbers
from seedspread.cli.console import output
from seedspread.cli.console.comparison_lines import answer_lines
from seedspread.cli.console.file_options import (
    READING,
    Best,
    By,
    Column,
    Encoding,
    Maximize,
    Minimize,
    Repeated,
    SeedColumn,
    StateColumn,
    Summary,
    file_options,
    metric_and_direction,
)
from seedspread.cli.console.floor_lines import floor_lines, judgement_lines
from seedspread.cli.console.options import Api, DatabaseUrl, DataDir, Json, connect, settings
from seedspread.cli.text import sentences
from seedspread.core.recipe import Direction
from seedspread.errors import MISSING, InvalidInput
from seedspread.figures.variance import Share
from seedspread.floors import judging as floors
from seedspread.floors.conditions import MeasuredArm
from seedspread.floors.files import import_files
from seedspread.floors.store import FloorStore
from seedspread.readers import Options, read_crossed, read_groups
from seedspread.recording import is_study_folder, open_study
from seedspread.running.plan import chosen_summary
from seedspread.stats import Sample
from seedspread.stats.data.arms import LeftOut
from seedspread.stats.spread.components import IntraclassCorrelation
from seedspread.storage.database import Database
from seedspread.views.floors import FloorJudgement, FloorView
from seedspread.views.statistics import ArmSpread, BestOfArm, SeedPlanView, VarianceView, VariantAnswer

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
    duplicates: Repeated = "refuse",
    encoding: Encoding = None,
    level: Annotated[float, typer.Option(help="Of a file: level of the intervals.", rich_help_panel=READING)] = 0.95,
    metric: Annotated[str | None, typer.Option(help="Another metric than the one that decides.")] = None,
    summary: Summary = None,
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
        options = file_options(
            column=column or metric,
            state_column=state_column,
            summary=summary,
            duplicates=duplicates,
            encoding=encoding,
        )
        source = source or []
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
    answer = VariantAnswer(variant=view.variant if named else "", headline=view.headline, detail=view.detail)
    for line in answer_lines([answer]):
        console.print(line, markup=False, soft_wrap=True)
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
            table.add_row(
                item.name, words.part(item.share, None if item.interval is None else item.interval.ends), _percent(item)
            )
    return table


def _percent(item: Share) -> str:
    if item.interval is None:
        return words.NOTHING
    return f"{words.level(item.interval.level)} CI {words.part_span(item.interval.low, item.interval.high)}"


def _spreads(spreads: Sequence[ArmSpread]) -> Table:
    table = Table("arm", "n", "SD", "CI", box=None, pad_edge=False, header_style="dim")
    for spread in spreads:
        interval = spread.interval
        within = words.NOTHING if interval is None else words.interval(interval.low, interval.high, interval.level)
        deviation = words.sd(spread.std) if interval is None else words.rounded(spread.std, interval.ends)
        name = words.plain(spread.name).replace("[", r"\[")
        table.add_row(name, words.count(spread.n), deviation, within)
    return table


def _correlation(icc: IntraclassCorrelation, source: str) -> str:
    own = words.fixed(icc.icc1 or 0.0, 2)
    if icc.icc1_interval is not None:
        own = words.rounded(icc.icc1, icc.icc1_interval.ends)
    others = (("ICC2", icc.icc2), ("ICC3", icc.icc3))
    parts = [sentences.correlation(source, own)]
    if icc.icc1_interval is not None:
        interval = icc.icc1_interval
        parts[0] += f" ({words.interval(interval.low, interval.high, interval.level)})"
    parts += [f"{name} {words.fixed(value, 2)}" for name, value in others if value is not None]
    return f"{', '.join(parts)}."


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
    summary: Summary = None,
    maximize: Maximize = None,
    minimize: Minimize = None,
    direction: Annotated[
        Direction | None,
        typer.Option(
            rich_help_panel=READING,
            help="Of files: which way is better. [default: maximize, or minimize a loss or an error]",
        ),
    ] = None,
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

    It shows how much reporting only the best of a few runs inflates a number.
    """
    metric, direction = metric_and_direction(maximize, minimize, column or metric, direction)
    if inputs[0].isdecimal() and not Path(inputs[0]).exists():
        if len(inputs) > 1:
            raise InvalidInput("FILE", inputs[1:], "one study, or files")
        options = {"metric": metric, "summary": chosen_summary(summary, best=best, option="--"), "quoted": quoted}
        query = {name: value for name, value in options.items() if value is not None}
        with connect(api) as client:
            arms = client.every(BestOfArm, f"/studies/{inputs[0]}/best-of-k", **query)
        aside: list[str] = []
    else:
        file_choices = file_options(
            column=metric,
            by=by,
            seed_column=seed_column,
            state_column=state_column,
            summary=summary,
            best=best,
            direction=direction,
            duplicates=duplicates,
            encoding=encoding,
        )
        reading = read_groups(inputs, file_choices)
        way = direction or (Direction.MINIMIZE if reading.lower_is_better else Direction.MAXIMIZE)
        arms, aside = best_of_numbers(reading.values, direction=way, quoted=quoted), reading.lines()
        if direction is None:
            aside.append(sentences.assumed_direction(minimize=way is Direction.MINIMIZE))
    if as_json:
        output.print_json({"arms": [arm.model_dump(mode="json") for arm in arms]})
        output.tell(aside, as_json=True)
        return
    console = output.for_people()
    for arm in arms:
        for line in answer_lines([arm]):
            console.print(line, markup=False, soft_wrap=True)
    if any(arm.curve.ks for arm in arms):
        console.print(_table(arms))
    output.tell(aside, as_json=False)


def _table(result: Sequence[BestOfArm]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("best of", justify="right")
    for arm in result:
        table.add_column(arm.arm.name.replace("[", r"\["), justify="right")
    curves = [dict(zip(arm.curve.ks, arm.curve.values, strict=True)) for arm in result]
    ends = {max(curve) for curve in curves if curve}
    for k in sorted({k for k in SHOWN if k < max(ends)} | ends):
        table.add_row(str(k), *(words.number(curve.get(k)) for curve in curves))
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
    """Plan how many seeds a difference needs.

    It also shows what a number of seeds can detect.
    """
    question = SeedQuestion(difference, power, level, std, paired, study, comparisons=comparisons)
    if study is None:
        result = plan_seeds(question)
    else:
        options = {"difference": difference, "power": power, "level": level, "std": std, "paired": paired}
        options["comparisons"] = comparisons
        body = {name: value for name, value in options.items() if value is not None}
        with connect(api) as client:
            result = client.post(SeedPlanView, "/plan-seeds", body | {"study_id": study})
    if as_json:
        output.print_json(result)
        return
    console = output.for_people()
    for line in answer_lines([result]):
        console.print(line, markup=False, soft_wrap=True)
    console.print(_plan_table(result))


def _plan_table(result: SeedPlanView) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    seeds = "paired seeds" if result.paired else sentences.SEEDS_PER_ARM
    for name in ("difference", seeds, "", seeds, "detectable difference"):
        table.add_column(name, justify="right")
    unit, scale = words.difference_unit(result.unit), words.difference_scale(result.unit)
    for index in range(max(len(result.by_difference), len(result.by_seeds))):
        by_difference, by_seeds = result.by_difference[index : index + 1], result.by_seeds[index : index + 1]
        cells = [
            (
                words.entered(row.difference, result.unit),
                words.NOTHING if row.seeds is None else words.count(row.seeds),
            )
            for row in by_difference
        ]
        more = [
            (words.count(row.seeds), words.with_unit(words.number(row.detectable * scale), unit)) for row in by_seeds
        ]
        table.add_row(*(cells or [("", "")])[0], "   ", *(more or [("", "")])[0])
    return table


FLOOR_EXAMPLES = """Examples:

- `seedspread floor save base 3 --arm base` keeps an arm of study 3, of 20 seeds or more, as the noise floor `base`
- `seedspread floor save base base.csv --direction maximize --condition data=v2` keeps numbers from anywhere
- `seedspread floor judge base cosine candidate.csv --condition data=v2` judges a candidate, of 3 seeds say
- `seedspread floor judge base cosine --values 0.951,0.949,0.955`
- `seedspread floor list`, `seedspread floor show base`, `seedspread floor delete base`

However many candidates are judged, the chance that any of them is kept although all equal the floor stays at 5%.
`judge` ends with 0 better, 3 not better, 4 undecided (and how many more seeds), 2 broken: conditions or spreads
that differ. Floors lie in the database of this machine, which `seedspread up` shows; with a study's number or
`--api`, in the service's.
"""
Arm = Annotated[str | None, typer.Option("--arm", help="Of several arms: this one.")]
Way = Annotated[Direction | None, typer.Option("--direction", help="Of files: which way is better.")]
Condition = Annotated[
    list[str] | None,
    typer.Option("--condition", metavar="KEY=VALUE", help="What floor and candidates have to share; repeatable."),
]


def add_floor(app: typer.Typer) -> None:
    """Register the command and its parts."""
    floor = typer.Typer(help="Keep a baseline as a noise floor; judge candidates against it with few seeds.")
    for part in (floor_save, floor_list, floor_show, floor_judge, floor_delete):
        floor.command(part.__name__.removeprefix("floor_"), epilog=FLOOR_EXAMPLES)(part)
    app.add_typer(floor, name="floor", epilog=FLOOR_EXAMPLES)


def floor_save(
    name: Annotated[str, typer.Argument(help="A name for the floor.")],
    inputs: Annotated[list[str], typer.Argument(metavar="STUDY | FOLDER | FILE…")],
    arm: Arm = None,
    direction: Way = None,
    smallest_difference: Annotated[float | None, typer.Option(help="The smallest difference that matters.")] = None,
    candidates: Annotated[
        int | None, typer.Option(min=1, help="Planned candidates. [default: up to 100 that 3 seeds can decide]")
    ] = None,
    error: Annotated[float, typer.Option(help="Chance that any equal candidate of a stream is kept.")] = 0.05,
    condition: Condition = None,
    column: Column = None,
    by: By = None,
    seed_column: SeedColumn = None,
    state_column: StateColumn = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Keep a baseline of 20 seeds or more as a noise floor."""
    options = {"smallest_difference": smallest_difference, "candidates": candidates, "error": error}
    chosen = file_options(column=column, by=by, seed_column=seed_column, state_column=state_column, direction=direction)
    if _is_study(inputs):
        body = {"name": name, "study_id": int(inputs[0]), "arm": arm, **options}
        with connect(api) as client:
            view = client.post(FloorView, "/floors", {key: value for key, value in body.items() if value is not None})
    else:
        measured = _floor_arm(inputs, arm, chosen, direction, condition or [])
        with _store(data_dir, database_url) as store:
            view = floors.save(
                store,
                name,
                measured,
                datetime.now(UTC),
                smallest_difference=smallest_difference,
                candidates=candidates,
                error=error,
            )
    _show_floor(view, as_json=as_json)


def floor_list(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, api: Api = None, as_json: Json = False
) -> None:
    """List the noise floors."""
    if api is None:
        with _store(data_dir, database_url) as store:
            views = floors.floors(store, datetime.now(UTC))
    else:
        with connect(api) as client:
            views = client.every(FloorView, "/floors")
    if as_json:
        output.print_json({"floors": [view.model_dump(mode="json") for view in views]})
        return
    console = output.for_people()
    if not views:
        console.print(sentences.NO_FLOORS, markup=False, soft_wrap=True)
    for view in views:
        console.print(floor_lines(view)[0], markup=False, soft_wrap=True)


def floor_show(
    name: Annotated[str, typer.Argument(help="The floor's name.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Show a noise floor, its conditions, and the candidates judged against it."""
    if api is None:
        with _store(data_dir, database_url) as store:
            view = floors.view_of(store.load(name), datetime.now(UTC))
    else:
        with connect(api) as client:
            view = client.get(FloorView, f"/floors/{name}")
    _show_floor(view, as_json=as_json)


def floor_delete(
    name: Annotated[str, typer.Argument(help="The floor's name.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Delete a noise floor, with the judgements made against it.

    What they spent of the error rate is forgotten: judge the same candidates again only against fresh runs.
    """
    if api is None:
        with _store(data_dir, database_url) as store:
            store.delete(name)
    else:
        with connect(api) as client:
            client.delete(f"/floors/{name}")
    if as_json:
        output.print_json({"deleted": name})
    else:
        output.for_people().print(sentences.floor_deleted(name), markup=False, soft_wrap=True)


def floor_judge(
    name: Annotated[str, typer.Argument(help="The floor's name.")],
    candidate: Annotated[str, typer.Argument(help="A name for the candidate; the same name adds seeds to it.")],
    inputs: Annotated[list[str] | None, typer.Argument(metavar="[STUDY | FOLDER | FILE…]")] = None,
    values: Annotated[str | None, typer.Option(help="Instead of a file: its values, as 0.951,0.949,0.955.")] = None,
    arm: Arm = None,
    condition: Condition = None,
    column: Column = None,
    by: By = None,
    seed_column: SeedColumn = None,
    state_column: StateColumn = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Judge a candidate against a noise floor, with an exit code."""
    if (values is None) == (not inputs):
        raise InvalidInput("FILE", MISSING, "a study, a folder, files, or --values, one of them")
    if inputs and _is_study(inputs):
        body = {"candidate": candidate, "study_id": int(inputs[0]), "arm": arm}
        with connect(api) as client:
            sent = {key: value for key, value in body.items() if value is not None}
            judged = client.post(FloorJudgement, f"/floors/{name}/judgements", sent)
    else:
        chosen = file_options(column=column, by=by, seed_column=seed_column, state_column=state_column)
        if values is not None:
            sample = Sample.of(candidate, _numbers(values))
            measured = MeasuredArm(sample, "", None, _conditions(condition or []))
        else:
            measured = _floor_arm(inputs or [], arm, chosen, None, condition or [])
        with _store(data_dir, database_url) as store:
            judged = floors.judge(store, name, candidate, measured, datetime.now(UTC))
    if as_json:
        output.print_json(judged)
    else:
        console = output.for_people()
        for line in judgement_lines(judged):
            console.print(line, markup=False, soft_wrap=True)
    raise typer.Exit(judged.exit_code)


@contextmanager
def _store(data_dir: Path | None, database_url: str | None) -> Iterator[FloorStore]:
    """Open the noise floors in the database of this machine.

    Those of earlier versions, files, are moved there first.
    """
    chosen = settings(data_dir=data_dir, database_url=database_url)
    database = Database(chosen.resolved_database_url)
    try:
        database.upgrade()
        store = FloorStore(database)
        output.tell(import_files(store, chosen.data_dir), as_json=True)
        yield store
    finally:
        database.dispose()


def _is_study(inputs: Sequence[str]) -> bool:
    return len(inputs) == 1 and inputs[0].isdecimal() and not Path(inputs[0]).exists()


def _floor_arm(
    inputs: Sequence[str], arm: str | None, options: Options, direction: Direction | None, pairs: Sequence[str]
) -> MeasuredArm:
    """Return an arm of a run folder or files, with its conditions."""
    if len(inputs) == 1 and is_study_folder(Path(inputs[0])):
        from seedspread.running.judge import folder_arm

        measured = folder_arm(open_study(Path(inputs[0])), arm, options.column)
        return replace(measured, conditions={**measured.conditions, **_conditions(pairs)})
    reading = read_groups(inputs, options)
    names = list(reading.values)
    if (arm is None and len(names) > 1) or (arm is not None and arm not in names):
        raise InvalidInput("--arm", MISSING if arm is None else arm, f"one of {', '.join(names)}")
    name = names[0] if arm is None else arm
    failures = reading.left_out().get(name, LeftOut()).failures
    sample = Sample.of(name, reading.values[name], failures=failures)
    return MeasuredArm(sample, reading.title, direction, _conditions(pairs), f"{', '.join(inputs)}, {name}")


def _conditions(pairs: Sequence[str]) -> dict[str, str]:
    parted = [item.partition("=") for item in pairs]
    for key, sign, value in parted:
        if not (key and sign and value):
            raise InvalidInput("--condition", f"{key}{sign}{value}", "KEY=VALUE, such as data=v2")
    return {key: value for key, _, value in parted}


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise InvalidInput("--values", text, "numbers with commas between them, as 0.951,0.949,0.955") from None


def _show_floor(view: FloorView, *, as_json: bool) -> None:
    if as_json:
        output.print_json(view)
        return
    console = output.for_people()
    for line in floor_lines(view):
        console.print(line, markup=False, soft_wrap=True)
