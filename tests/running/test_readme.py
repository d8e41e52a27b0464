"""The first section of the README does what it says, typed as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seedspread.recording import open_study

README = (Path(__file__).parents[2] / "README.md").read_text()
EXAMPLES = dict(re.findall(r"<!-- test: (\S+) -->\n+```\w+\n(.*?)```", README, re.DOTALL))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Every example as a file."""
    for name, text in EXAMPLES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def typed(folder: Path, *command: str) -> str:
    """Return what a command printed; it ended well."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_one_line_to_a_verdict(folder: Path) -> None:
    line = EXAMPLES["verdict.sh"].replace("--seeds 20", "--seeds 6")
    printed = typed(folder, "sh", "-e", "-c", line)
    assert "strong" in printed
    assert "Repeats: seed 0 twice" in printed
    assert list(folder.glob("seedspread-runs/train-*/verdict.html"))


def test_a_function_and_numbers(folder: Path) -> None:
    first, second = typed(folder, sys.executable, "function.py").splitlines()
    assert "wide" in first
    assert "wide" in second


def test_a_loop_of_ones_own(folder: Path) -> None:
    typed(folder, sys.executable, "loop.py")
    runs = open_study(folder / "seedspread-runs" / "loop").counted()
    assert [run.record.seed for run in runs] == [0, 1, 2]
    assert runs[2].value("val_acc") == pytest.approx(0.918)


def test_the_pytest_plugin(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "seedspread.pytest_plugin", "test_upgrade.py"]
    typed(folder, *command, "--seedspread-update")
    assert "1 passed" in typed(folder, *command)
