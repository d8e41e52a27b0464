"""Read trackers' stores: MLflow's (folder, database or server) and Trackio's."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import yaml

from seedspread.errors import MISSING, InvalidInput, Unavailable
from seedspread.readers.formats.columnar import runs_table
from seedspread.readers.formats.sentences import listed
from seedspread.readers.formats.table import Row, Series, Table

if TYPE_CHECKING:
    import httpx

_STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_EXPERIMENT = "an experiment of the store"
_PAGE = 1000  # MLflow's own default page
_TIMEOUT_S = 60.0
_PARAMETERS = "SELECT run_uuid, key, value FROM params JOIN runs USING (run_uuid) WHERE experiment_id = ?"
_POINTS = (
    "SELECT run_uuid, key, value, step, timestamp, is_nan FROM metrics JOIN runs USING (run_uuid) "
    "WHERE experiment_id = ?"
)

Points = dict[str, list[tuple[int, int, float]]]
"""Logged points by metric: step, time in milliseconds, and value."""


def read_mlflow(address: str, name: str) -> Table:
    """Read the runs of one experiment at `URI#experiment`.

    The URI is a folder, `sqlite:///file.db` or `http://…`.

    Raises:
        InvalidInput: there is no store or no such experiment, or there are several and none was named.
        Unavailable: the server does not respond.
    """
    uri, _, experiment = address.partition("#")
    if uri.startswith(("http://", "https://")):
        rows, metrics, parameters = _of_server(uri.rstrip("/"), unquote(experiment), name)
    elif uri.startswith("sqlite:"):
        rows, metrics, parameters = _of_database(Path(uri.partition("///")[2]), unquote(experiment), name)
    else:
        folder = Path(unquote(urlsplit(uri).path)) if uri.startswith("file:") else Path(uri)
        if folder.is_file():
            rows, metrics, parameters = _of_database(folder, unquote(experiment), name)
        else:
            rows, metrics, parameters = _of_folder(folder, unquote(experiment), name)
    if not rows:
        raise InvalidInput("FILE", name, "an experiment with runs; this has none")
    return runs_table(rows, name, metrics, parameters)


def _row(run_id: str, run_name: str | None, status: str, parameters: Mapping[str, str], points: Points) -> Row:
    row: Row = {"run_id": run_id, "name": run_name or run_id, "status": status}
    row |= {f"params.{key}": value for key, value in parameters.items()}
    for key, listed_points in points.items():
        # The same step may be logged again; MLflow shows the later one, and so do we.
        at_step = {step: value for step, _, value in sorted(listed_points, key=lambda point: (point[0], point[1]))}
        row[f"metrics.{key}"] = Series(tuple(at_step), tuple(at_step.values()))
    return row


def _gathered(rows: list[Row]) -> tuple[list[Row], set[str], set[str]]:
    columns = {column for row in rows for column in row}
    return (
        rows,
        {column for column in columns if column.startswith("metrics.")},
        {column for column in columns if column.startswith("params.")},
    )


def _chosen(experiments: Mapping[str, str], wanted: str, name: str) -> str:
    """Return the id of the experiment with this name or id.

    Without a name, the only experiment with runs is used.
    """
    by_name = {title: identity for identity, title in experiments.items()}
    if wanted:
        if wanted in by_name:
            return by_name[wanted]
        if wanted in experiments:
            return wanted
        raise InvalidInput("FILE", name, f"{_EXPERIMENT}: {listed(sorted(by_name))}")
    if len(experiments) == 1:
        return next(iter(experiments))
    if not experiments:
        raise InvalidInput("FILE", name, "a store with experiments that have runs; this has none")
    raise InvalidInput("#experiment", MISSING, f"{_EXPERIMENT} after {name}#: {listed(sorted(by_name))}")


# --- a folder ---


def _of_folder(folder: Path, wanted: str, name: str) -> tuple[list[Row], set[str], set[str]]:
    if not folder.is_dir():
        raise InvalidInput("FILE", name, "an MLflow store: a folder such as mlruns, sqlite:///mlflow.db or http://…")
    single = folder / "meta.yaml"
    if single.exists() and "experiment_id" in _yaml(single, name) and not wanted:
        chosen = folder
    else:
        metas = {
            path.parent.name: _yaml(path, name)
            for path in sorted(folder.glob("*/meta.yaml"))
            if not path.parent.name.startswith(".")
        }
        filtered = {
            identity: str(meta.get("name", identity))
            for identity, meta in metas.items()
            if meta.get("lifecycle_stage") != "deleted"
            and (wanted or next(iter((folder / identity).glob("*/meta.yaml")), None))
        }
        chosen = folder / _chosen(filtered, wanted, name)
    rows = []
    for path in sorted(chosen.glob("*/meta.yaml")):
        meta = _yaml(path, name)
        if meta.get("lifecycle_stage") == "deleted" or "run_id" not in meta:
            continue
        run = path.parent
        parameters = {key: _text(file, name) for key, file in _files(run / "params")}
        points = {key: _points(file, name) for key, file in _files(run / "metrics")}
        status = meta.get("status")
        rows.append(
            (
                meta.get("start_time") or 0,
                _row(
                    run.name,
                    meta.get("run_name"),
                    _STATUS.get(status, str(status)) if isinstance(status, int) else str(status),
                    parameters,
                    points,
                ),
            )
        )
    rows.sort(key=lambda item: item[0])
    return _gathered([row for _, row in rows])


def _yaml(path: Path, name: str) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader either way
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise InvalidInput("FILE", name, f"a readable {path}") from None
    return content if isinstance(content, dict) else {}


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidInput("FILE", name, f"a readable {path}") from None


def _points(path: Path, name: str) -> list[tuple[int, int, float]]:
    points = []
    for number, line in enumerate(_text(path, name).splitlines(), start=1):
        cells = line.split()
        try:
            time, value = int(cells[0]), float(cells[1])
            points.append((int(cells[2]) if len(cells) > 2 else 0, time, value))
        except (ValueError, IndexError):
            raise InvalidInput(f"{path}, line {number}", line, "a time, a value and a step") from None
    return points


# --- a database ---


def _of_database(path: Path, wanted: str, name: str) -> tuple[list[Row], set[str], set[str]]:
    if not path.is_file():
        raise InvalidInput("FILE", name, f"a database that exists; {path} does not")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return _gathered(_database_rows(database, wanted, name))
    except sqlite3.Error as error:
        raise InvalidInput("FILE", name, f"MLflow's SQLite database ({error})") from None


def _database_rows(database: sqlite3.Connection, wanted: str, name: str) -> list[Row]:
    with_runs = "" if wanted else "AND experiment_id IN (SELECT experiment_id FROM runs)"
    experiments = database.execute(
        f"SELECT experiment_id, name FROM experiments WHERE lifecycle_stage != 'deleted' {with_runs}"  # noqa: S608
    )
    chosen = _chosen({str(identity): str(title) for identity, title in experiments}, wanted, name)
    runs = database.execute(
        "SELECT run_uuid, name, status FROM runs WHERE experiment_id = ? AND lifecycle_stage != 'deleted' "
        "ORDER BY start_time, run_uuid",
        (int(chosen),),
    ).fetchall()
    parameters: dict[str, dict[str, str]] = defaultdict(dict)
    for run, key, value in database.execute(_PARAMETERS, (int(chosen),)):
        parameters[run][key] = value
    points: dict[str, Points] = defaultdict(lambda: defaultdict(list))
    for run, key, value, step, time, is_nan in database.execute(_POINTS, (int(chosen),)):
        # MLflow stores infinities as the largest floats, which read back as they are.
        points[run][key].append((step, time, float("nan") if is_nan else float(value)))
    return [_row(run, title, status, parameters[run], points[run]) for run, title, status in runs]


# --- a server ---


def _of_server(uri: str, wanted: str, name: str) -> tuple[list[Row], set[str], set[str]]:
    import httpx  # a fifth of a second, which commands that ask no server need not spend

    try:
        with httpx.Client(base_url=f"{uri}/api/2.0/mlflow", timeout=_TIMEOUT_S) as client:
            titles = {
                str(item["experiment_id"]): str(item["name"])
                for item in _pages(client, "/experiments/search", {}, "experiments", name)
            }
            if not wanted and len(titles) > 1:
                titles = {
                    identity: title
                    for identity, title in titles.items()
                    if client.post("/runs/search", json={"experiment_ids": [identity], "max_results": 1})
                    .json()
                    .get("runs")
                }
            chosen = _chosen(titles, wanted, name)
            runs = list(_pages(client, "/runs/search", {"experiment_ids": [chosen]}, "runs", name))
            rows = [_server_row(client, run, name) for run in reversed(runs)]
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(f"the MLflow server at {uri} does not answer ({error or type(error).__name__})") from None
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput("FILE", name, "the address of an MLflow server; this answers something else") from None
    return _gathered(rows)


def _server_row(client: httpx.Client, run: Mapping[str, Any], name: str) -> Row:
    info, data = run["info"], run.get("data", {})
    identity = str(info.get("run_id") or info["run_uuid"])
    points: Points = {
        item["key"]: [
            (int(point.get("step", 0)), int(point.get("timestamp", 0)), float(point["value"]))
            for point in _pages(
                client, "/metrics/get-history", {"run_id": identity, "metric_key": item["key"]}, "metrics", name
            )
        ]
        for item in data.get("metrics", [])
    }
    parameters = {item["key"]: item.get("value", "") for item in data.get("params", [])}
    return _row(identity, info.get("run_name"), str(info.get("status")), parameters, points)


def _pages(client: httpx.Client, path: str, query: Mapping[str, Any], key: str, name: str) -> Iterator[dict[str, Any]]:
    """Yield the items of all pages of a response."""
    token: str | None = None
    while True:
        body = {**query, "max_results": _PAGE} | ({"page_token": token} if token else {})
        history = path == "/metrics/get-history"
        answer = client.get(path, params=body) if history else client.post(path, json=body)
        if answer.status_code >= 400:
            raise InvalidInput("FILE", name, f"an MLflow server that allows {path} (it answers {answer.status_code})")
        document = answer.json()
        yield from document.get(key, [])
        token = document.get("next_page_token")
        if not token:
            return


SQLITE = b"SQLite format 3\x00"
_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def read_sqlite(path: Path, name: str) -> Table:
    """Read a tracker's database, recognised by its tables.

    Raises:
        InvalidInput: not a database, or one of another program.
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
    """Convert Trackio's database to one row per run.

    A run without an id is identified by its name.
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
        for key, value in _leaves(_object(text, name)):
            if run in runs and (value is None or isinstance(value, int | float | str)):
                runs[run][f"config.{key}"] = value
                parameters.add(f"config.{key}")
    if not runs:
        raise InvalidInput("FILE", name, "a project with runs; this has none")
    for (run, metric), series in points.items():
        series.sort(key=lambda point: point[0])
        runs[run][metric] = Series(tuple(step for step, _ in series), tuple(value for _, value in series))
    return runs_table(list(runs.values()), name, {metric for _, metric in points}, parameters)


def _leaves(document: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of a nested configuration.

    Keys that begin with an underscore are Trackio's own.
    """
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{key}.")
        elif not key.startswith("_"):
            yield f"{before}{key}", value


def _object(text: str | bytes, name: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        raise InvalidInput("FILE", name, "Trackio's database; a row holds no JSON") from None
    return content if isinstance(content, dict) else {}
