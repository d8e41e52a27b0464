"""What the README says about numbers that exist already."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from seedspread.cli.app import run

README = (Path(__file__).parents[2] / "README.md").read_text()
MARKED = re.compile(r"<!-- test: (?P<name>\S+) -->\n+```\w+\n(?P<text>.*?)```", re.DOTALL)
EXAMPLES = {match["name"]: match["text"] for match in MARKED.finditer(README)}


def test_the_commands_give_what_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs.csv").write_text(EXAMPLES["runs.csv"])
    outputs = []
    for line in EXAMPLES["numbers.sh"].splitlines():
        assert run(shlex.split(line, comments=True)[1:]) == 0, line
        outputs.append(" ".join(capsys.readouterr().out.split()))
    promised = re.search(r"The first ends with `(.*?)`", README, re.DOTALL)
    assert promised is not None
    assert " ".join(promised[1].split()) in outputs[0]
    assert "ignored in lr=0.003: 1 failed" in outputs[0]
    assert "“lr=0.001”: one run gives 0.9148 on average" in outputs[1]
    assert "lr=0.001 − lr=0.003" in outputs[2]
    assert outputs[3].endswith("8 runs with 7 points stored")
