"""Studies that stop when the answer is in."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from seedspread.core.seeds import MAX_SEED
from seedspread.recording import open_study
from seedspread.running.plan import adaptive_seeds
from tests.running.conftest import ARMS, PRINTS, TRAIN, Command


def test_stopping_when_decided(command: Command) -> None:
    line = ("--until", "decided", "--within", "0.005", "--at-most", "40", *ARMS, "--maximize", "val_acc", "-j", "2")
    result = command(*line, "--folder", "out", *TRAIN)
    assert result.code == 0
    assert "Decided at 1" in result.out
    runs = len(open_study(Path("out")).counted())
    assert runs < 40
    # The ordinary report: answer, arms with their dots, the difference at the level of the look.
    heads = [line.split()[0] for line in result.out.splitlines() if line[:1] not in (" ", "-")]
    assert heads[heads.index("arm") :][:5] == ["arm", "base", "wide", "comparison", "wide"]
    assert len(re.findall(r"9\d\.\d+% CI", result.out)) >= 2
    assert f"{runs // 2} seeds per arm; the value analysed" in Path("out/verdict.html").read_text()


def test_seeds_of_an_adaptive_study_go_on_to_the_most(command: Command) -> None:
    line = ("--until", "decided", "--seeds", "7-8", "--at-most", "5", "--arm", "a=1", "--arm", "b=2", "--folder", "out")
    command(*line, "--maximize", "val_acc", "--no-check", *PRINTS)
    study = open_study(Path("out")).study
    assert (study.seeds, study.rule["at_most"]) == ([7, 8, 9, 10, 11], 5)


@pytest.mark.parametrize(
    ("chosen", "most", "expected"),
    [
        ((), 3, (0, 1, 2)),
        ((5, 2), 4, (5, 2, 6, 7)),
        ((9, 8, 7), 2, (9, 8)),
        ((MAX_SEED - 1,), 4, (MAX_SEED - 1, MAX_SEED, 0, 1)),
    ],
)
def test_seeds_of_an_adaptive_study_go_on_above_the_chosen_ones(
    chosen: tuple[int, ...], most: int, expected: tuple[int, ...]
) -> None:
    assert adaptive_seeds(chosen, most) == expected


def test_a_resumed_adaptive_study_keeps_its_seeds_and_looks(command: Command, tmp_path: Path) -> None:
    script = "import random, sys\nprint('val_acc:', random.random(), sys.argv[1])"
    (tmp_path / "free.py").write_text(script)
    line = ("--until", "decided", "--arm", "a=1", "--arm", "b=2", "--maximize", "val_acc", "--folder", "out", "--json")
    run_it = ("--", sys.executable, "free.py", "{arm}")
    first = command(*line, "--seeds", "40-44", "--at-most", "5", *run_it).document
    assert [len(arm["values"]) for arm in first["arms"]] == [5, 5]
    # As if the runner had been killed before it compared the two runs of the first seed: it must do so before it looks.
    study = json.loads(Path("out/study.json").read_text())
    del study["rule"]["paired"], study["looks"]
    Path("out/study.json").write_text(json.dumps(study))
    again = command(*line, "--seeds", "0-4", "--at-most", "5", *run_it).document
    assert again["sentences"] == first["sentences"]
    assert again["comparison"]["comparisons"][0]["paired"] is False
    assert "The study goes on with the seeds it began with (40–44)" in str(again["findings"])
    assert [run.record.seed for run in open_study(Path("out")).counted() if run.record.arm == "a"] == list(
        range(40, 45)
    )
    assert open_study(Path("out")).study.looks_taken() == [(5, 5)]


def test_an_arm_that_fails_leaves_an_adaptive_study_to_its_most(command: Command, tmp_path: Path) -> None:
    (tmp_path / "one.sh").write_text('[ "$2" = b ] && exit 3; echo val_acc: 0.$1')
    line = ("--until", "decided", "--keep-going", "--arm", "a=a", "--arm", "b=b", "--maximize", "val_acc", "--no-check")
    result = command(*line, "--at-most", "6", "--folder", "out", "--", "sh", "one.sh", "{seed}", "{arm}")
    assert (result.code, "Traceback" in result.err) == (2, False)
    assert "No verdict: no run of arm b finished" in result.out
    assert len(open_study(Path("out")).counted()) == 12
