"""Contents of a data file: examples, columns and classes, or arrays.

A bad file is refused when a study is submitted, before it can fail in every run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from seedspread.core.manifest import DataDigest
from seedspread.datafiles import npz
from seedspread.datafiles.digests import digest, existing
from seedspread.datafiles.table import read_table
from seedspread.datafiles.text import read_text
from seedspread.errors import InvalidInput

KINDS = ("table", "text", "arrays")
"""The kinds of data files there are, in the order in which a file of unknown kind is tried."""


@dataclass(frozen=True)
class Contents:
    """Contents of a file, in numbers.

    `classes` are the labels with their number of examples, in the order in which trainings number them. `features`
    counts the columns without the class, and is None for texts. A file of arrays only has `arrays`: name, type and
    shape of each. `has_header` is False for a text file whose first line is an example.
    """

    kind: str
    digest: DataDigest
    examples: int | None = None
    features: int | None = None
    classes: tuple[tuple[str, int], ...] = ()
    arrays: tuple[tuple[str, str, tuple[int, ...]], ...] = ()
    has_header: bool = True


def contents(
    path: str | os.PathLike[str], *, kind: str | None = None, target: str = "", field: str = "data"
) -> Contents:
    """Read the contents of a file.

    An unchanged file is read once per process.

    Args:
        kind: one of `KINDS`; None tries them one after the other.
        target: for a table, the column of the class; empty for the last one.

    Raises:
        InvalidInput: the file is missing, empty, or not of this kind (or of any kind, if `kind` is None).
    """
    file = existing(path, field=field)
    if kind is not None:
        return _read(file, kind, target, field)
    faults: list[str] = []
    for candidate in KINDS if file.suffix == ".npz" else KINDS[:2]:
        try:
            return _read(file, candidate, target, field)
        except InvalidInput as fault:
            faults.append(f"as {'labelled text' if candidate == 'text' else candidate}: expected {fault.expected}")
    raise InvalidInput(field, os.fspath(path), f"a file that reads as one of the kinds ({'; '.join(faults)})")


def _read(file: Path, kind: str, target: str, field: str) -> Contents:
    stat = file.stat()
    return _read_once(str(file), kind, target, field, (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino))


@lru_cache(maxsize=256)
def _read_once(path: str, kind: str, target: str, field: str, _as_it_was: tuple[int, ...]) -> Contents:
    if kind == "text":
        text = read_text(path, field=field)
        labelled = _classes(text.classes, text.labels)
        return Contents(kind, digest(path, field=field), len(text.texts), None, labelled, has_header=text.has_header)
    if kind == "table":
        table = read_table(path, target=target, field=field)
        labelled = _classes(table.classes, table.y)
        features = len(table.features)
        return Contents(kind, digest(path, field=field), len(table.y), features, labelled, has_header=table.has_header)
    known_digest = inspect(kind, path, field=field)
    return Contents(kind, known_digest or digest(path, field=field), arrays=_arrays(path, field))


def _classes(names: tuple[str, ...], labels: NDArray[Any]) -> tuple[tuple[str, int], ...]:
    counted = Counter(labels.tolist())
    return tuple((name, counted[index]) for index, name in enumerate(names))


def _arrays(path: str, field: str) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
    """Return name, type and shape of each array."""
    with npz.opened(path, field) as stored:
        return tuple((header.name, str(header.dtype), header.shape) for header in stored.headers)


def inspect(kind: str, value: str, *, field: str, sets: Sequence[str] = (), target: str = "") -> DataDigest | None:
    """Check that a file is of its kind and return its digest.

    Return None for a built-in data set.

    Args:
        kind: `text`, `table` or `arrays`, the parameter's `x-data`.
        value: a path, or a name among `sets` (the parameter's `x-data-sets`).
        field: the dotted position of `value` in the user's input.
        sets: names of built-in data sets.
        target: for a table, the column of the class.

    Raises:
        InvalidInput: the file is missing, empty, or not of this kind.
    """
    if value in sets:
        return None
    if sets and "/" not in value and "." not in value and not Path(value).exists():
        raise InvalidInput(field, value, f"{', '.join(sets)}, or the path of a file")
    existing(value, field=field)
    if kind == "text":
        read_text(value, field=field)
    elif kind == "table":
        read_table(value, target=target, field=field)
    elif kind == "arrays":
        _read_arrays(value, field)
    return digest(value, field=field)


def _read_arrays(value: str, field: str) -> None:
    with npz.opened(value, field) as stored:
        stored.verify()
