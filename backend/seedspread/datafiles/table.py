"""Tables of numbers with a class: CSV, TSV, Parquet, npz.

CSV and TSV may be gzipped.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread.datafiles import npz
from seedspread.datafiles.digests import existing
from seedspread.datafiles.text import read_rows
from seedspread.errors import InvalidInput

_PARQUET = (".parquet", ".pq")
_MOST_SHOWN = 40
_ANOTHER = "the parameter `target` names another column as the class"


@dataclass(frozen=True)
class Table:
    """Examples as rows.

    `x` has shape (examples, features), float32; `y` holds indices (int32) into `classes`.
    """

    x: NDArray[np.float32]
    y: NDArray[np.int32]
    features: tuple[str, ...]
    classes: tuple[str, ...]


def read_table(path: str | os.PathLike[str], *, target: str = "", field: str = "data") -> Table:
    """Read a table whose column `target` names the class.

    By default it is the last column, or an npz file's `y`.

    Raises:
        InvalidInput: the file is missing, empty, unreadable, or without that column; its features are not finite
            numbers; or it has fewer than two rows or classes.
    """
    file = existing(path, field=field)
    if file.suffix == ".npz":
        return _checked(*_from_npz(file, field), field=field, path=file, column="the array `y`")
    names, columns = _from_parquet(file, field) if file.suffix in _PARQUET else _from_text(file, field)
    if not names:
        raise InvalidInput(field, str(file), "a table with columns; it has none")
    wanted = target or names[-1]
    if wanted not in names:
        raise InvalidInput(
            field, str(file), f"a table with a column {wanted!r} (`target`); it has {', '.join(names[:20])}"
        )
    features = [name for name in names if name != wanted]
    if not features:
        raise InvalidInput(field, str(file), f"at least one column beside that of the class, {wanted!r}")
    chosen = f"{wanted!r}, the last" if not target else repr(wanted)
    x = np.column_stack([_numbers(columns[name], name, field, file, chosen) for name in features])
    y = np.asarray(columns[wanted])
    return _checked(x, y, tuple(features), field=field, path=file, column=f"the column {chosen}")


def _from_text(file: Path, field: str) -> tuple[list[str], dict[str, Any]]:
    header, *rows = read_rows(file, field=field)
    names = [name.strip() for name in header]
    if len(set(names)) != len(names):
        raise InvalidInput(field, str(file), "a first line that names every column differently")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise InvalidInput(field, str(file), f"{len(names)} columns in every row; row {number} has {len(row)}")
    return names, {name: [row[at].strip() for row in rows] for at, name in enumerate(names)}


def _from_parquet(file: Path, field: str) -> tuple[list[str], dict[str, Any]]:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise InvalidInput(field, str(file), "CSV, TSV or npz; for Parquet, pyarrow must be installed") from error
    try:
        table = parquet.read_table(file)
    except (arrow.ArrowException, OSError) as error:
        raise InvalidInput(field, str(file), f"a Parquet file ({error})") from error
    return list(table.column_names), {name: table[name].to_pylist() for name in table.column_names}


def _from_npz(file: Path, field: str) -> tuple[Any, Any, tuple[str, ...]]:
    with npz.opened(file, field) as stored:
        if not {"x", "y"} <= set(stored.files):
            raise InvalidInput(field, str(file), f"arrays `x` and `y`; it has {', '.join(stored.files) or 'none'}")
        x, y = stored["x"], stored["y"]
    if x.ndim != 2 or y.ndim != 1 or x.dtype.kind not in "iufb":
        expected = "numbers `x` of shape (examples, features) and `y` of shape (examples,)"
        raise InvalidInput(field, f"x {x.dtype} {x.shape}, y {y.shape}", expected)
    return x, y, tuple(f"x{column}" for column in range(x.shape[1]))


def _numbers(column: Any, name: str, field: str, file: Path, target: str) -> NDArray[np.float64]:
    try:
        return np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):
        expected = f"numbers in every column but that of the class ({target}); {_first_text(column, name, file)}"
        raise InvalidInput(field, str(file), expected, hint=_ANOTHER) from None


def _first_text(column: Sequence[Any], name: str, file: Path) -> str:
    """Locate the first cell that is not a number.

    Row numbers of a text file include the header.
    """
    for row, value in enumerate(column, start=1 if file.suffix in _PARQUET else 2):
        try:
            np.float64(value)
        except (TypeError, ValueError):
            cell = (
                repr(value if len(str(value)) <= _MOST_SHOWN else f"{str(value)[:_MOST_SHOWN]}…")
                if value
                else "nothing"
            )
            return f"{name!r} holds {cell} in row {row}"
    return f"{name!r} holds text"


def _checked(x: Any, y: Any, features: tuple[str, ...], *, field: str, path: Path, column: str) -> Table:
    if len(x) != len(y):
        raise InvalidInput(field, f"{len(x)} rows of x, {len(y)} of y", "as many of one as of the other")
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is said so
        inputs = np.ascontiguousarray(x, dtype=np.float32)
    if not np.isfinite(inputs).all():
        raise InvalidInput(field, str(path), "a finite number in every cell; some are missing, infinite or too large")
    if y.dtype.kind == "O":
        y = y.astype(str)
    classes, labels = np.unique(y, return_inverse=True)
    if len(y) < 2 or len(classes) < 2:
        expected = f"at least two rows and two different classes in {column}"
        raise InvalidInput(field, str(path), expected, hint=_ANOTHER)
    if len(classes) > 1000 or len(classes) > len(y) / 2:
        requirement = f"classes to predict in {column}; it has {len(classes):,} different values in {len(y):,} rows"
        raise InvalidInput(field, str(path), requirement, hint=_ANOTHER)
    return Table(inputs, labels.astype(np.int32), features, tuple(map(str, classes.tolist())))
