"""Word the notes on the reading of a file.

Notes name the layout recognised, and the lines and rows ignored. A note is a part of a line such as
`read runs.csv: 6 runs; seeds from seed; one column per arm`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seedspread import words
from seedspread.summaries import value_used

COLUMN_PER_SEED: Final = "one column per seed"
COLUMN_PER_REPEAT: Final = "one column per run"
COLUMN_PER_ARM: Final = "one column per arm"
COLUMN_PER_ARM_AND_METRIC: Final = "one column per arm and metric"
DECIMAL_COMMAS: Final = "decimal commas"
INCOMPLETE_LAST_LINE: Final = "last line (incomplete) skipped"
NO_NAMES: Final = "none"
NO_SEEDS: Final = "no seeds"
NO_STATE: Final = "without a state"

_MOST_LISTED: Final = 8


def listed(names: Sequence[str]) -> str:
    """Return names for a message, cut after eight."""
    more = f", … ({len(names)} in all)" if len(names) > _MOST_LISTED else ""
    return ", ".join(names[:_MOST_LISTED]) + more if names else NO_NAMES


def ignored_in_arm(arm: str, states: Sequence[tuple[str, int]], excluded: Sequence[tuple[str, str]], most: int) -> str:
    """Say which rows of an arm are ignored.

    They are a count per state, and excluded seeds with their reasons.
    """
    parts = [f"{count} {state}" for state, count in states]
    parts += [f"seed {seed} excluded ({reason})" for seed, reason in excluded[:most]]
    if len(excluded) > most:
        parts.append(f"{len(excluded) - most} more excluded")
    return f"ignored in {arm}: {', '.join(parts)}"


def state_of_row(word: str, *, recognised: bool) -> str:
    """Name the state of an ignored row."""
    return f"{word or NO_STATE}{'' if recognised else ' (unknown state, not counted)'}"


def row_per_step(step: str) -> str:
    """Say that the rows of a run are its steps."""
    return f"one row per {step}"


def settings_from(file: str, without_results: int) -> list[str]:
    """Return where settings were read, and how many runs have no result."""
    lines = [f"settings from {file} beside each file"]
    if without_results:
        folders = (
            "1 folder has settings and no result: its run counts"
            if without_results == 1
            else (f"{without_results} folders have settings and no result: their runs count")
        )
        lines.append(f"{folders} as ended without a value")
    return lines


def run_names(column: str) -> str:
    """Say that arms or seeds come from the names of runs."""
    return f"run names in {column}"


def possible_seeds(name: str, column: str) -> str:
    """Say which column could pair a file without seeds."""
    return f"{name} has no seeds; use --seed-column {column} to pair by {column}"


def other_seed_columns(columns: Sequence[str]) -> str:
    """Say which columns could hold the seeds too."""
    return f"use --seed-column to take seeds from {listed(columns)} instead"


def further_attempts(rows: int) -> str:
    """Say that further attempts at a seed are ignored."""
    return f"{words.counted(rows, 'further row')} of the same seeds ignored"


def duplicate_rows(rows: int) -> str:
    """Say that rows with the same cells are ignored."""
    return f"{words.counted(rows, 'duplicate row')} ignored"


def repeated_seeds(rows: int, seeds: int, arm: str, *, averaged: bool) -> str:
    """Say which value of seeds with several rows is used."""
    used = "mean used" if averaged else "first row used"
    return f"{words.counted(seeds, 'repeated seed')}{f' of {arm}' if arm else ''} ({rows} rows): {used}"


def value_of_series(summary: str) -> str:
    """Say which value of a series is used."""
    return f"the {value_used(summary)} of each series"


def states_in_metric(states: Sequence[str], metric: str) -> str:
    """Say that words in a column of numbers are states of runs."""
    return f"{listed(states)} in {metric} read as {'a run state' if len(states) == 1 else 'run states'}"


def rows_read(
    name: str,
    rows: int,
    *,
    arm_columns: Sequence[str],
    arms: Sequence[str],
    seed_column: str | None,
    metric: str,
    summary: str,
    other_metrics: Sequence[str],
    state_column: str | None,
    states: Sequence[str],
    notes: Sequence[str],
) -> str:
    """Describe what was read from a file, and from which columns."""
    parts = [words.counted(rows, "run")]
    if arm_columns:
        parts.append(f"arms by {' and '.join(arm_columns)} ({listed(arms)})")
    parts.append(NO_SEEDS if seed_column is None else f"seeds from {seed_column}")
    instead = f", not {listed(other_metrics)}" if other_metrics else ""
    parts.append(f"metric {metric}{f' ({summary})' if summary else ''}{instead}")
    if state_column is not None:
        parts.append(f"states from {state_column}")
    if states:
        parts.append(states_in_metric(states, metric))
    return f"read {name}: {'; '.join([*parts, *notes])}"


def summary_rows(names: Sequence[str]) -> str:
    """Say that rows of means or spreads below the runs are skipped."""
    return f"{'row' if len(names) == 1 else 'rows'} {listed(names)} skipped"


def guessed_encoding(encoding: str) -> str:
    """Say which encoding was guessed, and how to choose it."""
    return f"read as {encoding} (choose with --encoding)"


def separator(name: str) -> str:
    """Say what separates the cells of a line."""
    return f"cells separated by {name}"


def table_in_document(kind: str, count: int) -> str:
    """Say which of a document's tables was read."""
    return f"a {kind} table{f', the first of {count}' if count > 1 else ''}"


def skipped_lines(comments: int, above: int, repeated: int, other: int = 0) -> list[str]:
    """Say which lines of a file are no rows."""
    counts = (
        (comments, "comment line", None),
        (above, "line above the header", "lines above the header"),
        (repeated, "repeated header", None),
        (other, "other line", None),
    )
    return [f"{words.counted(count, singular, plural)} skipped" for count, singular, plural in counts if count]


def percent_signs_missing(count: int, column: str) -> str:
    """Say how many numbers of a column were read as percentages."""
    return f"{words.counted(count, 'number')} in {column} without a percent sign read as percentages like the others"


def percentages(columns: Sequence[str]) -> str:
    """Say which columns held percentages."""
    return f"percentages in {', '.join(columns)} read as shares (91.2% is 0.912)"


def unit_of(column: str, unit: str) -> str:
    """Say which unit the cells of a column had."""
    return f"{column} in {unit}"


def filled_down(column: str) -> str:
    """Say that empty cells take the name above them."""
    return f"empty cells of {column} take the name above"


def truths_as_numbers(column: str) -> str:
    """Say that a column of True and False is a metric."""
    return f"True and False in {column} read as 1 and 0"


def different_names(listing: str) -> str:
    """Say which metric was taken from each file."""
    return f"metrics differ in name: {listing}"
