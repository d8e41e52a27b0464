"""Numbers from a file: one a line, a CSV with or without seeds, or a JSON list; groups by file or by a column."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seedspread.errors import MISSING, InvalidInput

Group = dict[int, float | None] | list[float | None]

STDIN = "-"
MAX_BYTES = 200_000_000
_ABSENT = {"", "null", "none", "na"}


def read_groups(names: Sequence[str], column: str | None, by: str | None) -> dict[str, Group]:
    """The groups in some files: one a file, or with `by` one a value of that column.

    A column called `seed` makes values known by seed. An empty cell is a run without a result.

    Raises:
        InvalidInput: a file that cannot be read, a column that is not there, a cell that is no number, a seed twice.
    """
    groups: dict[str, Group] = {}
    for name in names:
        rows = _rows(name)
        parts = {_title(name, names): rows} if by is None else _split(name, rows, by)
        for title, part in parts.items():
            groups[title if title not in groups else f"{title} ({name})"] = _group(name, part, column, by)
    return groups


def read_crossed(name: str, sources: Sequence[str], column: str | None) -> list[tuple[list[str], float]]:
    """Runs of crossed sources from a file: a column with the levels of each source, and one of values.

    A run without a result has NaN. Raises InvalidInput as `read_groups`.
    """
    rows = _rows(name)
    have = list(rows[0]) if rows else []
    absent = [source for source in sources if source not in have]
    if absent:
        raise InvalidInput("--source", absent[0], f"a column of {name}: {', '.join(have) or 'it has none'}")
    others = [{head: cell for head, cell in row.items() if head not in sources} for row in rows]
    chosen = _column(name, others, column, None)
    found = []
    for place, row in enumerate(rows, start=2):
        value = _number(name, place, row.get(chosen))
        found.append(([str(row.get(source)) for source in sources], math.nan if value is None else value))
    return found


def _title(name: str, names: Sequence[str]) -> str:
    stems = [Path(other).stem for other in names]
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


def _split(name: str, rows: Sequence[Mapping[str, Any]], by: str) -> dict[str, list[Mapping[str, Any]]]:
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if by not in row:
            raise InvalidInput("--by", by, f"a column of {name}: {', '.join(row)}")
        parts.setdefault(str(row[by]), []).append(row)
    return parts


def _group(name: str, rows: Sequence[Mapping[str, Any]], column: str | None, by: str | None) -> Group:
    chosen = _column(name, rows, column, by)
    values = [_number(name, place, row.get(chosen)) for place, row in enumerate(rows, start=2)]
    if not rows or "seed" not in rows[0]:
        return values
    by_seed: dict[int, float | None] = {}
    for place, (row, value) in enumerate(zip(rows, values, strict=True), start=2):
        seed = str(row.get("seed"))
        if not seed.removeprefix("-").isdecimal():
            raise InvalidInput(f"{name}, row {place}", seed, "a whole number in the column seed")
        if int(seed) in by_seed:
            raise InvalidInput(f"{name}, row {place}", seed, "each seed once; use --by to tell groups apart")
        by_seed[int(seed)] = value
    return by_seed


def _column(name: str, rows: Sequence[Mapping[str, Any]], column: str | None, by: str | None) -> str:
    have = list(rows[0]) if rows else []
    if column is not None:
        if column not in have:
            raise InvalidInput("--column", column, f"a column of {name}: {', '.join(have) or 'it has none'}")
        return column
    able = [head for head in have if head not in ("seed", "run", by) and _is_number(str(rows[0][head]))]
    if "value" in have:
        return "value"
    if len(able) == 1:
        return able[0]
    raise InvalidInput(
        "--column", MISSING, f"the column of {name} with the values: {', '.join(able or have) or 'it has none'}"
    )


def _number(name: str, place: int, cell: Any) -> float | None:
    if cell is None or str(cell).strip().lower() in _ABSENT:
        return None
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name}, row {place}", cell, "a number, or nothing for a run without a result") from None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.strip().lower() in _ABSENT
    return True
