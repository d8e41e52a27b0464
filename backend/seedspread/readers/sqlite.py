"""Read SQLite databases: MLflow's and Trackio's."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

from seedspread.errors import InvalidInput
from seedspread.readers.columnar import runs_table
from seedspread.readers.mlflow import read_mlflow
from seedspread.readers.table import Row, Series, Table

SQLITE = b"SQLite format 3\x00"
_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def read_sqlite(path: Path, name: str) -> Table:
    """Read a tracker's database, recognised by its tables.

    Raises:
        InvalidInput: no database, or one of another program.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if {"metrics", "configs"} <= tables:
                return _of_trackio(database, name)
    except sqlite3.Error as error:
        raise InvalidInput("FILE", name, f"a readable SQLite database ({error})") from None
    if {"experiments", "runs", "metrics", "params"} <= tables:
        return read_mlflow(str(path), name)
    raise InvalidInput("FILE", name, "a database of MLflow or Trackio")


def _of_trackio(database: sqlite3.Connection, name: str) -> Table:
    """Return one row a run of Trackio's database.

    A run without an id is known by its name.
    """
    has_id = any(row[1] == "run_id" for row in database.execute("PRAGMA table_info(metrics)"))
    column = "run_id" if has_id else "run_name"
    runs: dict[str, Row] = {}
    points: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for run, title, step, text in database.execute(
        f"SELECT {column}, run_name, step, metrics FROM metrics ORDER BY id"  # noqa: S608 - one of two names
    ):
        runs.setdefault(run, {"run_id": str(run), "name": str(title)})
        for metric, value in _object(text, name).items():
            number = _SPECIAL.get(value, value) if isinstance(value, str) else value
            if isinstance(number, int | float) and not isinstance(number, bool):
                points[run, metric].append((step, float(number)))
    parameters: set[str] = set()
    for run, text in database.execute(f"SELECT {column}, config FROM configs"):  # noqa: S608 - one of two names
        for key, value in _object(text, name).items():
            if run in runs and not key.startswith("_") and (value is None or isinstance(value, int | float | str)):
                runs[run][f"config.{key}"] = value
                parameters.add(f"config.{key}")
    if not runs:
        raise InvalidInput("FILE", name, "a project with runs; this has none")
    for (run, metric), listed in points.items():
        listed.sort(key=lambda point: point[0])
        runs[run][metric] = Series(tuple(step for step, _ in listed), tuple(value for _, value in listed))
    return runs_table(list(runs.values()), name, {metric for _, metric in points}, parameters)


def _object(text: str | bytes, name: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        raise InvalidInput("FILE", name, "Trackio's database; a row holds no JSON") from None
    return content if isinstance(content, dict) else {}
