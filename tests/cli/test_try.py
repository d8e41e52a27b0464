"""`seedspread try`: a recipe trained here, without a service, and what its seeds do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seedspread.cli.app import run

HEAD = """
import random
from seedspread_worker import Field, Metric, RecipeParameters, free_recipe

class Parameters(RecipeParameters):
    steps: int = Field(2, ge=1, le=10, description="points")
    word: str = Field("a", description="any text")

COUNTER = []

@free_recipe(name="tried", version="1", parameters=Parameters, metrics=(Metric("score", "maximize"),))
def tried(run):
    print("a word:", run.parameters.word)
    for step in range(1, run.parameters.steps + 1):
"""
BODIES = {
    "fine": "        run.log(step, score=run.rng('algorithm').random())\n",
    "constant": "        run.log(step, score=random.Random(1).random())\n",
    "entropy": "        run.log(step, score=random.SystemRandom().random())\n",
    "kept": "        COUNTER.append(1); run.log(step, score=run.rng('algorithm').random() + len(COUNTER))\n",
    "raises": "        raise ValueError('no data')\n",
}


def tried(folder: Path, body: str, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    file = folder / "tried.py"
    file.write_text(HEAD + BODIES[body])
    code = run(["try", str(file), *options])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        ("fine", 0, "another seed: ok. Another seed gives another result."),
        ("constant", 3, "Another seed gives the same metrics: the seed has no effect that the metrics show."),
        ("entropy", 3, "same seed again: failed. Same seed, other result:"),
        ("kept", 3, "same seed again: failed. Same seed, other result:"),
        ("raises", 1, "seed 3 failed: ValueError: no data"),
    ],
)
def test_what_the_seeds_do_is_said(
    body: str, code: int, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got, out = tried(tmp_path, body, capsys, "--seed", "3", "--set", "word=5", "--set", "steps=3")
    assert got == code, out
    assert sentence in out
    assert "tried 1  seed 3  steps=3, word=5" in out
    assert "a word: 5" in out


def test_one_document_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = tried(tmp_path, "fine", capsys, "--json", "--no-check")
    document: dict[str, Any] = json.loads(out)
    assert code == 0
    assert [entry["run"] for entry in document["runs"]] == ["first"]
    assert document["checks"] == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--set", "steps=many"), "--set.steps"),
        (("--set", "colour=red"), "--set.colour"),
        (("--set", "steps"), "--set"),
        (("--seed", "-1"), "--seed"),
        (("--recipe", "other"), "one of the file's recipes: tried"),
    ],
)
def test_bad_input_is_named(
    options: tuple[str, ...], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = tried(tmp_path, "fine", capsys, *options)
    assert code == 2
    assert named in out
    assert "Traceback" not in out
