"""Read scalars from TensorBoard's event files, using the standard library alone.

The files are sequences of records that hold protocol buffers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DTYPES: Final = {1: "f", 2: "d", 3: "i", 9: "q"}  # DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64


def event_files(path: Path) -> list[Path]:
    """Return the event files of a file or folder, oldest first."""
    if path.is_file():
        return [path] if "tfevents" in path.name else []
    return sorted(path.rglob("*tfevents*"), key=lambda file: (file.parent.as_posix(), file.name))


def scalars(path: Path) -> Iterator[tuple[str, int, float, float]]:
    """Yield tag, step, value and wall time of every scalar.

    A torn last record ends the file.
    """
    for record in _records(path):
        step, wall_time, values = 0, 0.0, []
        for number, kind, value in _fields(record):
            if number == 1 and kind == _FIXED64:
                wall_time = struct.unpack("<d", value)[0]
            elif number == 2 and kind == _VARINT:
                step = _signed(value)
            elif number == 5 and kind == _BYTES:
                values += [content for field, _, content in _fields(value) if field == 1]
        for content in values:
            scalar = _scalar(content)
            if scalar is not None:
                yield scalar[0], step, scalar[1], wall_time


def _records(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while len(header := file.read(12)) == 12:
            (length,) = struct.unpack("<Q", header[:8])
            data = file.read(length)
            if len(data) < length or len(file.read(4)) < 4:
                return
            yield data


def _fields(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield field number, wire type and raw content of a message.

    Varints are returned as eight little-endian bytes.
    """
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            number, at = _varint(data, at)
            content = number.to_bytes(10, "little")
        elif kind == _BYTES:
            size, at = _varint(data, at)
            content, at = data[at : at + size], at + size
        elif kind in {_FIXED64, _FIXED32}:
            size = 8 if kind == _FIXED64 else 4
            content, at = data[at : at + size], at + size
        else:
            return
        yield key >> 3, kind, content


def _varint(data: bytes, at: int) -> tuple[int, int]:
    result, shift = 0, 0
    while at < len(data):
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
        shift += 7
    return result & (2**64 - 1), at


def _signed(content: bytes) -> int:
    number = int.from_bytes(content, "little")
    return number - 2**64 if number >= 2**63 else number


def _scalar(content: bytes) -> tuple[str, float] | None:
    """Return tag and value of a summary value, or None.

    The value is a simple one or a tensor of one element.
    """
    tag, value = "", None
    for number, kind, part in _fields(content):
        if number == 1 and kind == _BYTES:
            tag = part.decode("utf-8", "replace")
        elif number == 2 and kind == _FIXED32:
            value = float(struct.unpack("<f", part)[0])
        elif number == 8 and kind == _BYTES:
            value = _tensor(part)
    return None if value is None else (tag, value)


def _tensor(content: bytes) -> float | None:
    dtype = 0
    raw = b""
    for number, kind, part in _fields(content):
        if number == 1 and kind == _VARINT:
            dtype = _signed(part)
        elif number in {4, 5, 6} and kind in {_BYTES, _FIXED32, _FIXED64}:
            raw = part
        elif number in {7, 10} and kind == _VARINT:
            return float(_signed(part))
        elif number in {7, 10} and kind == _BYTES:
            number_read, end = _varint(part, 0)
            return float(number_read) if end == len(part) else None
    code = _DTYPES.get(dtype)
    if code is None or len(raw) != struct.calcsize(code):
        return None
    return float(struct.unpack(f"<{code}", raw)[0])
