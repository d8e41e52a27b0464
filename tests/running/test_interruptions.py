"""Whatever ends the runner: its children end, its runs stay, and looks are paid for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seedspread.recording import open_study
from seedspread.running.child import RUN_FOLDER, end_leftovers
from tests.running.conftest import ARMS, PYTHON, TRAIN, TWO, WAITING, Command
from tests.waiting import until


def _start(folder: Path, *options: str) -> subprocess.Popen[str]:
    line = [PYTHON, "-m", "seedspread.cli", "run", "--seeds", "4", "--maximize", "val_acc", "--folder", "out", *options]
    return subprocess.Popen(
        [*line, "--", PYTHON, "slow.py", "{seed}"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


SLOW = (
    "import os, sys, time\nprint('val_acc:', 0.9 + int(sys.argv[1]) / 100, flush=True)\n"
    "open(f'pid-{os.getpid()}', 'w')\ntime.sleep(float(os.environ.get('SLEEP', 30)))\n"
)

DAEMON = """{environment}setsid sh -c 'echo $$ > pid-'$1'; exec sleep 300' > /dev/null 2>&1 &
while [ ! -s pid-$1 ]; do sleep 0.05; done
echo val_acc: 0.$1
"""

DAEMON_OPTIONS = ("--seeds", "2", "--maximize", "val_acc", "--folder", "out", "--no-check")

DAEMON_RUN = (*DAEMON_OPTIONS, "--", "sh", "daemon.sh", "{seed}")


def _is_running(pid: int) -> bool:
    """Return False for a zombie that nobody has waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_seeds_added_after_a_verdict_pay_for_the_look(command: Command) -> None:
    line = (*ARMS, "--maximize", "val_acc", "--folder", "out", "--assert", "wide > base", *TRAIN)
    first = command("--seeds", "6", *line)
    assert "95% CI" in first.out
    assert "Interim" not in first.out
    assert command("--seeds", "6", *line).out == first.out
    more = command("--seeds", "9", *line)
    caveat = "seeds were added after results were in (6, then 3 per arm)"
    assert caveat in more.out
    assert "99% CI" in more.out.splitlines()[0]
    assert caveat in Path("out/verdict.html").read_text()
    assert [look["seeds"] for look in open_study(Path("out")).study.looks] == [6, 9]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_the_runner_ends_the_children_and_the_line_resumes(
    command: Command, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    runner = _start(tmp_path, "-j", "2", "--no-check")
    deadline = time.monotonic() + 50
    while len(list(tmp_path.glob("pid-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    runner.send_signal(number)
    out, err = runner.communicate(timeout=30)
    assert "Traceback" not in err
    assert runner.returncode == (-9 if number == signal.SIGKILL else 130), (out, err)
    pids = [int(path.name[4:]) for path in tmp_path.glob("pid-*")]
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    states = {run.state for run in open_study(tmp_path / "out").runs}
    assert states == ({"interrupted"} if number == signal.SIGKILL else {"cancelled"})
    os.environ["SLEEP"] = "0"
    try:
        result = command(
            "--seeds", "4", "--maximize", "val_acc", "--folder", "out", "--no-check", "--", PYTHON, "slow.py", "{seed}"
        )
    finally:
        del os.environ["SLEEP"]
    assert result.code == 0
    assert [run.state for run in open_study(tmp_path / "out").counted()] == ["finished"] * 4


@pytest.mark.parametrize(("number", "read"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_a_verdict_at_ctrl_c_is_a_look_that_the_next_one_pays_for(
    command: Command, tmp_path: Path, number: signal.Signals, read: bool
) -> None:
    (tmp_path / "wait.sh").write_text(WAITING)
    line = ("--seeds", "8", *TWO, "--", "sh", "wait.sh", "{seed}", "{arm}")
    runner = subprocess.Popen(
        [PYTHON, "-m", "seedspread.cli", "run", *line], cwd=tmp_path, env={**os.environ, "HANG": "6"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until(lambda: any(tmp_path.glob("out/runs/*-6/manifest.json")), 100)
    runner.send_signal(number)
    out, err = runner.communicate(timeout=50)
    assert runner.returncode == 130
    assert "Interrupted: the same command resumes the study." in out + err
    study = open_study(tmp_path / "out").study
    assert [(look["seeds"], look["planned"]) for look in study.looks] == ([(6, 8)] if read else [])
    assert ("counts as a look" in out) == ("runs are pending" in out) == read
    rest = command(*line)
    assert ("a verdict was read at 6 seeds per arm while runs were pending" in rest.out) == read
    assert ("Interim" in rest.out) == read
    study = open_study(tmp_path / "out").study
    assert [(look["seeds"], look["planned"]) for look in study.looks][-1] == (8, 8)


def test_a_larger_plan_after_looks_pays_for_the_looks_of_the_other(command: Command) -> None:
    Path("wait.sh").write_text(WAITING)
    line = ("--until", "decided", "--no-check", "--", "sh", "wait.sh", "{seed}", "{arm}")
    command("--at-most", "10", *TWO, *line)
    study = open_study(Path("out")).study
    assert [(look["seeds"], look["planned"]) for look in study.looks] == [(10, 10)]
    more = command("--at-most", "15", *TWO, *line)
    assert "seeds were added after results were in (10, then 5 per arm)" in more.out
    assert "99% CI" in more.out
    study = open_study(Path("out")).study
    assert [(look["seeds"], look["planned"]) for look in study.looks] == [(10, 10), (10, 15), (15, 15)]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("environment", ["", "env -i PATH=$PATH "])
def test_a_daemon_that_left_the_session_is_ended_and_named(command: Command, tmp_path: Path, environment: str) -> None:
    Path("daemon.sh").write_text(DAEMON.format(environment=environment))
    if environment:
        # In a process of its own: one that has threads or children cannot tell which orphans are a run's.
        line = [sys.executable, "-m", "seedspread.cli", "run", *DAEMON_RUN]
        out = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    else:
        out = command(*DAEMON_RUN).out
    pids = [int(path.read_text()) for path in tmp_path.glob("pid-*")]
    assert len(pids) == 2
    until(lambda: not any(Path(f"/proc/{pid}/environ").exists() and _is_running(pid) for pid in pids), 30)
    assert "Stopped processes that a run left running in a session of their own: sleep" in out
    (event,) = open_study(tmp_path / "out").counted()[0].events("finding")
    assert event["code"] == "daemon_stopped"


def test_two_runners_of_one_study_do_not_mix(command: Command, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    runner = _start(tmp_path, "--no-check")
    deadline = time.monotonic() + 50
    while not list(tmp_path.glob("pid-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    result = command(
        "--seeds", "4", "--maximize", "val_acc", "--folder", "out", "--no-check", "--", PYTHON, "slow.py", "{seed}"
    )
    runner.send_signal(signal.SIGINT)
    runner.communicate(timeout=30)
    assert result.code == 1
    assert "another process" in result.err


def test_a_full_disk_is_one_line_and_the_children_end(command: Command, tmp_path: Path) -> None:
    del command
    (tmp_path / "loud.py").write_text("for i in range(100000): print('val_acc:', i, '#' * 80, flush=True)\n")
    options = f"--seeds 2 --maximize val_acc --folder out -- {PYTHON} loud.py"
    line = f"ulimit -f 100; exec {PYTHON} -m seedspread.cli run {options}"
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    errors = [text for text in done.stderr.splitlines() if text.startswith("error:")]
    assert len(errors) == 1
    assert "cannot write" in errors[0]
    assert "Traceback" not in done.stderr
    assert "val_acc: 100 " in open_study(tmp_path / "out").runs[0].log()


def test_what_a_killed_runner_left_running_is_ended(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a-0"
    left = subprocess.Popen(["sleep", "300"], env={**os.environ, RUN_FOLDER: str(folder)})
    other = subprocess.Popen(["sleep", "300"], env={**os.environ, RUN_FOLDER: f"{folder}.2"})
    try:
        # Its environment is its own only once the program has begun.
        until(lambda: end_leftovers([folder]) == ["sleep"], 20)
        assert left.wait(timeout=20) == -signal.SIGKILL
        assert other.poll() is None
    finally:
        for process in (left, other):
            process.kill()
            process.wait()
