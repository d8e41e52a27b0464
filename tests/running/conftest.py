"""Tiny scripts of the kinds people have, and a way to run the command line on them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seedspread.cli.app import run

SCRIPT = """
import random, sys
seed, hidden = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 32
rng = random.Random(f"{seed}-{hidden}")
for epoch in (1, 2):
    acc = 0.9 + 0.02 * (hidden > 32) + rng.gauss(0, 0.004)
    print(f"epoch {epoch}: val_acc: {acc:.4f}, loss={1 - acc:.4f}")
"""


@dataclass
class Result:
    """Outcome of a command line."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON it printed."""
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed


Command = Callable[..., Result]
PYTHON = sys.executable
ARMS = ("--arm", "base", "--arm", "wide=64")
PRINTS = ("--", "sh", "-c", "echo val_acc: 0.$1$2", "sh", "{seed}", "{arm}")
TRAIN = ("--", PYTHON, "train.py", "{seed}", "{arm}")
WAITING = (
    "echo val_acc: 0.$(( ($1 * 7919 + 31 * ${2:-1} * ($1 + 3) * ($1 + 5)) % 89 + 10 ))\n"
    "if [ $1 -ge ${HANG:-99} ]; then sleep 60; fi\n"
)
TWO = ("--arm", "base", "--arm", "wide=2", "--maximize", "val_acc", "--folder", "out", "--no-check")


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Run `seedspread run` in a folder that holds train.py."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(SCRIPT)

    def call(*arguments: str) -> Result:
        capfd.readouterr()
        code = run(["run", *arguments])
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return call
