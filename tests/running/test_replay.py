"""`seedspread replay` of recorded command runs: the same code, seed and variables, and what was compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seedspread.cli.app import run
from seedspread.recording import open_study
from tests.running.conftest import SCRIPT, Result

Command = Callable[..., Result]
PYTHON = sys.executable
LINE = ("--seeds", "2", "--arm", "base", "--arm", "wide=64 env:FLAG=1", "--maximize", "val_acc", "--folder", "out")
TRAIN = ("--", PYTHON, "train.py", "{seed}", "{arm}")


def git(*arguments: str) -> str:
    """Run git in the current folder."""
    identity = {f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=True, env={**os.environ, **identity}
    )
    return done.stdout.strip()


def replay(capfd: pytest.CaptureFixture[str], *arguments: str) -> Result:
    """Run `seedspread replay`."""
    capfd.readouterr()
    code = run(["replay", *arguments])
    captured = capfd.readouterr()
    return Result(code, captured.out, captured.err)


def test_a_run_repeats_and_the_verdict_names_what_was_compared(
    command: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("train.py").write_text(SCRIPT + "import os, time\nprint('seconds:', time.time())\nopen('seen').read()\n")
    Path("seen").write_text("data")
    assert command(*LINE, "--capture", *TRAIN).code == 0
    verdict = Path("out/study.json").read_bytes()
    result = replay(capfd, "out/runs/wide-1")
    assert result.code == 0, result.err
    sentence = result.out.replace("\n", " ")
    assert "Identical: all 4 metric values are the same in every bit." in sentence
    compared = "Compared: val_acc, loss, 1 data file. Not compared: weights; files that the script writes; seconds"
    assert compared in sentence
    assert "Code: unchanged" in sentence
    assert Path("out/study.json").read_bytes() == verdict
    study = open_study(Path("out"))
    again = next(item for item in study.runs if item.record.kind == "replay")
    assert (again.record.arm, again.record.seed) == ("wide", 1)
    assert again.record.environment["FLAG"] == "1"
    assert len(study.counted()) == 4
    assert replay(capfd, "out/runs/wide-1", "--json", "--times", "2").document["verdicts"][1]["outcome"] == "identical"


def test_a_run_that_differs_says_from_where_on(command: Command, capfd: pytest.CaptureFixture[str]) -> None:
    Path("train.py").write_text("import os\nprint('val_acc:', 0.5)\nprint('val_acc:', int.from_bytes(os.urandom(2)))\n")
    command("--seeds", "2", "--maximize", "val_acc", "--folder", "out", "--", PYTHON, "train.py", "{seed}")
    result = replay(capfd, "out/runs/script-0")
    assert result.code == 3
    assert "Diverged: val_acc differs from epoch 1 on" in result.out


def test_changed_code_is_refused_or_named(command: Command, capfd: pytest.CaptureFixture[str]) -> None:
    command(*LINE, *TRAIN)
    Path("train.py").write_text(SCRIPT.replace("0.9 +", "0.8 +"))
    result = replay(capfd, "out/runs/wide-1")
    assert result.code == 1
    assert "train.py changed since the run" in result.err
    result = replay(capfd, "out/runs/wide-1", "--allow-changed")
    assert result.code == 3
    assert "not the recorded one" in result.out


def test_the_recorded_revision_and_patch_are_checked_out(command: Command, capfd: pytest.CaptureFixture[str]) -> None:
    git("init", "-q")
    git("add", "train.py")
    git("commit", "-qm", "first")
    Path("train.py").write_text(SCRIPT + "print('patched')\n")
    assert command(*LINE, *TRAIN).code == 0
    git("commit", "-qam", "second")
    Path("train.py").write_text("raise SystemExit('broken now')\n")
    result = replay(capfd, "out/runs/wide-1")
    assert result.code == 0, result.err
    assert "with its patch, checked out" in result.out
    again = next(item for item in open_study(Path("out")).runs if item.record.kind == "replay")
    assert "patched" in again.log()
    assert git("worktree", "list").count("\n") == 0
    Path("out/code/wide.patch").write_text("edited")
    assert "not recorded whole" in replay(capfd, "out/runs/wide-1").err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("out",), "one run of the study, such as out/runs/base-0"),
        (("out/runs",), "a study folder"),
        (("out/runs/wide-1", "--worker", "w"), "--worker"),
        (("out/runs/wide-1/artifacts",), "a study folder"),
    ],
)
def test_bad_input_is_one_line(
    command: Command, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: str
) -> None:
    command(*LINE, *TRAIN)
    Path("out/runs/wide-1/artifacts").mkdir()
    result = replay(capfd, *arguments)
    assert result.code == 2
    assert expected in result.err
    assert len(result.err.strip().splitlines()) <= 2


def test_hidden_parts_and_failed_runs_are_not_replayed(command: Command, capfd: pytest.CaptureFixture[str]) -> None:
    Path("train.py").write_text("import sys\nprint('m:', sys.argv[1])\nsys.exit(int(sys.argv[1]) == 1)\n")
    line = ("--", PYTHON, "train.py", "{seed}", "--token", "abcdefgh12345")
    command("--seeds", "2", "--maximize", "m", "--folder", "out", *line)
    assert "a part of it was not recorded" in replay(capfd, "out/runs/script-0").err
    assert "a run that is failed" in replay(capfd, "out/runs/script-1").err
    document = json.loads(Path("out/study.json").read_text())
    del document["options"]
    Path("out/study.json").write_text(json.dumps(document))
    assert "an older Seedspread" in replay(capfd, "out/runs/script-0").err
