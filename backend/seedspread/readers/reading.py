"""Read files into groups of numbers, with a description of each step."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from seedspread.errors import MISSING, InvalidInput, shown
from seedspread.readers import roles as guess
from seedspread.readers import shapes
from seedspread.readers.formats import sentences
from seedspread.readers.formats.sentences import listed
from seedspread.readers.formats.table import (
    Cell,
    Ended,
    Series,
    Table,
    is_absent,
    is_mean_with_spread,
    is_number,
    plain,
)
from seedspread.readers.formats.vocabulary import End, end_of, is_lower_better, is_repeat, short, tokens
from seedspread.readers.roles import Roles
from seedspread.readers.sources import expanded, joined, open_source, parse
from seedspread.summaries import AREA, BEST, LAST, SUMMARIES, first_step, named

if TYPE_CHECKING:
    from seedspread.stats.data.arms import LeftOut

Group = dict[int, float | None] | list[float | None]
Duplicates = Literal["refuse", "first", "mean"]

_MOST_ARMS = 200  # as many "arms" mean that a result or an id was taken for a parameter
_ENDINGS = tuple(f".{summary}" for summary in SUMMARIES)
_MOST_NAMED = 5
UNNAMED = "value"
"""Column of a file without a header."""


@dataclass(frozen=True)
class Options:
    """User's options for reading files; options left out are guessed.

    Attributes:
        column: the metric. by: columns that make an arm. seed_column, state_column: `none` for no column.
        summary: of a series, its last or best value, or its area; `maximize` says which is best.
        duplicates: policy for a seed that an arm has twice.
        baseline: the arm that comes first.
    """

    column: str | None = None
    by: tuple[str, ...] = ()
    seed_column: str | None = None
    state_column: str | None = None
    summary: str = "last"
    maximize: bool | None = None
    duplicates: Duplicates = "refuse"
    baseline: str | None = None
    encoding: str | None = None


@dataclass
class Aside:
    """Rows that are left out of an arm.

    Rows are counted by state; excluded ones are listed by seed with their reasons.
    """

    states: Counter[str] = field(default_factory=Counter)
    ends: Counter[End] = field(default_factory=Counter)
    excluded: list[tuple[str, str]] = field(default_factory=list)

    def left_out(self) -> LeftOut:
        """Return the rows in the form that statistics take.

        Excluded rows without a seed appear in `line` alone.
        """
        # Imported here: with it come the statistics, which take a second to load, also for commands that read no file.
        from seedspread.stats.data.arms import LeftOut

        by_seed = {int(seed): reason for seed, reason in self.excluded if seed.removeprefix("-").isdecimal()}
        return LeftOut(
            failures=self.ends[End.FAILED],
            cancelled=self.ends[End.CANCELLED],
            pending=self.ends[End.RUNNING],
            excluded=by_seed,
        )

    def line(self, name: str) -> str | None:
        """Return a sentence on the rows left out, or None."""
        if not self.states and not self.excluded:
            return None
        return sentences.ignored_in_arm(name, sorted(self.states.items()), self.excluded, _MOST_NAMED)


@dataclass
class Reading:
    """Groups of numbers with the rows left out and a description.

    Attributes:
        values: by arm, numbers by seed or in order; None represents a run without a result.
        metric: name of the numbers, if the files give one. summary: the value of each series that they are.
    """

    values: dict[str, Group] = field(default_factory=dict)
    aside: dict[str, Aside] = field(default_factory=dict)
    metric: str | None = None
    summary: str = LAST
    guesses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the metric alone."""
        return "the metric" if self.metric in (None, "value") else short(str(self.metric))

    @property
    def title(self) -> str:
        """Name of the numbers for sentences."""
        return named(self.summary, self.name)

    @property
    def lower_is_better(self) -> bool:
        """Tell if the metric is a loss or an error."""
        return self.metric is not None and is_lower_better(self.metric)

    def left_out(self) -> dict[str, LeftOut]:
        """Return the runs left out of each group, for the statistics."""
        return {name: aside.left_out() for name, aside in self.aside.items()}

    def lines(self) -> list[str]:
        """Describe the reading of each file, and the rows left out."""
        left_out = [line for name, aside in self.aside.items() if (line := aside.line(name)) is not None]
        return [*self.guesses, *self.notes, *left_out]


@dataclass
class Study:
    """Table with one row per run and its column roles, for importing.

    Attributes:
        arms: the arm of each row. metrics: columns with results, series or numbers; deciding: the one that decides.
    """

    table: Table
    roles: Roles
    arms: list[str]
    metrics: list[str]
    deciding: str
    guess: str


def read_groups(sources: Sequence[str], options: Options = Options()) -> Reading:
    """Read the groups in some files.

    Groups are the arms of a single file, or one arm per file.

    Raises:
        InvalidInput: a file that cannot be read, an unknown column, a cell that is not a number, or a seed twice.
    """
    tables = [open_source(source, options.encoding) for source in expanded(sources)]
    # Files that hold a run each are told apart by their paths, as in base/seed1/metrics.csv.
    if len(tables) > 2 and all(len(shaped(table, options, alone=False)[0].rows) == 1 for table in tables):
        tables = [joined([open_source(table.name, options.encoding) for table in tables], ", ".join(sources))]
    return group_tables(tables, options)


def group_bytes(raw: bytes, name: str, options: Options) -> Reading:
    """Return the groups in the bytes of a file.

    Raises:
        InvalidInput: as for `sources.parse` and `group_tables`.
    """
    return group_tables([parse(raw, name)], options)


def group_tables(tables: Sequence[Table], options: Options) -> Reading:
    """Return the groups in some tables, like `read_groups`."""
    reading = Reading(summary=options.summary)
    condition = first_step(options.column or "")
    if condition is not None:
        options = replace(options, column=condition.name, maximize=False)
    names = [table.name for table in tables]
    metrics = []
    for raw in tables:
        alone = len(tables) == 1
        table, roles = shaped(raw, options, alone=alone)
        arms = _arms_of(table, roles, names, options, alone=alone)
        metric, passed_over = guess.metric_column(table, roles, options.column, summary=options.summary)
        values, summarised = _numbers(table, metric, options)
        places: dict[str, list[int]] = {}
        for at, arm in enumerate(arms):
            places.setdefault(arm, []).append(at)
        for arm, rows in places.items():
            title = _unused(arm, table.name, reading.values)
            reading.values[title], reading.aside[title] = _group(
                table, roles, metric, values, rows, arm or title, options
            )
        metrics.append((table.name, metric, guess.metric_columns(table, roles)))
        reading.guesses.append(_line(table, roles, metric, passed_over, arms, summarised))
        reading.notes += roles.notes
    if len({metric for _, metric, _ in metrics}) == 1:
        reading.metric = metrics[0][1]
    else:
        reading.notes += _several_metrics(metrics)
    _check_arms(reading, names, options)
    return _with_baseline(reading, options.baseline)


def _several_metrics(metrics: Sequence[tuple[str, str, Sequence[str]]]) -> list[str]:
    """Return a sentence on metrics of files that differ in name.

    Args:
        metrics: name of each file, the metric taken from it, and all that it has.

    Raises:
        InvalidInput: better is higher in one and lower in another, or they share a metric.
    """
    # A column may be named after its file, which names the arm.
    own = [Path(name).name for name, _, _ in metrics]
    taken = {
        name if own.count(Path(name).name) > 1 else Path(name).name: short(metric)
        for name, metric, _ in metrics
        if metric not in (UNNAMED, _stem(name))
    }
    if len({tokens(metric) for metric in taken.values()}) < 2:
        return []
    listing = listed([f"{metric} from {name}" for name, metric in taken.items()])
    shared = [short(column) for column in metrics[0][2] if all(_has(column, columns) for _, _, columns in metrics)]
    ways = {is_lower_better(metric) for metric in taken.values()}
    if shared or len(ways) > 1:
        hint = f"--column NAME takes one from all; all have {listed(shared)}" if shared else "--column NAME takes one"
        raise InvalidInput("--column", listing, "the same metric from every file", hint=hint)
    return [sentences.different_names(listing)]


def _has(column: str, columns: Sequence[str]) -> bool:
    return tokens(short(column)) in {tokens(short(other)) for other in columns}


def shaped(table: Table, options: Options, *, alone: bool = True) -> tuple[Table, Roles]:
    """Convert a table to one row per run; guess its roles.

    `alone` is True if no other file provides further arms.

    Raises:
        InvalidInput: a stated column does not exist, or a guess is not safe.
    """
    condition = first_step(options.column or "")
    if condition is not None:
        table, roles = shaped(table, replace(options, column=condition.metric), alone=alone)
        return shapes.with_first_step(table, condition, _named(table, condition.metric)), roles
    table = shapes.of_long(shapes.of_chart(table))
    if options.seed_column is None and (wide := shapes.of_seed_columns(table)) is not None:
        table = wide
    elif (repeats := shapes.of_repeat_columns(table)) is not None:
        table = repeats
    table = shapes.with_truths(shapes.of_outcomes(shapes.filled_down(table)), _named(table, options.column))
    seed = guess.seed_column(table, options.seed_column)
    table = guess.without_footers(table, seed)
    if alone and not options.by and not _has_column(table, options.column):
        wide = shapes.of_arm_columns(table, seed)
        table = table if wide is None else wide
    if options.column is not None and not _has_column(table, options.column):
        table = shapes.named_value(table, options.column)
    metric = _named(table, options.column)
    table, step = shapes.of_epochs(table, seed, metric)
    roles = Roles(seed=seed, excluded=guess.excluded_column(table))
    if step is not None:
        table.notes.append(sentences.row_per_step(step))
    roles.state = guess.state_column(table, options.state_column, options.by)
    roles.arms = guess.arm_columns(table, seed, options.by, roles.state, metric)
    if options.seed_column is None and seed is None:
        named = shapes.with_named_runs(table, seed, roles.arms)
        if named is not None:
            table, column = named
            roles.seed = guess.seed_column(table, None)
            roles.arms = guess.arm_columns(table, roles.seed, options.by, roles.state, metric)
            table.notes.append(sentences.run_names(column))
    if options.seed_column is None and roles.seed is None and (repeat := _pairing(table, roles)) is not None:
        roles.notes.append(sentences.possible_seeds(table.name, repeat))
    return table, roles


def _has_column(table: Table, name: str | None) -> bool:
    return _named(table, name) is not None


def _named(table: Table, name: str | None) -> str | None:
    """Return the column that a user's name refers to, or None.

    A tracker's prefix may be missing.
    """
    if name is None or name in table.columns:
        return name
    names = {name.casefold(), *(f"{name}{ending}".casefold() for ending in _ENDINGS)}
    return next((column for column in table.columns if names & {column.casefold(), short(column).casefold()}), None)


def _pairing(table: Table, roles: Roles) -> str | None:
    """Return a column that may hold seeds under another name.

    It numbers repetitions, or holds the same words with a number in every arm, such as `run-3`.
    """
    repeat = next((column for column in table.columns if is_repeat(column)), None)
    if repeat is not None or len(roles.arms) == 0:
        return repeat
    arms = guess.keys(table, roles.arms)
    for column in table.columns:
        cells = [plain(cell) for cell in table.column(column)]
        members: dict[tuple[str, ...], list[str]] = {}
        for arm, cell in zip(arms, cells, strict=True):
            members.setdefault(arm, []).append(cell)
        groups = [sorted(group) for group in members.values()]
        if column in roles.arms or not all(
            isinstance(cell, str) and cell[-1:].isdecimal() for cell in table.column(column)
        ):
            continue
        if (
            len(groups) > 1
            and len(set(groups[0])) == len(groups[0]) > 1
            and all(group == groups[0] for group in groups)
        ):
            return column
    return None


def read_study(source: str, options: Options, metric: str | None = None) -> Study:
    """Read everything in one source: all metrics, series and runs.

    Args:
        metric: the one that decides; None for a guess.

    Raises:
        InvalidInput: as `read_groups`.
    """
    condition = first_step(metric or "")
    metric = metric if condition is None else condition.name
    table, roles = shaped(open_source(source, options.encoding), replace(options, column=options.column or metric))
    metrics = _each_once(guess.metric_columns(table, roles))
    deciding, passed_over = guess.metric_column(table, roles, metric, summary=options.summary)
    table = _each_seed_once(table, roles, deciding, options)
    arms = guess.arm_names(table, roles.arms)
    if deciding not in metrics:
        metrics.insert(0, deciding)
    return Study(table, roles, arms, metrics, deciding, _line(table, roles, deciding, passed_over, arms, ""))


def _each_seed_once(table: Table, roles: Roles, metric: str, options: Options) -> Table:
    """Return a table with one row for each seed of an arm.

    Of a seed that was tried again, the attempt that finished is kept.

    Raises:
        InvalidInput: the seed finished twice, and the first was not asked for.
    """
    if roles.seed is None:
        return table
    arms = guess.arm_names(table, roles.arms)
    members: dict[tuple[str, int], list[int]] = {}
    for at, row in enumerate(table.rows):
        members.setdefault((arms[at], guess.seed_of(row[roles.seed], table.label(at))), []).append(at)
    dropped: set[int] = set()
    for (arm, seed), places in members.items():
        finished = [at for at in places if end_of(state_word(table, roles, metric, at)) is End.FINISHED]
        if len(finished) > 1 and options.duplicates != "first":
            raise _twice(table, seed, finished, arm, "--duplicates first counts it once")
        counted = finished[0] if finished else places[-1]
        dropped |= {at for at in places if at != counted}
    if not dropped:
        return table
    rows = [row for at, row in enumerate(table.rows) if at not in dropped]
    labels = [label for at, label in enumerate(table.labels) if at not in dropped]
    notes = [*table.notes, sentences.further_attempts(len(dropped))]
    return replace(table, rows=rows, labels=labels, notes=notes)


def _twice(table: Table, seed: int, places: Sequence[int], arm: str, cure: str) -> InvalidInput:
    rows = " and ".join(table.labels[at] for at in places[:3]).replace("and row ", "and ")
    rows = rows.replace("row ", "rows ", 1) if rows.startswith("row ") else rows
    hint = f"{cure}; --by NAME tells arms apart by another column."
    of_arm = f" of {arm}" if arm else ""
    return InvalidInput(f"{table.name}, {rows}", f"seed {seed}{of_arm}", "each seed once", hint=hint)


def _each_once(columns: Sequence[str]) -> list[str]:
    """Drop the best values and areas in Seedspread's own exports.

    They follow from the series that they summarise.
    """
    return [
        column
        for column in columns
        if not (column.endswith(_ENDINGS[1:]) and f"{column.rpartition('.')[0]}.last" in columns)
    ]


def read_crossed(
    source: str, sources: Sequence[str], options: Options
) -> tuple[list[tuple[list[str], float]], list[str]]:
    """Read runs of crossed sources of randomness.

    The file has one column of levels per source, and one of results.

    Returns:
        Levels and result of each run (NaN without a result), and sentences on the reading of the file.

    Raises:
        InvalidInput: as `read_groups`, or no sources.
    """
    table = open_source(source, options.encoding)
    if not sources:
        expected = f"two or more columns with the levels of crossed sources, of {listed(table.columns)}"
        raise InvalidInput("--source", MISSING, expected)
    levels = [guess.resolve(table, name, "--source") for name in sources]
    crossed_options = replace(options, by=tuple(levels), seed_column=options.seed_column or guess.NONE)
    table, roles = shaped(table, crossed_options)
    metric, passed_over = guess.metric_column(table, roles, options.column, summary=options.summary)
    values, summarised = _numbers(table, metric, options)
    aside = Aside()
    finished = [at for at in range(len(table.rows)) if not _sets_aside(table, roles, metric, at, aside)]
    runs = []
    for at in _without_pasted(table, finished, levels, options):
        value = values[at]
        runs.append(([plain(table.rows[at][column]) for column in levels], math.nan if value is None else value))
    line = _line(table, replace(roles, arms=[]), metric, passed_over, [""] * len(table.rows), summarised)
    left_out = aside.line(source)
    return runs, [line, *([left_out] if left_out else [])]


def _without_pasted(table: Table, places: Sequence[int], levels: Sequence[str], options: Options) -> list[int]:
    """Return the rows without those that were pasted twice.

    Repeats of a crossed design may have equal results on a small test set. Equal rows are taken for one run if they
    make the cells of the design unequal, or if every row is there again.

    Raises:
        InvalidInput: a row twice, and no policy for duplicates was chosen.
    """
    first: dict[tuple[Cell, ...], int] = {}
    again = {at: first[key] for at in places if first.setdefault(key := tuple(table.rows[at].values()), at) != at}
    sizes = Counter(tuple(plain(table.rows[at][column]) for column in levels) for at in places)
    if not again or (len(set(sizes.values())) == 1 and len(again) * 2 < len(places)):
        return list(places)
    if options.duplicates == "refuse":
        at, before = next(iter(again.items()))
        hint = "--duplicates first counts it once; a column that numbers the runs tells repeats apart."
        where = f"{table.name}, {table.labels[before]} and {table.labels[at].removeprefix('row ')}"
        raise InvalidInput(where, "the same cells twice", "each run once", hint=hint)
    table.notes.append(sentences.duplicate_rows(len(again)))
    return [at for at in places if at not in again]


def _arms_of(table: Table, roles: Roles, names: Sequence[str], options: Options, *, alone: bool) -> list[str]:
    """Return each row's arm.

    In a single file the columns determine the arm. With several files each file is an arm, unless seeds repeat.
    """
    if alone or options.by or not _is_one_arm(table, roles):
        arms = guess.arm_names(table, roles.arms)
        if any(arms):
            return arms
    roles.arms = []
    return [_title(table.name, names)] * len(table.rows)


def _is_one_arm(table: Table, roles: Roles) -> bool:
    if roles.seed is None:
        return True
    seeds = [plain(cell) for cell in table.column(roles.seed)]
    return len(set(seeds)) == len(seeds)


def _numbers(table: Table, metric: str, options: Options) -> tuple[list[float | None], str]:
    """Return the number of each run, and the reduction of series."""
    series = _holds_series(table, metric)
    if options.summary == BEST and options.maximize is None and series:
        raise InvalidInput("--direction", MISSING, "maximize or minimize, to say which value of a series is best")
    if options.summary == AREA and not series and not metric.endswith(f".{AREA}"):
        expected = f"last or best: {metric} of {table.name} is one number per run, not a series"
        raise InvalidInput("--summary", AREA, expected)
    values: list[float | None] = []
    for at, cell in enumerate(table.column(metric)):
        if isinstance(cell, Series):
            values.append(cell.value(options.summary, maximize=bool(options.maximize)))
        elif is_absent(cell):
            values.append(None)
        elif is_number(cell) and isinstance(cell, int | float):
            values.append(_finite_float(cell))
        else:
            values.append(_written(table, at, cell))
    return values, sentences.value_of_series(options.summary) if series else ""


def _finite_float(cell: float) -> float:
    try:
        return float(cell)
    except OverflowError:
        return math.inf if cell > 0 else -math.inf


def _written(table: Table, at: int, cell: Cell) -> float:
    if is_mean_with_spread(cell):
        raise guess.mean_refused(table.label(at), cell)
    try:
        return float(str(cell))
    except ValueError:
        expected = "a number, nothing for a run without a result, or how it ended, such as failed"
        raise InvalidInput(table.label(at), cell, expected) from None


def _holds_series(table: Table, metric: str) -> bool:
    return any(isinstance(cell, Series) for cell in table.column(metric))


def state_word(table: Table, roles: Roles, metric: str, at: int) -> str:
    """Return the word by which a row says how its run ended.

    The column of states says it or, where that says finished or is missing, a word in place of the metric's number.
    """
    row = table.rows[at]
    word = "finished" if roles.state is None else plain(row[roles.state])
    number = row[metric]
    return str(number) if isinstance(number, Ended) and end_of(word) is End.FINISHED else word


def _sets_aside(table: Table, roles: Roles, metric: str, at: int, aside: Aside) -> bool:
    """Return True if a row is left out, and count it."""
    row = table.rows[at]
    reason = "" if roles.excluded is None else plain(row[roles.excluded])
    if reason:
        aside.excluded.append((plain(row.get(roles.seed or "seed", "?")), reason))
        return True
    word = state_word(table, roles, metric, at)
    end = end_of(word)
    if end is End.FINISHED:
        return False
    aside.states[sentences.state_of_row(word.casefold(), recognised=end is not None)] += 1
    aside.ends[end or End.FAILED] += 1
    return True


def _group(
    table: Table,
    roles: Roles,
    metric: str,
    values: Sequence[float | None],
    places: Sequence[int],
    arm: str,
    options: Options,
) -> tuple[Group, Aside]:
    aside = Aside()
    finished = [at for at in places if not _sets_aside(table, roles, metric, at, aside)]
    if roles.seed is None:
        return [values[at] for at in finished], aside
    by_seed: dict[int, list[int]] = {}
    for at in finished:
        by_seed.setdefault(guess.seed_of(table.rows[at][roles.seed], table.label(at)), []).append(at)
    repeated = [rows for rows in by_seed.values() if len(rows) > 1]
    if repeated and options.duplicates != "refuse":
        rows, averaged = sum(map(len, repeated)), options.duplicates == "mean"
        table.notes.append(sentences.repeated_seeds(rows, len(repeated), arm, averaged=averaged))
    return {seed: _once(table, seed, rows, values, arm, options) for seed, rows in by_seed.items()}, aside


def _once(
    table: Table, seed: int, places: Sequence[int], values: Sequence[float | None], arm: str, options: Options
) -> float | None:
    """Return the single number of a seed.

    Raises:
        InvalidInput: the arm has the seed twice, and no policy for duplicates was chosen.
    """
    numbers = [values[at] for at in places]
    if len(places) == 1 or options.duplicates == "first":
        return numbers[0]
    if options.duplicates == "mean":
        present = [number for number in numbers if number is not None]
        return math.fsum(present) / len(present) if present else None
    raise _twice(table, seed, places, arm, "--duplicates first or mean counts it once")


def _line(
    table: Table, roles: Roles, metric: str, passed_over: Sequence[str], arms: Sequence[str], summarised: str
) -> str:
    return sentences.rows_read(
        table.name,
        len(table.rows),
        arm_columns=roles.arms,
        arms=list(dict.fromkeys(arms)),
        seed_column=roles.seed,
        metric=metric,
        summary=summarised,
        other_metrics=passed_over,
        state_column=roles.state,
        states=list(dict.fromkeys(str(cell) for cell in table.column(metric) if isinstance(cell, Ended))),
        notes=table.notes,
    )


def _check_arms(reading: Reading, names: Sequence[str], options: Options) -> None:
    """Refuse a guess under which no arm has several runs."""
    sizes = [len(values) for values in reading.values.values()]
    if len(names) == 1 and not options.by and len(sizes) > 2 and max(sizes) == 1:
        hint = "--by NAME says which columns make an arm; runs that differ in nothing else repeat it."
        expected = f"the columns that make an arm; here no two runs of {names[0]} share one"
        raise InvalidInput("--by", MISSING, expected, hint=hint)
    if len(sizes) > _MOST_ARMS:
        raise InvalidInput("--by", shown(options.by), f"columns that make at most {_MOST_ARMS} arms, not {len(sizes)}")


def _with_baseline(reading: Reading, baseline: str | None) -> Reading:
    if baseline is None:
        return reading
    if baseline not in reading.values:
        raise InvalidInput("--baseline", baseline, f"an arm: {listed(list(reading.values))}")
    order = [baseline, *(name for name in reading.values if name != baseline)]
    reading.values = {name: reading.values[name] for name in order}
    return reading


def _unused(arm: str, file: str, taken: Mapping[str, Group]) -> str:
    """Return a unique name for a group.

    A name that is taken already gets its file or a number appended.
    """
    counted = (f"{arm} ({count})" for count in itertools.count(2))
    own = [f"{arm} ({file})"] if arm not in (file, Path(file).stem) else []
    return next(name for name in itertools.chain([arm], own, counted) if name not in taken)


def _title(name: str, names: Sequence[str]) -> str:
    stems = [_stem(other) for other in dict.fromkeys(names)]
    return name if stems.count(_stem(name)) > 1 else _stem(name) or name


def _stem(name: str) -> str:
    return Path(name.removesuffix(".gz")).stem
