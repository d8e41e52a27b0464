"""Open the sources that a user names.

A source is a file, standard input, a folder of logs, or a tracker's store.
"""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from seedspread.errors import InvalidInput
from seedspread.readers.beside import settings_beside
from seedspread.readers.formats import columnar, sentences
from seedspread.readers.formats.decoding import MAX_BYTES, decoded, unpacked
from seedspread.readers.formats.delimited import read_delimited
from seedspread.readers.formats.records import looks_like_json, read_json, read_log, read_yaml
from seedspread.readers.formats.table import Row, Series, Table
from seedspread.readers.formats.tensorboard import read_tensorboard
from seedspread.readers.formats.trackers import SQLITE, read_mlflow, read_sqlite
from seedspread.recording.reader import is_study_folder, open_study
from seedspread.recording.tfevents import EVENT_FILES

STDIN = "-"
_RESULTS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".xlsx")
_SETTINGS = re.compile(
    r"(?:config|args|hparams|params|overrides|hydra|package|requirements|metadata|wandb-)", re.IGNORECASE
)
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_WEB_PAGE = re.compile(r"\s*<(?:!doctype html|html|table|head|body)", re.IGNORECASE)
# A log may begin with [2024-05-01 10:00].
_BRACKET = re.compile(r"\s*\[\s*(?:[\[{\]\"-]|\d[\d.eE+]*\s*[,\]]|NaN|null|Infinity|true|false|$)")
MLFLOW, TENSORBOARD = "mlflow:", "tb:"


def open_source(source: str, encoding: str | None = None) -> Table:
    """Read a source into a table.

    A source is a file's name, `-`, `mlflow:URI#experiment` or `tb:FOLDER`.

    Raises:
        InvalidInput: the source does not exist or cannot be read.
    """
    if source.startswith(MLFLOW):
        return read_mlflow(source.removeprefix(MLFLOW), source)
    if source.startswith(TENSORBOARD):
        return read_tensorboard(Path(source.removeprefix(TENSORBOARD)), source)
    if source != STDIN and Path(source).is_dir():
        return _folder(Path(source), source)
    if source != STDIN and EVENT_FILES in Path(source).name:
        return read_tensorboard(Path(source), source)
    if re.match(r"(?:https?|s3|gs)://", source):
        raise InvalidInput("FILE", source, "a file of this machine; download it first, or pipe it into `compare -`")
    path = Path(source)
    if source != STDIN and path.is_file() and path.suffix in (".db", ".sqlite", ".sqlite3"):
        return read_sqlite(path, source)
    return parse(_bytes(source), source, encoding)


def parse(raw: bytes, name: str, encoding: str | None = None) -> Table:
    """Read the bytes of a file into a table.

    The first bytes determine the format, not the name.

    Raises:
        InvalidInput: the content cannot be read.
    """
    raw = unpacked(raw, name)
    if raw.startswith((columnar.PARQUET, columnar.ARROW)):
        return columnar.read_arrow([raw], name)
    if raw.startswith(columnar.ZIP):
        return columnar.read_workbook(raw, name)
    if raw.startswith(SQLITE):
        raise InvalidInput("FILE", name, "a database by its file name (name.db), not through a pipe or an upload")
    text, guessed = decoded(raw, name, encoding)
    if not text.strip():
        raise InvalidInput("FILE", name, "numbers; this is empty")
    text = _COLOURS.sub("", text) if "\x1b" in text else text
    table = _of_text(text, name)
    if guessed is not None:
        table.notes.insert(0, sentences.guessed_encoding(guessed))
    return table


def _of_text(text: str, name: str) -> Table:
    if Path(name.removesuffix(".gz")).suffix.lower() in (".yaml", ".yml"):
        return read_yaml(text, name)
    if looks_like_json(text) and (text.lstrip()[0] == "{" or _BRACKET.match(text)):
        return read_json(text, name)
    if _WEB_PAGE.match(text):
        raise InvalidInput("FILE", name, "a table saved as CSV; this is a web page")
    table = read_log(text, name)
    return read_delimited(text, name) if table is None else table


def expanded(sources: Sequence[str]) -> list[str]:
    """Return sources with patterns such as `runs/*.csv` replaced by their files.

    Shells do that, but not within quotes, nor on Windows.
    """
    names: list[str] = []
    for source in sources:
        pattern = re.search(r"[*?\[]", source) and ":" not in source and not Path(source).exists()
        matches = sorted(glob.glob(source, recursive=True)) if pattern else []  # noqa: PTH207 - patterns may be absolute
        names += matches or [source]
    return names


def _bytes(source: str) -> bytes:
    try:
        if source == STDIN:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InvalidInput(
            "FILE", source, "a file that exists, - for standard input, mlflow:… or tb:…, or a study's number"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InvalidInput("FILE", source, f"a file that can be read ({reason})") from None
    if len(raw) > MAX_BYTES:
        raise InvalidInput("FILE", source, f"at most {MAX_BYTES:,} bytes")
    return raw


def _folder(folder: Path, name: str) -> Table:
    """Read a folder of runs.

    It holds recorded runs (of `seedspread run` or the logger), an MLflow file store, TensorBoard logs, or the parts of
    a Parquet export.
    """
    if is_study_folder(folder):
        return _recorded(folder, name)
    if any(folder.glob("*/meta.yaml")) or (folder / "meta.yaml").exists():
        return read_mlflow(str(folder), name)
    if next(folder.rglob(f"*{EVENT_FILES}*"), None) is not None:
        return read_tensorboard(folder, name)
    parts = sorted(folder.rglob("*.parquet"))
    if parts:
        return columnar.read_arrow([_bytes(str(part)) for part in parts], name)
    files = _result_files(folder)
    if not files:
        expected = "a file, or a folder of recorded runs, MLflow runs, TensorBoard logs, Parquet parts or tables"
        raise InvalidInput("FILE", name, expected)
    return joined([parse(_bytes(str(file)), str(file)) for file in files], name, folder)


def _result_files(folder: Path) -> list[Path]:
    """Return the tables in a folder, without configurations beside them."""
    files = (path for path in folder.rglob("*") if path.name.lower().removesuffix(".gz").endswith(_RESULTS))
    visible = (path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return sorted(path for path in visible if path.is_file() and not _SETTINGS.match(path.name))


def joined(tables: Sequence[Table], name: str, folder: Path | None = None) -> Table:
    """Return one table of files that hold some runs each.

    The column `name` holds the file's path without what all have in common.

    Args:
        folder: where the files were found, if a folder was asked for.
    """
    paths = [Path(table.name.removesuffix(".gz")).with_suffix("") for table in tables]
    if len(paths) > 1 and len({path.name for path in paths}) == 1:
        paths = [path.parent for path in paths]
    top = Path(os.path.commonpath(paths)) if len(paths) > 1 else paths[0].parent
    labels = [path.relative_to(top).as_posix() for path in paths]
    beside = settings_beside([Path(table.name) for table in tables], labels, folder)
    own = {column for table in tables for column in table.columns}
    settings = [] if beside is None else [_without(row, own) for row in beside.rows]
    columns = list(dict.fromkeys([*(settings[0] if settings else ()), *(name for t in tables for name in t.columns)]))
    # Beside settings, a folder's number is neither arm nor seed.
    names = ("name", "run_name", "file") if beside is None else ("folder", "run_folder", "numbered_folder")
    title = next(column for column in names if column not in columns)
    empty: Row = dict.fromkeys(columns)
    rows = [
        {title: label} | empty | (settings[at] if settings else {}) | row
        for at, (label, table) in enumerate(zip(labels, tables, strict=True))
        for row in table.rows
    ]
    places = [f"{table.name}, {label}" for table in tables for label in table.labels]
    notes = [f"{len(tables)} files"]
    if beside is not None:
        without = [_without(row, own) for row in beside.without_results]
        rows += [{title: f"without results {at}"} | empty | row for at, row in enumerate(without, 1)]
        places += [f"run {at} without results" for at in range(1, len(without) + 1)]
        notes += sentences.settings_from(beside.file, len(without))
    notes = list(dict.fromkeys([*notes, *(note for table in tables for note in table.notes)]))
    metrics = {column for table in tables for column in table.metrics}
    parameters = {column for table in tables for column in table.parameters} | set(settings[0] if settings else ())
    return Table(name, [title, *columns], rows, places, notes, metrics=metrics, parameters=parameters)


def _without(row: Row, columns: Collection[str]) -> Row:
    """Return settings without those that the results state themselves."""
    return {key: cell for key, cell in row.items() if key not in columns}


def _recorded(folder: Path, name: str) -> Table:
    """Read the runs that count in a folder of Seedspread's own format."""
    study = open_study(folder)
    runs = study.counted()
    if not runs:
        raise InvalidInput("FILE", name, "a folder with runs; no run of it has begun")
    metrics = list(dict.fromkeys(metric for run in runs for metric in run.series()))
    rows: list[Row] = []
    for run in runs:
        # The arrays as they are: tuples of millions of numbers would take six times their memory.
        series = {metric: Series(item.steps, item.values) for metric, item in run.series().items()}
        facts = {"arm": run.record.arm, "seed": run.record.seed, "state": run.state}
        rows.append({**facts, **{metric: series.get(metric) for metric in metrics}})
    labels = [f"run {run.record.run_id}" for run in runs]
    return Table(name, ["arm", "seed", "state", *metrics], rows, labels, metrics=set(metrics))
