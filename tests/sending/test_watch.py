"""Folders are shown while they are written: every point once, whatever is killed on the way."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.observe.export import export_data
from seedspread.observe.usage import usage_of
from seedspread.recording import ArmRecord, RunWriter, create_study
from seedspread.recording.writer import new_study
from seedspread.resources.record import Sample
from seedspread.sending import watch as watching
from seedspread.sending.watch import FolderWatch
from seedspread.settings import AppSettings
from seedspread.storage import runs, series
from seedspread.storage.database import Database
from seedspread.storage.tables import StudyRow, UsageRow
from seedspread.studies import change, ingest
from seedspread.studies.receiver import LocalReceiver
from tests.support.brokers import SilentBroker
from tests.support.studies import context_of

LOGGING = """
import sys, time, seedspread
with seedspread.run(arm="a", seed=1, folder=sys.argv[1]) as run:
    for step in range(100):
        run.log(acc=step / 100, step=step)
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a watch look again at once."""
    monkeypatch.setattr(watching, "REST", 0.0)


@pytest.fixture
def problems() -> list[str]:
    """What a watch warned of."""
    return []


@pytest.fixture
def make(tmp_path: Path, problems: list[str]) -> Callable[[], FolderWatch]:
    """Start a watch, as after every start of the service."""
    return lambda: FolderWatch([tmp_path / "results", tmp_path / "none"], tmp_path / "watched.json", problems.append)


def begin(folder: Path, seed: int = 0) -> RunWriter:
    """Begin a run of a study that names its metric."""
    return create_study(folder, new_study("live", metric="acc", arms=[ArmRecord("a")])).begin("a", seed)


def shown(database: Database, run_id: int = 1) -> tuple[str, list[float], str]:
    """Return the state, the values and the end of the log of a run."""
    with database.reading() as session:
        row = runs.get(session, run_id)
        assert row is not None
        stored = series.read(session, [run_id])[run_id]
        return row.state, stored["acc"].values.tolist() if "acc" in stored else [], row.log_tail


def test_a_run_is_shown_as_it_grows_and_ends(
    database: Database, tmp_path: Path, make: Callable[[], FolderWatch], problems: list[str]
) -> None:
    receiver = LocalReceiver(context_of(database))
    watch = make()
    assert watch.look(receiver) == 0
    run = begin(tmp_path / "results" / "one")
    run.log({"acc": 0.1}, 0)
    run.text(b"hello\n")
    watch.look(receiver)
    assert shown(database) == ("running", [0.1], "hello\n")
    run.log({"acc": 0.2}, 1)
    run.log({"acc": 0.3}, 2, source="stdout")  # of a lesser source: never counted
    watch.look(receiver)
    assert shown(database)[1] == [0.1, 0.2]
    make().look(receiver)  # a service that was killed and started again
    assert shown(database)[1] == [0.1, 0.2]
    run.log({"acc": 0.4}, 2)
    run.end("finished")
    assert watch.look(receiver) == 1
    assert shown(database) == ("finished", [0.1, 0.2, 0.4], "hello\n")
    assert watch.look(receiver) == 0
    make().look(receiver)
    with database.reading() as session:
        assert len(series.read(session, [1, 2])[1]) == 1
        assert runs.get(session, 2) is None
    assert problems == []


def test_what_a_run_uses_is_shown_as_it_grows_and_kept_once(
    database: Database, tmp_path: Path, make: Callable[[], FolderWatch]
) -> None:
    ctx = context_of(database)
    receiver, watch = LocalReceiver(ctx), make()
    run = begin(tmp_path / "results" / "one")
    run.log({"acc": 0.1}, 0)
    run.usage(Sample(1.0, 0.5, 2**20))
    watch.look(receiver)

    def stored() -> list[float]:
        usage = usage_of(ctx, 1).usage
        return [] if usage is None else usage.samples.time

    assert stored() == [1.0]
    run.usage(Sample(2.0, 0.7, 2**21), ["GPU 0: NVIDIA L4"])
    watch.look(receiver)
    assert stored() == [1.0, 2.0]
    run.usage(Sample(3.0, 0.9, 2**20), ["GPU 0: NVIDIA L4"])
    run.end("finished")
    make().look(receiver)  # a service that was killed and started again
    make().look(receiver)
    usage = usage_of(ctx, 1).usage
    assert usage is not None
    assert stored() == [1.0, 2.0, 3.0]
    assert (usage.peaks.memory_bytes, usage.gpus) == (2**21, ["GPU 0: NVIDIA L4"])
    assert usage_of(ctx, 1, attempt=2).usage is None
    table = export_data(ctx, 1, "csv", "usage").decode().splitlines()
    assert len(table) == 4
    assert table[1].startswith("a,1,0,1,1.0,0.5,1048576,")
    assert "peak_memory_bytes" in export_data(ctx, 1, "csv", "runs").decode().splitlines()[0]
    with database.reading() as session:
        assert list(series.read(session, [1])[1]) == ["acc"]
    change.delete_study(ctx, 1)
    with database.reading() as session:
        assert session.scalars(select(UsageRow)).all() == []


def test_cells_that_run_later_are_shown_too(
    database: Database, tmp_path: Path, make: Callable[[], FolderWatch]
) -> None:
    ctx = context_of(database)
    receiver, watch = LocalReceiver(ctx), make()
    run = begin(tmp_path / "results" / "one")
    run.log({"acc": 0.1}, 0)
    for execution in (1, 2, 3):
        run.event("cell", execution=execution, source=f"x = {execution}", position=execution, cell_id="a")
        if execution == 3:
            run.end("finished")
        watch.look(receiver)
        assert len(ingest.cells_of(ctx, 1)) == execution


def test_a_killed_training_is_over_and_its_next_attempt_takes_its_place(
    database: Database, tmp_path: Path, make: Callable[[], FolderWatch]
) -> None:
    receiver, watch, folder = LocalReceiver(context_of(database)), make(), tmp_path / "results" / "one"
    with subprocess.Popen([sys.executable, "-c", LOGGING, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        watch.look(receiver)
        assert shown(database)[0] == "running"
        process.send_signal(signal.SIGKILL)
    watch.look(receiver)
    state, values, _ = shown(database)
    assert (state, values) == ("cancelled", [step / 100 for step in range(100)])
    again = create_study(folder, new_study("unused")).begin("a", 1)
    again.log({"acc": 0.5}, 0)
    watch.look(receiver)
    assert shown(database)[:2] == ("running", [0.5])
    again.end("finished")
    watch.look(receiver)
    assert shown(database)[:2] == ("finished", [0.5])


def test_a_study_that_was_deleted_stays_deleted(
    database: Database, tmp_path: Path, make: Callable[[], FolderWatch]
) -> None:
    ctx = context_of(database)
    receiver = LocalReceiver(ctx)
    run = begin(tmp_path / "results" / "one")
    run.log({"acc": 0.1}, 0)
    make().look(receiver)
    change.delete_study(ctx, 1)
    run.log({"acc": 0.2}, 1)
    run.end("finished")
    make().look(receiver)
    with database.reading() as session:
        assert runs.get(session, 1) is None


def test_a_folder_that_cannot_be_read_is_warned_of_once_and_withholds_no_other(
    database: Database, tmp_path: Path, make: Callable[[], FolderWatch], problems: list[str]
) -> None:
    receiver, watch = LocalReceiver(context_of(database)), make()
    broken = tmp_path / "results" / "broken"
    broken.mkdir(parents=True)
    (broken / "study.json").write_text("{}")
    run = begin(tmp_path / "results" / "whole")
    run.log({"acc": 0.1}, 0)
    for _ in range(3):
        watch.look(receiver)
    assert shown(database) == ("running", [0.1], "")
    assert len(problems) == 1
    assert "seedspread-study/1" in problems[0]


def test_a_study_that_names_no_metric_waits_for_one_that_decides(
    database: Database, tmp_path: Path, make: Callable[[], FolderWatch], problems: list[str]
) -> None:
    ctx = context_of(database)
    receiver, watch = LocalReceiver(ctx), make()
    run = create_study(tmp_path / "results" / "one", new_study("one", arms=[ArmRecord("a")])).begin("a", 0)
    run.log({"loss": 0.9})
    watch.look(receiver)
    with database.reading() as session:
        assert runs.get(session, 1) is None
    run.log({"val_acc": 0.5, "val_loss": 0.7})
    watch.look(receiver)
    unclear = create_study(tmp_path / "results" / "two", new_study("two", arms=[ArmRecord("a")])).begin("a", 0)
    unclear.log({"speed": 1.0, "size": 2.0})
    unclear.end("finished")
    watch.look(receiver)
    with database.reading() as session:
        metrics = dict(session.execute(select(StudyRow.name, StudyRow.metric)).all())
    assert metrics == {"one": "val_acc", "two": "speed"}
    assert len(problems) == 1
    assert "name the metric that decides: speed, size" in problems[0]


def test_the_service_watches_beside_its_other_work(migrated_sqlite_file: Path, tmp_path: Path) -> None:
    from seedspread.cli.console.serving import _watches

    run = begin(tmp_path / "results" / "one")
    run.log({"acc": 0.1}, 0)
    url = f"sqlite:///{shutil.copy(migrated_sqlite_file, tmp_path / 'seedspread.db')}"
    settings = AppSettings(
        database_url=url, reconcile_s=0.02, watch=str(tmp_path / "results"), data_dir=tmp_path / "data"
    )
    app = create_app(settings, broker=SilentBroker(), watches=_watches(settings))
    with TestClient(app, base_url="http://127.0.0.1:8321") as client:
        until = time.monotonic() + 20
        while not (items := client.get("/api/v1/studies").json()["items"]) and time.monotonic() < until:
            time.sleep(0.02)
        assert items[0]["name"] == "live"
        assert client.get("/api/v1/runs/1").json()["state"] == "running"
        run.log({"acc": 0.7}, 1)
        run.end("finished")
        while client.get("/api/v1/runs/1").json()["state"] == "running" and time.monotonic() < until:
            time.sleep(0.02)
        assert client.get("/api/v1/runs/1/series").json()["series"]["acc"]["values"] == [0.1, 0.7]
