"""Labelled text: CSV or TSV with a text and a label column.

Files may be gzipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread.datafiles.labels import Labels
from seedspread.datafiles.stream import read_rows
from seedspread.errors import InvalidInput

TEXT_COLUMNS = ("text", "sentence", "review", "content", "message", "document")
LABEL_COLUMNS = ("label", "labels", "class", "target", "sentiment", "category", "y")


@dataclass(frozen=True)
class LabelledText:
    """Texts with their classes.

    `labels` holds indices (int32) into `classes`, which are the labels of the file in ascending order.
    `has_header` is False if the first line is an example.
    """

    texts: list[str]
    labels: NDArray[np.int32]
    classes: tuple[str, ...]
    has_header: bool = True


def read_text(path: str | os.PathLike[str], *, field: str = "data") -> LabelledText:
    """Read a labelled text file.

    The first line names the columns: one of text (`text`, `sentence`, `review`, …) and one of labels (`label`, `class`,
    `sentiment`, …). In a file of two columns without such names, the column with fewer distinct values holds the
    labels, and the first line is an example if other lines have its label too.

    Raises:
        InvalidInput: the file is missing, empty, not UTF-8 text, too large, without such columns, ragged, or has fewer
            than two examples or classes; a label is missing; or whether the first line names the columns cannot be
            told.
    """
    rows = read_rows(path, field=field)
    header = next(rows)
    if len(header) < 2:
        raise InvalidInput(field, os.fspath(path), "at least two columns, separated by commas or tabs")
    body = list(_even(rows, len(header), path, field))
    text, label = _columns(header, body, field, path)
    names = [name.strip().lower() for name in header]
    has_header = bool({names[text], names[label]} & {*TEXT_COLUMNS, *LABEL_COLUMNS})
    labels = Labels(os.fspath(path), field)
    labels.add((row[label].strip() for row in body), 2, repr(header[label].strip()))
    texts = [row[text] for row in body]
    if not has_header:
        if header[label].strip() not in labels:
            expected = f"a first line that names the columns `text` and `label`; this one has {', '.join(header)[:80]}"
            raise InvalidInput(field, os.fspath(path), expected)
        texts = [header[text], *texts]
        labels.add_first(header[label].strip())
    if len(texts) < 2 or labels.different < 2:
        raise InvalidInput(field, os.fspath(path), "at least two examples and two different labels")
    if labels.are_no_classes:
        expected = f"a column of classes; {header[label]!r} has {labels.different} values"
        raise InvalidInput(field, os.fspath(path), expected)
    coded, classes = labels.coded()
    return LabelledText(texts, coded, classes, has_header)


def _even(rows: Iterator[list[str]], width: int, path: Any, field: str) -> Iterator[list[str]]:
    """Yield rows that are all as wide as the first line."""
    for number, row in enumerate(rows, start=2):
        if len(row) != width:
            raise InvalidInput(field, os.fspath(path), f"{width} columns in every row; row {number} has {len(row)}")
        yield row


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
