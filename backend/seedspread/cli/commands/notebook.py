"""`seedspread study` and `cells`: notebooks under many seeds."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from seedspread.cli.commands.run import run
from seedspread.cli.console import output
from seedspread.cli.console.file_options import Summary
from seedspread.cli.console.options import AtMost, Capture, Claims, Json, SeedEverything, Until
from seedspread.cli.text import sentences
from seedspread.errors import InvalidInput, Unavailable
from seedspread.notebook.cells import KIND, Cell, cells_from_events, difference, order_warnings, to_notebook
from seedspread.notebook.execute import parsed
from seedspread.notebook.parameters import first_overwrite
from seedspread.recording.files import lines
from seedspread.running.plan import RUNS_NOTEBOOK, parse_arm

STUDY_EXAMPLES = """Examples:

- `seedspread study train.ipynb --seeds 20 --maximize val_acc` runs a notebook that uses `seed`, twenty times
- `seedspread study train.ipynb --seeds 20 --set epochs=3 --arm base --arm fast="lr=0.1" --maximize val_acc`
"""
CELLS_EXAMPLES = """Examples:

- `seedspread cells seedspread-runs/train/runs/wide-3` shows the cells of a run in the order in which they ran
- `seedspread cells RUN -o again.ipynb` writes a notebook that repeats the run
- `seedspread cells RUN OTHER` shows in which cells two runs differ
"""


def add_study(app: typer.Typer) -> None:
    """Register the command."""
    app.command("study", epilog=STUDY_EXAMPLES)(study)


def study(
    notebook: Annotated[Path, typer.Argument(help="A notebook that uses `seed`, and parameters of its own.")],
    seeds: Annotated[str | None, typer.Option(help="20 (0 to 19), 5-9, or 1,4,7-9. [default: 10]")] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter of every arm: NAME=VALUE, as in lr=0.1.")
    ] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(help='NAME or NAME="PARAMETER=VALUE PARAMETER=VALUE"; the first is the baseline.'),
    ] = None,
    maximize: Annotated[str | None, typer.Option(help="The metric that decides, if more is better.")] = None,
    minimize: Annotated[str | None, typer.Option(help="The metric that decides, if less is better.")] = None,
    summary: Summary = None,
    best: Annotated[bool, typer.Option("--best/--last", help="Use each run's best value, or its last.")] = False,
    within: Annotated[float | None, typer.Option(help="Smallest difference that matters.")] = None,
    until: Until = None,
    at_most: AtMost = None,
    claim: Claims = None,
    seed_everything: SeedEverything = False,
    capture: Capture = False,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Runs at the same time.")] = 1,
    timeout: Annotated[float | None, typer.Option(help="Seconds after which a run has failed.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Study folder. [default: one in seedspread-runs]")] = None,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Run the first seed twice: does it repeat?")] = True,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
    as_json: Json = False,
) -> None:
    """Run a notebook under many seeds, to a verdict.

    The verdict says whether the difference between its arms is real or seed luck.

    Parameters go into a cell after the one tagged `parameters`, or first; `seed` is one of them. Metrics are what cells
    print (`val_acc: 0.91`), what `seedspread.run()` logs, and the last cell's value if it is a mapping of numbers.
    """
    if not notebook.is_file():
        raise InvalidInput("NOTEBOOK", str(notebook), "a notebook that exists")
    if find_spec("papermill") is None:
        raise Unavailable(
            "papermill, which runs notebooks, is not installed", hint="pip install 'seedspread[notebook]'"
        )
    names = {"seed", *parsed(values or [])}
    for text in arm or []:
        names |= parsed(parse_arm(text).arguments, "--arm").keys()
    overwrite = first_overwrite(notebook, names)
    if overwrite is not None:
        cure = (
            "set it nowhere below the cell tagged `parameters`"
            if overwrite.tagged
            else "tag the cell that sets it `parameters` (in Jupyter: Property Inspector, Cell Tags)"
        )
        # Papermill would train every seed with the notebook's own value, and the verdict would be about nothing.
        raise InvalidInput(
            "NOTEBOOK",
            str(notebook),
            f"a notebook that keeps {overwrite.name!r}: code cell {overwrite.cell} sets it again (`{overwrite.line}`)",
            hint=cure,
        )
    command = [sys.executable, "-m", RUNS_NOTEBOOK, str(notebook), "--seed", "{seed}"]
    command += [part for value in values or [] for part in ("--set", value)]
    run(
        command=[*command, "{arm}"] if arm else command,
        seeds=seeds,
        arm=arm,
        maximize=maximize,
        minimize=minimize,
        summary=summary,
        best=best,
        within=within,
        until=until,
        at_most=at_most,
        claim=claim,
        seed_everything=seed_everything,
        capture=capture,
        jobs=jobs,
        timeout=timeout,
        name=notebook.stem,
        folder=folder,
        check=check,
        quiet=quiet,
        as_json=as_json,
    )


def add_cells(app: typer.Typer) -> None:
    """Register the command."""
    app.command("cells", epilog=CELLS_EXAMPLES)(cells)


def cells(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run that was recorded in a notebook.")],
    other: Annotated[Path | None, typer.Argument(metavar="[OTHER]", help="Another one, to compare with.")] = None,
    to: Annotated[Path | None, typer.Option("-o", "--output", help="Write a notebook that repeats the run.")] = None,
    as_json: Json = False,
) -> None:
    """Show a run's cells in the order in which they ran."""
    mine = _cells(run_folder)
    if other is not None:
        changed = difference(mine, _cells(other), (str(run_folder), str(other)))
        output.tell(changed or [sentences.SAME_CELLS], as_json=False)
        return
    if to is not None:
        title = sentences.cells_title(run_folder.name)
        to.write_text(to_notebook(mine, title=title), encoding="utf-8")
        output.tell([f"{to}: {len(mine)} cells"], as_json=as_json)
        return
    if as_json:
        output.print_json({"cells": [cell.to_event() for cell in mine], "warnings": order_warnings(mine)})
        return
    for cell in mine:
        position = "" if cell.position is None else f" {sentences.cell_position(cell.position)}"
        output.tell(
            [f"[{cell.execution}]{position}", *(f"    {line}" for line in cell.source.splitlines())], as_json=False
        )
    output.tell(order_warnings(mine), as_json=False)


def _cells(folder: Path) -> list[Cell]:
    events = [
        line
        for path in sorted(folder.glob("events*.jsonl"))
        for line in lines(path)
        if line is not None and line.get("kind") == KIND
    ]
    if not events:
        hint = "Record cells with `%load_ext seedspread` in the notebook's first cell."
        raise InvalidInput("RUN", str(folder), "the folder of a run that was recorded in a notebook", hint=hint)
    return cells_from_events(events)
