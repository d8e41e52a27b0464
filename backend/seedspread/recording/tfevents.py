"""Read scalars from TensorBoard's event files with the standard library alone.

An event file is a sequence of records (length, its checksum, content, checksum); each record is an Event message of
TensorFlow's event.proto, which holds summaries (summary.proto), whose values may be tensors (tensor.proto).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

EVENT_FILES: Final = "tfevents"

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FLOAT = 1
_FORMATS: Final = {_FLOAT: "<f", 2: "<d", 3: "<i", 9: "<q"}  # DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64


def event_files(path: Path) -> list[Path]:
    """Return the event files of a file or folder, oldest first."""
    if path.is_file():
        return [path] if EVENT_FILES in path.name else []
    files = (file for file in path.rglob(f"*{EVENT_FILES}*") if file.is_file())
    return sorted(files, key=lambda file: (file.parent.as_posix(), file.name))


def scalars(path: Path) -> Iterator[tuple[str, int, float]]:
    """Yield tag, step and value of every scalar of an event file.

    A float32 is converted to the shortest decimal that equals it: 0.912, not 0.9120000004768372. A file that is still
    being written may end in the middle of a record, which is skipped.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not an event file.
    """
    for record in _records(path):
        try:
            yield from _of_event(record)
        except (IndexError, struct.error, UnicodeDecodeError) as error:
            raise ValueError(f"no TensorBoard event file: {error}") from None


def _records(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while len(header := file.read(12)) == 12:
            (length,) = struct.unpack("<Q", header[:8])
            # Checked against the file first: the length of what is no event file may be beyond any memory.
            if length + 4 > path.stat().st_size - file.tell():
                return
            yield file.read(length)
            file.read(4)


def _fields(message: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Yield number, wire type and content of a message's fields."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            content, at = _varint(message, at)
            yield number, kind, content
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"no TensorBoard event file: wire type {kind}")
        if at + size > len(message):
            raise ValueError("no TensorBoard event file: a field is longer than its message")
        yield number, kind, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return number, at
        shift += 7


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number


def _of_event(message: bytes) -> Iterator[tuple[str, int, float]]:
    """Yield tag, step and value of an event's scalars.

    Field 2 is the step and field 5 the summary.
    """
    step = 0
    summaries = []
    for number, _, content in _fields(message):
        if number == 2 and isinstance(content, int):
            step = _signed(content)
        elif number == 5 and isinstance(content, bytes):
            summaries.append(content)
    for summary in summaries:
        for number, _, content in _fields(summary):
            if number == 1 and isinstance(content, bytes):
                tag, value = _of_value(content)
                if tag and value is not None:
                    yield tag, step, value


def _of_value(message: bytes) -> tuple[str, float | None]:
    """Return tag and number of a summary value.

    Field 1 is the tag, field 2 a float32, field 8 a tensor.
    """
    tag, value = "", None
    for number, kind, content in _fields(message):
        if number == 1 and isinstance(content, bytes):
            tag = content.decode()
        elif number == 2 and kind == _FIXED32 and isinstance(content, bytes):
            value = _shortest(struct.unpack("<f", content)[0])
        elif number == 8 and isinstance(content, bytes):
            value = _of_tensor(content)
    return tag, value


def _of_tensor(message: bytes) -> float | None:
    """Return the number of a tensor of one element, or None.

    Field 1 is the dtype; fields 4 to 7 and 10 hold the content.
    """
    dtype, raw = _FLOAT, b""
    for number, _, content in _fields(message):
        if number == 1 and isinstance(content, int):
            dtype = content
        elif number in {4, 5, 6} and isinstance(content, bytes):
            raw += content
        elif number in {7, 10}:  # integers, one by one or packed
            if isinstance(content, int):
                return float(_signed(content))
            integer, end = _varint(content, 0)
            return float(_signed(integer)) if end == len(content) else None
    form = _FORMATS.get(dtype)
    if form is None or len(raw) != struct.calcsize(form):
        return None
    value = struct.unpack(form, raw)[0]
    return _shortest(value) if dtype == _FLOAT else float(value)


def _shortest(value: float) -> float:
    if not math.isfinite(value) or value == 0:
        return value
    for digits in range(6, 10):
        decimal = float(f"{value:.{digits}g}")
        if struct.unpack("<f", struct.pack("<f", decimal))[0] == value:
            return decimal
    return value
