"""Numbers from a file: one a line, a CSV with or without seeds, our own export, or a JSON list; groups by a column."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedspread.core.states import RunState
from seedspread.errors import MISSING, InvalidInput, shown
from seedspread.stats.data.arms import LeftOut

Row = Mapping[str, Any]

STATE, EXCLUDED = "state", "excluded_reason"
_STATES = frozenset(map(str, RunState))
RECORD = frozenset({"study", "run", "seed", "attempt", STATE, EXCLUDED, "duration_s"})
"""Columns that say which run it was, not what it gave."""


@dataclass
class Aside:
    """Rows that are no part of the numbers: runs by state, and the excluded ones by seed, with their reasons."""

    states: Counter[str] = field(default_factory=Counter)
    excluded: list[tuple[str, str]] = field(default_factory=list)

    def left_out(self) -> LeftOut:
        """The same as statistics take it; what is not known by seed is only told."""
        by_seed = {int(seed): reason for seed, reason in self.excluded if seed.removeprefix("-").isdecimal()}
        return LeftOut(failures=self.states[RunState.FAILED], excluded=by_seed)

    def line(self, name: str) -> str | None:
        """What a person is told; None where every row counts."""
        parts = [f"{count} {state}" for state, count in sorted(self.states.items())]
        parts += [f"seed {seed} excluded ({reason})" for seed, reason in self.excluded[:5]]
        if len(self.excluded) > 5:
            parts.append(f"{len(self.excluded) - 5} more excluded")
        return f"left out of {name}: {', '.join(parts)}" if parts else None


def is_own(columns: Sequence[str]) -> bool:
    """Whether these are the columns of an export of ours."""
    return {"run", "attempt", STATE} <= set(columns)


def parted(rows: Sequence[Row], by: str | None = None) -> tuple[list[tuple[int, Row]], Aside]:
    """The rows that count, each with its number in the file (the head is row 1), and what was set aside.

    A column `state` is taken for ours where every cell is the state of a run, and groups are not told apart `by` it.
    """
    by_state = by != STATE and all(str(row.get(STATE)) in _STATES for row in rows)
    kept, aside = [], Aside()
    for place, row in enumerate(rows, start=2):
        reason = str(row.get(EXCLUDED) or "").strip()
        if reason:
            aside.excluded.append((str(row.get("seed", "?")), reason))
        elif by_state and row[STATE] != RunState.FINISHED:
            aside.states[str(row[STATE])] += 1
        else:
            kept.append((place, row))
    return kept, aside


Group = dict[int, float | None] | list[float | None]

STDIN = "-"
MAX_BYTES = 200_000_000
_ABSENT = {"", "null", "none", "na"}


@dataclass(frozen=True)
class Groups:
    """Values by group, and the rows of each that are no part of them."""

    values: dict[str, Group] = field(default_factory=dict)
    aside: dict[str, Aside] = field(default_factory=dict)

    def left_out(self) -> dict[str, LeftOut]:
        """What was set aside, as statistics take it."""
        return {name: aside.left_out() for name, aside in self.aside.items()}

    def told(self) -> list[str]:
        """A line for each group that not all rows count of."""
        return [line for name, aside in self.aside.items() if (line := aside.line(name)) is not None]


def read_groups(names: Sequence[str], column: str | None, by: str | None) -> Groups:
    """The groups in some files: one a file, or with `by` one a value of that column.

    A column called `seed` makes values known by seed. An empty cell is a run without a result. Rows that our own export
    calls not finished, or excluded, are set aside.

    Raises:
        InvalidInput: a file that cannot be read, a column that is not there, a cell that is no number, a seed twice.
    """
    groups = Groups()
    for name in names:
        rows = _rows(name)
        parts = {_title(name, names): rows} if by is None else _split(name, rows, by)
        for title, part in parts.items():
            group = _unused(title, name, groups.values)
            groups.values[group], groups.aside[group] = _group(name, part, column, by)
    return groups


def read_crossed(
    name: str, sources: Sequence[str], column: str | None
) -> tuple[list[tuple[list[str], float]], str | None]:
    """Runs of crossed sources from a file: a column with the levels of each source, and one of values.

    A run without a result has NaN; beside the runs, what was set aside. Raises InvalidInput as `read_groups`.
    """
    rows = _rows(name)
    have = list(rows[0]) if rows else []
    absent = [source for source in sources if source not in have]
    if absent:
        raise InvalidInput("--source", absent[0], f"a column of {name}: {', '.join(have) or 'it has none'}")
    others = [{head: cell for head, cell in row.items() if head not in sources} for row in rows]
    chosen = _column(name, others, column, None)
    kept, aside = parted(rows)
    found = []
    for place, row in kept:
        value = _number(name, place, row.get(chosen))
        found.append(([str(row.get(source)) for source in sources], math.nan if value is None else value))
    return found, aside.line(name)


def _unused(title: str, file: str, taken: Mapping[str, Group]) -> str:
    """The title, with its file where another file's group has it already, or counted where the same file has."""
    counted = (f"{title} ({count})" for count in itertools.count(2))
    own = [f"{title} ({file})"] if title not in (file, Path(file).stem) else []
    return next(group for group in itertools.chain([title], own, counted) if group not in taken)


def _title(name: str, names: Sequence[str]) -> str:
    stems = [Path(other).stem for other in dict.fromkeys(names)]
    return name if stems.count(Path(name).stem) > 1 else Path(name).stem or name


def _rows(name: str) -> list[dict[str, Any]]:
    text = _text(name)
    if name.endswith(".json") or text.lstrip().startswith("["):
        return _from_json(name, text)
    lines = [row for row in csv.reader(io.StringIO(text), delimiter=_delimiter(text)) if any(c.strip() for c in row)]
    if not lines:
        raise InvalidInput("FILE", name, "numbers; this is empty")
    if _is_number(lines[0][-1]):
        lines.insert(0, ["value"] if len(lines[0]) == 1 else [f"column {place + 1}" for place in range(len(lines[0]))])
    head = [cell.strip() for cell in lines[0]]
    for number, row in enumerate(lines[1:], start=2):
        if len(row) != len(head):
            raise InvalidInput(f"{name}, row {number}", row, f"{len(head)} cells, as the first row has")
    return [dict(zip(head, (cell.strip() for cell in row), strict=True)) for row in lines[1:]]


def _delimiter(text: str) -> str:
    first = text.lstrip().split("\n", 1)[0]
    return next((mark for mark in ("\t", ";") if mark in first), ",")


def _text(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1) if name == STDIN else Path(name).read_bytes()
    except FileNotFoundError:
        raise InvalidInput("FILE", name, "a file that exists, - for standard input, or a study's number") from None
    except OSError as error:
        raise InvalidInput("FILE", name, f"a file that can be read ({error.strerror})") from None
    if len(raw) > MAX_BYTES:
        raise InvalidInput("FILE", name, f"at most {MAX_BYTES} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("FILE", name, f"text in UTF-8; byte {error.start} is not") from None


def _from_json(name: str, text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{name}, line {error.lineno}", error.msg, "well-formed JSON") from None
    if isinstance(found, dict):
        found = [{"seed": seed, "value": value} for seed, value in found.items()]
    if not isinstance(found, list):
        raise InvalidInput("FILE", name, "a list of numbers or objects, or an object of numbers by seed")
    return [item if isinstance(item, dict) else {"value": item} for item in found]


def _split(name: str, rows: Sequence[Row], by: str) -> dict[str, list[Row]]:
    parts: dict[str, list[Row]] = {}
    for row in rows:
        if by not in row:
            raise InvalidInput("--by", by, f"a column of {name}: {', '.join(row)}")
        parts.setdefault(str(row[by]), []).append(row)
    return parts


def _group(name: str, rows: Sequence[Row], column: str | None, by: str | None) -> tuple[Group, Aside]:
    chosen = _column(name, rows, column, by)
    kept, aside = parted(rows, by)
    values = [_number(name, place, row.get(chosen)) for place, row in kept]
    if not rows or "seed" not in rows[0]:
        return values, aside
    by_seed: dict[int, float | None] = {}
    for (place, row), value in zip(kept, values, strict=True):
        seed = str(row.get("seed"))
        if not seed.removeprefix("-").isdecimal():
            raise InvalidInput(f"{name}, row {place}", seed, "a whole number in the column seed")
        if int(seed) in by_seed:
            raise InvalidInput(f"{name}, row {place}", seed, "each seed once; use --by to tell groups apart")
        by_seed[int(seed)] = value
    return by_seed, aside


def _column(name: str, rows: Sequence[Row], column: str | None, by: str | None) -> str:
    have = list(rows[0]) if rows else []
    if column is not None:
        if column not in have:
            raise InvalidInput("--column", column, f"a column of {name}: {', '.join(have) or 'it has none'}")
        return column
    if "value" in have:
        return "value"
    passed_over = {*(RECORD if is_own(have) else ("seed", "run")), by}
    others = [head for head in have if head not in passed_over]
    able = [head for head in others if any(_holds_number(row.get(head)) for row in rows)]
    if len(able) == 1:
        return able[0]
    if able or not others:
        raise InvalidInput(
            "--column", MISSING, f"the column of {name} with the values: {', '.join(able) or 'it has none'}"
        )
    text = "; ".join(f"{head} holds {shown(rows[0].get(head))}" for head in others[:3])
    raise InvalidInput("FILE", name, f"a column of numbers; {text}")


def _number(name: str, place: int, cell: Any) -> float | None:
    if cell is None or str(cell).strip().lower() in _ABSENT:
        return None
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name}, row {place}", cell, "a number, or nothing for a run without a result") from None


def _holds_number(cell: Any) -> bool:
    return cell is not None and str(cell).strip().lower() not in _ABSENT and _is_number(str(cell))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.strip().lower() in _ABSENT
    return True
