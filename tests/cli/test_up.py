"""`up` and `demo` as a person starts, stops and kills them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from tests.queue.farm import NO_TENSORFLOW, QUICK
from tests.support.calls import HTTP
from tests.waiting import until

COMMAND = (sys.executable, "-m", "seedspread.cli")


class Started:
    """A running `seedspread up` and what it printed so far."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        command: str = "up",
        tensorflow: bool = False,
        ignores: signal.Signals | None = None,
        cwd: Path | None = None,
    ) -> None:
        # From a folder of its own it is the installed program, which does not look for modules there.
        program = COMMAND if cwd is None else [str(Path(sys.executable).with_name("seedspread"))]
        self.folder = folder
        self._output = folder / f"{command}.txt"
        path = {} if tensorflow else {"PYTHONPATH": str(NO_TENSORFLOW)}
        with self._output.open("w") as output:
            self.popen = subprocess.Popen(
                [*program, command, "--port", "0", "--data-dir", str(folder / "data"), *arguments],
                env={**os.environ, **path},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=cwd,
                preexec_fn=None if ignores is None else lambda: signal.signal(ignores, signal.SIG_IGN),
            )
        self.process = psutil.Process(self.popen.pid)

    @property
    def output(self) -> str:
        """What it printed."""
        return self._output.read_text()

    @property
    def url(self) -> str:
        """Where the API answers, once it does."""
        until(lambda: "Seedspread is at" in self.output or self.popen.poll() is not None, 120, "the start")
        found = re.search(r"Seedspread is at (\S+)", self.output)
        assert found, self.output
        return found[1]

    def workers(self, count: int) -> None:
        """Until that many workers have announced themselves, and their recipes."""
        url = self.url
        until(lambda: bool(HTTP.get(f"{url}/api/v1/recipes").json()), 40, "the recipes")
        until(lambda: HTTP.get(f"{url}/api/v1/health").json()["workers"] == count, 40, "the workers' start")

    def children(self) -> list[psutil.Process]:
        """Everything below it."""
        return self.process.children(recursive=True)

    def stop(self, number: signal.Signals = signal.SIGTERM, patience_s: float = 15.0) -> int:
        """Signal it; its exit code."""
        self.popen.send_signal(number)
        return self.popen.wait(patience_s)


@contextmanager
def seedspread(folder: Path, *arguments: str, **how: Any) -> Iterator[Started]:
    started = Started(folder, *arguments, **how)
    family: list[psutil.Process] = []
    try:
        yield started
    finally:
        if started.popen.poll() is None:
            family = started.children()
            started.popen.kill()
            started.popen.wait()
        for process in family:
            if process.is_running():
                process.kill()
        psutil.wait_procs(family, timeout=20)


def submit(url: str, **changes: Any) -> int:
    spec = {"name": "quick", "recipe": "quick", "arms": [{"name": "base"}], "seeds": 4} | changes
    study: int = HTTP.post(f"{url}/api/v1/studies", json=spec).raise_for_status().json()["study_id"]
    return study


def counts(url: str, study: int) -> dict[str, int]:
    found: dict[str, int] = HTTP.get(f"{url}/api/v1/studies/{study}").raise_for_status().json()["counts"]
    return {state: count for state, count in found.items() if count}


def gone(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that are still there after a moment."""
    _, left = psutil.wait_procs(processes, timeout=20)
    return [process for process in left if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


# A script's shell has what it starts with `&` ignore Ctrl-C.
@pytest.mark.parametrize(("number", "ignores"), [(signal.SIGINT, None), (signal.SIGTERM, signal.SIGINT)])
def test_one_signal_stops_all_of_it(tmp_path: Path, number: signal.Signals, ignores: signal.Signals | None) -> None:
    with seedspread(tmp_path, "--workers", "2", "--recipes", str(QUICK), ignores=ignores) as up:
        up.workers(2)
        study = submit(up.url, arms=[{"name": "slow", "parameters": {"steps": 100, "pause_s": 0.2}}])
        until(lambda: counts(up.url, study).get("running") == 2, 20, "the first run")
        family = up.children()
        assert len(family) >= 7  # Valkey, API, worker, two pool processes, two trainers

        with HTTP.stream("GET", f"{up.url}/api/v1/studies/{study}/events") as looking:  # a browser that is open
            heard = looking.iter_lines()
            assert next(heard)
            assert up.stop(number) == 0
            assert all(isinstance(line, str) for line in heard)  # a clean end
        assert gone(family) == []
        assert "Traceback" not in up.output


def test_it_can_be_stopped_while_it_starts(tmp_path: Path) -> None:
    with seedspread(tmp_path, "--workers", "1") as up:
        until(lambda: (tmp_path / "data" / "logs" / "api.log").exists(), 20, "the API's start")
        family = up.children()

        assert up.stop() == 130

        assert gone(family) == []
        assert up.output == ""


@pytest.fixture(scope="module")
def odd_recipes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Started, int]]:
    """A service with a broken recipe and two called like libraries, and the study submitted at its first moment."""
    folder = tmp_path_factory.mktemp("up")
    (folder / "broken.py").write_text("raise ValueError('half a recipe')\n")
    (folder / "json.py").write_text(QUICK.read_text())  # called like a library
    (folder / "click.py").write_text("raise RuntimeError('not the library')\n")
    own = ("--recipes", str(folder / "broken.py"), "--recipes", str(folder / "json.py"))
    with seedspread(folder, "--workers", "1", *own, cwd=folder) as up:
        yield up, submit(up.url)
        assert up.stop() == 0


def test_a_study_can_be_submitted_as_soon_as_the_address_is_told(odd_recipes: tuple[Started, int]) -> None:
    up, study = odd_recipes
    until(lambda: counts(up.url, study) == {"finished": 4}, 40, "the study's end")


def test_a_broken_recipe_is_told_with_the_address_and_withholds_no_other(odd_recipes: tuple[Started, int]) -> None:
    up, _ = odd_recipes
    names = {recipe["name"] for recipe in HTTP.get(f"{up.url}/api/v1/recipes").json()}
    assert {"digits-mlp", "quick"} <= names
    until(lambda: "Ctrl-C stops it" in up.output, 20, "all that it says")
    assert "recipes that cannot be used: " in up.output
    assert "half a recipe" in up.output


def test_a_directory_in_use_and_a_taken_port_are_a_sentence_each(
    odd_recipes: tuple[Started, int], tmp_path: Path
) -> None:
    up, _ = odd_recipes
    port = up.url.rsplit(":", 1)[1]
    for folder, message in (
        (up.folder / "data", f"is in use by another seedspread (process {up.popen.pid})"),
        (tmp_path / "other", f"port {port} of 127.0.0.1 is taken"),
    ):
        second = subprocess.run(
            [*COMMAND, "up", "--port", port, "--workers", "0", "--data-dir", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert [line.split(":")[0] for line in second.stderr.splitlines()] == ["error", "hint"]
        assert message in second.stderr


def test_after_a_kill_nothing_is_left_and_the_next_one_goes_on(tmp_path: Path) -> None:
    with seedspread(tmp_path, "--workers", "1", "--recipes", str(QUICK)) as up:
        up.workers(1)
        study = submit(up.url, arms=[{"name": "slow", "parameters": {"steps": 10, "pause_s": 0.2}}], seeds=2)
        until(lambda: counts(up.url, study).get("running") == 1, 20, "the first run")
        family = up.children()
        up.popen.kill()
        up.popen.wait()
        assert gone(family) == []

    with seedspread(tmp_path, "--workers", "1", "--recipes", str(QUICK)) as again:
        url = again.url
        until(lambda: counts(url, study) == {"finished": 2}, 40, "the study's end")
        assert again.stop() == 0


def test_killed_parts_are_started_again_and_the_study_ends(tmp_path: Path) -> None:
    with seedspread(tmp_path, "--workers", "1", "--recipes", str(QUICK)) as up:
        up.workers(1)
        url = up.url
        study = submit(url, arms=[{"name": "slow", "parameters": {"steps": 5, "pause_s": 0.1}}], seeds=6)
        until(lambda: bool(counts(url, study).get("running")), 20, "the first run")

        for child in up.process.children():
            child.kill()

        until(lambda: answers(url) and counts(url, study) == {"finished": 6}, 50, "the study's end")
        assert up.stop() == 0


def answers(url: str) -> bool:
    try:
        return HTTP.get(f"{url}/api/v1/health").is_success
    except httpx2.TransportError:
        return False


def test_the_demo_ends_with_its_result_although_its_worker_is_killed(tmp_path: Path) -> None:
    arguments = ("--exit", "--json", "--seeds", "3", "--workers", "1")
    with seedspread(tmp_path, *arguments, command="demo", tensorflow=True) as demo:
        url = demo.url
        until(lambda: bool(counts_of_all(url).get("finished")), 100, "the first finished run")
        worker = next(child for child in demo.process.children() if "seedspread_worker" in child.cmdline())
        worker.kill()

        assert demo.popen.wait(100) == 0

        document = json.loads(demo.output[demo.output.index("{") : demo.output.rindex("}") + 1])
        assert document["study"]["counts"]["finished"] == 6
        assert [arm["n"] for arm in document["study"]["arms"]] == [3, 3]
        assert len(document["comparisons"]) == 1
        assert "32 units: val_accuracy" in demo.output


def counts_of_all(url: str) -> dict[str, int]:
    studies = HTTP.get(f"{url}/api/v1/studies").json()["items"]
    return dict(studies[0]["counts"]) if studies else {}
