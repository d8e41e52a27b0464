"""Labels of examples, collected part by part."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread.errors import InvalidInput

_MISSING = frozenset({"", "nan", "<na>", "nat"})
"""Words that programs write for a missing value, and nobody for a class."""
_MOST_CLASSES = 1000
_MOST_COUNTED = 1_000_000  # so many different values are no classes; nobody needs their exact number


class Labels:
    """Labels as positions among the different ones.

    A missing label is refused: as a class of its own it would be trained, and predicted.
    """

    def __init__(self, path: str, field: str) -> None:
        self._path = path
        self._field = field
        self._codes: dict[Any, int] = {}
        self._parts: list[NDArray[np.int32]] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __contains__(self, label: object) -> bool:
        return label in self._codes

    @property
    def different(self) -> int:
        """Number of different labels."""
        return len(self._codes)

    @property
    def are_no_classes(self) -> bool:
        """True if there are too many different labels for classes."""
        return self.different > _MOST_CLASSES or self.different > self._size / 2

    def add(self, labels: Iterable[Any], first_row: int, column: str) -> None:
        """Take the labels of some rows.

        Raises:
            InvalidInput: a label is missing, or there are more than a million different ones.
        """
        codes: list[int] = []
        for label in labels:
            code = self._codes.get(label)
            if code is None:
                if _is_missing(label):
                    row = first_row + len(codes)
                    expected = f"a class in every row of the column {column}; row {row} has none"
                    raise InvalidInput(self._field, self._path, expected, hint="leave such rows out of the file")
                code = self._codes[label] = len(self._codes)
                if code >= _MOST_COUNTED:
                    expected = f"classes to predict in the column {column}; it has over a million different values"
                    raise InvalidInput(self._field, self._path, expected)
            codes.append(code)
        self._parts.append(np.asarray(codes, dtype=np.int32))
        self._size += len(codes)

    def add_first(self, label: str) -> None:
        """Put a label that others have before the rest."""
        self._parts.insert(0, np.asarray([self._codes[label]], dtype=np.int32))
        self._size += 1

    def coded(self) -> tuple[NDArray[np.int32], tuple[str, ...]]:
        """Return indices into the classes, and the classes in ascending order."""
        ordered = sorted(self._codes)
        order = np.empty(len(ordered), dtype=np.int32)
        for index, label in enumerate(ordered):
            order[self._codes[label]] = index
        return order[np.concatenate(self._parts)], tuple(map(str, ordered))


def _is_missing(label: object) -> bool:
    if label is None or (isinstance(label, float) and math.isnan(label)):
        return True
    return isinstance(label, str) and label.strip().lower() in _MISSING
