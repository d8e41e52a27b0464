"""Read rows of text files, plain or gzipped, one by one."""

from __future__ import annotations

import csv
import gzip
import io
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from seedspread.datafiles.digests import existing
from seedspread.datafiles.limits import max_unpacked_bytes, too_large
from seedspread.errors import InvalidInput

_GZIP = b"\x1f\x8b"
_CHUNK_BYTES = 2**16
_OTHERS = (
    (b"PAR1", "Parquet (.parquet)"),
    (b"PK\x03\x04", "a zip archive (npz, or a workbook)"),
    (b"ARROW1", "Arrow"),
    (b"\x93NUMPY", "a single NumPy array"),
)


def read_rows(path: str | os.PathLike[str], *, field: str) -> Iterator[list[str]]:
    """Yield the rows of a CSV or TSV file, plain or gzipped.

    The first line decides the delimiter; blank lines are skipped.

    Raises:
        InvalidInput: the file is missing, empty, not UTF-8 text, or unpacks to more than the limit.
    """
    file = existing(path, field=field)
    csv.field_size_limit(2**31 - 1)
    try:
        with _text(file, field) as text:
            lines = _lines(text, file, field)
            first = next((line for line in lines if line.strip()), None)
            if first is None:
                raise InvalidInput(field, str(file), "a file with something in it; this one is blank")
            delimiter = "\t" if "\t" in first else ";" if first.count(";") > first.count(",") else ","
            yield from (row for row in csv.reader(chain([first], lines), delimiter=delimiter) if row)
    except csv.Error as error:
        raise InvalidInput(field, str(file), f"a CSV or TSV file ({error})") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidInput(field, str(file), f"an intact gzip file ({error})") from error


def _lines(text: Iterator[str], file: Path, field: str) -> Iterator[str]:
    for line in text:
        if "\x00" in line:
            raise InvalidInput(field, str(file), "text; this file holds binary data")
        yield line


@contextmanager
def _text(file: Path, field: str) -> Iterator[Iterator[str]]:
    """Open a file as text; name the byte that is none.

    Raises:
        InvalidInput: the file holds something else than text in UTF-8.
    """
    with file.open("rb") as raw:
        start = raw.read(8)
        raw.seek(0)
        for mark, named in _OTHERS:
            if start.startswith(mark):
                raise InvalidInput(field, str(file), f"CSV or TSV under this name; the content is {named}")
        unpacked: Any = gzip.GzipFile(fileobj=raw) if start.startswith(_GZIP) else raw
        counted: Any = _Counted(unpacked, file, field)
        text = io.TextIOWrapper(counted, encoding="utf-8-sig", newline="")
        try:
            yield text
        except UnicodeDecodeError as error:
            at = counted.read_bytes - len(error.object) + error.start
            raise InvalidInput(field, str(file), f"text in UTF-8; byte {at} is none") from error


class _Counted(io.BufferedIOBase):
    """Bytes of a file, at most as many as the limit allows."""

    def __init__(self, unpacked: Any, file: Path, field: str) -> None:
        self._unpacked = unpacked
        self._file = str(file)
        self._field = field
        self._limit = max_unpacked_bytes()
        self.read_bytes = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """Read some bytes.

        Raises:
            InvalidInput: more than the limit.
        """
        chunk: bytes = self._unpacked.read(_CHUNK_BYTES if size < 0 else size)
        self.read_bytes += len(chunk)
        if self.read_bytes > self._limit:
            raise too_large(self._limit, path=self._file, field=self._field)
        return chunk

    def read(self, size: int | None = -1, /) -> bytes:
        """Read some bytes, as `read1` does."""
        return self.read1(-1 if size is None else size)


def is_number(cell: str) -> bool:
    """Return True if a cell is written as a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def names_columns(features: Sequence[str], has_class_of_others: bool) -> bool | None:
    """Tell whether a first line of numbers names columns.

    The result is None if both readings are possible. Numbers that count up are names, as pandas writes them where
    nobody named the columns, or years. A class that other lines have too is that of an example.

    Args:
        features: the cells of the line without that of the class; all are numbers.
        has_class_of_others: whether the cell of the class stands in other lines as well.
    """
    counts_up = _counts_up(features)
    if has_class_of_others == counts_up:
        return None
    return counts_up


def _counts_up(cells: Sequence[str]) -> bool:
    if not all(cell.isdecimal() for cell in cells):
        return False
    numbers = [int(cell) for cell in cells[:10_000]]
    first = numbers[0]
    return numbers == list(range(first, first + len(numbers))) and (len(numbers) > 2 or first in (0, 1))
