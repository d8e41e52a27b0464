"""`seedspread compare` and `judge`: compare arms or files; check a claim."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from seedspread.analysis.claims import ClaimForm, check_numbers
from seedspread.analysis.compare import compare_numbers
from seedspread.cli.commands.export import write
from seedspread.cli.console import output
from seedspread.cli.console.comparison_lines import Values, show_family, show_one
from seedspread.cli.console.file_options import (
    DECIDING,
    READING,
    Baseline,
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
from seedspread.cli.console.options import Api, Deciding, Json, connect
from seedspread.client import Client
from seedspread.core.recipe import Direction
from seedspread.errors import MISSING, InvalidInput
from seedspread.readers import Options, read_groups
from seedspread.readers.reading import Group, Reading
from seedspread.recording import StudyFolder, is_study_folder, open_study
from seedspread.recording.sentences import look_not_recorded
from seedspread.recording.writer import new_study
from seedspread.running.plan import chosen_summary
from seedspread.stats import Conditions
from seedspread.views.claims import CheckedClaim
from seedspread.views.statistics import ComparisonView, FamilyView

COMPARE_EXAMPLES = """Examples:

- `seedspread compare 3` compares every arm of study 3 with its first one
- `seedspread compare 3 base wide` compares two arms
- `seedspread compare seedspread-runs/train` judges a run folder by its own rule, and counts as a look at it
- `seedspread compare a.csv b.csv --maximize accuracy` compares numbers from anywhere; no service is needed
- `seedspread compare results.csv --smallest-difference 0.005` guesses seed, arms and metric, and says so
- `seedspread compare results.csv --by model,lr --column accuracy --seed-column params.seed` states them
- `seedspread compare a.csv b.csv --figure difference.svg` also draws every seed; .html holds all figures and tables
- `seedspread compare mlflow:mlruns#digits --best --direction maximize` reads a tracker's runs
"""


FIGURES = "A figure"


def add_compare(app: typer.Typer) -> None:
    """Register the command."""
    app.command("compare", epilog=COMPARE_EXAMPLES)(compare)


def compare(
    inputs: Annotated[
        list[str], typer.Argument(metavar="STUDY [A B] | FILE…", help="A study's number and two arms, or files.")
    ],
    metric: Annotated[
        str | None, typer.Option(help="Another metric than the one that decides.", rich_help_panel=READING)
    ] = None,
    summary: Summary = None,
    maximize: Maximize = None,
    minimize: Minimize = None,
    direction: Annotated[
        Direction | None, typer.Option(help="Of files: which way is better.", rich_help_panel=READING)
    ] = None,
    smallest_difference: Annotated[
        float | None, typer.Option(help="Of files: the smallest that matters.", rich_help_panel=DECIDING)
    ] = None,
    level: Annotated[float, typer.Option(help="Of files: level of the intervals.", rich_help_panel=DECIDING)] = 0.95,
    paired: Annotated[
        bool | None,
        typer.Option(
            "--paired/--separate",
            help="Of files: by seed or not. [default: by what they hold]",
            rich_help_panel=DECIDING,
        ),
    ] = None,
    minimum_seeds: Annotated[
        int | None,
        typer.Option(
            min=3, rich_help_panel=DECIDING, help="Of files: fewest seeds for a verdict. [default: as tests allow]"
        ),
    ] = None,
    centre: Deciding = "mean",
    column: Column = None,
    by: By = None,
    baseline: Baseline = None,
    seed_column: SeedColumn = None,
    state_column: StateColumn = None,
    best: Best = False,
    duplicates: Repeated = "refuse",
    encoding: Encoding = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=FIGURES,
            help="Write a figure: every seed as .svg, .pdf or .png, or all figures and tables as .html.",
        ),
    ] = None,
    width_in: Annotated[
        float | None,
        typer.Option(rich_help_panel=FIGURES, help="Of a figure in print: inches. [default: 3.3, a paper's column]"),
    ] = None,
    font_pt: Annotated[
        float | None, typer.Option(rich_help_panel=FIGURES, help="Of a figure in print: font size. [default: 8]")
    ] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Say whether a difference is real or seed luck.

    Each further arm (or file) is compared with the first; seeds in common are paired if that is the design.
    Files: CSV, JSON, Parquet, Excel (also as .gz or .zip), mlflow:URI#experiment, tb:FOLDER, or - for standard input.
    """
    metric, direction = metric_and_direction(maximize, minimize, column or metric, direction)
    chosen = chosen_summary(summary, best=best, option="--")
    if inputs[0].isdecimal() and not Path(inputs[0]).exists():
        printed = {name: size for name, size in (("width_in", width_in), ("font_pt", font_pt)) if size is not None}
        _of_study(int(inputs[0]), inputs[1:], metric, chosen, api, as_json, figure, printed)
        return
    if figure is not None:
        from seedspread.running.page import check_figure_path

        check_figure_path(figure, width_in, font_pt)
    shaped = any((by, seed_column, state_column, encoding, minimum_seeds)) or duplicates != "refuse"
    if len(inputs) == 1 and is_study_folder(Path(inputs[0])) and not shaped:
        own: dict[str, Any] = {"direction": direction, "within": smallest_difference, "summary": chosen}
        own |= {"baseline": baseline, "level": level, "centre": centre, "paired": paired}
        _of_folder(Path(inputs[0]), metric, own, figure, width_in, font_pt, as_json=as_json)
        return
    options = file_options(
        column=metric,
        by=by,
        seed_column=seed_column,
        state_column=state_column,
        summary=summary,
        best=best,
        direction=direction,
        duplicates=duplicates,
        baseline=baseline,
        encoding=encoding,
    )
    reading = read_groups(inputs, options)
    _check_groups(reading, inputs)
    folders = [open_study(Path(name)) for name in inputs if is_study_folder(Path(name))]
    family = compare_numbers(
        reading.values,
        metric=reading.title,
        direction=direction,
        smallest_difference=smallest_difference,
        level=level,
        paired=paired,
        baseline=next(iter(reading.values)) if baseline is not None else None,
        minimum_seeds=minimum_seeds,
        centre=centre,
        left_out=reading.left_out(),
        conditions=_looked_at(folders, reading.title),
    )
    if as_json:
        output.print_json(family)
    else:
        show_family(output.for_people(), family, {name: _finite(group) for name, group in reading.values.items()})
    if figure is not None:
        rule = {"level": level} | ({} if paired is None else {"paired": paired})
        _draw(figure, reading, family, rule, direction, smallest_difference, width_in, font_pt)
        output.tell([f"Figure: {figure}"], as_json=as_json)
    output.tell(reading.lines(), as_json=as_json)
    _note_looks(folders, metric, as_json=as_json)


def _of_folder(
    path: Path,
    metric: str | None,
    rule: Mapping[str, Any],
    figure: Path | None,
    width_in: float | None,
    font_pt: float | None,
    *,
    as_json: bool,
) -> None:
    """Show the verdict of a run folder, and note the look."""
    from seedspread.running.judge import judge as judge_folder
    from seedspread.running.judge import with_options
    from seedspread.running.page import save_figure

    folder = with_options(open_study(path), **rule)
    judgement = judge_folder(folder, metric)
    family = judgement.family
    if family is None:
        hint = " ".join(judgement.sentences)
        raise InvalidInput("FOLDER", str(path), "two arms or more of which a run finished", hint=hint)
    if as_json:
        output.print_json(family)
    else:
        show_family(output.for_people(), family, {arm.name: _finite(arm.values) for arm in judgement.arms})
    if figure is not None:
        save_figure(figure, folder.study, judgement, width_in, font_pt)
        output.tell([f"Figure: {figure}"], as_json=as_json)
    _note_looks([folder], metric, as_json=as_json)


def _looked_at(folders: Sequence[StudyFolder], title: str) -> Conditions | None:
    """Return the conditions of numbers of which some come from run folders."""
    from seedspread.running.judge import conditions_of, is_pending, numbers_of

    for folder in folders:
        arms = numbers_of(folder, "")
        under = conditions_of(folder.study, title, arms, pending=is_pending(folder.study, arms))
        if under.interim:
            return under
    return None


def _note_looks(folders: Sequence[StudyFolder], metric: str | None, *, as_json: bool) -> None:
    """Record looks at run folders, or say that none are."""
    from seedspread.running.judge import note_look, numbers_of

    for folder in folders:
        if not note_look(folder.folder, numbers_of(folder, metric or folder.study.metric)):
            output.tell([look_not_recorded(folder.folder)], as_json=as_json)


def _check_groups(reading: Reading, inputs: Sequence[str], needed: int = 2) -> None:
    if len(reading.values) < needed:
        hint = f"{reading.guesses[0]}. Add a second file, or say with --by what makes an arm."
        raise InvalidInput("FILE", ", ".join(inputs), "two groups of numbers or more", hint=hint)


def _draw(
    path: Path,
    reading: Reading,
    family: FamilyView,
    rule: dict[str, Any],
    direction: Direction | None,
    smallest_difference: float | None,
    width_in: float | None,
    font_pt: float | None,
) -> None:
    """Write the figure of a comparison of files."""
    from seedspread.running.judge import ArmNumbers, Judgement
    from seedspread.running.page import save_figure
    from seedspread.stats import summarise

    names = [family.baseline, *(name for name in reading.values if name != family.baseline)]
    groups = {name: reading.values[name] for name in names}
    arms = tuple(
        ArmNumbers(name, dict(group) if isinstance(group, dict) else dict(enumerate(group)))
        for name, group in groups.items()
    )
    study = new_study(
        "Comparison",
        metric=reading.name,
        summary=reading.summary,
        direction=direction.value if direction else "",
        smallest_difference=smallest_difference,
        rule=rule,
        origin={"read": reading.guesses[0]},
    )
    sentences = tuple(" ".join((view.headline, *view.detail)) for view in family.comparisons)
    summaries = tuple(summarise(arm.sample(), float(rule["level"])) for arm in arms)
    judgement = Judgement(reading.name, arms, sentences, family, summaries=summaries)
    save_figure(path, study, judgement, width_in, font_pt)


def _of_study(
    study: int,
    arms: Sequence[str],
    metric: str | None,
    summary: str | None,
    api: str | None,
    as_json: bool,
    figure: Path | None,
    printed: Mapping[str, float],
) -> None:
    if len(arms) not in (0, 2):
        raise InvalidInput("A B", list(arms), "two arms by name or position, or none to compare all with the first")
    query = {name: value for name, value in (("metric", metric), ("summary", summary)) if value is not None}
    with connect(api) as client:
        if arms:
            pair = {"a": arms[0], "b": arms[1]}
            comparison = client.get(ComparisonView, f"/studies/{study}/comparison", **query, **pair)
        else:
            all_of_them = client.get(FamilyView, f"/studies/{study}/comparisons", **query)
        view = comparison if arms else all_of_them
        values = {} if as_json else _values(client, study, query)
        if figure is not None:
            ending = figure.suffix.lower().removeprefix(".")
            if ending not in {"svg", "pdf", "png"}:
                hint = f"`seedspread report {study} --format html` writes a page"
                expected = "a file that ends in .svg, .pdf or .png for a study"
                raise InvalidInput("--figure", str(figure), expected, hint=hint)
            drawn = client.download(f"/studies/{study}/figures/distribution", format=ending, **query, **printed)
            write(drawn, figure)
    if as_json:
        output.print_json(view)
    elif isinstance(view, FamilyView):
        show_family(output.for_people(), view, values)
    else:
        show_one(output.for_people(), view, values)


def _values(client: Client, study: int, query: dict[str, str]) -> Values:
    text = client.download(f"/studies/{study}/figures/distribution", format="csv", **query).decode()
    values: dict[str, list[float]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        values.setdefault(row["arm"], []).append(float(row["value"]))
    return values


def _finite(group: Group) -> list[float]:
    listed = group.values() if isinstance(group, dict) else group
    return [value for value in listed if value is not None and math.isfinite(value)]


JUDGE_EXAMPLES = """Examples:

- `seedspread judge a.csv b.csv --maximize accuracy` says whether b is better than a
- `seedspread judge runs.csv --direction minimize --arm wide --better-by 0.01` wants it better by 0.01 at least
- `seedspread judge seedspread-runs/train --not-worse-by 0.005` takes metric and direction from the study
- `seedspread judge 3 --claim "wide >= base - 0.005"` judges a study of the service by its decision rule
- `seedspread judge b.csv --direction maximize --target 0.93` compares its mean with a number
- `seedspread judge b.csv --direction maximize --published 0.912 0.004 5` with a published mean, SD and n

Exit codes: 0 better, 3 not better, 4 undecided, 2 broken (nothing to judge by, or bad input).
"""
CLAIMS = "What is claimed (one of them)"


def add_judge(app: typer.Typer) -> None:
    """Register the command."""
    app.command("judge", epilog=JUDGE_EXAMPLES)(judge)


def judge(
    inputs: Annotated[
        list[str], typer.Argument(metavar="STUDY | FOLDER | FILE…", help="A study's number, a run folder, or files.")
    ],
    claim: Annotated[
        str | None, typer.Option(rich_help_panel=CLAIMS, help='Such as "wide >= base - 0.005". [default: it is better]')
    ] = None,
    better_by: Annotated[
        float | None, typer.Option(rich_help_panel=CLAIMS, help="It is better by at least this.")
    ] = None,
    not_worse_by: Annotated[
        float | None, typer.Option(rich_help_panel=CLAIMS, help="It is not worse by more than this.")
    ] = None,
    equal_within: Annotated[
        float | None, typer.Option(rich_help_panel=CLAIMS, help="The two differ by less than this.")
    ] = None,
    target: Annotated[
        float | None, typer.Option(rich_help_panel=CLAIMS, help="Its mean is better than this number.")
    ] = None,
    published: Annotated[
        tuple[float, float, int] | None,
        typer.Option(metavar="MEAN SD N", rich_help_panel=CLAIMS, help="Its mean is better than a published one."),
    ] = None,
    arm: Annotated[str | None, typer.Option(help="The arm it is about. [default: the last of two]")] = None,
    baseline: Annotated[str | None, typer.Option(help="Compare with this arm. [default: the first]")] = None,
    metric: Annotated[
        str | None, typer.Option(help="Another metric than the one that decides.", rich_help_panel=READING)
    ] = None,
    summary: Summary = None,
    maximize: Maximize = None,
    minimize: Minimize = None,
    direction: Annotated[
        Direction | None, typer.Option(help="Of files: which way is better.", rich_help_panel=READING)
    ] = None,
    smallest_difference: Annotated[
        float | None, typer.Option(help="Of files: the smallest that matters.", rich_help_panel=DECIDING)
    ] = None,
    level: Annotated[float, typer.Option(help="Of files: level of the intervals.", rich_help_panel=DECIDING)] = 0.95,
    paired: Annotated[
        bool | None,
        typer.Option(
            "--paired/--separate",
            help="Of files: by seed or not. [default: by what they hold]",
            rich_help_panel=DECIDING,
        ),
    ] = None,
    centre: Deciding = "mean",
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
    """Judge one claim about an arm, with an exit code.

    For shells, CI and agents: 0 better, 3 not better, 4 undecided (and how many more seeds), 2 broken.
    """
    forms = (claim, better_by, not_worse_by, equal_within, target, published)
    form = ClaimForm(
        text=claim,
        better=all(value is None for value in forms),
        better_by=better_by,
        not_worse_by=not_worse_by,
        equal_within=equal_within,
        target=target,
        published=published,
        arm=arm,
        baseline=baseline,
    )
    metric, direction = metric_and_direction(maximize, minimize, column or metric, direction)
    chosen = chosen_summary(summary, best=best, option="--")
    if inputs[0].isdecimal() and not Path(inputs[0]).exists():
        result = _judge_study(inputs, form, metric, chosen, api)
    elif len(inputs) == 1 and is_study_folder(Path(inputs[0])):
        own: dict[str, Any] = {"within": smallest_difference, "summary": chosen, "level": level, "centre": centre}
        own |= {"direction": direction, "paired": paired}
        result = _judge_folder(Path(inputs[0]), form, metric, own, as_json=as_json)
    else:
        options = file_options(
            column=metric,
            by=by,
            seed_column=seed_column,
            state_column=state_column,
            summary=chosen,
            direction=direction,
            duplicates=duplicates,
            baseline=baseline,
            encoding=encoding,
        )
        rule = {"level": level, "paired": paired, "smallest_difference": smallest_difference, "centre": centre}
        result = _judge_files(inputs, form, options, direction, rule)
    if as_json:
        output.print_json(result)
    else:
        output.for_people().print(f"{result.outcome.capitalize()}. {result.sentence}", markup=False, soft_wrap=True)
        output.tell(result.reading, as_json=False)
    raise typer.Exit(result.exit_code)


def _judge_files(
    inputs: Sequence[str], form: ClaimForm, options: Options, direction: Direction | None, rule: Mapping[str, Any]
) -> CheckedClaim:
    reading = read_groups(inputs, options)
    if direction is None:
        raise InvalidInput("--direction", MISSING, "maximize or minimize, or --maximize METRIC or --minimize METRIC")
    _check_groups(reading, inputs, needed=2 if form.target is None and form.published is None else 1)
    result = check_numbers(
        reading.values, form, direction=direction, metric=reading.title, left_out=reading.left_out(), **rule
    )
    return result.model_copy(update={"reading": reading.lines()})


def _judge_folder(
    path: Path, form: ClaimForm, metric: str | None, rule: Mapping[str, Any], *, as_json: bool
) -> CheckedClaim:
    from seedspread.running.judge import check_folder, with_options

    folder = with_options(open_study(path), **rule)
    result = check_folder(folder, form, metric)
    _note_looks([folder], metric, as_json=as_json)
    return result


def _judge_study(
    inputs: Sequence[str], form: ClaimForm, metric: str | None, summary: str | None, api: str | None
) -> CheckedClaim:
    if len(inputs) > 1:
        raise InvalidInput("FILE", list(inputs[1:]), "one study, one run folder, or files")
    body = {
        "study_id": int(inputs[0]),
        "claim": form.text,
        "better": form.better,
        "better_by": form.better_by,
        "not_worse_by": form.not_worse_by,
        "equal_within": form.equal_within,
        "target": form.target,
        "published": None if form.published is None else dict(zip(("mean", "sd", "n"), form.published, strict=True)),
        "arm": form.arm,
        "baseline": form.baseline,
        "metric": metric,
        "summary": summary,
    }
    with connect(api) as client:
        return client.post(CheckedClaim, "/claims", {name: value for name, value in body.items() if value is not None})
