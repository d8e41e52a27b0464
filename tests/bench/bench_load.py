"""Answers of the list of studies under load: p50, p95, p99 at 1, 8 and 32 clients, and the API's memory.

    python -m tests.bench.bench_load [--database-url URL] [--runs 100000] [--seconds 8]

The database is filled with finished studies of 500 runs each; clients ask for the first page, a search and one study's
summary over keep-alive connections, each as soon as it has its answer. Clients run in a process of their own.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from seedspread.core.plan import plan
from seedspread.core.study import SeedRange
from seedspread.storage import recipes, studies
from seedspread.storage.database import Database
from seedspread.storage.tables import AttemptRow, RunRow, SummaryRow
from tests.builders import entropy, recipe, spec
from tests.servers import free_port
from tests.waiting import until

RUNS_A_STUDY = 500
PATHS = (
    "/api/v1/studies?per_page=50",
    "/api/v1/studies?per_page=50&query=study",
    "/api/v1/studies/summaries?ids=1,2,3,4,5,6,7,8,9,10",
)


def fill(url: str, runs: int) -> None:
    """Store finished studies, without the detour over a worker."""
    database = Database(url)
    database.upgrade()
    info, now = recipe(), datetime.now(UTC) - timedelta(days=1)
    rng = random.Random(7)
    with database.session() as session:
        recipes.publish(session, [info], now)
    for number in range(runs // RUNS_A_STUDY):
        asked = spec(name=f"study {number}", seeds=SeedRange(count=RUNS_A_STUDY // 2))
        with database.session() as session:
            planned = plan(asked, info.sources, entropy())
            study_id = studies.insert(session, asked, info, planned, {}, now + timedelta(seconds=number), "r", None)
            ended = {"state": "finished", "finished_at": now, "started_at": now, "duration_s": 1.0, "worker": "w"}
            session.execute(sa.update(RunRow).where(RunRow.study_id == study_id).values(**ended))
            ids = session.scalars(sa.select(RunRow.id).where(RunRow.study_id == study_id)).all()
            numbers: dict[str, Any] = {"last_step": 9, "best_step": 9, "count": 10, "non_finite": 0}
            session.execute(
                sa.insert(SummaryRow),
                [
                    {"run_id": run, "metric": metric, **numbers}
                    | dict.fromkeys(("last", "best", "area", "min", "max"), rng.gauss(0.9, 0.01))
                    for run in ids
                    for metric in ("accuracy", "loss")
                ],
            )
            tries = {"number": 1, "state": "finished", "worker": "w", "started_at": now, "ended_at": now}
            session.execute(sa.insert(AttemptRow), [{"run_id": run, **tries} for run in ids])
    database.dispose()


def ask(port: int, path: str, clients: int, seconds: float, results: Any) -> None:
    """Ask for a path from so many connections; put the times of all answers in seconds."""
    times: list[float] = []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < stop:
            begun = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            times.append(time.perf_counter() - begun)
        connection.close()

    stop = time.monotonic() + seconds
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(times)


def measured(port: int, pid: int, seconds: float) -> list[dict[str, Any]]:
    """Ask with ever more clients; percentiles in milliseconds, memory in MiB."""
    rows = []
    for path in PATHS:
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", path)
        size = len(connection.getresponse().read())
        connection.close()
        sys.stdout.write(f"first answer of {path}: {time.perf_counter() - begun:.1f} s, {size} bytes\n")
        for clients in (1, 8, 32):
            results: Any = multiprocessing.Queue()
            asking = multiprocessing.Process(target=ask, args=(port, path, clients, seconds, results))
            asking.start()
            times = results.get()
            asking.join()
            cuts = statistics.quantiles(times, n=100)
            row = {"path": path, "clients": clients, "answers": len(times)}
            row |= {name: round(cuts[at] * 1000, 1) for name, at in (("p50", 49), ("p95", 94), ("p99", 98))}
            row["memory_mib"] = round(psutil.Process(pid).memory_info().rss / 2**20)
            rows.append(row)
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()
    return rows


def main() -> None:
    """Fill, serve, ask."""
    parser = argparse.ArgumentParser(prog="bench_load", description=__doc__)
    parser.add_argument("--database-url", help="an empty PostgreSQL database; default: SQLite")
    parser.add_argument("--data-dir", type=Path, help="kept for the next time, once it is filled")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seedspread-load-") as scratch:
        folder = given.data_dir or Path(scratch)
        folder.mkdir(exist_ok=True)
        url = given.database_url or f"sqlite:///{folder / 'seedspread.db'}"
        if not (folder / "filled").exists():
            fill(url, given.runs)
            (folder / "filled").touch()
        port = free_port()
        environment = {**os.environ, "SEEDSPREAD_BROKER_URL": "redis://127.0.0.1:1/0"}
        command = [sys.executable, "-m", "seedspread.cli", "serve", "--port", str(port), "--data-dir", str(folder)]
        serving = subprocess.Popen([*command, "--database-url", url], env=environment, stdout=subprocess.DEVNULL)
        try:
            until(lambda: _answers(port), what="the API", timeout_s=60)
            _rest(serving.pid)
            sys.stdout.write(f"memory at start: {psutil.Process(serving.pid).memory_info().rss / 2**20:.0f} MiB\n")
            measured(port, serving.pid, given.seconds)
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait(20)


def _rest(pid: int) -> None:
    """Wait until the reconciler has looked at every study for alerts, which it does once."""
    process, calm = psutil.Process(pid), 0
    for _ in range(300):
        calm = calm + 1 if process.cpu_percent(1) < 20 else 0
        if calm == 4:
            return


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/api/v1/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
