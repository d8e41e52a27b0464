"""Guess the roles of columns: seed, arm, metric, and state."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from seedspread.errors import MISSING, InvalidInput, shown
from seedspread.readers.formats import sentences
from seedspread.readers.formats import vocabulary as words
from seedspread.readers.formats.sentences import listed
from seedspread.readers.formats.table import (
    Cell,
    Row,
    Series,
    Table,
    is_absent,
    is_mean_with_spread,
    is_number,
    plain,
)
from seedspread.summaries import LAST, SUMMARIES

NONE = "none"
"""Option value for no column at all."""

_LARGEST_SEED = 2**63 - 1  # databases store seeds as signed 64-bit integers
_PLAIN_SEED = re.compile(r"([+-]?\d+)(?:\.0+)?")
_HEX_SEED = re.compile(r"0x[0-9a-f]+", re.IGNORECASE)
_SEED_WORDS = re.compile(r"seed[\s_=:#-]*\d+", re.IGNORECASE)
_NAMED_SEED = re.compile(r"([A-Za-z][^\d]*?)[\W_]*(\d+)")
_ENDINGS = tuple(f".{summary}" for summary in SUMMARIES)
_SPREADS = frozenset({"std", "sd", "stdev", "stderr", "sem", "se", "var", "ci", "variance"})
_STATISTICS = _SPREADS | {"min", "max", "median", "lower", "upper"}
_EXACT_FLOATS = 2**53  # above, a float no longer holds every whole number
_FOOTERS = frozenset(
    {"mean", "average", "avg", "median", "std", "sd", "stdev", "std dev", "stderr", "sem", "se", "min", "max", "total",
     "sum", "overall"}
)  # fmt: skip


@dataclass
class Roles:
    """Role of each column of a table.

    Attributes:
        seed: column of the seeds; None if runs have none.
        arms: columns that distinguish the arms; none if there is a single arm.
        state: column of the states. excluded: column of reasons for excluding a run.
        notes: sentences on the guess for the user.
    """

    seed: str | None = None
    arms: list[str] = field(default_factory=list)
    state: str | None = None
    excluded: str | None = None
    notes: list[str] = field(default_factory=list)


def resolve(table: Table, name: str, option: str) -> str:
    """Return the column that a user's name refers to.

    It matches with or without a tracker's prefix.

    Raises:
        InvalidInput: no column has the name, or several have.
    """
    if name in table.columns:
        return name
    same = [column for column in table.columns if words.short(column) == name or column.casefold() == name.casefold()]
    if len(same) == 1:
        return same[0]
    raise InvalidInput(option, name, f"a column of {table.name}: {listed(same or table.columns)}")


def seed_column(table: Table, option: str | None) -> str | None:
    """Return the column of the seeds: the stated one, or a guess.

    The guess relies on the column's name. Of several, the one that divides the runs furthest is taken, and the table
    notes the others.

    Raises:
        InvalidInput: the column does not exist, or several columns qualify.
    """
    if option is not None:
        return None if option == NONE else resolve(table, option, "--seed-column")
    ranked = [(words.seed_rank(column), column) for column in table.columns if table.different(column)]
    named = sorted(((rank, column) for rank, column in ranked if rank is not None), key=lambda item: item[0])
    varying = [(rank, column) for rank, column in named if len(table.different(column)) > 1] or named
    best = [column for rank, column in varying if rank == varying[0][0]]
    if not best:
        return next((column for column in table.columns if _names_seeds(table.column(column))), None)
    others = [column for column in best[1:] if table.column(column) != table.column(best[0])]
    if not others:
        return best[0]
    finest = max(best, key=lambda column: len(table.different(column)))
    rivals = [column for column in best if column != finest and not _is_coarser(table, column, finest)]
    if rivals:
        raise InvalidInput("--seed-column", MISSING, f"the seed of {table.name}: {listed(best)}, or none")
    note = sentences.other_seed_columns([column for column in best if column != finest])
    if note not in table.notes:
        table.notes.append(note)
    return finest


def _names_seeds(cells: Sequence[Cell]) -> bool:
    """Return True if every cell reads like `seed_3`."""
    return bool(cells) and all(isinstance(cell, str) and _SEED_WORDS.fullmatch(cell.strip()) for cell in cells)


def _is_coarser(table: Table, column: str, finest: str) -> bool:
    """Return True if a column groups the finest's values."""
    pairs = {(str(a), str(b)) for a, b in zip(table.column(finest), table.column(column), strict=True)}
    return len(table.different(column)) < len(table.different(finest)) == len(pairs)


def seed_of(cell: Cell, where: str) -> int:
    """Parse the seed in a cell: 3, 3.0, `seed_3`.

    Raises:
        InvalidInput: the cell holds no whole number of at most 63 bits.
    """
    number: int | None = None
    if isinstance(cell, int) and not isinstance(cell, bool):
        number = cell
    elif isinstance(cell, float) and cell.is_integer():
        if abs(cell) > _EXACT_FLOATS:
            raise InvalidInput(where, cell, "a seed with all its digits; as a float it has lost some")
        number = int(cell)
    elif isinstance(cell, str):
        bare = cell.strip()
        match = _PLAIN_SEED.fullmatch(bare)
        named = _NAMED_SEED.fullmatch(bare)
        number = int(match[1]) if match else int(named[2]) if named else None
        number = int(bare, 16) if _HEX_SEED.fullmatch(bare) else number
    if number is None:
        hint = "Name another column with --seed-column, or none to compare without seeds."
        value = MISSING if cell is None else plain(cell)
        if value is MISSING:
            raise InvalidInput(f"{where}: the seed", MISSING, "a whole number in the column seed", hint=hint)
        raise InvalidInput(where, value, "a whole number in the column seed", hint=hint)
    if abs(number) > _LARGEST_SEED:
        hint = "--seed-column none compares without seeds."
        raise InvalidInput(where, number, "a seed of at most 63 bits", hint=hint)
    return number


def state_column(table: Table, option: str | None, by: Sequence[str]) -> str | None:
    """Return the column that records how runs ended, or None.

    Raises:
        InvalidInput: the column does not exist, or none of its states is known to be a success.
    """
    if option is not None:
        return None if option == NONE else resolve(table, option, "--state-column")
    for column in table.columns:
        if not words.is_state(column) or column in by:
            continue
        ends = {word: words.end_of(word) for word in map(plain, table.different(column))}
        recognised = [end for end in ends.values() if end is not None]
        if words.End.FINISHED in recognised:
            return column
        if recognised and len(recognised) == len(ends):
            return column
        if recognised:
            unknown = listed([word for word, end in ends.items() if end is None])
            hint = "Write finished for runs that count, or say --state-column none if these are no states."
            raise InvalidInput(
                f"{table.name}, {column}", unknown, "states such as finished, failed, crashed", hint=hint
            )
    return None


def without_footers(table: Table, seed: str | None) -> Table:
    """Return a table without rows of means or spreads below the runs.

    The column of seeds says so, or another one where the row has no seed.
    """
    if seed is None:
        return table
    named = {at: name for at, row in enumerate(table.rows) if (name := _footer(row, seed)) is not None}
    footers = list(named)
    if not footers or len(footers) * 2 > len(table.rows):
        return table
    runs = [at for at in range(len(table.rows)) if at not in named]
    notes = [*table.notes, sentences.summary_rows(list(named.values()))]
    rows, labels = [table.rows[at] for at in runs], [table.labels[at] for at in runs]
    return replace(table, rows=rows, labels=labels, notes=notes)


def _footer(row: Row, seed: str) -> str | None:
    """Return the word that marks a row as a mean, or None."""
    cells = [row[seed]] if not is_absent(row[seed]) else list(row.values())
    return next((plain(cell) for cell in cells if isinstance(cell, str) and plain(cell).casefold() in _FOOTERS), None)


def excluded_column(table: Table) -> str | None:
    """Return the column of exclusion reasons in Seedspread's exports, or None."""
    return "excluded_reason" if "excluded_reason" in table.columns else None


def arm_columns(
    table: Table, seed: str | None, by: Sequence[str], state: str | None, metric: str | None = None
) -> list[str]:
    """Return the columns whose values together make an arm.

    These are all parameters that differ, except the seed. A column that divides the runs no further than those before
    it is left out. `metric` is the column that the user names as the result.

    Raises:
        InvalidInput: a stated column does not exist.
    """
    if by:
        return [resolve(table, name, "--by") for name in by]
    rows = len(table.rows)
    first, second, weak = [], [], []
    for column in table.columns:
        if column in (seed, state, metric) or len(table.different(column)) < 2:
            continue
        if len(table.different(column)) >= max(rows, 3) and not _is_tuned(table, column):
            continue
        if words.is_seed(column) or words.is_step(column) or words.is_repeat(column) or words.is_state(column):
            continue
        if words.is_arm(column) and column not in table.metrics and not _is_result(table, column):
            first.append(column)
        elif _is_parameter(table, column, seed):
            second.append(column)
        elif words.is_weak_arm(column) and not table.is_numeric(column) and _repeats(table, column):
            weak.append(column)
    chosen: list[str] = []
    for column in [*first, *second]:
        if _divides(table, chosen, column) and not _follows_seed(table, column, seed):
            chosen.append(column)
    if not chosen and weak:
        return [column for column in weak[:1] if not _follows_seed(table, column, seed)]
    return chosen


def _is_tuned(table: Table, column: str) -> bool:
    """Return True if a tracker's numeric parameter is a setting.

    A word that no two runs share is more likely a name or a path.
    """
    prefixed = words.short(column) != column and words.tokens(column)[0] in words.PARAMETER_PREFIXES
    return table.is_numeric(column) and (column in table.parameters or prefixed)


def _is_result(table: Table, column: str) -> bool:
    return table.is_numeric(column) and any(isinstance(cell, float | Series) for cell in table.column(column))


def _repeats(table: Table, column: str) -> bool:
    return len(table.different(column)) * 2 <= len(table.rows)


def _is_parameter(table: Table, column: str, seed: str | None) -> bool:
    if any(isinstance(cell, Series) for cell in table.column(column)) or column in table.metrics:
        return False
    prefixed = words.short(column) != column and words.tokens(column)[0] in words.PARAMETER_PREFIXES
    if column in table.parameters or prefixed:
        return not words.is_bookkeeping(words.short(column))
    if words.is_bookkeeping(column) or (words.tokens(column)[:1] and words.tokens(column)[0] in words.METRIC_PREFIXES):
        return False
    if not table.is_numeric(column):
        return _repeats(table, column) and not _is_mostly_numeric(table, column)
    if words.is_metric(column):
        return False
    if words.is_parameter(column):
        return _repeats(table, column)
    # An unnamed number is a setting if it takes few values and others remain to be the result.
    few = len(table.different(column)) * 3 <= len(table.rows)
    return few and any(
        other != column and table.is_numeric(other) and len(table.different(other)) > len(table.different(column))
        for other in table.columns
        if other != seed and not words.is_bookkeeping(other) and not words.is_step(other)
    )


def _is_mostly_numeric(table: Table, column: str) -> bool:
    """Return True if a numeric column holds a few words by mistake."""
    cells = [cell for cell in table.column(column) if not is_absent(cell)]
    numbers = sum(_reads_as_number(cell) for cell in cells)
    return numbers * 2 > len(cells)


def _reads_as_number(cell: Cell) -> bool:
    if isinstance(cell, str):
        try:
            float(cell)
        except ValueError:
            return False
        return True
    return is_number(cell)


def keys(table: Table, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return each row's cells in some columns, formatted for names."""
    return [tuple(plain(row[column]) for column in columns) for row in table.rows]


def _divides(table: Table, chosen: Sequence[str], column: str) -> bool:
    return len(set(keys(table, [*chosen, column]))) > len(set(keys(table, chosen)))


def _follows_seed(table: Table, column: str, seed: str | None) -> bool:
    """Return True if a column only repeats the seed, like `out/seed_3`.

    A column that groups the seeds does not: arms that share no seeds look so.
    """
    if seed is None:
        return False
    seeds, values = set(keys(table, [seed])), set(keys(table, [column]))
    return len(seeds) > 1 and len(set(keys(table, [seed, column]))) == len(seeds) == len(values)


def arm_names(table: Table, columns: Sequence[str]) -> list[str]:
    """Return the name of each row's arm.

    Examples: `wide`, `lr=0.1`, `wide, lr=0.1`.
    """
    parts = []
    for column in columns:
        bare = words.is_arm(column) or words.is_weak_arm(column) or not _needs_name(table, column)
        texts = [plain(row[column]) for row in table.rows]
        parts.append([text or NONE if bare else f"{words.short(column)}={text or NONE}" for text in texts])
    return [", ".join(cells) for cells in zip(*parts, strict=True)] if parts else [""] * len(table.rows)


def _needs_name(table: Table, column: str) -> bool:
    return table.is_numeric(column) or all(
        isinstance(cell, bool) or str(cell).casefold() in ("true", "false") for cell in table.different(column)
    )


def metric_columns(table: Table, roles: Roles) -> list[str]:
    """Return the columns that may hold results, in the file's order."""
    passed_over = {roles.seed, roles.state, roles.excluded, *roles.arms}
    numeric = [column for column in table.columns if column not in passed_over and table.is_numeric(column)]
    if declared := [column for column in numeric if column in table.metrics]:
        # A learning rate or the time may be logged every step too.
        results = [column for column in declared if not words.is_bookkeeping(column) and not words.is_parameter(column)]
        return results or declared
    prefixed = [column for column in numeric if words.tokens(column)[:1] and words.tokens(column)[0] in
                words.METRIC_PREFIXES and words.short(column) != column]  # fmt: skip
    if prefixed:
        return prefixed
    plainly = [
        column
        for column in numeric
        if not words.is_bookkeeping(column)
        and not words.is_seed(column)
        and not words.is_step(column)
        and not words.is_repeat(column)
        and column not in table.parameters
        and not (words.short(column) != column and words.tokens(column)[0] in words.PARAMETER_PREFIXES)
    ]
    results = [column for column in plainly if not _is_setting(table, column, roles, plainly)]
    if results or plainly:
        return results or plainly
    # A word among numbers is a mistake to name, not a reason to see no numbers.
    others = [column for column in table.columns if column not in passed_over and not words.is_bookkeeping(column)]
    return [column for column in others if any(_reads_as_number(cell) for cell in table.different(column))]


def _is_setting(table: Table, column: str, roles: Roles, others: Sequence[str]) -> bool:
    """Return True if a column of numbers is a setting.

    It has a setting's name, or it is constant within every arm but differs between arms.
    """
    if words.is_metric(column):
        return False
    if words.is_parameter(column) and len(others) > 1 and any(words.is_metric(other) for other in others):
        return True
    arms = len(set(keys(table, roles.arms)))
    together = len(set(keys(table, [*roles.arms, column])))
    # Where arms have a row each, every column is the same within every arm.
    return arms > 1 and together == arms < len(table.rows)


def metric_column(table: Table, roles: Roles, option: str | None, *, summary: str = LAST) -> tuple[str, list[str]]:
    """Return the column of the results, and rejected candidates.

    Raises:
        InvalidInput: the column does not exist or holds no numbers, or several columns qualify.
    """
    candidates = metric_columns(table, roles)
    _refuse_means(table, roles, candidates)
    if option is not None:
        if option in table.columns:
            return option, []
        for suffix in dict.fromkeys([f".{summary}", *_ENDINGS]):
            if f"{option}{suffix}" in table.columns:
                return f"{option}{suffix}", []
        return resolve(table, option, "--column"), []
    candidates = _of_runs(candidates, summary)
    if "value" in candidates:
        return "value", []
    if len(candidates) == 1:
        return candidates[0], []
    if not candidates:
        raise _no_numbers(table, roles)
    likely = likely_metric(candidates)
    if likely is not None:
        return likely, [column for column in candidates if column != likely]
    raise InvalidInput("--column", MISSING, f"the column of {table.name} with the values: {listed(candidates)}")


def mean_refused(where: str, cell: Cell) -> InvalidInput:
    """Return the error about a mean in place of runs."""
    hint = (
        "List the result of each seed. To compare runs of your own with a published mean: "
        "seedspread judge RUNS --published MEAN SD N."
    )
    return InvalidInput(where, cell, "the result of each run; a mean with its spread is a summary of them", hint=hint)


def _refuse_means(table: Table, roles: Roles, candidates: Sequence[str]) -> None:
    """Refuse a table that holds means and spreads of arms."""
    spreads = [column for column in candidates if set(words.tokens(column)) & _SPREADS]
    arms = keys(table, roles.arms)
    if spreads and len(spreads) < len(candidates) and roles.seed is None and roles.arms and len(set(arms)) == len(arms):
        raise mean_refused(f"{table.name}, {spreads[0]}", table.rows[0][spreads[0]])


def likely_metric(candidates: Sequence[str]) -> str | None:
    """Return the metric that decides, by its name, or None.

    Held-out results come before training's, and accuracies before losses; two of one rank are not told apart.
    """
    named = [column for column in candidates if words.is_metric(column)]
    ranked = sorted(named, key=words.metric_rank, reverse=True)
    ranked = [column for column in ranked if not set(words.tokens(column)) & _STATISTICS] or ranked
    if ranked and (len(ranked) == 1 or words.metric_rank(ranked[0]) > words.metric_rank(ranked[1])):
        return ranked[0]
    return None


def _of_runs(candidates: Sequence[str], summary: str) -> list[str]:
    """Return one column per metric.

    Seedspread's own exports hold the last and the best value of each, and its area.
    """
    dropped = tuple(ending for ending in _ENDINGS if ending != f".{summary}")
    return [
        column
        for column in candidates
        if not (column.endswith(dropped) and f"{column.rpartition('.')[0]}.{summary}" in candidates)
    ]


def _no_numbers(table: Table, roles: Roles) -> InvalidInput:
    others = [column for column in table.columns if column not in (roles.seed, roles.state, *roles.arms)]
    if not table.rows:
        return InvalidInput("FILE", table.name, "rows below the header; there are none")
    for at, row in enumerate(table.rows):
        if means := [cell for cell in row.values() if is_mean_with_spread(cell)]:
            return mean_refused(table.label(at), means[0])
    examples = [column for column in others if table.different(column)][:3] or others[:3]
    if not examples:
        return InvalidInput("--column", MISSING, f"the column of {table.name} with the values: {sentences.NO_NAMES}")
    # A cell may be a whole file that is no table.
    text = "; ".join(f"{column[:80]} holds {shown(_first(table, column))}" for column in examples)
    return InvalidInput("FILE", table.name, f"a column of numbers; {text}")


def _first(table: Table, column: str) -> str:
    cells = table.different(column)
    return plain(cells[0]) if cells else ""
