"""Stores of trackers give every run, every parameter and every point of every series."""

from __future__ import annotations

import math
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import orjson
import pytest

from seedspread.errors import InvalidInput, Unavailable
from seedspread.readers import Options, Series, read_groups, read_study
from tests.readers import trackers
from tests.readers.trackers import RUNS

STORES: dict[str, tuple[Callable[[Path], str], str]] = {
    "an MLflow folder": (lambda path: f"mlflow:{trackers.mlflow_folder(path, RUNS)}#digits", "metrics.{}"),
    "an MLflow folder without a scheme": (lambda path: trackers.mlflow_folder(path, RUNS), "metrics.{}"),
    "an MLflow database": (
        lambda path: f"mlflow:sqlite:///{trackers.mlflow_database(path / 'mlflow.db', RUNS)}#digits",
        "metrics.{}",
    ),
    "an MLflow database by its name": (lambda path: trackers.mlflow_database(path / "m.db", RUNS), "metrics.{}"),
    "Trackio": (lambda path: trackers.trackio_database(path / "digits.db", RUNS), "{}"),
    "neptune-exporter": (lambda path: trackers.neptune_parts(path / "exports", RUNS), "metrics/{}"),
    "TensorBoard": (lambda path: f"tb:{trackers.tensorboard_logs(path / 'logs', RUNS)}", "{}"),
}


def same(a: float, b: float, *, single: bool) -> bool:
    """Tell if two numbers are equal, NaN included; TensorBoard keeps single precision."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=6e-8) if single else a == b


@pytest.mark.parametrize("kind", STORES)
def test_a_store_gives_every_value_of_every_run(kind: str, tmp_path: Path) -> None:
    write, column = STORES[kind]
    study = read_study(write(tmp_path), Options())
    assert len(study.table.rows) == len(RUNS)
    by_parameters = {
        (int(str(row[study.roles.seed or ""])), arm): row for row, arm in zip(study.table.rows, study.arms, strict=True)
    }
    for parameters, metrics in RUNS:
        row = by_parameters[parameters["seed"], f"lr={parameters['lr']}"]
        for name, values in metrics.items():
            series = row[column.format(name)]
            assert isinstance(series, Series)
            half = kind == "neptune-exporter"
            assert series.steps == tuple(step / 2 if half else step for step in range(len(values)))
            assert all(same(a, b, single=kind == "TensorBoard") for a, b in zip(series.values, values, strict=True))


@pytest.mark.parametrize("kind", STORES)
def test_a_store_is_compared_by_its_last_values(kind: str, tmp_path: Path) -> None:
    write, _ = STORES[kind]
    reading = read_groups([write(tmp_path)])
    assert list(reading.values) == ["lr=0.001", "lr=0.25"]
    values = reading.values["lr=0.25"]
    assert isinstance(values, dict)
    assert {seed: round(float(value or 0), 6) for seed, value in values.items()} == {
        seed: round(0.45 + seed / 7, 6) for seed in (3, 4, 5)
    }
    assert "val/acc (the last value of each series)" in reading.guesses[0]


def test_a_failed_run_of_mlflow_is_left_out(tmp_path: Path) -> None:
    store = trackers.mlflow_folder(tmp_path, RUNS, failed=[1])
    reading = read_groups([f"mlflow:{store}#digits"])
    assert {name: len(group) for name, group in reading.values.items()} == {"lr=0.001": 3, "lr=0.25": 2}
    assert reading.left_out()["lr=0.25"].failures == 1


def test_runs_in_folders_with_keras_train_and_validation(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    for arm in ("base", "wide"):
        for seed in (0, 1):
            for part in ("train", "validation"):
                trackers.tensorboard_logs(logs / arm / f"seed_{seed}" / part, [({}, {"acc": [0.5, 0.6 + seed / 10]})])
    reading = read_groups([f"tb:{logs}"])
    assert reading.metric == "val_acc"
    assert list(reading.values) == ["base", "wide"]
    values = reading.values["base"]
    assert isinstance(values, dict)
    assert {seed: round(value or 0, 6) for seed, value in values.items()} == {0: 0.6, 1: 0.7}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("mlflow:nowhere", "an MLflow store"),
        ("mlflow:{store}#other", "an experiment of the store: Default, digits"),
        ("mlflow:{store}#Default", "an experiment with runs"),
        ("mlflow:sqlite:///nowhere.db", "a database that exists"),
        ("tb:nowhere", "event files"),
        ("tb:{store}", "event files"),
        ("{empty}", "a folder of recorded runs, MLflow runs, TensorBoard logs, Parquet parts or tables"),
    ],
)
def test_a_store_that_is_not_there_is_one_clean_error(source: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    store = trackers.mlflow_folder(tmp_path, RUNS)
    with pytest.raises(InvalidInput) as caught:
        read_groups([source.format(store=store, empty=tmp_path / "empty")])
    assert message in str(caught.value)


class _Tracking(BaseHTTPRequestHandler):
    """Answers as MLflow's REST API does, one run and one point a page."""

    identity = "run_id"

    def do_POST(self) -> None:
        query_body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/experiments/search"):
            return self._answer({"experiments": [{"experiment_id": "7", "name": "digits"}]})
        at = int(query_body.get("page_token", 0))
        parameters, metrics = RUNS[at]
        run = {
            "info": {self.identity: str(at), "run_name": f"fox-{at}", "status": "FINISHED"},
            "data": {
                "params": [{"key": key, "value": str(value)} for key, value in parameters.items()],
                "metrics": [{"key": key, "value": 0.0} for key in metrics],
            },
        }
        return self._answer({"runs": [run]} | ({"next_page_token": str(at + 1)} if at + 1 < len(RUNS) else {}))

    def do_GET(self) -> None:
        from urllib.parse import parse_qs, urlsplit

        query = parse_qs(urlsplit(self.path).query)
        values = RUNS[int(query["run_id"][0])][1][query["metric_key"][0]]
        at = int(query.get("page_token", ["0"])[0])
        point = {"key": "x", "value": "NaN" if values[at] != values[at] else values[at], "step": at, "timestamp": at}
        more = {"next_page_token": str(at + 1)} if at + 1 < len(values) else {}
        self._answer({"metrics": [point]} | more)

    def _answer(self, document: object) -> None:
        body = orjson.dumps(document)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.mark.parametrize(
    ("address", "identity"), [("#digits", "run_id"), ("/proxy/mlflow/#7", "run_uuid"), ("", "run_id")]
)
def test_a_tracking_server_is_read_page_by_page(address: str, identity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Tracking, "identity", identity)
    server = HTTPServer(("127.0.0.1", 0), _Tracking)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        study = read_study(f"mlflow:http://127.0.0.1:{server.server_port}{address}", Options())
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert len(study.table.rows) == len(RUNS)
    series = study.table.rows[-1]["metrics.val/acc"]
    assert isinstance(series, Series)
    assert series.values in [tuple(metrics["val/acc"]) for _, metrics in RUNS]
    with pytest.raises(Unavailable, match="does not answer"):
        read_study(f"mlflow:http://127.0.0.1:{server.server_port}#digits", Options())
