"""A whole Seedspread on this machine, as `seedspread up` starts it, for the tests that go through all of it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.queue.farm import NO_TENSORFLOW
from tests.support.calls import HTTP
from tests.waiting import until

START_S = 120.0


@dataclass(frozen=True)
class Service:
    """A running service: where it answers, and the program behind it."""

    url: str
    pid: int

    def await_workers(self, number: int, timeout_s: float = 90.0) -> None:
        """Comes back once so many workers are there and have said what they can train."""
        until(
            lambda: len(self.get("/workers")) == number and self.get("/recipes") != [], timeout_s, f"{number} workers"
        )

    def get(self, path: str) -> Any:
        """The JSON at a path below the API's root."""
        answer = HTTP.get(f"{self.url}/api/v1{path}")
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: object) -> Any:
        """The JSON that comes back for a body sent to a path below the API's root."""
        answer = HTTP.post(f"{self.url}/api/v1{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def delete(self, path: str) -> None:
        """Deletes what lies at a path below the API's root."""
        HTTP.delete(f"{self.url}/api/v1{path}").raise_for_status()

    def submit(self, **spec: object) -> int:
        """A submitted study's id."""
        return int(self.post("/studies", spec)["study_id"])

    def wait(self, study: int, timeout_s: float = 150.0) -> None:
        """Comes back once every run of the study has ended."""

        def ended() -> bool:
            counts = self.get(f"/studies/{study}")["counts"]
            return int(counts["queued"]) + int(counts["running"]) == 0

        until(ended, timeout_s, f"the end of study {study}")


@contextlib.contextmanager
def running(
    folder: Path, *, workers: int = 1, recipes: str = "", port: int = 0, webhook: str = "", tensorflow: bool = True
) -> Iterator[Service]:
    """A service of its own on that port (0: a free one), with its data in `folder`; stopped at the end.

    Without `tensorflow` its trainers cannot import it, which spares each of them seconds of loading.
    """
    command = [sys.executable, "-m", "seedspread.cli", "up", "--port", str(port), "--workers", str(workers)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SEEDSPREAD_")}
    environment["SEEDSPREAD_DATA_ROOTS"] = str(folder.parent)
    if not tensorflow:
        environment["PYTHONPATH"] = str(NO_TENSORFLOW)
    if webhook:
        environment["SEEDSPREAD_WEBHOOK_URL"] = webhook
    with subprocess.Popen(
        [*command, "--data-dir", str(folder), *(["--recipes", recipes] if recipes else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            yield Service(_address(process), process.pid)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _address(process: subprocess.Popen[str]) -> str:
    """The address that the service prints; what it prints later is read and dropped, so that it never waits for us."""
    message: list[str] = []
    output = process.stdout
    assert output is not None

    threading.Thread(target=lambda: message.extend(output), daemon=True).start()

    def address() -> str | None:
        return next((found[0] for line in message if (found := re.search(r"http://\S+", line))), None)

    def started() -> bool:
        assert process.poll() is None, f"the service did not start: {''.join(message)}"
        return address() is not None

    until(started, START_S, "the start of the service")
    found = address()
    assert found is not None
    return found.rstrip("/")
