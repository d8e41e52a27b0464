"""A real service, killed in the middle of what it is sent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from threading import Thread

import httpx2

from seedspread.access import tokens
from seedspread.client import Client
from seedspread.recording import ArmRecord, create_study, open_study
from seedspread.recording.writer import new_study
from seedspread.sending.follow import follow
from seedspread.sending.push import push
from seedspread.sending.studies import from_folder
from seedspread.storage import series
from seedspread.storage.database import Database
from tests.servers import free_port
from tests.support.calls import HTTP
from tests.support.studies import context_of
from tests.waiting import until

SEEDS, POINTS = 10, 300


def started(url: str, port: int, folder: Path, watch: str = "") -> subprocess.Popen[bytes]:
    """Start the API as a process of its own; return once it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "seedspread.cli", "serve", "--port", str(port), "--data-dir", str(folder)],
        env={
            **os.environ,
            "SEEDSPREAD_DATABASE_URL": url,
            "SEEDSPREAD_BROKER_URL": "redis://127.0.0.1:1/0",
            "SEEDSPREAD_RECONCILE_S": "0.1",
            "SEEDSPREAD_WATCH": watch,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        try:
            return HTTP.get(f"http://127.0.0.1:{port}/api/v1/health").status_code == 200
        except httpx2.TransportError:
            return False

    until(answers, 50, "the API answers")
    return process


def test_a_service_killed_on_the_way_loses_and_doubles_nothing(sqlite_database_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_database_url)
    database.upgrade()
    token = tokens.create_token(context_of(database), "laptop")
    writer = create_study(tmp_path / "study", new_study("killed", metric="acc", arms=[ArmRecord("base")]))
    for seed in range(SEEDS):
        recorded = writer.begin("base", seed)
        recorded.series("acc", range(POINTS), [seed + step / 7 for step in range(POINTS)])
        recorded.end("finished")
    study = from_folder(open_study(tmp_path / "study"))
    port = free_port()
    service = started(sqlite_database_url, port, tmp_path)
    later: list[Thread] = []

    def kill(done: int, _: int) -> None:
        nonlocal service
        if done in (3, 7):
            for restart in later:  # the one before may answer while its restart is still being waited for
                restart.join()
            os.kill(service.pid, signal.SIGKILL)
            service.wait()

            def again() -> None:
                nonlocal service
                service = started(sqlite_database_url, port, tmp_path)

            later.append(Thread(target=again))
            later[-1].start()

    try:
        with Client(f"http://127.0.0.1:{port}", token=token) as client:
            sent = push(study, client, progress=kill, pauses_s=[1.0] * 60, points_a_request=POINTS)
            for thread in later:
                thread.join()
            assert len(later) == 2
            assert sent.runs == SEEDS
            again = push(from_folder(open_study(tmp_path / "study")), client, pauses_s=())
            assert (again.runs, again.skipped) == (0, SEEDS)
    finally:
        service.kill()
        service.wait()
    with database.reading() as session:
        stored = series.read(session, range(1, SEEDS + 5))
    assert len(stored) == SEEDS
    for run, (record, _) in zip(sorted(stored), study.runs, strict=True):
        assert stored[run]["acc"].values.tolist() == [(record.seed or 0) + step / 7 for step in range(POINTS)]
    database.dispose()


def test_a_growing_folder_is_followed_across_kills_of_both_sides(sqlite_database_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_database_url)
    database.upgrade()
    token, port = tokens.create_token(context_of(database), "laptop"), free_port()
    writer = create_study(tmp_path / "study", new_study("grows", metric="acc", arms=[ArmRecord("base")]))

    def train(seed: int) -> None:
        recorded = writer.begin("base", seed)
        recorded.series("acc", range(POINTS), [seed + step / 7 for step in range(POINTS)])
        recorded.end("finished")

    def followed() -> subprocess.Popen[bytes]:
        line = ["push", "--follow", str(tmp_path / "study"), "--api", f"http://127.0.0.1:{port}"]
        with log.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "seedspread.cli", *line],
                env={**os.environ, "SEEDSPREAD_TOKEN": token},
                stdout=output,
                stderr=output,
            )

    def stored() -> dict[int, list[float]]:
        with database.reading() as session:
            read = series.read(session, range(1, 9))
        return {at: read[at]["acc"].values.tolist() for at in read}

    train(0)
    log = tmp_path / "follow.txt"
    running = writer.begin("base", 9)  # as long as it is written, the study has not ended
    sender, service = followed(), started(sqlite_database_url, port, tmp_path)
    try:
        until(lambda: len(stored()) == 1, 50, "the first run is stored")
        service.kill()
        service.wait()
        train(1)  # while the service is away
        sender.kill()
        sender.wait()
        train(2)  # while nobody sends
        sender = followed()
        until(lambda: "Nothing is lost" in log.read_text(), 50, "the sender says that the service is away")
        service = started(sqlite_database_url, port, tmp_path)
        until(lambda: len(stored()) == 3, 50, "the runs are stored")
        sender.send_signal(signal.SIGINT)
        assert sender.wait(30) == 130
        running.end("failed", reason="over")
        with Client(f"http://127.0.0.1:{port}", token=token) as client:
            total = follow(tmp_path / "study", client, lambda _: None, look_s=0.01, quiet_s=0.0, pauses_s=(0.1,))
            assert (total.runs, total.skipped) == (1, 3)
    finally:
        for process in (service, sender):
            process.kill()
            process.wait()
    values = [[seed + step / 7 for step in range(POINTS)] for seed in range(3)]
    assert sorted(stored().values()) == values
    database.dispose()


def test_a_folder_is_watched_across_kills_of_the_service(sqlite_database_url: str, tmp_path: Path) -> None:
    writer = create_study(tmp_path / "results" / "one", new_study("live", metric="acc", arms=[ArmRecord("a")]))
    run, port = writer.begin("a", 0), free_port()

    def shown(state: str, points: int) -> bool:
        answer = HTTP.get(f"http://127.0.0.1:{port}/api/v1/runs/1/series")
        detail = HTTP.get(f"http://127.0.0.1:{port}/api/v1/runs/1")
        if answer.status_code != 200 or detail.status_code != 200:
            return False
        values = answer.json()["series"].get("acc", {"values": []})["values"]
        return bool(detail.json()["state"] == state and values == [step / 7 for step in range(points)])

    for part in range(2):
        service = started(sqlite_database_url, port, tmp_path, str(tmp_path / "results"))
        try:
            for step in range(100 * part, 100 * part + 100):
                run.log({"acc": step / 7}, step)
            if part:
                run.end("finished")
            until(partial(shown, "finished" if part else "running", 100 * part + 100), 50, "the run is shown")
        finally:
            service.send_signal(signal.SIGKILL)
            service.wait()
