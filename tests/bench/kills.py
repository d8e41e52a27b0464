"""Kill a whole service at random while it trains, then check that nothing was lost or doubled.

    python -m tests.bench.kills [--database sqlite|postgresql] [--kills 100] [--seed 1] [--every 1.2]

A service with quick recipes runs as `seedspread up` starts it. While studies are submitted, one victim after another is
drawn from the seed and killed by SIGKILL: a trainer, a pool process, Celery's main process, the API, the broker, the
supervisor, or all of them at once. In the end every study that was submitted must be there once, and every run must be
finished, with the whole series of exactly one attempt, equal to that of the other arm under the same seed. When a kill
comes depends on the machine; which victims there are, and in which order, follows from the seed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import select

from seedspread.core.states import TERMINAL, RunState
from seedspread.storage import series
from seedspread.storage.database import Database
from seedspread.storage.tables import ArmRow, AttemptRow, ChunkRow, RunRow, StudyRow, SummaryRow
from seedspread.storage.upkeep import integrity
from tests import servers
from tests.queue.farm import NO_TENSORFLOW, QUICK, TRAINER
from tests.waiting import until

VICTIMS = {"trainer": 40, "pool": 22, "main": 10, "api": 14, "broker": 9, "supervisor": 2, "all": 3}
"""Relative frequency of each kind of victim."""
STEPS, SEEDS, WORKERS = 4, 10, 2
WAITING = 24
"""Runs that are kept waiting, so that each kill meets some at work."""
PATIENCE_S = 240.0
"""Longest wait for a victim to be at work; after a kill of everything a busy machine needs a minute."""
END_S = 400.0
"""Longest wait for the last runs after the kills."""


class Lab:
    """Service, restarted whenever its supervisor was killed."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.port = servers.free_port()
        self.url = f"http://127.0.0.1:{self.port}/api/v1"
        self._command = [sys.executable, "-m", "seedspread.cli", "up", "--port", str(self.port)]
        self._command += ["--workers", str(WORKERS), "--data-dir", str(folder), "--recipes", str(QUICK)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SEEDSPREAD_")}
        # A run that is unlucky enough to be killed four times in a row is given up by default, which is no loss.
        limits = {"SEEDSPREAD_MAX_ATTEMPTS": "50", "SEEDSPREAD_MAX_KILLS": "50"}
        further = os.environ.get("PYTHONPATH")
        limits["PYTHONPATH"] = os.pathsep.join([str(NO_TENSORFLOW), *([further] if further else [])])
        self._environment = kept | limits | {"SEEDSPREAD_DATABASE_URL": database_url}
        self._log = (folder / "up.out").open("ab")
        self.up: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the service, which ends what an earlier one left running."""
        self.up = subprocess.Popen(
            self._command, env=self._environment, stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL
        )

    def stop(self) -> None:
        """Stop it in order; kill it where that takes long."""
        if self.up is not None and self.up.poll() is None:
            self.up.terminate()
            try:
                self.up.wait(30)
            except subprocess.TimeoutExpired:
                self.up.kill()
                self.up.wait()
        self._log.close()

    def victims(self, kind: str) -> list[psutil.Process]:
        """Return the processes of a kind that run now."""
        if self.up is None or self.up.poll() is not None:
            return []
        try:
            return self._victims(kind, psutil.Process(self.up.pid))
        except psutil.NoSuchProcess:
            return []

    def _victims(self, kind: str, owner: psutil.Process) -> list[psutil.Process]:
        children = {_role(process): process for process in owner.children() if _runs(process)}
        match kind:
            case "supervisor":
                return [owner]
            case "all":
                return [owner, *owner.children(recursive=True)]
            case "api" | "broker" | "main":
                return [children[kind]] if kind in children else []
            case _:
                if "main" not in children:
                    return []
                below = [process for process in children["main"].children(recursive=True) if _runs(process)]
                trainers = [process for process in below if TRAINER in process.cmdline()]
                pool = [process for process in below if process.ppid() == children["main"].pid]
                return trainers if kind == "trainer" else [process for process in pool if process not in trainers]

    def tend(self) -> int:
        """Start it again where it ended by itself, as systemd would; return how many times that was so: 0 or 1."""
        if self.up is None or self.up.poll() is None:
            return 0
        self.start()
        return 1

    def kill(self, kind: str, rng: random.Random) -> int:
        """Kill one process of a kind, or all of them; return how many."""
        try:
            chosen = self.victims(kind)
            if kind in ("trainer", "pool") and chosen:
                chosen = [rng.choice(chosen)]
            for process in chosen:
                process.kill()
        except psutil.NoSuchProcess:
            return 0
        if kind in ("supervisor", "all") and chosen and self.up is not None:
            self.up.wait()
            self.start()
        return len(chosen)

    def submit(self, number: int) -> None:
        """Submit a study under a key of its own, again and again until it was answered."""
        arms = [{"name": name, "parameters": {"steps": STEPS, "pause_s": pause}} for name, pause in _ARMS]
        study = {"name": f"study {number}", "recipe": "quick", "arms": arms, "seeds": SEEDS}
        give_up = time.monotonic() + 120
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = httpx.post(
                    f"{self.url}/studies", json=study, headers={"Idempotency-Key": f"key {number}"}, timeout=20
                )
                if answer.status_code in (200, 201):
                    return
                if answer.status_code not in (503, 422):  # 422: no worker has published its recipes yet
                    raise AssertionError(answer.text)
            assert time.monotonic() < give_up, f"study {number} could not be submitted"
            time.sleep(0.3)


_ARMS = (("a", 0.1), ("b", 0.11))


def _runs(process: psutil.Process) -> bool:
    return bool(process.status() != psutil.STATUS_ZOMBIE)


def _role(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    return next(
        (
            role
            for role, word in (("api", "serving"), ("main", "seedspread_worker"), ("broker", "valkey"))
            if word in line
        ),
        "other",
    )


def killed(folder: Path, database_url: str, kills: int, seed: int, every_s: float) -> dict[str, Any]:
    """Kill so often, wait for the end of all runs, and return what was counted."""
    rng = random.Random(seed)
    lab, database = Lab(folder, database_url), Database(database_url)
    over = threading.Event()
    submitted = restarts = 0

    def waiting() -> int:
        with database.reading() as session:
            return len(session.scalars(select(RunRow.id).where(RunRow.state.not_in(TERMINAL))).all())

    def running() -> int:
        with database.reading() as session:
            return len(session.scalars(select(RunRow.id).where(RunRow.state == RunState.RUNNING)).all())

    def feed() -> None:
        nonlocal submitted
        while not over.is_set():
            if waiting() < WAITING:
                lab.submit(submitted)
                submitted += 1
            time.sleep(0.3)

    feeder = threading.Thread(target=feed, daemon=True)
    counted: Counter[str] = Counter()
    begun = time.monotonic()
    try:
        lab.start()
        until(lambda: (folder / "run" / "recipes").exists(), 300, "the start of the service")
        feeder.start()
        while counted.total() < kills:
            time.sleep(rng.uniform(0.3, 2 * every_s - 0.3))
            [kind] = rng.choices(list(VICTIMS), list(VICTIMS.values()))
            # Not before there is such a process, and work that it can lose; else mostly starts would be interrupted.
            give_up = time.monotonic() + PATIENCE_S
            while not (running() and lab.victims(kind)):
                assert time.monotonic() < give_up, f"no {kind} was at work within {PATIENCE_S} s"
                restarts += lab.tend()
                time.sleep(0.1)
            counted[kind] += lab.kill(kind, rng) > 0
            sys.stderr.write(f"{counted.total()} {kind}\n")
        over.set()
        feeder.join()
        until(lambda: waiting() == 0, END_S, "the end of all runs")
        return (
            {"kills": dict(counted), "studies": submitted}
            | checked(database, submitted)
            | {"seconds": round(time.monotonic() - begun), "load": [round(value, 1) for value in os.getloadavg()]}
        )
    except AssertionError:
        # What stands still has to be seen while it does.
        shutil.copytree(folder / "logs", f"{folder}-logs", dirs_exist_ok=True)
        for process in lab.victims("all"):
            with contextlib.suppress(psutil.Error):
                sys.stderr.write(f"{process.pid} {process.status()} {' '.join(process.cmdline())[:150]}\n")
        raise
    finally:
        over.set()
        lab.stop()
        database.dispose()


def checked(database: Database, submitted: int) -> dict[str, Any]:
    """Count runs and attempts, and everything that is lost, doubled or contradictory."""
    with database.reading() as session:
        names = Counter(session.scalars(select(StudyRow.name)))
        runs = session.scalars(select(RunRow)).all()
        arm_of = dict(session.execute(select(ArmRow.id, ArmRow.position)).all())
        attempts = session.execute(select(AttemptRow.run_id, AttemptRow.number, AttemptRow.state)).all()
        chunks = session.execute(select(ChunkRow.run_id, ChunkRow.attempt, ChunkRow.steps, ChunkRow.values)).all()
        summaries = Counter(tuple(row) for row in session.execute(select(SummaryRow.run_id, SummaryRow.count)))
    misses: Counter[str] = Counter()
    misses["studies missing or doubled"] = submitted - sum(names[f"study {number}"] == 1 for number in range(submitted))
    misses["runs missing or doubled"] = abs(len(runs) - submitted * SEEDS * len(_ARMS))
    tries: dict[int, dict[int, str]] = {}
    for run_id, number, state in attempts:
        tries.setdefault(run_id, {})[number] = state
    counts = {run.id: run.attempt for run in runs}
    stored: dict[int, list[tuple[bytes, bytes]]] = {}
    for run_id, attempt, steps, values in chunks:
        if attempt == counts[run_id]:  # what earlier attempts reported stays stored, and nobody reads it
            stored.setdefault(run_id, []).append((steps, values))
    by_seed: dict[tuple[int, int], set[bytes]] = {}
    for run in runs:
        misses["runs not finished"] += run.state != RunState.FINISHED
        mine = tries.get(run.id, {})
        misses["attempts missing"] += sorted(mine) != list(range(1, run.attempt + 1))
        misses["finished attempts, not one"] += [n for n, s in mine.items() if s == RunState.FINISHED] != [run.attempt]
        misses["summaries, not one"] += summaries[run.id, STEPS] != 1
        points = [series.unpack(*pair) for pair in stored.get(run.id, [])]
        whole = len(points) == 1 and points[0].steps.tolist() == list(range(1, STEPS + 1))
        misses["series not whole"] += not whole
        by_seed.setdefault((run.study_id, run.seed), set()).update(pair[1] for pair in stored.get(run.id, []))
    misses["series that differ between equal arms"] = sum(len(values) != 1 for values in by_seed.values())
    misses["contradictions"] = len(integrity.contradictions(database))
    retried = Counter(state for _, _, state in attempts)
    assert set(arm_of.values()) == {0, 1}
    return {"runs": len(runs), "attempts": dict(retried), "misses": dict(misses)}


@contextlib.contextmanager
def opened(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database of a kind."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'seedspread.db'}"
        Database(url).upgrade()
        yield url
        return
    with servers.postgres() as cluster, servers.fresh_database(cluster) as url:
        Database(url).upgrade()
        yield url


def main() -> None:
    """Kill, check, print one line of JSON; exit with 1 where anything was missed."""
    parser = argparse.ArgumentParser(prog="kills", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=1.2, help="mean seconds between two kills")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seedspread-kills-") as scratch:
        folder = Path(scratch)
        with opened(given.database, folder) as url:
            result = killed(folder, url, given.kills, given.seed, given.every)
    sys.stdout.write(json.dumps({"database": given.database, "seed": given.seed} | result) + "\n")
    sys.exit(any(result["misses"].values()))


if __name__ == "__main__":
    main()
