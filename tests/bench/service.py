"""A study through API, queue and workers, as a user would run it: `seedspread up`, one submission, the last result."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import psutil

from seedspread.client import Client
from tests.bench.cost import Cost, spent
from tests.servers import free_port, private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

READY_TIMEOUT_S = 120.0
STUDY_TIMEOUT_S = 1800.0
STOP_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Measured:
    """One study: from submission to the last result, and the same with the start of the service."""

    study: Cost
    with_start: Cost
    runs: int
    values: tuple[float, ...]


@contextmanager
def started(workers: int) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """`seedspread up` in a folder of its own, ended when the block ends."""
    port = free_port()
    with private_folder() as folder:
        command = [sys.executable, "-m", "seedspread.cli", "up", "--port", str(port), "--workers", str(workers)]
        with (folder / "up.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--data-dir", str(folder / "data")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60) as client:
                yield process, client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_TIMEOUT_S)


def await_recipe(process: subprocess.Popen[bytes], client: httpx.Client, recipe: str) -> None:
    """Until a worker has published the recipe; raises RuntimeError where that does not happen."""
    give_up = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            if any(known["name"] == recipe for known in client.get("/recipes").json()):
                return
        except httpx.TransportError:
            pass  # it is still starting
        time.sleep(0.1)
    raise RuntimeError(f"no worker offered {recipe}")


def run_study(client: httpx.Client, spec: dict[str, Any]) -> dict[str, Any]:
    """Submits a study and waits for its last run; raises RuntimeError where one did not finish."""
    study_id = client.post("/studies", json=spec).raise_for_status().json()["study_id"]
    with Client(str(client.base_url).removesuffix("/api/v1/")) as waiting:  # as `submit --wait` does
        waiting.wait(study_id, STUDY_TIMEOUT_S)
    study: dict[str, Any] = client.get(f"/studies/{study_id}").raise_for_status().json()
    if study["counts"]["finished"] != study["runs"]:
        raise RuntimeError(f"not every run finished: {study['counts']}")
    return study


def measure(spec: dict[str, Any], workers: int) -> Measured:
    """CPU and wall seconds of a study under `workers` workers, API, broker and database included."""
    begun = time.perf_counter()
    with started(workers) as (process, client):
        tree = psutil.Process(process.pid)
        await_recipe(process, client, spec["recipe"])
        before = spent(tree)
        study = run_study(client, spec)
        after = spent(tree)
    values = tuple(float(value) for arm in study["arms"] for value in arm["values"])
    return Measured(after - before, after - Cost(0.0, begun), study["runs"], values)
