"""Tables of numbers with a class: CSV, TSV, Parquet, npz.

CSV and TSV may be gzipped. Files are read a part at a time, so that what is held is little more than the numbers.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread.datafiles import npz, parquet
from seedspread.datafiles.digests import existing
from seedspread.datafiles.labels import Labels
from seedspread.datafiles.stream import is_number, names_columns, read_rows
from seedspread.errors import InvalidInput

_MOST_SHOWN = 40
_MOST_NAMED = 20
_CHUNK_CELLS = 2**18
_ANOTHER = "the parameter `target` names another column as the class"


@dataclass(frozen=True)
class Table:
    """Examples as rows.

    `x` has shape (examples, features), float32; `y` holds indices (int32) into `classes`. `has_header` is False for a
    text file whose first line is an example; its columns are called `column 1`, `column 2`, ….
    """

    x: NDArray[np.float32]
    y: NDArray[np.int32]
    features: tuple[str, ...]
    classes: tuple[str, ...]
    has_header: bool = True


def read_table(path: str | os.PathLike[str], *, target: str = "", field: str = "data") -> Table:
    """Read a table whose column `target` names the class.

    By default it is the last column, or an npz file's `y`. The first line of a text file is an example if it holds
    numbers beside a class that other lines have too.

    Raises:
        InvalidInput: the file is missing, empty, unreadable, too large, or without that column; its features are not
            finite numbers; a class is missing; it has fewer than two rows or classes; or whether its first line names
            the columns cannot be told.
    """
    file = existing(path, field=field)
    with file.open("rb") as raw:
        start = raw.read(4)
    if file.suffix == ".npz" or start == npz.MAGIC:
        return _from_npz(file, field)
    reader = _Reader(file, target, field)
    if file.suffix in parquet.SUFFIXES or start == parquet.MAGIC:
        with parquet.opened(file, field) as (names, batches):
            at = reader.target_in(names)
            first_row = 1
            for columns in batches:
                cells = [_cells(column) for column in columns]
                reader.add(names, at, cells, first_row)
                first_row += len(columns[0])
            return reader.table(names, at)
    return _from_text(reader)


class _Reader:
    """Rows of a file, taken a part at a time."""

    def __init__(self, file: Path, target: str, field: str) -> None:
        self.file = file
        self.field = field
        self.target = target
        self.labels = Labels(str(file), field)
        self._parts: list[NDArray[np.float32]] = []

    def target_in(self, names: Sequence[str]) -> int:
        """Return the position of the class among the columns.

        Raises:
            InvalidInput: there is no such column, or no column beside it.
        """
        if not names:
            raise self.refusal("a table with columns; it has none")
        wanted = self.target or names[-1]
        if wanted not in names:
            listed = ", ".join(names[:_MOST_NAMED])
            raise self.refusal(f"a table with a column {wanted!r} (`target`); it has {listed}")
        if len(names) < 2:
            raise self.refusal(f"at least one column beside that of the class, {wanted!r}")
        return names.index(wanted)

    def column(self, name: str) -> str:
        """Return the name of the column of the class for messages."""
        return repr(name) if self.target else f"{name!r}, the last"

    def refusal(self, expected: str, hint: str | None = None) -> InvalidInput:
        """Return an error on the file."""
        return InvalidInput(self.field, str(self.file), expected, hint=hint)

    def numbers(self, names: Sequence[str], at: int, columns: Sequence[Any], first_row: int) -> NDArray[np.float32]:
        """Return the features of some rows.

        Raises:
            InvalidInput: a cell is no finite number.
        """
        parts = []
        for position, column in enumerate(columns):
            if position == at:
                continue
            try:
                parts.append(_floats(column))
            except (TypeError, ValueError):
                where = _first_text(column, names[position], first_row)
                expected = f"numbers in every column but that of the class ({self.column(names[at])}); {where}"
                raise self.refusal(expected, _ANOTHER) from None
        with np.errstate(over="ignore"):  # a number that is too large becomes infinite, and is refused as such
            numbers = np.column_stack(parts).astype(np.float32)
        if not np.isfinite(numbers).all():
            raise self.refusal("a finite number in every cell; some are missing, infinite or too large")
        return numbers

    def add(self, names: Sequence[str], at: int, columns: Sequence[Any], first_row: int) -> None:
        """Take some rows, given as columns."""
        self._parts.append(self.numbers(names, at, columns, first_row))
        self.labels.add(_values(columns[at]), first_row, self.column(names[at]))

    def add_first(self, names: Sequence[str], at: int, row: Sequence[str]) -> None:
        """Take the first line, once it is known to be an example."""
        self._parts.insert(0, self.numbers(names, at, [[cell] for cell in row], 1))
        self.labels.add_first(row[at])

    def table(self, names: Sequence[str], at: int, *, has_header: bool = True) -> Table:
        """Return all rows.

        Raises:
            InvalidInput: there are too few rows or classes, or too many classes.
        """
        column = f"the column {self.column(names[at])}"
        if len(self.labels) < 2 or self.labels.different < 2:
            raise self.refusal(f"at least two rows and two different classes in {column}", _ANOTHER)
        if self.labels.are_no_classes:
            different = f"{self.labels.different:,} different values in {len(self.labels):,} rows"
            raise self.refusal(f"classes to predict in {column}; it has {different}", _ANOTHER)
        y, classes = self.labels.coded()
        features = tuple(name for position, name in enumerate(names) if position != at)
        return Table(np.concatenate(self._parts), y, features, classes, has_header)


def _from_text(reader: _Reader) -> Table:
    rows = read_rows(reader.file, field=reader.field)
    first = [cell.strip() for cell in next(rows)]
    numbered = [f"column {at}" for at in range(1, len(first) + 1)]
    names = numbered if reader.target in numbered and reader.target not in first else first
    at = reader.target_in(names)
    # The first line may name the columns or be an example. Which of the two it is follows from the other lines.
    is_unclear = reader.target not in first and all(
        is_number(cell) for position, cell in enumerate(first) if position != at
    )
    if names is first and not is_unclear and len(set(first)) != len(first):
        raise reader.refusal("a first line that names every column differently")
    for first_row, columns in _chunks(rows, len(first), reader):
        reader.add(names, at, columns, first_row)
    if is_unclear:
        features = [cell for position, cell in enumerate(first) if position != at]
        named = names_columns(features, first[at] in reader.labels)
        if named is None:
            shown = ", ".join(first[:5])
            expected = f"a first line that names the columns; this one ({shown}) may be names or an example"
            raise reader.refusal(expected, "put a line such as a,b,class above it")
        if not named:
            reader.add_first(numbered, at, first)
            return reader.table(numbered, at, has_header=False)
    if names is numbered:
        raise reader.refusal(f"a column {reader.target!r} (`target`); it has {', '.join(first[:_MOST_NAMED])}")
    return reader.table(names, at)


def _chunks(rows: Iterator[list[str]], width: int, reader: _Reader) -> Iterator[tuple[int, list[list[str]]]]:
    """Yield columns of some rows each, with the first row's number.

    Raises:
        InvalidInput: a row has more or fewer cells than the first line.
    """
    first_row = 2
    size = max(1, _CHUNK_CELLS // width)
    while part := list(islice(rows, size)):
        for number, row in enumerate(part, start=first_row):
            if len(row) != width:
                raise reader.refusal(f"{width} columns in every row; row {number} has {len(row)}")
        yield first_row, [[cell.strip() for cell in column] for column in zip(*part, strict=True)]
        first_row += len(part)


def _from_npz(file: Path, field: str) -> Table:
    with npz.opened(file, field) as stored:
        if not {"x", "y"} <= set(stored.names):
            raise InvalidInput(field, str(file), f"arrays `x` and `y`; it has {npz.listed(stored.names)}")
        x_header, y_header = (next(header for header in stored.headers if header.name == name) for name in "xy")
        if len(x_header.shape) != 2 or len(y_header.shape) != 1 or x_header.dtype.kind not in "iufb":
            expected = "numbers `x` of shape (examples, features) and `y` of shape (examples,)"
            types = f"x {x_header.dtype} {x_header.shape}, y {y_header.dtype} {y_header.shape}"
            raise InvalidInput(field, types, expected)
        if y_header.dtype.kind not in "iufbUS":
            raise InvalidInput(field, f"y {y_header.dtype}", "numbers or text in `y`")
        x, y = stored.read("x"), stored.read("y")
    if len(x) != len(y):
        raise InvalidInput(field, f"{len(x)} rows of x, {len(y)} of y", "as many of one as of the other")
    reader = _Reader(file, "y", field)
    names = [*(f"x{column}" for column in range(x.shape[1])), "y"]
    if len(names) < 2:
        raise reader.refusal("at least one column of `x`")
    with np.errstate(over="ignore"):
        inputs = np.ascontiguousarray(x, dtype=np.float32)
    if not np.isfinite(inputs).all():
        raise reader.refusal("a finite number in every cell; some are missing, infinite or too large")
    reader.labels.add(_texts(y) if y.dtype.kind == "S" else y.tolist(), 1, "'y'")
    reader._parts.append(inputs)
    return reader.table(names, len(names) - 1)


def _texts(values: NDArray[np.bytes_]) -> list[str]:
    return [value.decode("utf-8", "replace") for value in values.tolist()]


@dataclass(frozen=True)
class _Dictionary:
    """Column as positions in a list of values.

    The position -1 stands for no value.
    """

    values: list[Any]
    positions: NDArray[np.int64]


def _cells(column: Any) -> Any:
    """Return a column of Parquet as numbers or as a dictionary."""
    import pyarrow as arrow

    kind = column.type
    if arrow.types.is_dictionary(kind):
        positions = column.indices.cast(arrow.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
        return _Dictionary(column.dictionary.to_pylist(), positions)
    if arrow.types.is_floating(kind) or arrow.types.is_integer(kind):
        return column
    return column.to_pylist()


def _floats(column: Any) -> NDArray[np.float64]:
    """Return cells as numbers; missing ones as NaN."""
    if isinstance(column, _Dictionary):
        values = np.asarray([*column.values, math.nan], dtype=np.float64)
        return values[column.positions]
    if hasattr(column, "to_numpy"):
        import pyarrow as arrow

        return np.asarray(column.cast(arrow.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
    return np.asarray(column, dtype=np.float64)


def _values(column: Any) -> Iterable[Any]:
    """Return the labels of a column."""
    if isinstance(column, _Dictionary):
        values = [*column.values, None]
        return (values[position] for position in column.positions.tolist())
    values = column.to_pylist() if hasattr(column, "to_pylist") else column
    return (value if isinstance(value, str | int | float | None) else _text(value) for value in values)


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _first_text(column: Any, name: str, first_row: int) -> str:
    """Locate the first cell that is not a number.

    Row numbers of a text file include the header.
    """
    if isinstance(column, _Dictionary):
        column = [*_values(column)]
    for row, value in enumerate(column, start=first_row):
        try:
            np.float64(value)
        except (TypeError, ValueError):
            text = str(value)
            cell = repr(value if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…") if value else "nothing"
            return f"{name!r} holds {cell} in row {row}"
    return f"{name!r} holds text"
