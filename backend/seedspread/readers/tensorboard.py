"""Read scalars from TensorBoard's event files, without TensorFlow or TensorBoard."""

from __future__ import annotations

import math
import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from seedspread.errors import InvalidInput
from seedspread.readers.columnar import runs_table
from seedspread.readers.table import Row, Series, Table

EVENT_FILES = "tfevents"

_RECORD = struct.Struct("<QI")
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FLOAT, _DOUBLE = 1, 2
_NUMBERS = {_FLOAT: ("<f", 4), _DOUBLE: ("<d", 8), 3: ("<i", 4), 9: ("<q", 8)}

Scalars = dict[str, list[tuple[int, float]]]


def read_tensorboard(path: Path, name: str) -> Table:
    """Read a folder of logs, or one event file.

    Each folder with event files is a run.

    Raises:
        InvalidInput: no event files, or files that are none.
    """
    files = [path] if path.is_file() else sorted(path.rglob(f"*{EVENT_FILES}*")) if path.is_dir() else []
    files = [file for file in files if file.is_file()]
    if not files:
        raise InvalidInput("FILE", name, "a folder with TensorBoard event files; none are there")
    by_run: dict[Path, list[Path]] = defaultdict(list)
    for file in files:
        by_run[file.parent].append(file)
    rows: list[Row] = []
    metrics: set[str] = set()
    merged: dict[str, Row] = {}
    for folder, parts in by_run.items():
        scalars: Scalars = defaultdict(list)
        for part in parts:
            for tag, step, value in _scalars(part):
                scalars[tag].append((step, value))
        run, prefix = _run_of(folder, path)
        row = merged.setdefault(run, {"name": run})
        for tag, points in scalars.items():
            # A run that was resumed writes steps again: the later file counts, as TensorBoard shows it.
            at_step = dict(sorted(dict(points).items()))
            metric = f"{prefix}{tag}"
            row[metric] = Series(tuple(at_step), tuple(at_step.values()))
            metrics.add(metric)
    rows = [row for row in merged.values() if len(row) > 1]
    if not rows:
        raise InvalidInput("FILE", name, "event files with scalars; these have none")
    return runs_table(rows, name, metrics, set())


def _run_of(folder: Path, root: Path) -> tuple[str, str]:
    """Return a run's name and the prefix of its metrics.

    Keras writes folders train and validation in each run.
    """
    relative = folder.relative_to(root) if root.is_dir() and folder != root else Path(folder.name)
    if relative.name in ("train", "validation", "val", "test", "eval") and relative.parent != Path():
        prefix = "" if relative.name == "train" else "val_" if relative.name == "validation" else f"{relative.name}_"
        return relative.parent.as_posix(), prefix
    return relative.as_posix(), ""


def _scalars(path: Path) -> Iterator[tuple[str, int, float]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InvalidInput("FILE", str(path), f"a file that can be read ({error.strerror})") from None
    at = 0
    # A file that is still written to ends in the middle of a record: what is complete counts.
    while at + 12 <= len(raw):
        length, _ = _RECORD.unpack_from(raw, at)
        start, end = at + 12, at + 12 + length
        if end + 4 > len(raw):
            return
        try:
            yield from _of_event(raw[start:end])
        except (IndexError, struct.error, UnicodeDecodeError, ValueError):
            raise InvalidInput("FILE", str(path), "a TensorBoard event file") from None
        at = end + 4


def _fields(message: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Yield number, wire type and content of a message's fields."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            content, at = _varint(message, at)
            yield number, kind, content
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(kind)
        if at + size > len(message):
            raise ValueError(size)
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


def _of_event(message: bytes) -> Iterator[tuple[str, int, float]]:
    """Yield tag, step and value of an event's scalars.

    Event.proto: 2 = step, 5 = summary, whose 1 = value.
    """
    step = 0
    summaries = []
    for number, _, content in _fields(message):
        if number == 2 and isinstance(content, int):
            step = content - (1 << 64) if content >= 1 << 63 else content
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

    Summary.proto: 1 = tag, 2 = simple_value, 8 = tensor.
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
    """Return the number of a tensor that holds one.

    Tensor.proto: 1 = dtype, 4 = content, 5, 6 = floats, doubles.
    """
    dtype, content, packed = _FLOAT, b"", b""
    for number, _, part in _fields(message):
        if number == 1 and isinstance(part, int):
            dtype = part
        elif number == 4 and isinstance(part, bytes):
            content = part
        elif number in (5, 6) and isinstance(part, bytes):
            packed += part
    form, size = _NUMBERS.get(dtype, ("", -1))
    raw = content or packed
    if len(raw) != size:
        return None
    number_read = struct.unpack(form, raw)[0]
    return _shortest(number_read) if dtype == _FLOAT else float(number_read)


def _shortest(value: float) -> float:
    """Return the shortest decimal that is this float32.

    So that 0.912 reads 0.912 and not 0.9120000004768372.
    """
    if not math.isfinite(value) or value == 0:
        return value
    for digits in range(6, 10):
        rounded = float(f"{value:.{digits}g}")
        if struct.unpack("<f", struct.pack("<f", rounded))[0] == value:
            return rounded
    return value


__all__ = ["EVENT_FILES", "read_tensorboard"]
