"""SHA-256 digests of arrays and series.

A digest covers dtype, shape and little-endian bytes, in a fixed order.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import pickle
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray


def digest_arrays(arrays: Iterable[NDArray[Any]]) -> str:
    """Return the digest of `arrays`, 64 hex characters.

    The order of the arrays matters, their memory layout does not. Text arrays are encoded as UTF-8, each text with its
    length, so that the width of the array's dtype does not matter; other objects as they are pickled.
    """
    hasher = hashlib.sha256()
    for array in arrays:
        content = np.asarray(array)
        if content.dtype.kind in "OUS":
            _add_texts(hasher, content)
            continue
        little = np.ascontiguousarray(content, dtype=content.dtype.newbyteorder("<"))
        hasher.update(f"{little.dtype.str}{content.shape};".encode())
        hasher.update(little.reshape(-1).view(np.uint8).data)
    return hasher.hexdigest()


def digest_series(series: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> str:
    """Return the digest of every metric's steps (int64) and values (float64).

    Metrics are sorted by name.
    """
    hasher = hashlib.sha256()
    for name in sorted(series):
        steps, values = series[name]
        hasher.update(f"{name};{len(steps)};".encode())
        integral = all(isinstance(step, int) for step in steps)
        hasher.update(np.asarray(steps, dtype="<i8" if integral else "<f8").tobytes())
        hasher.update(np.asarray(values, dtype="<f8").tobytes())
    return hasher.hexdigest()


_WRITTEN = (str, int, float, complex, type(None), datetime.date, datetime.time, datetime.timedelta, Decimal, np.generic)
"""Types whose text says everything; that of others may be shortened, or hold an address."""


def _encoded(item: Any) -> bytes:
    if not isinstance(item, _WRITTEN):
        with contextlib.suppress(Exception):  # objects may refuse to be pickled in any way they like
            return pickle.dumps(item, protocol=5)
    return str(item).encode()


def _add_texts(hasher: hashlib._Hash, texts: NDArray[Any]) -> None:
    hasher.update(f"text{texts.shape};".encode())
    for text in texts.reshape(-1).tolist():
        encoded = text if isinstance(text, bytes) else _encoded(text)
        hasher.update(f"{len(encoded)};".encode())
        hasher.update(encoded)
