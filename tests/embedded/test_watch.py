"""Programs that run and do not work, and disks that take nothing: noticed, replaced, survived."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from seedspread import logs
from seedspread.embedded import supervisor as supervisor_module
from seedspread.embedded import watch
from seedspread.embedded.programs import Program
from seedspread.embedded.supervisor import Supervisor
from tests.embedded.test_supervisor import SLEEPER, python
from tests.waiting import until

PARENT = f"import subprocess, sys; subprocess.call([sys.executable, '-c', {SLEEPER!r}]); print('lost it', flush=True)"


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(supervisor_module, "LOOK_S", 0.05)
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(watch, "STOPPED_S", 0.2)
    monkeypatch.setattr(watch, "SILENT_S", 0.4)
    owner = Supervisor(tmp_path / "processes.json")
    yield owner
    owner.stop(at_once=True)


def tended(supervisor: Supervisor, condition: Callable[[], bool]) -> Callable[[], bool]:
    def step() -> bool:
        supervisor.tend()
        return condition()

    return step


def test_a_program_that_was_stopped_is_replaced(supervisor: Supervisor, tmp_path: Path) -> None:
    first = supervisor.start(python(tmp_path, "sleeper", SLEEPER))
    os.kill(first.pid, signal.SIGSTOP)
    until(tended(supervisor, lambda: supervisor.process("sleeper").pid != first.pid))
    assert not psutil.pid_exists(first.pid)


def test_a_stopped_child_is_killed_and_its_parent_hears_of_it(supervisor: Supervisor, tmp_path: Path) -> None:
    parent = supervisor.start(python(tmp_path, "parent", PARENT))
    until(lambda: bool(psutil.Process(parent.pid).children()))
    os.kill(psutil.Process(parent.pid).children()[0].pid, signal.SIGSTOP)
    until(tended(supervisor, lambda: "lost it" in (tmp_path / "parent.log").read_text()))


def test_a_program_that_does_not_answer_is_replaced(supervisor: Supervisor, tmp_path: Path) -> None:
    answering = [True]
    program = replace(python(tmp_path, "sleeper", SLEEPER), answers=lambda: answering[0])
    first = supervisor.start(program)
    waited = [0]

    def a_while() -> bool:
        waited[0] += 1
        return waited[0] > 12

    until(tended(supervisor, a_while))
    assert supervisor.process("sleeper").pid == first.pid
    answering[0] = False
    until(tended(supervisor, lambda: supervisor.process("sleeper").pid != first.pid))


def test_a_full_disk_takes_neither_the_supervisor_nor_its_programs(supervisor: Supervisor, tmp_path: Path) -> None:
    (tmp_path / "processes.new").symlink_to("/dev/full")
    (tmp_path / "full.log").symlink_to("/dev/full")
    said = tmp_path / "said"
    code = f"open({str(said)!r}, 'a').write('up '); print('lost'); import time; time.sleep(600)"
    first = supervisor.start(Program("full", (sys.executable, "-uc", code), rank=1, log=tmp_path / "full.log"))
    until(lambda: first.code is not None)  # it cannot print
    assert first.last_words().strip("\x00") == ""
    until(tended(supervisor, lambda: said.read_text().count("up") >= 2))
    (tmp_path / "full.log").unlink()
    (tmp_path / "processes.new").unlink()
    until(
        tended(supervisor, lambda: (tmp_path / "full.log").exists() and "lost" in (tmp_path / "full.log").read_text())
    )
    assert str(supervisor.process("full").pid) in (tmp_path / "processes.json").read_text()


def test_a_log_stays_within_its_size_while_it_is_written(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs.bound, "__defaults__", (20_000,))
    code = "import time\nwhile True:\n    print('x' * 99, flush=True); time.sleep(0.0005)"
    supervisor.start(python(tmp_path, "talker", code))
    log, aside = tmp_path / "talker.log", tmp_path / "talker.log.1"
    until(tended(supervisor, aside.exists))
    assert log.stat().st_size < 2_000_000
    until(tended(supervisor, lambda: b"x" * 99 in log.read_bytes()))
    assert b"\x00" not in log.read_bytes()
    aside.unlink()
    aside.mkdir()  # nothing can be put there
    log.write_bytes(b"y" * 30_000)
    until(tended(supervisor, lambda: b"y" not in log.read_bytes()))
