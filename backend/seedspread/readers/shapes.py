"""Convert tables to a common layout.

The layout has one row per run and one column per parameter or metric; cells may hold series.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from seedspread.errors import InvalidInput
from seedspread.readers.formats import sentences
from seedspread.readers.formats import vocabulary as words
from seedspread.readers.formats.table import Cell, Row, Series, Table, is_absent, is_blank, is_number, make_table, plain
from seedspread.readers.roles import keys
from seedspread.summaries import FirstStep

ARM, VALUE, REPEAT = "arm", "value", "repeat"

_CHART = re.compile(r"(?P<run>.+) - (?P<metric>.+?)(?P<bound>__MIN|__MAX)?")
_SEED_NAME = re.compile(r"(?:(?P<metric>.*?)[\W_]*seed[\W_]*)?(?P<seed>\d+)(?:\.0+)?", re.IGNORECASE)
_REPEAT_NAME = re.compile(
    r"(?:run|rep|repeat|repetition|replicate|trial|try|split|fold|iteration|sample|#|no\.?)[\s_.#-]*(?P<number>\d+)",
    re.IGNORECASE,
)
_RUN_NAME = re.compile(r"(?P<arm>.*?)[\W_]*(?:seed|s|run|rep)?[\W_]*(?P<seed>\d+)", re.IGNORECASE)
_PAIR = re.compile(r"(?P<key>[A-Za-z][\w.]*?)(?:=|:\s)(?P<value>[^,/\s&;]+?)(?=[,/\s&;]|[_-][A-Za-z][\w.]*=|$)")
_ARM_FIRST = re.compile(
    r"(?P<arm>.+?)[\s_./:-]+(?P<metric>(?:(?:train|val|valid|test|eval|dev)[\s_./-]+)?[A-Za-z][A-Za-z\d]*)"
)
_METRIC_FIRST = re.compile(
    r"(?P<metric>(?:(?:train|val|valid|test|eval|dev)[\s_./-]+)?[A-Za-z][A-Za-z\d]*)[\s_./:-]+(?P<arm>.+)"
)
_NAMES = ("name", "Name", "run_name", "tags.mlflow.runName", "run", "run_id", "trial_name", "sys/name", "id")
_METRIC_NAMES = frozenset({"metric", "metric_name", "metrics", "variable"})
_TIMES = frozenset({"time", "timestamp", "walltime", "created", "datetime", "date"})


def of_chart(table: Table) -> Table:
    """Convert a chart's export to one row per run with a series.

    The export has one column per run, such as `base-0 - val/acc`.
    """
    step = next((column for column in table.columns if words.is_step(column)), None)
    # W&B draws over time too.
    step = step or next((name for name in table.columns if name.startswith(("Relative Time", "Wall Time"))), None)
    others = [column for column in table.columns if column != step]
    matches = [(column, _CHART.fullmatch(column)) for column in others]
    if step is None or len(others) < 2 or not all(match for _, match in matches) or not table.is_numeric(step):
        return table
    runs: dict[str, Row] = {}
    metrics: set[str] = set()
    for column, match in matches:
        if match is None or match["bound"] or match["metric"] == "_step":
            continue
        points = [(row[step], row[column]) for row in table.rows if is_number(row[column]) and is_number(row[step])]
        runs.setdefault(match["run"], {"name": match["run"]})[match["metric"]] = _series(points)
        metrics.add(match["metric"])
    columns = ["name", *sorted(metrics)]
    rows = [{column: row.get(column) for column in columns} for row in runs.values()]
    return Table(table.name, columns, rows, [f"run {name}" for name in runs], [*table.notes], metrics=metrics)


def of_long(table: Table) -> Table:
    """Convert a long table to one column per metric.

    The long table has the columns `metric` and `value`.
    """
    names = [
        column for column in table.columns if column.casefold() in ("metric", "metric_name", "metrics", "variable")
    ]
    if len(names) != 1 or "value" not in table.columns or not table.is_numeric("value"):
        return table
    (name,) = names
    if table.is_numeric(name) or not table.different(name):
        return table
    others = [column for column in table.columns if column not in (name, "value")]
    metrics = list(dict.fromkeys(plain(cell) for cell in table.column(name)))
    merged: dict[tuple[str, ...], Row] = {}
    labels: dict[tuple[str, ...], str] = {}
    for row, label, key in zip(table.rows, table.labels, keys(table, others), strict=True):
        metric = plain(row[name])
        earlier = merged.get(key)
        if earlier is not None and earlier.get(metric) is not None:
            # A second value under the same name is a row of its own: a duplicate, for the reader to judge.
            key = (*key, label)
        cells = merged.setdefault(key, {column: row[column] for column in others} | dict.fromkeys(metrics))
        cells[metric] = row["value"]
        labels.setdefault(key, label)
    columns = [*others, *metrics]
    return Table(
        table.name, columns, list(merged.values()), list(labels.values()), [*table.notes], metrics=set(metrics)
    )


def of_seed_columns(table: Table) -> Table | None:
    """Convert one column per seed to one row per run.

    Such columns are `0, 1, 2` or `acc_seed0, acc_seed1`. The result is None for other tables.
    """
    matches = {column: _SEED_NAME.fullmatch(column) for column in table.columns}
    chosen = {
        column: match
        for column, match in matches.items()
        if match and (table.is_numeric(column) or not table.different(column))
    }
    others = [column for column in table.columns if column not in chosen]
    if len(chosen) < 2:
        return None
    if any(words.seed_rank(column) == 0 for column in others):
        # Above the names of arms, "seed" is the title of the other columns.
        if (
            len(others) > 1
            or table.is_numeric(others[0])
            or any(_SEED_NAME.fullmatch(plain(cell)) for cell in table.column(others[0]))
        ):
            return None
        table = _renamed(table, others[0], ARM)
        others = [ARM]
    if any(table.is_numeric(column) and words.is_metric(column) for column in others):
        return None
    metrics = list(dict.fromkeys((match["metric"] or "").strip("_-./ ") or VALUE for match in chosen.values()))
    seeds = list(dict.fromkeys(int(match["seed"]) for match in chosen.values()))
    rows: list[Row] = []
    labels = []
    for row, label in zip(table.rows, table.labels, strict=True):
        by_seed: dict[int, Row] = {
            seed: {other: row[other] for other in others} | {words.SEED: seed} | dict.fromkeys(metrics)
            for seed in seeds
        }
        for column, match in chosen.items():
            by_seed[int(match["seed"])][(match["metric"] or "").strip("_-./ ") or VALUE] = row[column]
        rows += by_seed.values()
        labels += [f"{label}, seed {seed}" for seed in seeds]
    notes = [*table.notes, sentences.COLUMN_PER_SEED]
    return Table(table.name, [*others, words.SEED, *metrics], rows, labels, notes, metrics=set(metrics))


def of_repeat_columns(table: Table) -> Table | None:
    """Convert one column per run to one row per run.

    Such columns are `run1, run2`. Runs of one number may not share randomness, so that the number is no seed. The
    result is None for other tables.
    """
    matches = {column: _REPEAT_NAME.fullmatch(column.strip()) for column in table.columns}
    chosen = {column: match for column, match in matches.items() if match and table.is_numeric(column)}
    others = [column for column in table.columns if column not in chosen and not _is_statistic(column)]
    numbered = {match["number"] for match in chosen.values() if match}
    if len(chosen) < 2 or len(numbered) < len(chosen) or any(table.is_numeric(column) for column in others):
        return None
    repeat = next(name for name in (REPEAT, "run_number") if name not in others)
    rows: list[Row] = [
        {other: row[other] for other in others} | {repeat: int(match["number"]), VALUE: row[column]}
        for row in table.rows
        for column, match in chosen.items()
        if match
    ]
    labels = [f"{label}, {column}" for label in table.labels for column in chosen]
    notes = [*table.notes, sentences.COLUMN_PER_REPEAT]
    return Table(table.name, [*others, repeat, VALUE], rows, labels, notes, metrics={VALUE})


def _is_statistic(column: str) -> bool:
    return set(words.tokens(column)) <= _STATISTIC | {"avg", "average", "stderr", "sem", "se"}


def filled_down(table: Table) -> Table:
    """Fill empty cells under the name of an arm.

    Merged cells leave them so. The first column, or one of arms, then has each name once, above two rows or more.
    """
    for at, column in enumerate(table.columns):
        cells = table.column(column)
        filled = [row_at for row_at, cell in enumerate(cells) if not is_blank(cell)]
        names = [cells[row_at] for row_at in filled]
        if filled[:1] != [0] or len(filled) < 2 or (at and not words.is_arm(column)):
            continue
        gaps = [after - before for before, after in zip(filled, [*filled[1:], len(cells)], strict=True)]
        if len(set(names)) < len(names) or min(gaps) < 2 or not all(isinstance(name, str) for name in names):
            continue
        above = [name for name, gap in zip(names, gaps, strict=True) for _ in range(gap)]
        rows = [row | {column: name} for row, name in zip(table.rows, above, strict=True)]
        return replace(table, rows=rows, notes=[*table.notes, sentences.filled_down(column)])
    return table


def with_truths(table: Table, metric: str | None) -> Table:
    """Read True and False in the metric as 1 and 0.

    It is the one that the user names, or the only column that may be one.
    """
    candidates = [
        column
        for column in table.columns
        if {str(cell).strip().casefold() for cell in table.different(column)}
        in ({"true", "false"}, {"true"}, {"false"})
        and not words.is_outcome(column)
        and (column == metric or (metric is None and words.is_metric(column)))
    ]
    if len(candidates) != 1 or any(table.is_numeric(name) and words.is_metric(name) for name in table.columns):
        return table
    (column,) = candidates
    numbers = {"true": 1, "false": 0}
    rows = [row | {column: numbers.get(str(row[column]).strip().casefold())} for row in table.rows]
    return replace(table, rows=rows, notes=[*table.notes, sentences.truths_as_numbers(column)])


def _renamed(table: Table, old: str, new: str) -> Table:
    columns = [new if column == old else column for column in table.columns]
    rows = [{new if column == old else column: cell for column, cell in row.items()} for row in table.rows]
    return replace(table, columns=columns, rows=rows)


def named_value(table: Table, metric: str) -> Table:
    """Call numbers without a name after the metric that the user names."""
    if VALUE not in table.columns or metric in table.columns:
        return table
    renamed = _renamed(table, VALUE, metric)
    renamed.metrics = {metric if column == VALUE else column for column in table.metrics}
    return renamed


def of_outcomes(table: Table) -> Table:
    """Write exit codes and booleans about a run's end as states."""
    for column in filter(words.is_outcome, table.columns):
        ends = [None if cell is None else words.outcome(column, cell) for cell in table.column(column)]
        filled = [end for end, cell in zip(ends, table.column(column), strict=True) if cell is not None]
        if not filled or None in filled:
            continue
        for row, end in zip(table.rows, ends, strict=True):
            row[column] = end
    return table


def of_arm_columns(table: Table, seed: str | None) -> Table | None:
    """Convert one column per arm to one row per run.

    Such columns are `seed, base, wide`. The result is None for other tables.
    """
    others, candidates = [], []
    for column in table.columns:
        if column == seed or words.is_bookkeeping(column) or words.is_step(column) or words.is_repeat(column):
            others.append(column)
        elif table.is_numeric(column):
            candidates.append(column)
        elif len(table.different(column)) > 1:
            return None
    if len(candidates) < 2 or len(table.rows) < 2 or any(words.is_step(column) for column in others):
        return None
    if seed is not None and len(table.different(seed)) < len(table.rows):
        return None
    if (split := _arms_and_metrics(candidates)) is not None:
        return _of_arms_and_metrics(table, seed, split)
    if any(column in table.metrics | table.parameters or words.short(column) != column for column in candidates):
        return None
    if not _are_arms(candidates) or any(_is_setting(table, column) for column in candidates):
        return None
    seed_columns = [seed] if seed is not None else []
    rows: list[Row] = []
    labels = []
    for column in candidates:
        for row, label in zip(table.rows, table.labels, strict=True):
            rows.append({ARM: column} | {other: row[other] for other in seed_columns} | {VALUE: row[column]})
            labels.append(f"{label}, {column}")
    return Table(
        table.name, [ARM, *seed_columns, VALUE], rows, labels, [*table.notes, sentences.COLUMN_PER_ARM], metrics={VALUE}
    )


def _arms_and_metrics(columns: Sequence[str]) -> dict[str, tuple[str, str]] | None:
    """Split names such as `base_acc` and `wide_loss` into arm and metric.

    The result is None unless all names hold one, with several arms and several metrics.
    """
    for pattern in (_ARM_FIRST, _METRIC_FIRST):
        matches = {column: pattern.fullmatch(column) for column in columns}
        split = {column: (match["arm"], match["metric"]) for column, match in matches.items() if match}
        arms, metrics = ({pair[at] for pair in split.values()} for at in (0, 1))
        if len(split) < len(columns) or len(set(split.values())) < len(split) or min(len(arms), len(metrics)) < 2:
            continue
        parts = [set(words.tokens(arm)) for arm in arms]
        if any(part & (_PARTS | _STATISTIC) or words.is_metric(arm) for part, arm in zip(parts, arms, strict=True)):
            continue
        # One metric of every arm at least, or they cannot be compared.
        complete = [name for name in metrics if all((arm, name) in split.values() for arm in arms)]
        if complete and all(words.is_metric(name) for name in metrics):
            return split
    return None


def _of_arms_and_metrics(table: Table, seed: str | None, split: dict[str, tuple[str, str]]) -> Table:
    seed_columns = [seed] if seed is not None else []
    metrics = list(dict.fromkeys(metric for _, metric in split.values()))
    rows: list[Row] = []
    labels = []
    for arm in dict.fromkeys(arm for arm, _ in split.values()):
        columns = {metric: column for column, (owner, metric) in split.items() if owner == arm}
        for row, label in zip(table.rows, table.labels, strict=True):
            cells = {metric: row[columns[metric]] if metric in columns else None for metric in metrics}
            rows.append({ARM: arm} | {other: row[other] for other in seed_columns} | cells)
            labels.append(f"{label}, {arm}")
    notes = [*table.notes, sentences.COLUMN_PER_ARM_AND_METRIC]
    return Table(table.name, [ARM, *seed_columns, *metrics], rows, labels, notes, metrics=set(metrics))


_STATISTIC = frozenset({"mean", "std", "sd", "min", "max", "median", "var", "last", "best", "final", "ci", "n"})
_PARTS = frozenset({"train", "training", "val", "valid", "validation", "test", "eval", "dev"})


def _are_arms(columns: Sequence[str]) -> bool:
    """Return True if columns are named after arms rather than metrics.

    Either no column has a metric's name, or all have the same one.
    """
    named = [{word for word in words.tokens(column) if words.is_metric(word)} for column in columns]
    if not any(named):
        return True
    arm_words = [set(words.tokens(column)) - named[0] for column in columns]
    alike = all(names == named[0] for names in named)
    return alike and all(part and not part & (_STATISTIC | _PARTS) for part in arm_words)


def _is_setting(table: Table, column: str) -> bool:
    return words.is_parameter(column) and len(table.different(column)) * 2 <= len(table.rows)


def with_named_runs(table: Table, seed: str | None, arms: Sequence[str]) -> tuple[Table, str] | None:
    """Add columns read from the runs' names, such as `base-0` or `lr=0.1_seed=3`.

    Returns:
        The table with further columns and the column of the names; None if the names hold no seed.
    """
    for column in table.columns:
        cells = table.column(column)
        if column not in _NAMES or any(not isinstance(cell, str) for cell in cells):
            continue
        names = [str(cell) for cell in cells]
        if len(set(names)) < len(names) or len(names) < 2:
            continue
        added = _from_pairs(names) if seed is None and not arms else None
        if added is None and seed is None:
            added = _from_endings(names, seeds_only=bool(arms))
        if added:
            columns = [*added, *(other for other in table.columns if other not in added)]
            rows = [row | {name: cells[at] for name, cells in added.items()} for at, row in enumerate(table.rows)]
            parameters = table.parameters | (set(added) - {words.SEED})
            named = Table(
                table.name, columns, rows, table.labels, table.notes, metrics=table.metrics, parameters=parameters
            )
            return named, column
    return None


def _from_pairs(names: Sequence[str]) -> dict[str, list[Cell]] | None:
    """Return columns for names such as `lr=0.1,seed=3`, or None.

    All names must have the same keys, one of them a seed.
    """
    pairs_of = [{match["key"].lstrip("_"): match["value"] for match in _PAIR.finditer(name)} for name in names]
    if not pairs_of[0] or any(pairs.keys() != pairs_of[0].keys() for pairs in pairs_of):
        return None
    if not any(words.is_seed(key) for key in pairs_of[0]):
        return None
    prefixes = [_PAIR.sub("", name).strip(" _-/.,;:") for name in names]
    if len(set(prefixes)) > 1 and len(set(prefixes)) * 2 <= len(names) and ARM not in pairs_of[0]:
        pairs_of = [{ARM: arm} | pairs for arm, pairs in zip(prefixes, pairs_of, strict=True)]
    columns = list(pairs_of[0])
    table = make_table("names", columns, [[pairs[key] for key in columns] for pairs in pairs_of], [""] * len(pairs_of))
    return {key: table.column(key) for key in columns}


def _from_endings(names: Sequence[str], *, seeds_only: bool) -> dict[str, list[Cell]] | None:
    """Return arm and seed for names ending in a number, or None.

    Every arm must then have several runs.
    """
    matches = [_RUN_NAME.fullmatch(name) for name in names]
    arms = [match["arm"].strip(" _-/.") if match else "" for match in matches]
    if not all(matches) or any(arms.count(arm) < 2 for arm in set(arms)):
        return None
    seeds: list[Cell] = [int(match["seed"]) for match in matches if match]
    if seeds_only or len(set(arms)) == 1:
        return {words.SEED: seeds}
    return {ARM: [*arms], words.SEED: seeds}


def of_epochs(table: Table, seed: str | None, metric: str | None = None) -> tuple[Table, str | None]:
    """Convert one row per epoch to one row per run with series.

    The table is unchanged if no step column numbers rows of runs. `metric` is the column that the user names as the
    result: it numbers nothing, whatever its name.

    Returns:
        The table, and the step column that was used.

    Raises:
        InvalidInput: a step that is not a number.
    """
    steps = [
        column for column in table.columns if words.is_step(column) and column != metric and table.is_numeric(column)
    ]
    steps = [column for column in steps if not any(isinstance(cell, Series) for cell in table.column(column))]
    if not steps:
        return table, None
    others = [column for column in table.columns if column != metric]
    identity = [column for column in others if column == seed or _identifies(table, column, seed)]
    runs = keys(table, identity)
    if len(set(runs)) == len(runs):
        return table, None
    step = max(steps, key=lambda column: (len(set(keys(table, [*identity, column]))), -steps.index(column)))
    if len(set(keys(table, [*identity, step]))) == len(set(runs)):
        return table, None
    return _folded(table, identity, runs, step, steps), step


def with_first_step(table: Table, condition: FirstStep, metric: str | None) -> Table:
    """Add a column with the first steps that meet a condition.

    Args:
        metric: the column of the metric's series; None if there is none.

    Raises:
        InvalidInput: there is no such column, or it holds one number per run.
    """
    if metric is None:
        raise InvalidInput("--column", condition.metric, f"a column of {table.name}: {sentences.listed(table.columns)}")
    cells = table.column(metric)
    if not any(isinstance(cell, Series) for cell in cells):
        expected = f"a metric with a value for each step: {metric} of {table.name} is one number per run"
        raise InvalidInput("--column", condition.name, expected)
    steps = [condition.value(cell.steps, cell.values) if isinstance(cell, Series) else None for cell in cells]
    rows = [{**row, condition.name: step} for row, step in zip(table.rows, steps, strict=True)]
    return replace(table, columns=[*table.columns, condition.name], rows=rows, metrics={*table.metrics})


def _identifies(table: Table, column: str, seed: str | None) -> bool:
    """Return True if a column identifies the run of a row."""
    if words.is_step(column) or column == seed or column in table.metrics:
        return False
    if "".join(words.tokens(column)) in _TIMES or words.is_state(column):
        return False
    if words.is_seed(column) or words.is_repeat(column) or words.is_arm(column) or column in table.parameters:
        return True
    if words.short(column) != column and words.tokens(column)[0] in words.PARAMETER_PREFIXES:
        return True
    if table.is_numeric(column):
        bare = "".join(words.tokens(column))
        if bare in ("run", "runid", "trialid", "number", "attempt", "study"):
            return True
        return words.is_parameter(column) and not words.is_metric(column) and bare not in ("lr", "learningrate")
    return len(table.different(column)) < len(table.rows)


def _folded(
    table: Table, identity: Sequence[str], runs: Sequence[tuple[str, ...]], step: str, steps: Sequence[str]
) -> Table:
    members: dict[tuple[str, ...], list[int]] = {}
    for at, key in enumerate(runs):
        members.setdefault(key, []).append(at)
    numeric = [
        column
        for column in table.columns
        if column not in identity and column not in steps and table.is_numeric(column)
    ]
    rows: list[Row] = []
    labels = []
    for places in members.values():
        first, last = table.rows[places[0]], table.rows[places[-1]]
        row: Row = {column: first[column] for column in identity}
        for column in table.columns:
            if column in numeric:
                points = []
                for at in places:
                    cells = table.rows[at]
                    if is_absent(cells[column]):
                        continue
                    if not is_number(cells[step]):
                        raise InvalidInput(table.label(at), plain(cells[step]), f"a number in the column {step}")
                    points.append((cells[step], cells[column]))
                row[column] = _series(points) if points else None
            elif column not in identity and column not in steps:
                row[column] = last[column]
        rows.append({column: row[column] for column in table.columns if column in row})
        labels.append(f"{table.labels[places[0]]} to {table.labels[places[-1]].removeprefix('row ')}")
    columns = [column for column in table.columns if column not in steps]
    return Table(
        table.name,
        columns,
        rows,
        labels,
        [*table.notes],
        metrics=table.metrics | set(numeric),
        parameters=table.parameters,
    )


def _series(points: Sequence[tuple[Cell, Cell]]) -> Series:
    numbers = [
        (step, value) for step, value in points if isinstance(step, int | float) and isinstance(value, int | float)
    ]
    ordered = sorted(numbers, key=lambda point: point[0])
    rounded = [int(step) if float(step).is_integer() else float(step) for step, _ in ordered]
    return Series(tuple(rounded), tuple(float(value) for _, value in ordered))


__all__ = ["of_arm_columns", "of_chart", "of_epochs", "of_long", "of_seed_columns", "with_named_runs"]
