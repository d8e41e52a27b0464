"""Programs are kept running, stopped in order, and never outlive us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from seedspread.embedded import service
from seedspread.embedded import supervisor as supervisor_module
from seedspread.embedded.leftovers import Ledger
from seedspread.embedded.programs import Program
from seedspread.embedded.supervisor import ProgramFailed, Supervisor
from tests.servers import free_port
from tests.waiting import until

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"


def python(folder: Path, name: str, code: str, *, rank: int = 1, patience_s: float = 5.0) -> Program:
    return Program(name, (sys.executable, "-c", code), rank=rank, log=folder / f"{name}.log", patience_s=patience_s)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    owner = Supervisor(tmp_path / "processes.json")
    yield owner
    owner.stop(at_once=True)


def test_a_program_that_ends_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    started = tmp_path / "sleeper.log"
    first = supervisor.start(python(tmp_path, "sleeper", SLEEPER))
    until(lambda: started.read_text().count("up") == 1)
    os.kill(first.pid, signal.SIGKILL)

    def again() -> bool:
        supervisor.tend()
        return started.read_text().count("up") == 2

    until(again)


def test_one_that_keeps_ending_is_started_less_and_less_often(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE_S", 0.2)
    supervisor.start(python(tmp_path, "quitter", "print('began', flush=True)"))

    until_s = time.monotonic() + 2.5
    while time.monotonic() < until_s:
        supervisor.tend()
        time.sleep(0.02)

    # Pauses of 0.2, 0.4, 0.8 and 1.6 s: without growing pauses there would be ten starts.
    assert 3 <= (tmp_path / "quitter.log").read_text().count("began") <= 5


def test_a_program_that_fails_at_its_start_says_why(supervisor: Supervisor, tmp_path: Path) -> None:
    process = supervisor.start(python(tmp_path, "broken", "import sys; sys.exit('error: no such database')"))
    until(lambda: process.code is not None)

    with pytest.raises(ProgramFailed, match="broken did not start: no such database"):
        supervisor.check("broken")


def test_higher_ranks_stop_first_and_stubborn_ones_are_ended_with_their_children(tmp_path: Path) -> None:
    order = tmp_path / "order"
    polite = (
        "import pathlib, signal, sys, time\n"
        f"note = lambda *_: (pathlib.Path({str(order)!r}).open('a').write({{name!r}} + ' '), sys.exit(0))\n"
        "signal.signal(signal.SIGTERM, note); print('up', flush=True); time.sleep(600)"
    )
    stubborn = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True)\n"
        "time.sleep(600)"
    )
    supervisor = Supervisor(tmp_path / "processes.json")
    supervisor.start(python(tmp_path, "below", polite.format(name="below"), rank=0))
    supervisor.start(python(tmp_path, "above", polite.format(name="above"), rank=1))
    process = supervisor.start(python(tmp_path, "stubborn", stubborn, rank=1, patience_s=0.5))
    until(lambda: all((tmp_path / f"{name}.log").read_text().strip() for name in ("below", "above", "stubborn")))
    grandchild = int((tmp_path / "stubborn.log").read_text())

    supervisor.stop()

    assert order.read_text().split() == ["above", "below"]
    assert process.code == -signal.SIGKILL
    until(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE)


def test_nothing_outlives_an_owner_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time\n"
        "from seedspread.embedded.programs import Program\n"
        "from seedspread.embedded.supervisor import Supervisor\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "supervisor = Supervisor(folder / 'processes.json')\n"
        f"program = Program('sleeper', (sys.executable, '-c', {SLEEPER!r}), rank=1, log=folder / 'sleeper.log')\n"
        "process = supervisor.start(program)\n"
        "print(process.pid, file=sys.stderr, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as owner:
        assert owner.stderr is not None
        child = psutil.Process(int(owner.stderr.readline()))
        owner.kill()

    psutil.wait_procs([child], timeout=20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_what_a_killed_owner_left_is_ended_and_a_stranger_with_its_number_is_not(tmp_path: Path) -> None:
    ledger = tmp_path / "processes.json"
    left, other = (subprocess.Popen([sys.executable, "-c", SLEEPER]) for _ in range(2))
    try:
        Ledger(ledger).write([left.pid])
        # A process id that was used again: same number, another starting time.
        ledger.write_text(ledger.read_text().replace("]]", f"],[{other.pid},12345.0]]"))

        assert Ledger(ledger).end_leftovers() == 1

        assert not psutil.pid_exists(left.pid)
        assert other.poll() is None
        assert Ledger(ledger).end_leftovers() == 0
    finally:
        for process in (left, other):
            process.kill()
            process.wait()


def test_an_api_that_is_killed_while_it_starts_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    port, marker = free_port(), tmp_path / "killed"
    code = (
        "import http.server, os, pathlib\n"
        f"marker = pathlib.Path({str(marker)!r})\n"
        "if not marker.exists():\n"
        "    marker.touch()\n"
        "    os.kill(os.getpid(), 9)\n"
        f"http.server.HTTPServer(('127.0.0.1', {port}), http.server.SimpleHTTPRequestHandler).serve_forever()\n"
    )
    supervisor.start(python(tmp_path, service.API, code))
    service._wait(supervisor, f"http://127.0.0.1:{port}")
    assert marker.exists()
    os.kill(supervisor.process(service.API).pid, signal.SIGTERM)
    until(lambda: supervisor.process(service.API).code is not None)
    with pytest.raises(ProgramFailed):
        service._wait(supervisor, f"http://127.0.0.1:{port}")
