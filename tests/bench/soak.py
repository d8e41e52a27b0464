"""Let a service work with faults for a while; compare memory, files, threads and logs at start and end.

    python -m tests.bench.soak [--minutes 15] [--seed 1] [--database sqlite|postgresql] [--samples 6]

Studies are submitted, read, searched, drawn, watched by event streams, cancelled and deleted; meanwhile a victim drawn
from the seed is killed or stopped every ten seconds or so. The first numbers are taken after two minutes, when
everything was used once; processes that were replaced since are compared by what they are, not by their number. In
between, samples of the API show whether what grew still grows.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.bench.kills import Lab, opened
from tests.waiting import until

WARM_S = 120.0
FAULTS = {"trainer": 10, "pool": 5, "main": 2, "broker": 2, "stopped trainer": 2, "api": 1}
READS = (
    "/studies?per_page=50",
    "/studies?query=soak",
    "/workers",
    "/health",
    "/projects",
    "/alerts",
    "/studies/{}",
    "/studies/{}/distribution",
    "/studies/{}/comparisons",
    "/studies/{}/findings",
    "/studies/{}/runs/compact",
    "/studies/{}/figures/raincloud",
    "/studies/{}/report",
    "/studies/summaries?ids={}",
    "/no/such/path",
)


class Users:
    """People who use the service, each in a thread, until told to stop."""

    def __init__(self, lab: Lab, seed: int) -> None:
        self.lab, self.over, self.statuses = lab, threading.Event(), Counter[str]()
        self.asked: dict[int, str] = {}  # by thread
        work = [self._submit, self._read, self._read, self._listen]
        self._threads = [
            threading.Thread(target=self._repeat, args=(act, random.Random(seed * 100 + number)), daemon=True)
            for number, act in enumerate(work)
        ]

    def __enter__(self) -> Users:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join(60)

    def _repeat(self, act: Any, rng: random.Random) -> None:
        with httpx.Client(timeout=30) as client:
            while not self.over.is_set():
                try:
                    act(client, rng)
                except httpx.HTTPError as error:  # the API was killed, or does not answer
                    self.statuses[f"{type(error).__name__} {self.asked.get(threading.get_ident(), '')}"] += 1
                self.over.wait(rng.uniform(0.1, 0.6))

    def _ask(self, client: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
        self.asked[threading.get_ident()] = f"{method} {re.sub('[0-9]+', 'N', path)}"
        answer = client.request(method, f"{self.lab.url}{path}", **options)
        self.statuses[str(answer.status_code)] += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            self.statuses[f"{answer.status_code} {method} {path}"] += 1
        return answer

    def _ids(self, client: httpx.Client) -> list[int]:
        answer = self._ask(client, "GET", "/studies?per_page=20")
        return [study["id"] for study in answer.json()["items"]] if answer.status_code == 200 else []

    def _submit(self, client: httpx.Client, rng: random.Random) -> None:
        arms = [{"name": name, "parameters": {"steps": rng.randint(2, 30), "pause_s": 0.03}} for name in ("a", "b")]
        study = {"name": f"soak {rng.randrange(10**6)}", "recipe": "quick", "arms": arms, "seeds": rng.randint(2, 8)}
        ids = self._ids(client)
        if len(ids) < 20:
            self._ask(client, "POST", "/studies", json=study)
        elif ids:
            chosen = rng.choice(ids)
            match rng.randrange(4):
                case 0:
                    self._ask(client, "POST", f"/studies/{chosen}/cancel")
                case 1:
                    self._ask(client, "POST", f"/studies/{chosen}/retry")
                case 2:
                    self._ask(client, "PATCH", f"/studies/{chosen}", json={"notes": "n" * rng.randrange(1000)})
                case _:
                    self._ask(client, "DELETE", f"/studies/{chosen}")
        self.over.wait(1)

    def _read(self, client: httpx.Client, rng: random.Random) -> None:
        ids = self._ids(client)
        if ids:
            self._ask(client, "GET", rng.choice(READS).format(rng.choice(ids)))

    def _listen(self, client: httpx.Client, rng: random.Random) -> None:
        ids = self._ids(client)
        if ids:
            stop = time.monotonic() + 5
            self.asked[threading.get_ident()] = "events"
            with client.stream("GET", f"{self.lab.url}/studies/{rng.choice(ids)}/events") as answer:
                self.statuses[f"stream {answer.status_code}"] += 1
                for _ in answer.iter_bytes():
                    if time.monotonic() > stop or self.over.is_set():
                        break


def usage(lab: Lab, folder: Path) -> dict[str, Any]:
    """Return memory (MiB), descriptors and threads by kind of process, and the size of logs (KiB)."""
    rows: dict[str, Any] = {}
    for kind in ("supervisor", "api", "broker", "main", "pool", "trainer"):
        mine = []
        for process in lab.victims(kind):
            with contextlib.suppress(psutil.Error):
                mine.append((process.memory_info().rss / 2**20, process.num_fds(), process.num_threads()))
        largest = [max(column) for column in zip(*mine, strict=True)] if mine else [0, 0, 0]
        rows[kind] = {"processes": len(mine)} | dict(zip(("mib", "fds", "threads"), map(round, largest), strict=True))
    rows["logs_kib"] = round(sum(path.stat().st_size for path in (folder / "logs").iterdir()) / 1024)
    rows["run_files"] = sum(path.is_file() for path in (folder / "run").rglob("*"))
    return rows


def main() -> None:
    """Soak; print one JSON document."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=int, default=6, help="of the API between start and end")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    rng, faults = random.Random(given.seed), Counter[str]()
    samples: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="seedspread-soak-") as scratch:
        folder = Path(scratch)
        with opened(given.database, folder) as url:
            lab = Lab(folder, url)
            try:
                lab.start()
                until((folder / "run" / "recipes").exists, 300, "the start of the service")
                begun, first = time.monotonic(), None
                with Users(lab, given.seed) as users:
                    while time.monotonic() - begun < 60 * given.minutes:
                        time.sleep(rng.uniform(5, 15))
                        if first is None and time.monotonic() - begun > WARM_S:
                            first = usage(lab, folder)
                        minutes = (time.monotonic() - begun) / 60
                        if minutes >= given.minutes * (len(samples) + 1) / (given.samples + 1):
                            samples.append({"minutes": round(minutes, 1), **usage(lab, folder)["api"]})
                        [kind] = rng.choices(list(FAULTS), list(FAULTS.values()))
                        if kind == "stopped trainer":
                            for process in lab.victims("trainer")[:1]:
                                process.send_signal(signal.SIGSTOP)
                                faults[kind] += 1
                        # The API is the one whose growth is asked for: it is killed in the first half alone.
                        elif kind != "api" or time.monotonic() - begun < 30 * given.minutes:
                            faults[kind] += lab.kill(kind, rng) > 0
                time.sleep(20)  # replaced processes are there again
                result: dict[str, Any] = {
                    "faults": dict(faults),
                    "answers": dict(users.statuses),
                    "start": first,
                    "samples": samples,
                }
                result |= {"end": usage(lab, folder), "load": [round(value, 1) for value in os.getloadavg()]}
            finally:
                lab.stop()
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
