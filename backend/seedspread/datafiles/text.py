"""Labelled text: CSV or TSV with a text and a label column.

Files may be gzipped.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread.datafiles.digests import existing
from seedspread.errors import InvalidInput

TEXT_COLUMNS = ("text", "sentence", "review", "content", "message", "document")
LABEL_COLUMNS = ("label", "labels", "class", "target", "sentiment", "category", "y")


@dataclass(frozen=True)
class LabelledText:
    """Texts with their classes.

    `labels` holds indices (int32) into `classes`, which are the labels of the file in ascending order.
    """

    texts: list[str]
    labels: NDArray[np.int32]
    classes: tuple[str, ...]


def read_text(path: str | os.PathLike[str], *, field: str = "data") -> LabelledText:
    """Read a labelled text file.

    The first line names the columns: one of text (`text`, `sentence`, `review`, …) and one of labels (`label`, `class`,
    `sentiment`, …). In a file of two columns without such names, the column with fewer distinct values holds the
    labels.

    Raises:
        InvalidInput: the file is missing, empty, not UTF-8 text, without such columns, ragged, or has fewer than two
            examples or classes.
    """
    rows = read_rows(path, field=field)
    header = next(rows, None)
    body = list(rows)
    if header is None or len(header) < 2:
        raise InvalidInput(field, os.fspath(path), "at least two columns, separated by commas or tabs")
    for number, row in enumerate(body, start=2):
        if len(row) != len(header):
            raise InvalidInput(
                field, os.fspath(path), f"{len(header)} columns in every row; row {number} has {len(row)}"
            )
    text, label = _columns(header, body, field, path)
    names = [name.strip().lower() for name in header]
    if not ({names[text], names[label]} & {*TEXT_COLUMNS, *LABEL_COLUMNS}):
        body = [header, *body]  # no names: it is an example as well
    texts = [row[text] for row in body]
    classes, labels = np.unique([row[label].strip() for row in body], return_inverse=True)
    if len(texts) < 2 or len(classes) < 2:
        raise InvalidInput(field, os.fspath(path), "at least two examples and two different labels")
    if len(classes) > 1000 or len(classes) > len(texts) / 2:
        raise InvalidInput(field, os.fspath(path), f"a column of classes; {header[label]!r} has {len(classes)} values")
    return LabelledText(texts, labels.astype(np.int32), tuple(classes.tolist()))


def read_rows(path: str | os.PathLike[str], *, field: str) -> Iterator[list[str]]:
    """Yield the rows of a CSV or TSV file, plain or gzipped.

    The first line decides the delimiter; blank lines are skipped.

    Raises:
        InvalidInput: the file is missing, empty, or not UTF-8 text.
    """
    text = _decoded(existing(path, field=field), field)
    first = text.split("\n", 1)[0]
    delimiter = "\t" if "\t" in first else ";" if first.count(";") > first.count(",") else ","
    csv.field_size_limit(2**31 - 1)
    try:
        yield from (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row)
    except csv.Error as error:
        raise InvalidInput(field, os.fspath(path), f"a CSV or TSV file ({error})") from error


def _decoded(file: Path, field: str) -> str:
    try:
        raw = file.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        text = raw.decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidInput(field, str(file), f"an intact gzip file ({error})") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(field, str(file), f"text in UTF-8; byte {error.start} is none") from error
    if "\x00" in text:
        raise InvalidInput(field, str(file), "text; this file holds binary data")
    if not text.strip():
        raise InvalidInput(field, str(file), "a file with something in it; this one is blank")
    return text


def _columns(header: list[str], body: list[list[str]], field: str, path: Any) -> tuple[int, int]:
    """Return the indices of the text and label columns."""
    names = [name.strip().lower() for name in header]
    text = next((names.index(name) for name in TEXT_COLUMNS if name in names), None)
    label = next((names.index(name) for name in LABEL_COLUMNS if name in names), None)
    if text is not None and label is not None:
        return text, label
    if len(header) != 2:
        raise InvalidInput(field, os.fspath(path), f"columns named `text` and `label`; it has {', '.join(header[:10])}")
    if text is None and label is None:
        different = [len({row[column] for row in body}) for column in (0, 1)]
        label = 0 if different[0] <= different[1] else 1
    if label is not None:
        return 1 - label, label
    return int(text or 0), 1 - int(text or 0)
