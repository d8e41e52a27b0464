"""Options of commands that read files.

Each option sets what would otherwise be guessed.
"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from seedspread.core.recipe import Direction
from seedspread.readers import Options
from seedspread.readers.reading import Duplicates

Column = Annotated[
    str | None, typer.Option("--column", help="Of files: the column of the metric. [default: guessed, and said]")
]
By = Annotated[
    str | None,
    typer.Option(
        "--by", help="Of files: the columns that make an arm, as in model,lr. [default: all parameters that differ]"
    ),
]
SeedColumn = Annotated[
    str | None, typer.Option("--seed-column", help="Of files: the column of the seeds, or none. [default: guessed]")
]
StateColumn = Annotated[
    str | None,
    typer.Option("--state-column", help="Of files: the column that says how runs ended, or none. [default: guessed]"),
]
Best = Annotated[
    bool, typer.Option("--best/--last", help="Of files with series: take the best value of a run, or the last one.")
]
Repeated = Annotated[
    Literal["refuse", "first", "mean"],
    typer.Option("--duplicates", help="Of files: what to do with a seed that an arm has twice."),
]
Baseline = Annotated[
    str | None, typer.Option("--baseline", help="Of files: the arm to compare the others with. [default: the first]")
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Of files: how text is encoded, as in cp1252. [default: guessed]")
]


def file_options(
    *,
    column: str | None = None,
    by: str | None = None,
    seed_column: str | None = None,
    state_column: str | None = None,
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
        summary="best" if best else "last",
        maximize=None if direction is None else direction is Direction.MAXIMIZE,
        duplicates=duplicates,
        baseline=baseline,
        encoding=encoding,
    )
