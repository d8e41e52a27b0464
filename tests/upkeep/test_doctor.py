"""The doctor: one clean line for whatever is there, missing or down."""

from __future__ import annotations

import json
import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from seedspread.cli.app import run
from seedspread.core.recipe import Ability
from seedspread.queue.address import note
from seedspread.settings import AppSettings
from seedspread.storage import workers
from seedspread.storage.database import Database, revisions_known
from seedspread.storage.tables import RunRow, WorkerRow
from seedspread.upkeep import doctor
from seedspread.upkeep.lines import Level, Line, is_fine
from tests.builders import store
from tests.servers import free_port


def examined(settings: AppSettings, **environment: str) -> dict[str, Line]:
    """Return the lines by subject; the worst of each."""
    order = list(Level)
    return {
        line.subject: line
        for line in sorted(doctor.examine(settings, environment), key=lambda line: order.index(line.level))
    }


@pytest.fixture
def running(database: Database, broker_url: str, tmp_path: Path) -> AppSettings:
    """A service's database and broker, with a worker that is alive."""
    now = datetime.now(UTC)
    store(database, now=now)
    with database.session() as session:
        workers.register(session, workers.Registration("w1", "here", 1, "cpu"), now)
        workers.enable(session, "w1", Ability({"toy": "d" * 64}, {}), [])
    url = database.url.render_as_string(hide_password=False)
    return AppSettings(data_dir=tmp_path, database_url=url, broker_url=broker_url, port=free_port())


def test_all_is_well(running: AppSettings, database: Database) -> None:
    lines = examined(running)
    assert {subject: line.level for subject, line in lines.items()} == dict.fromkeys(
        ("database", "schema", "broker", "disk", "clock", "recipes", "workers", "gpu", "port", "proxy"), Level.OK
    )
    assert lines["recipes"].detail == "1 recipe: toy"
    with database.session() as session:
        session.execute(update(WorkerRow).values(beat_at=datetime.now(UTC) + timedelta(hours=1)))
    assert examined(running)["clock"].detail.endswith(" in the future")
    with database.session() as session:
        session.execute(update(WorkerRow).values(beat_at=datetime.now(UTC) - timedelta(hours=1)))
    lines = examined(running)
    assert lines["workers"] == Line(
        "workers",
        Level.PROBLEM,
        "6 runs wait for a cpu worker, and there is none",
        "start one: `seedspread worker --queue cpu`",
    )
    assert lines["recipes"].level is Level.NOTE
    with database.session() as session:
        session.execute(update(RunRow).values(state="finished"))
        session.execute(update(WorkerRow).values(beat_at=datetime.now(UTC), problems=["my.py: SyntaxError,\nline 1"]))
    assert examined(running)["recipes"].detail == "my.py: SyntaxError, line 1"
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        assert examined(running)["database"].detail.startswith("The database has schema 9999")
    finally:
        with database.session() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": revisions_known()[-1]})


def test_nothing_is_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(os, "environ", {})
    assert run(["doctor", "--data-dir", str(tmp_path / "new"), "--port", str(free_port())]) == 0
    assert not (tmp_path / "new").exists()
    out = capsys.readouterr().out
    assert "note    database: there is none at" in out
    assert "note    broker: none is set, and no `seedspread up` runs here -> `seedspread up` starts its own" in out


def test_the_broker_of_an_up_that_was_stopped_is_no_problem(tmp_path: Path) -> None:
    address = note(tmp_path)
    address.parent.mkdir(parents=True)
    address.write_text(f"redis://127.0.0.1:{free_port()}/0")
    lines = doctor.examine(AppSettings(data_dir=tmp_path, port=free_port()))
    broker = next(line for line in lines if line.subject == "broker")
    assert (broker.level, "earlier `seedspread up`" in broker.detail) == (Level.NOTE, True)


def test_whatever_is_down_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = str(free_port())
    code = run(
        [
            *("doctor", "--json", "--data-dir", str(tmp_path), "--port", port),
            *("--database-url", f"postgresql+psycopg://me:hunter2@127.0.0.1:{port}/x"),
            *("--broker-url", f"redis://:hunter2@127.0.0.1:{port}/0"),
        ]
    )
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    problems = {line["subject"]: line["detail"] for line in document["lines"] if line["level"] == "problem"}
    assert (code, document["ok"], captured.err) == (2, False, "")
    assert problems.keys() == {"database", "broker", "clock", "recipes"}
    assert "does not answer" in problems["database"]
    assert "cannot be reached" in problems["broker"]
    assert "hunter2" not in captured.out
    assert all("\n" not in str(value) for line in document["lines"] for value in line.values())

    def broken(_: doctor.Examined) -> Any:
        raise ZeroDivisionError("in a\nprobe")

    monkeypatch.setitem(doctor.PROBES, "gpu", broken)
    line = examined(AppSettings(data_dir=tmp_path, port=int(port)))["gpu"]
    assert (line.level, line.detail) == (Level.PROBLEM, "ZeroDivisionError: in a probe")


class Answering(BaseHTTPRequestHandler):
    """A service that is degraded."""

    def do_GET(self) -> None:
        """Answer with a health that has a problem."""
        part = {"ok": False, "problem": "the broker\nis away"}
        document = {"status": "degraded", "version": "9.9", "database": {"ok": True}, "broker": part}
        document["events"] = {"ok": False, "problem": "streams fail"}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


def test_the_port_says_who_has_it(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings = AppSettings(data_dir=tmp_path, port=server.server_port)
        line = examined(settings, http_proxy="http://proxy.invalid:3128")["port"]
        server.shutdown()
        thread.join()
    assert line == Line(
        "port",
        Level.PROBLEM,
        f"Seedspread 9.9 answers on port {settings.port}: degraded",
        "the broker is away; streams fail",
    )
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = AppSettings(data_dir=tmp_path, port=other.getsockname()[1])
        other.listen(0)

        def hang_up_twice() -> None:
            for _ in range(2):
                other.accept()[0].close()

        closing = threading.Thread(target=hang_up_twice)
        closing.start()
        line = examined(settings)["port"]
        closing.join()
    assert line.level is Level.PROBLEM
    assert line.detail.startswith("another program answers")


def test_disk_gpu_and_proxies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = AppSettings(data_dir=tmp_path, port=0, gpus="all")
    monkeypatch.setattr(doctor, "_NVIDIA", tmp_path / "no driver")
    monkeypatch.setattr(doctor, "nvml", lambda: None)
    monkeypatch.setattr(doctor, "LITTLE_BYTES", 2**80)
    monkeypatch.setattr(doctor, "_LOW_BYTES", 2**80)
    lines = examined(settings, HTTPS_PROXY="http://me:hunter2@proxy.example:3128", no_proxy="x")
    assert lines["gpu"].detail == "SEEDSPREAD_GPUS is set, and no NVIDIA driver is loaded"
    assert (lines["disk"].level, lines["disk"].todo[:10]) == (Level.PROBLEM, "free space")
    assert lines["proxy"].detail == "HTTPS_PROXY is proxy.example; requests to this machine go past it"
    assert not is_fine(list(lines.values()))
    read_only = Path("/proc/1")
    line = examined(settings.model_copy(update={"data_dir": read_only}))["disk"]
    assert line.detail.startswith("nothing can be written to /proc/1 (")
