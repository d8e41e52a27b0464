"""Inspect data files when a study is submitted.

A bad file is refused there, before it can fail in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seedspread.core.manifest import DataDigest
from seedspread.datafiles import npz
from seedspread.datafiles.digests import digest, existing
from seedspread.datafiles.table import read_table
from seedspread.datafiles.text import read_text
from seedspread.errors import InvalidInput


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
        if not stored.files:
            raise InvalidInput(field, value, "an npz file with at least one array")
