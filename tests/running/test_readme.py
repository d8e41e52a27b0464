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
    """Return what a command printed on standard output; it ended well."""
    return ran(folder, *command).stdout


def ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command that has to end well."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_one_line_to_a_verdict(folder: Path) -> None:
    line = EXAMPLES["verdict.sh"].replace("--seeds 20", "--seeds 3")
    printed = typed(folder, "sh", "-e", "-c", line)
    assert "strong" in printed
    assert "Repeats: seed 0 twice" in printed
    assert list(folder.glob("seedspread-runs/train-*/verdict.html"))


def test_a_function_and_numbers(folder: Path) -> None:
    first, second = typed(folder, sys.executable, "function.py").splitlines()
    assert "wide" in first
    assert "wide" in second


def test_a_loop_of_ones_own(folder: Path) -> None:
    last = ran(folder, sys.executable, "loop.py").stderr.splitlines()[-1]
    assert last.startswith(
        "seedspread: recorded 16 runs in seedspread-runs/loop; `seedspread compare seedspread-runs/loop`"
    )
    runs = open_study(folder / "seedspread-runs" / "loop").counted()
    assert [run.record.seed for run in runs] == [*range(8), *range(8)]
    assert runs[2].value("val_acc") == pytest.approx(0.9338)
    assert "8 paired seeds" in typed(folder, "seedspread", "compare", "seedspread-runs/loop")


def test_every_snippet_is_run() -> None:
    """Tests name a snippet, or another snippet runs it; one in Python has a name for that."""
    sources = [path.read_text() for path in Path(__file__).parents[1].rglob("test_*.py")]
    users = [*(text for text in sources if "README.md" in text), EXAMPLES["verdict.sh"]]
    assert [name for name in EXAMPLES if not any(name in text for text in users)] == []
    assert len(re.findall(r"^```python$", README, re.MULTILINE)) == sum(name.endswith(".py") for name in EXAMPLES)


def test_the_pytest_plugin(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "seedspread.pytest_plugin", "test_upgrade.py"]
    typed(folder, *command, "--seedspread-update")
    assert "1 passed" in typed(folder, *command)
