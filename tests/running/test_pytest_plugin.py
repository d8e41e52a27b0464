"""Plugin: a test fails when a distribution over seeds moved, and says since which packages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TESTS = """
import os, random

def train(seed, shift=0.0):
    return 0.9 + float(os.environ.get("SHIFT", "0")) + random.Random(seed).gauss(0, 0.004)

def test_moved(seed_distribution):
    seed_distribution.check(train, seeds=12, within=0.005)

def test_claim(seed_distribution):
    base = {s: train(s) for s in range(12)}
    wide = {s: v + 0.01 + s / 1e4 for s, v in base.items()}
    seed_distribution.holds("wide >= base - 0.005", {"base": base, "wide": wide})
"""


def pytest_on(folder: Path, *options: str, shift: str = "0") -> subprocess.CompletedProcess[str]:
    """Run pytest on the folder's tests."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "seedspread.pytest_plugin",
        "-p",
        "no:cacheprovider",
        *options,
    ]
    environment = {**os.environ, "SHIFT": shift, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_distribution_that_moved_fails(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TESTS)
    without = pytest_on(tmp_path)
    assert "no reference" in without.stdout
    assert "1 failed, 1 passed" in without.stdout
    assert pytest_on(tmp_path, "--seedspread-update").returncode == 0
    (reference,) = tmp_path.glob("seedspread-references/*.json")
    document = json.loads(reference.read_text())
    assert len(document["values"]) == 12
    document["packages"]["numpy"] = "0.0.1"
    reference.write_text(json.dumps(document))
    assert pytest_on(tmp_path).returncode == 0
    moved = pytest_on(tmp_path, shift="0.03")
    assert moved.returncode == 1
    assert "does not hold" in moved.stdout
    assert "numpy 0.0.1 →" in moved.stdout
