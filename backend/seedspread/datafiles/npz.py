"""Open NumPy's npz files; report anything else in one sentence."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from seedspread.errors import InvalidInput


@contextmanager
def opened(path: str | Path, field: str) -> Iterator[NpzFile]:
    """Open the file's arrays by name, read on demand.

    Raises:
        InvalidInput: the file is no npz file, holds Python objects, or has an unreadable array.
    """
    try:
        stored = np.load(path, allow_pickle=False)
        if not isinstance(stored, NpzFile):
            expected = "an npz file of named arrays, as `numpy.savez` writes it; this is a single array"
            raise InvalidInput(field, str(path), expected)
        with stored:
            yield stored
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(field, str(path), f"an npz file of plain arrays ({error})") from error
