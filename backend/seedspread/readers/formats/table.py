"""Table of a file's content.

It has one row per run (or epoch), with numbers, words or series in its cells.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from seedspread import summaries
from seedspread.errors import InvalidInput
from seedspread.readers.formats import sentences
from seedspread.readers.formats.vocabulary import End, end_of

ABSENT = frozenset(
    {"", "null", "none", "na", "n/a", "n.a.", "#n/a", "-", "--", "---", "–", "—", "<na>", "?", ".", "...", "…",
     "missing", "(missing)", "tbd", "#div/0!", "#value!", "#num!", "#ref!", "#name?", "#null!"}
)  # fmt: skip
"""Words that mean no result in a column of numbers."""

_PLAIN = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,100})?")
_INTEGER = re.compile(r"[+-]?\d+")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+(e[+-]?\d+)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
# Marks that separate thousands and nothing else.
_GROUPED = re.compile(r"(?<=\d)['’_ \u00a0\u202f](?=\d{3}(?!\d))")
_SPREAD = re.compile(r"[+-]?[\d.,]+\s*%?\s*(?:(?:±|\+/-|\+-)\s*[\d.,]+\s*%?|\(\s*±?\s*[\d.,]+\s*%?\s*\))")
_UNIT = re.compile(
    r"(?P<number>[+\-−]?[\d.,'’_ \u00a0\u202f]*\d(?:[eE][+-]?\d+)?)\s*"
    r"(?P<unit>[nµμm]?s|secs?|min|h|hours?|[kKMGT]i?B|W|k?J|k?Wh|dB|pts?|points?|pp|bits|nats|fps|Hz|°C|€|\$|USD|EUR"
    r"|(?:it|tok|tokens|samples|steps|img|images)/s)"
)
_LONGEST_NUMBER = 400  # longer ones are no results, and int() takes quadratic time for them


@dataclass(frozen=True)
class Series:
    """Values of a metric over the steps of one run.

    steps, values: of equal length. Steps are integers or floats as they were written; a NaN among the values is a
    value.
    """

    steps: Sequence[int | float]
    values: Sequence[float]

    def __hash__(self) -> int:
        """Hash the length and the last value; arrays have no hash."""
        return hash((len(self.values), *self.values[-1:]))

    def last(self) -> float | None:
        """Return the value at the largest step, or None without values.

        Of equal steps, the later one counts.
        """
        if not self.values:
            return None
        return self.values[max(range(len(self.steps)), key=lambda at: (self.steps[at], at))]

    def best(self, *, maximize: bool) -> float | None:
        """Return the best finite value.

        It is NaN if no value is finite, and None without values.
        """
        finite = [value for value in self.values if math.isfinite(value)]
        if not self.values:
            return None
        return (max if maximize else min)(finite) if finite else math.nan

    def area(self) -> float | None:
        """Return the area under the curve, divided by its length.

        It is None without values.
        """
        return summaries.area(self.steps, self.values) if self.values else None

    def value(self, summary: str, *, maximize: bool) -> float | None:
        """Return a summary value of the series; None without values."""
        if summary == summaries.AREA:
            return self.area()
        return self.best(maximize=maximize) if summary == summaries.BEST else self.last()


class Ended(str):
    """Word in place of a number that says how a run ended.

    Examples: `failed`, `OOM`. It stands for itself: a run with one result may have failed in another arm's column of
    the same row.
    """

    __slots__ = ()


Cell = str | int | float | bool | Series | None
Row = dict[str, Cell]


@dataclass
class Table:
    """Rows of a file under named columns.

    Attributes:
        name: of the file, for messages.
        rows: one mapping of column to cell each; every row has every column.
        labels: position of each row (`row 3`, `run 8f2c`), for messages.
        notes: sentences on the conversions made.
        metrics, parameters: columns whose role the format itself declares.
    """

    name: str
    columns: list[str]
    rows: list[Row]
    labels: list[str]
    notes: list[str] = field(default_factory=list)
    metrics: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)

    def column(self, name: str) -> list[Cell]:
        """Return the cells of one column, one per row."""
        return [row[name] for row in self.rows]

    def different(self, name: str) -> list[Cell]:
        """Return the distinct filled cells of a column, in order of appearance."""
        return list(dict.fromkeys(cell for cell in self.column(name) if not is_blank(cell)))

    def is_numeric(self, name: str) -> bool:
        """Return True if every filled cell is a number or a series.

        At least one cell must be filled.
        """
        cells = [cell for cell in self.column(name) if not is_blank(cell)]
        return bool(cells) and all(is_number(cell) for cell in cells)

    def label(self, at: int) -> str:
        """Return a row's file and position, for messages."""
        return f"{self.name}, {self.labels[at]}"


def is_blank(cell: Cell) -> bool:
    """Return True for an empty cell or the end of a run.

    Words such as `none` are not empty, since an arm may have that name.
    """
    return cell is None or isinstance(cell, Ended) or (isinstance(cell, str) and not cell.strip())


def is_absent(cell: Cell) -> bool:
    """Return True if a cell means that a run has no result."""
    return cell is None or isinstance(cell, Ended) or (isinstance(cell, str) and cell.strip().lower() in ABSENT)


def is_mean_with_spread(cell: Cell) -> bool:
    """Return True for a mean and its spread.

    Examples: `0.914 ± 0.004`, `91.4 (0.4)`.
    """
    return isinstance(cell, str) and _SPREAD.fullmatch(cell.strip()) is not None


def is_number(cell: Cell) -> bool:
    """Return True if a cell is a number or a numeric series.

    True and False are not numbers.
    """
    return isinstance(cell, int | float | Series) and not isinstance(cell, bool)


def make_table(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], labels: Sequence[str]) -> Table:
    """Build a table, parsing columns of written numbers.

    A column becomes numeric if every filled cell is a number: `0.912`, `91.2%`, and `0,912` if the file writes decimal
    commas. Words such as `failed` or `OOM` among them say how those runs ended. Other columns remain text.

    Raises:
        InvalidInput: a column twice, or ambiguous numbers such as `1,234`.
    """
    twice = next((column for at, column in enumerate(columns) if column in columns[:at]), None)
    if twice is not None:
        raise InvalidInput("FILE", name, f"a file with different column names; {twice!r} is there twice")
    listed = [list(row) for row in rows]
    notes = []
    for at in range(len(columns)):
        for row, cell in zip(listed, _with_ends([row[at] for row in listed]), strict=True):
            row[at] = cell
    comma = _decimal_comma(name, listed, labels)
    percent = []
    for at, column in enumerate(columns):
        cells = [row[at] for row in listed]
        numbers = _numbers(cells, comma=comma)
        if numbers is None:
            numbers, unit = _without_unit(cells, comma=comma)
            notes += [sentences.unit_of(column, unit)] if unit else []
        if numbers is None:
            continue
        if any(map(_is_percentage, cells)):
            percent.append(column)
            numbers, unsigned = _on_one_scale(name, column, cells, numbers, labels)
            notes += [sentences.percent_signs_missing(unsigned, column)] if unsigned else []
        for row, number in zip(listed, numbers, strict=True):
            row[at] = number
    if comma:
        notes.append(sentences.DECIMAL_COMMAS)
    if percent:
        notes.append(sentences.percentages(percent))
    return Table(name, list(columns), [dict(zip(columns, row, strict=True)) for row in listed], list(labels), notes)


def written_number(text: str, *, comma: bool = False) -> int | float | None:
    """Parse the number that a text holds, or return None.

    Whole numbers stay exact at any size; a percentage becomes a share.
    """
    bare = text.strip()
    if _PLAIN.fullmatch(bare):
        return float(bare) if "." in bare else int(bare)
    bare = bare.replace("−", "-")
    if not bare or len(bare) > _LONGEST_NUMBER:
        return None
    bare = _GROUPED.sub("", bare)
    if bare.endswith("%"):
        return _percentage(bare[:-1].rstrip(), comma=comma)
    if comma and _COMMA.fullmatch(bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif not comma and _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    if _INTEGER.fullmatch(bare):
        return int(bare)
    return float(bare) if _FLOAT.fullmatch(bare) else None


def _percentage(bare: str, *, comma: bool) -> float | None:
    if _COMMA.fullmatch(bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif comma and "," in bare:
        return None
    if not _FLOAT.fullmatch(bare) or not bare[-1:].isdigit():
        return None
    # Shifting the point in decimal keeps 91.2% equal to the 0.912 that another file holds.
    mantissa, _, exponent = bare.lower().partition("e")
    return float(f"{mantissa}e{int(exponent or 0) - 2}")


def _is_percentage(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.strip().endswith("%")


def _on_one_scale(
    name: str, column: str, cells: Sequence[Cell], numbers: Sequence[Cell], labels: Sequence[str]
) -> tuple[list[Cell], int]:
    """Return a column as shares, and how many lacked a percent sign.

    Plain numbers up to 1 are shares already. If all are above 1, their percent sign is missing.

    Raises:
        InvalidInput: there are both kinds.
    """
    plain = {
        at: number
        for at, number in enumerate(numbers)
        if isinstance(number, int | float) and math.isfinite(number) and number and not _is_percentage(cells[at])
    }
    above = {at: float(number) for at, number in plain.items() if abs(number) > 1}
    if above and len(above) < len(plain):
        at = next(iter(above))
        example = next(cell for cell in cells if _is_percentage(cell))
        expected = f"a percent sign on every percentage: other rows have shares up to 1, and {example!s}"
        raise InvalidInput(f"{name}, {labels[at]}, {column}", cells[at], expected)
    shares = {at: _percentage(repr(number), comma=False) for at, number in above.items()}
    return [shares.get(at, number) for at, number in enumerate(numbers)], len(above)


def _with_ends(cells: Sequence[Cell]) -> list[Cell]:
    """Mark words in a column of numbers that say how runs ended.

    A column with any other word, or without a number, is left as it is: there such a word may be a name.
    """
    words = {at for at, cell in enumerate(cells) if isinstance(cell, str) and _is_end(cell)}
    if not words:
        return list(cells)
    others = [cell for at, cell in enumerate(cells) if at not in words and not is_absent(cell)]
    if not others or not all(_is_some_number(cell) for cell in others):
        return list(cells)
    return [Ended(str(cell).strip()) if at in words else cell for at, cell in enumerate(cells)]


def _is_end(word: str) -> bool:
    # Most cells are numbers, and there may be millions of them.
    return word.lstrip()[:1].isalpha() and end_of(word) not in (None, End.FINISHED)


def _is_some_number(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return is_number(cell)
    return written_number(cell) is not None or written_number(cell, comma=True) is not None


def _numbers(cells: Sequence[Cell], *, comma: bool) -> list[Cell] | None:
    """Return the cells as numbers.

    The result is None if a cell is a word, or if all are empty.
    """
    numbers: list[Cell] = []
    written = False
    for cell in cells:
        if isinstance(cell, str):
            number = written_number(cell, comma=comma)
            if number is None and not is_absent(cell):
                return None
            numbers.append(cell if isinstance(cell, Ended) else number)
            written = written or number is not None
        elif cell is None or is_number(cell):
            numbers.append(cell)
            written = written or cell is not None
        else:
            return None
    return numbers if written else None


def _without_unit(cells: Sequence[Cell], *, comma: bool) -> tuple[list[Cell] | None, str]:
    """Return a column's numbers without their unit, and the unit.

    They are None where units differ: 900 ms and 1.2 s are no numbers of one scale.
    """
    matches = [
        _UNIT.fullmatch(cell.strip()) if isinstance(cell, str) and not is_absent(cell) else None for cell in cells
    ]
    units = {match["unit"] for match in matches if match}
    rest = [cell for cell, match in zip(cells, matches, strict=True) if match is None]
    if len(units) != 1 or not all(is_absent(cell) for cell in rest):
        return None, ""
    bare = [match["number"] if match else cell for cell, match in zip(cells, matches, strict=True)]
    numbers = _numbers(bare, comma=comma)
    return numbers, units.pop() if numbers is not None else ""


def _decimal_comma(name: str, rows: Sequence[Sequence[Cell]], labels: Sequence[str]) -> bool:
    """Return True if the file writes decimal commas.

    It does if a column holds nothing but numbers then.

    Raises:
        InvalidInput: every comma could also separate thousands.
    """
    width = len(rows[0]) if rows else 0
    doubtful: tuple[str, str] | None = None
    for at in range(width):
        if not any("," in row[at] for row in rows if isinstance(row[at], str)):  # type: ignore[operator]
            continue
        cells = [(label, row[at]) for row, label in zip(rows, labels, strict=True)]
        texts = [
            (label, _GROUPED.sub("", cell.strip().rstrip("%").rstrip()))
            for label, cell in cells
            if isinstance(cell, str) and not is_absent(cell)
        ]
        commas = [(label, text) for label, text in texts if "," in text]
        if not commas or not all(_COMMA.fullmatch(text) or written_number(text) is not None for _, text in texts):
            continue
        if any(("." in text or text.count(",") > 1) and _THOUSANDS.fullmatch(text) for _, text in commas):
            continue  # 1,234.5 and 1,234,567 can be read in one way only
        if not all(_THOUSANDS.fullmatch(text) for _, text in commas):
            return True
        doubtful = doubtful or commas[0]
    if doubtful is not None:
        label, text = doubtful
        hint = "Write 1234 for a thousands comma, 1.234 for a decimal comma."
        raise InvalidInput(f"{name}, {label}", text, "a number that can be read in one way only", hint=hint)
    return False


def plain(cell: Cell) -> str:
    """Format a cell for names and messages.

    Examples: `0.001`, `32` (also for 32.0), `wide`.
    """
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
