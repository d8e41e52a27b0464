"""Read scalars from TensorBoard's event files without TensorFlow or TensorBoard."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from seedspread.errors import InvalidInput
from seedspread.readers.formats.columnar import runs_table
from seedspread.readers.formats.table import Row, Series, Table
from seedspread.recording.tfevents import event_files, scalars

_TIME = re.compile(r"\d{9,}(?:\.\d+)?")

Scalars = dict[str, list[tuple[int, float]]]


def read_tensorboard(path: Path, name: str) -> Table:
    """Read a folder of logs, or one event file.

    Each folder with event files is a run.

    Raises:
        InvalidInput: there are no event files, or files are malformed.
    """
    files = [path] if path.is_file() else event_files(path)
    if not files:
        raise InvalidInput("FILE", name, "a folder with TensorBoard event files; none are there")
    by_run: dict[Path, list[Path]] = defaultdict(list)
    folders = {file.parent for file in files}
    for file in files:
        # SummaryWriter.add_hparams writes into a folder of its own, named after the time, below that of the run.
        below = _TIME.fullmatch(file.parent.name) is not None and file.parent.parent in folders
        by_run[file.parent.parent if below else file.parent].append(file)
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

    Keras writes the folders train and validation in each run.
    """
    relative = folder.relative_to(root) if root.is_dir() and folder != root else Path(folder.name)
    if relative.name in ("train", "validation", "val", "test", "eval") and relative.parent != Path():
        prefix = "" if relative.name == "train" else "val_" if relative.name == "validation" else f"{relative.name}_"
        return relative.parent.as_posix(), prefix
    return relative.as_posix(), ""


def _scalars(path: Path) -> Iterator[tuple[str, int, float]]:
    try:
        yield from scalars(path)
    except OSError as error:
        raise InvalidInput("FILE", str(path), f"a file that can be read ({error.strerror})") from None
    except ValueError:
        raise InvalidInput("FILE", str(path), "a TensorBoard event file") from None
