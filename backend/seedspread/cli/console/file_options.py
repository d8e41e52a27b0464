"""Options of commands that read files.

Each option sets what would otherwise be guessed.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import typer

from seedspread.core.recipe import Direction
from seedspread.errors import InvalidInput
from seedspread.readers import Options
from seedspread.readers.reading import Duplicates
from seedspread.running.plan import chosen_summary
from seedspread.summaries import LAST, check_direction, first_step

READING: Final = "Reading files and runs"
DECIDING: Final = "Decision rule"
"""Panels of the help, after the options that most calls need."""

Column = Annotated[
    str | None,
    typer.Option(
        "--column", rich_help_panel=READING, help="Of files: the column of the metric. [default: guessed, and said]"
    ),
]
Maximize = Annotated[
    str | None,
    typer.Option("--maximize", metavar="METRIC", help="The metric, of which more is better; as for `seedspread run`."),
]
Minimize = Annotated[
    str | None,
    typer.Option("--minimize", metavar="METRIC", help="The metric, of which less is better; as for `seedspread run`."),
]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        rich_help_panel=READING,
        help="Of files: the columns that make an arm, as in model,lr. [default: all parameters that differ]",
    ),
]
SeedColumn = Annotated[
    str | None,
    typer.Option(
        "--seed-column", rich_help_panel=READING, help="Of files: the column of the seeds, or none. [default: guessed]"
    ),
]
StateColumn = Annotated[
    str | None,
    typer.Option(
        "--state-column",
        rich_help_panel=READING,
        help="Of files: the column that says how runs ended, or none. [default: guessed]",
    ),
]
Best = Annotated[
    bool,
    typer.Option(
        "--best/--last",
        rich_help_panel=READING,
        help="Take the best value of a run's series, or the study's own, else the last.",
    ),
]
Summary = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=READING,
        help="Value used of each run: last, best, or area (under the curve, divided by its length). "
        "[default: last; of a study its own]",
    ),
]
Repeated = Annotated[
    Literal["refuse", "first", "mean"],
    typer.Option(
        "--duplicates", rich_help_panel=READING, help="Of files: what to do with a seed that an arm has twice."
    ),
]
Baseline = Annotated[
    str | None, typer.Option("--baseline", help="Of files: the arm to compare the others with. [default: the first]")
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding", rich_help_panel=READING, help="Of files: how text is encoded, as in cp1252. [default: guessed]"
    ),
]


def metric_and_direction(
    maximize: str | None, minimize: str | None, metric: str | None, direction: Direction | None
) -> tuple[str | None, Direction | None]:
    """Merge the two ways to name a metric and its direction.

    Raises:
        InvalidInput: they contradict each other.
    """
    if maximize is not None and minimize is not None:
        raise InvalidInput("--minimize", minimize, f"one of the two; --maximize {maximize} is there already")
    named = maximize if maximize is not None else minimize
    if named is None:
        check_direction(metric or "", direction, "--direction")
        return metric, Direction.MINIMIZE if direction is None and first_step(metric or "") else direction
    option, wanted = ("--maximize", Direction.MAXIMIZE) if maximize is not None else ("--minimize", Direction.MINIMIZE)
    check_direction(named, wanted, option)
    if metric not in (None, named):
        raise InvalidInput(option, named, f"the metric named otherwise: {metric}")
    if direction not in (None, wanted):
        raise InvalidInput("--direction", direction.value, f"nothing beside {option}, which says it")
    return named, wanted


def file_options(
    *,
    column: str | None = None,
    by: str | None = None,
    seed_column: str | None = None,
    state_column: str | None = None,
    summary: str | None = None,
    best: bool = False,
    direction: Direction | None = None,
    duplicates: Duplicates = "refuse",
    baseline: str | None = None,
    encoding: str | None = None,
) -> Options:
    """Collect what the command line states about files."""
    return Options(
        column=column,
        by=tuple(name.strip() for name in by.split(",") if name.strip()) if by else (),
        seed_column=seed_column,
        state_column=state_column,
        summary=chosen_summary(summary, best=best, option="--") or LAST,
        maximize=None if direction is None else direction is Direction.MAXIMIZE,
        duplicates=duplicates,
        baseline=baseline,
        encoding=encoding,
    )
