"""Read metrics from files that a run wrote.

Supported are CSV, JSON, JSON lines, NumPy's arrays, TensorBoard's event files, folders of them, and text in which
metrics stand as in a script's output.
"""

from __future__ import annotations

import array
import ast
import csv
import hashlib
import io
import json
import struct
import sys
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from seedspread.errors import InvalidInput
from seedspread.recording import sentences
from seedspread.recording.files import digest
from seedspread.recording.lines import LineReader, numbers_in, parse_number, split_step
from seedspread.recording.tfevents import EVENT_FILES, event_files, scalars
from seedspread.recording.writer import RunWriter

_TABLES, _LINES, _DOCUMENTS, _ARRAYS = {".csv", ".tsv"}, {".jsonl", ".ndjson"}, {".json"}, {".npz", ".npy"}
_CODES: Final = {
    "f4": "f",
    "f8": "d",
    "i1": "b",
    "i2": "h",
    "i4": "i",
    "i8": "q",
    "u1": "B",
    "u2": "H",
    "u4": "I",
    "u8": "Q",
}


_QUIET_S: Final = 1.0
Earlier = dict[Path, tuple[int, str]]
"""Size and digest of files that were there before a run."""


def earlier_files(patterns: Iterable[str], root: Path) -> Earlier:
    """Return the tables that a run may append to."""
    files = (path for pattern in patterns for path in _files(root, pattern) if path.suffix in _TABLES | _LINES)
    return {path: (len(content), _sha256(content)) for path in files for content in (path.read_bytes(),)}


def are_written(patterns: Iterable[str], root: Path, since: float) -> bool:
    """Return True if each pattern has a file that was written since.

    It must have been quiet for a second.
    """
    until = time.time() - _QUIET_S
    return all(any(since - 1 <= path.stat().st_mtime <= until for path in _files(root, name)) for name in patterns)


def take_results(
    run: RunWriter, pattern: str, root: Path, since: float, wanted: str, earlier: Earlier | None = None
) -> str:
    """Record the metrics of files that match a path or glob.

    Args:
        run: receives the metrics.
        pattern: a file, folder or glob, relative to root.
        root: folder in which the run worked.
        since: seconds since 1970; older files are leftovers of other runs and are ignored.
        wanted: the metric that decides.
        earlier: files before the run; of those that only grew, what was added counts.

    Returns:
        A sentence on files that are missing, stale or unreadable, else an empty string.
    """
    paths = _files(root, pattern)
    fresh = [path for path in paths if path.stat().st_mtime >= since - 1]
    if not paths:
        return sentences.no_file(pattern)
    if not fresh:
        return sentences.older_file(pattern)
    problems = []
    for path in fresh:
        try:
            _take(run, path, wanted, (earlier or {}).get(path))
            sha256, size = digest(path)
            run.file(str(path), role="result", sha256=sha256, size=size)
        except (OSError, ValueError, zipfile.BadZipFile, struct.error, InvalidInput) as error:
            problems.append(sentences.unreadable_file(path.name, error))
    return "; ".join(problems)


def _files(root: Path, pattern: str) -> list[Path]:
    base = Path(pattern)
    path = base if base.is_absolute() else root / base
    if path.is_file():
        return [path]
    if path.is_dir():
        kinds = _TABLES | _LINES | _DOCUMENTS | _ARRAYS
        plain = [file for file in sorted(path.rglob("*")) if file.is_file() and file.suffix in kinds]
        return [*event_files(path), *plain]
    if not any(sign in pattern for sign in "*?["):
        return []
    anchor = Path(path.anchor) if path.is_absolute() else root
    relative = path.relative_to(anchor) if path.is_absolute() else base
    return sorted(file for file in anchor.glob(str(relative)) if file.is_file())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _added(path: Path, before: tuple[int, str] | None) -> list[str]:
    """Return the lines of a table that a run wrote.

    Of a file that only grew, these are its header and what was added.
    """
    content = path.read_bytes()
    if before is None or before[0] >= len(content) or _sha256(content[: before[0]]) != before[1]:
        return content.decode("utf-8-sig").splitlines()
    head = content.decode("utf-8-sig").splitlines()[:1] if path.suffix in _TABLES else []
    return head + content[before[0] :].decode("utf-8").splitlines()


def _take(run: RunWriter, path: Path, wanted: str, before: tuple[int, str] | None) -> None:
    if EVENT_FILES in path.name:
        _take_events(run, path)
    elif path.suffix in _LINES:
        rows = (json.loads(line) for line in _added(path, before) if line.strip())
        _take_rows(run, (dict(numbers_in(row)) for row in rows if isinstance(row, dict)), wanted)
    elif path.suffix in _DOCUMENTS:
        _take_document(run, json.loads(path.read_text("utf-8-sig")), wanted)
    elif path.suffix in _ARRAYS:
        _take_arrays(run, path)
    else:
        _take_text(run, path, _added(path, before), wanted)


def _take_events(run: RunWriter, path: Path) -> None:
    series: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for tag, step, value in scalars(path):
        series[tag][0].append(step)
        series[tag][1].append(value)
    for tag, (steps, values) in series.items():
        run.series(tag, steps, values, source="tensorboard")


def _take_arrays(run: RunWriter, path: Path) -> None:
    """Record single numbers as values, and vectors as series."""
    if path.suffix == ".npy":
        arrays = {path.stem: path.read_bytes()}
    else:
        with zipfile.ZipFile(path) as archive:
            arrays = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
    read = {name: _array(content) for name, content in arrays.items()}
    numbers = {name: values for name, values in read.items() if values}
    if not numbers:
        raise InvalidInput(path.name, ", ".join(arrays), "arrays of numbers with at most one dimension")
    for name, values in numbers.items():
        if len(values) == 1:
            run.log({name: values[0]}, source="file")
        else:
            run.series(name, range(len(values)), values, source="file")


def _array(content: bytes) -> list[float]:
    """Return the numbers of a vector in NumPy's format.

    Other arrays give none. Source: numpy.lib.format, versions 1 to 3.
    """
    if content[:6] != b"\x93NUMPY":
        raise ValueError("it is no array of NumPy")
    start = 10 if content[6] == 1 else 12
    size = int.from_bytes(content[8:start], "little")
    try:
        header = ast.literal_eval(content[start : start + size].decode("latin-1"))
        code, shape = _CODES.get(str(header["descr"])[1:]), header["shape"]
    except (SyntaxError, KeyError, TypeError):
        raise ValueError("its header is no NumPy's") from None
    if code is None or len(shape) > 1:
        return []
    numbers = array.array(code)
    numbers.frombytes(content[start + size :])
    if (str(header["descr"])[:1] == ">") == (sys.byteorder == "little"):
        numbers.byteswap()
    return [float(number) for number in numbers]


def _take_document(run: RunWriter, document: Any, wanted: str) -> None:
    if isinstance(document, list):
        _take_rows(run, (dict(numbers_in(row)) for row in document if isinstance(row, dict)), wanted)
        return
    if not isinstance(document, dict):
        raise InvalidInput("JSON", document, "an object or a list of objects")
    columns = {str(name): column for name, column in document.items() if _is_column(column)}
    for name, column in columns.items():
        run.series(name, range(len(column)), [float(value) for value in column], source="file")
    scalars = {name: value for name, value in document.items() if name not in columns}
    _take_rows(run, [dict(numbers_in(scalars))], wanted)


def _is_column(column: Any) -> bool:
    """Return True for a list of numbers, such as Keras's history has."""
    return (
        isinstance(column, list)
        and bool(column)
        and all(isinstance(value, int | float) and not isinstance(value, bool) for value in column)
    )


def _take_text(run: RunWriter, path: Path, written: Sequence[str], wanted: str) -> None:
    """Record a table, or the metrics of a text such as `results.txt`."""
    try:
        _take_table(run, path, written, wanted)
    except InvalidInput:
        reader = LineReader(wanted)
        readings = [reading for line in written for reading in reader.feed(f"{line}\n")]
        if not readings:
            raise
        for reading in readings:
            run.log(reading.values, reading.step, source="file")


def _take_table(run: RunWriter, path: Path, written: Sequence[str], wanted: str) -> None:
    lines = [line for line in written if line.strip() and not line.startswith("#")]
    delimiter = max((",", ";", "\t"), key=lines[0].count) if lines else ","
    rows = []
    for row in csv.DictReader(io.StringIO("\n".join(lines)), delimiter=delimiter):
        numbers = ((name, _cell(value)) for name, value in row.items() if name and isinstance(value, str))
        rows.append({name.strip(): number for name, number in numbers if number is not None})
    if not any(rows):
        raise InvalidInput(path.name, " ".join(lines)[:40], "a table with a header line and numbers under it")
    _take_rows(run, rows, wanted)


def _cell(text: str) -> float | None:
    """Return a cell's number; a percentage becomes a share."""
    bare = text.strip()
    value = parse_number(bare.removesuffix("%").rstrip())
    return value / 100 if value is not None and bare.endswith("%") else value


def _take_rows(run: RunWriter, rows: Iterable[dict[str, float]], wanted: str) -> None:
    for row in rows:
        values, step = split_step(row, wanted)
        if values:
            run.log(values, step, source="file")
