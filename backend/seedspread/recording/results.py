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
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from seedspread.errors import InvalidInput
from seedspread.recording import sentences
from seedspread.recording.files import digest
from seedspread.recording.lines import LineReader, numbers_in, parse_number, split_step
from seedspread.recording.names import TIMES, is_context, same_name
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
    run: RunWriter, patterns: Sequence[str], root: Path, since: float, wanted: str, earlier: Earlier | None = None
) -> list[str]:
    """Record the metrics of files that match paths or globs.

    A metric that several files have counts as the first one has it; of the others it gets their name before its own.
    Event files in one folder are one file, as TensorBoard shows them.

    Args:
        run: receives the metrics.
        patterns: files, folders or globs, relative to root.
        root: folder in which the run worked.
        since: seconds since 1970; older files are leftovers of other runs and are ignored.
        wanted: the metric that decides.
        earlier: files before the run; of those that only grew, what was added counts.

    Returns:
        Clauses on files that are missing, stale or unreadable, and on metrics whose values differ between files.
    """
    problems: list[str] = []
    fresh: list[Path] = []
    for pattern in patterns:
        paths = _files(root, pattern)
        written = [path for path in paths if path.stat().st_mtime >= since - 1]
        if not written:
            problems.append(sentences.older_file(pattern) if paths else sentences.no_file(pattern))
        fresh += written
    units = [path.parent if EVENT_FILES in path.name else path for path in fresh]
    # Training values are shown beside the others, never in their place: Keras writes the folders train and validation.
    ordered = sorted(zip(units, fresh, strict=True), key=lambda pair: pair[0] != pair[1] and pair[0].name == "train")
    names = _short_names(list(dict.fromkeys(unit for unit, _ in ordered)), root)
    files = _Files(run, names)
    for unit, path in dict.fromkeys(ordered):
        files.begin(unit)
        try:
            _take(files, path, wanted, (earlier or {}).get(path))
            sha256, size = digest(path)
            run.file(str(path), role="result", sha256=sha256, size=size)
        except (OSError, ValueError, zipfile.BadZipFile, struct.error, InvalidInput) as error:
            problems.append(sentences.unreadable_file(path.name, error))
    return [*problems, *files.differences(wanted)]


class _Files:
    """Receiver of several files' metrics, under names that tell the files apart."""

    def __init__(self, run: RunWriter, names: Mapping[Path, str]) -> None:
        self._run, self._names = run, names
        self._owners: dict[str, Path] = {}
        self._lasts: dict[str, dict[Path, float]] = defaultdict(dict)
        self._unit = Path()

    def begin(self, unit: Path) -> None:
        """Take what follows as that file's."""
        self._unit = unit

    def log(self, values: Mapping[str, float], step: float | None = None, *, source: str = "") -> None:
        """Record the values of one step."""
        self._run.log({self._name(name, value): value for name, value in values.items()}, step, source=source)

    def series(self, metric: str, steps: Sequence[float], values: Sequence[float], *, source: str = "") -> None:
        """Record a whole series."""
        if values:
            self._run.series(self._name(metric, values[-1]), steps, values, source=source)

    def differences(self, wanted: str) -> list[str]:
        """Return which file's value counts, if last values differ.

        At most one metric is named, the wanted one first.
        """
        differing = [
            name
            for name, lasts in self._lasts.items()
            if len(set(map(repr, lasts.values()))) > 1 and not is_context(name) and not TIMES.search(name)
        ]
        chosen = sorted(differing, key=lambda name: not same_name(name, wanted))[:1]
        return [sentences.metric_in_files(name, [self._names[unit] for unit in self._lasts[name]]) for name in chosen]

    def _name(self, metric: str, value: float) -> str:
        self._lasts[metric][self._unit] = float(value)
        owner = self._owners.setdefault(metric, self._unit)
        return metric if owner == self._unit else f"{self._names[self._unit]}/{metric}"


def _short_names(units: Sequence[Path], root: Path) -> dict[Path, str]:
    """Return a name for each file.

    It has neither folders nor ending, where that tells the files apart.
    """
    names = {unit: unit.stem for unit in units}
    shared = [unit for unit in units if list(names.values()).count(names[unit]) > 1]
    return names | {unit: (unit.relative_to(root) if unit.is_relative_to(root) else unit).as_posix() for unit in shared}


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


def _take(run: _Files, path: Path, wanted: str, before: tuple[int, str] | None) -> None:
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


def _take_events(run: _Files, path: Path) -> None:
    series: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for tag, step, value in scalars(path):
        series[tag][0].append(step)
        series[tag][1].append(value)
    for tag, (steps, values) in series.items():
        run.series(tag, steps, values, source="tensorboard")


def _take_arrays(run: _Files, path: Path) -> None:
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


def _take_document(run: _Files, document: Any, wanted: str) -> None:
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


def _take_text(run: _Files, path: Path, written: Sequence[str], wanted: str) -> None:
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


def _take_table(run: _Files, path: Path, written: Sequence[str], wanted: str) -> None:
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


def _take_rows(run: _Files, rows: Iterable[dict[str, float]], wanted: str) -> None:
    for row in rows:
        values, step = split_step(row, wanted)
        if values:
            run.log(values, step, source="file")
