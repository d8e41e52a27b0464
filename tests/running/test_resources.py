"""`seedspread run` records what scripts use, from outside of them, and survives being killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import seedspread
from seedspread.recording import open_study
from tests.running.conftest import Result
from tests.waiting import until

SLOW = """
import sys, time
ballast = bytearray(60 << 20)
time.sleep(0.9)
print("acc:", 0.5 + int(sys.argv[1]) / 100, flush=True)
"""


def test_every_run_has_samples_that_no_metric_knows(command: Callable[..., Result], tmp_path: Path) -> None:
    Path("slow.py").write_text(SLOW)
    line = ("--seeds", "2", "--arm", "a", "--maximize", "acc", "--no-check", "--folder", "out")
    command(*line, "--", sys.executable, "slow.py", "{seed}")
    study = open_study(tmp_path / "out")
    assert study.metrics() == ["acc"]
    assert len(study.counted()) == 2
    for run in study.counted():
        assert run.edited() == []
        assert "usage.jsonl" in run.record.files
        record = run.usage()
        assert record is not None
        assert record.peaks["memory_bytes"] > 60 * 2**20
        first = json.loads((run.folder / "usage.jsonl").read_text().splitlines()[0])
        assert first == {"format": "seedspread-usage/1", "gpus": []}


def test_samples_outlive_a_runner_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "sleeps.py"
    script.write_text("import time\nprint('acc: 0.5', flush=True)\ntime.sleep(60)\n")
    line = (sys.executable, "-m", "seedspread.cli", "run", "--seeds", "1", "--arm", "a", "--maximize", "acc")
    runner = subprocess.Popen(
        [*line, "--no-check", "--folder", str(tmp_path / "out"), "--", sys.executable, str(script)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: any(tmp_path.glob("out/runs/*/usage.jsonl")), 60, "a sample is there")
    finally:
        runner.send_signal(signal.SIGKILL)
        runner.wait()
    (run,) = open_study(tmp_path / "out").runs
    assert run.state == "interrupted"
    record = run.usage()
    assert record is not None
    assert record.samples[0].memory_bytes
    with (run.folder / "usage.jsonl").open("ab") as file:
        file.write(b'{"time": 99, "memory_by')  # torn by a kill
    again = run.usage()
    assert again is not None
    assert again.samples == record.samples


def test_records_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with seedspread.run(arm="a", seed=1, folder=path) as logged:
        logged.log(acc=0.5)
    (run,) = open_study(path).runs
    assert run.usage() is None  # a script that logs itself is not sampled
    (run.folder / "usage.jsonl").write_text('{"format": "seedspread-usage/2"}\n{"time": 1, "cpu": 1}\n')
    assert run.usage() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="functions are trained at the same time in forked processes")
def test_functions_in_processes_of_their_own_are_sampled(tmp_path: Path) -> None:
    script = tmp_path / "study.py"
    script.write_text(
        "import time, seedspread\n"
        "def train(seed):\n"
        "    time.sleep(0.8)\n"
        "    return {'acc': 0.5 + seed / 100}\n"
        "arms = {'a': {}}\n"
        f"seedspread.study(train, arms=arms, seeds=2, maximize='acc', jobs=2, folder={str(tmp_path / 'out')!r}).run()\n"
    )
    subprocess.run([sys.executable, str(script)], check=True, capture_output=True)
    usages = [run.usage() for run in open_study(tmp_path / "out").counted()]
    assert len(usages) == 2
    assert all(usage is not None and usage.peaks["memory_bytes"] > 0 for usage in usages)
