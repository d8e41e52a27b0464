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
    "coarse": "        run.log(step, score=(44 - (run.seed('algorithm') % 3 == 0)) / 45)\n",
}


TWO = HEAD.replace('version="1",', 'version="1", sources=("split", "dropout"),')
SPLIT = "        score = run.rng('split').random()\n"
LOG = "        run.log(step, score=score)\n"
ALONE = {
    "both": SPLIT + "        score += run.rng('dropout').random()\n" + LOG,
    "never asked": SPLIT + "        score += random.Random(0).random()\n" + LOG,
    "asked, unused": "        run.seed('split')\n        score = run.rng('dropout').random()\n" + LOG,
    "switched off": SPLIT + "        run.rng('dropout')\n" + LOG,
    "process-wide": SPLIT + "        score += random.random()\n" + LOG,
    "neither": "        score = random.Random(0).random()\n" + LOG,
    "not repeating": SPLIT + "        score += random.SystemRandom().random()\n" + LOG,
}
"""Bodies of a recipe with two sources, by what it does with them."""


def tried(folder: Path, body: str, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    file = folder / "tried.py"
    file.write_text(HEAD + BODIES[body] if body in BODIES else TWO + ALONE[body])
    code = run(["try", str(file), *options])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


CONSTANT = "Another seed gives the same metrics: the seed has no effect that the metrics show."
CONSTANT_SOURCE = "source algorithm: failed. Another value of algorithm alone gives the same metrics, and the"
UNCLEAR = "another seed: not checked. Another seed gives another result, but so does the same seed."
DIFFERS = "another seed: ok. Another seed gives another result."
NO_REPEAT = "same seed again: failed. Same seed, other result:"


@pytest.mark.parametrize(
    ("body", "code", "sentences"),
    [
        ("fine", 0, [DIFFERS]),
        ("constant", 3, [CONSTANT, CONSTANT_SOURCE]),
        ("entropy", 3, [UNCLEAR, NO_REPEAT]),
        ("kept", 3, [NO_REPEAT]),
        ("raises", 1, ["seed 3 failed: ValueError: no data"]),
        ("coarse", 0, ["another seed: ok. Seed 6 gives another result; seeds 3–5 gave the same."]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_seeds_do_is_said(
    body: str, code: int, sentences: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got, out = tried(tmp_path, body, capsys, "--seed", "3", "--set", "word=5", "--set", "steps=3")
    assert got == code, out
    assert [sentence for sentence in sentences if sentence not in out] == []
    assert "tried 1  seed 3  steps=3, word=5" in out
    assert "a word: 5" in out


@pytest.mark.parametrize(
    ("body", "code", "split", "dropout"),
    [
        ("both", 0, "ok. Another value of split alone gives another result.", "ok. Another value"),
        ("never asked", 3, "ok.", "failed. Another value of dropout alone gives the same metrics, and the recipe"),
        ("asked, unused", 3, "failed. Another value of split alone gives the same metrics: check that", "ok."),
        ("switched off", 0, "ok.", "not checked. Another value of dropout alone gives the same metrics: fine if a"),
        ("process-wide", 0, "ok.", "ok. Another value of dropout alone gives another result, though the recipe never"),
        ("neither", 3, "failed. Another value of split alone", "failed. Another value of dropout alone"),
        ("not repeating", 3, "not checked. Another value of split", "not checked. Another value of dropout"),
    ],
)
def test_each_source_is_tried_alone(
    body: str, code: int, split: str, dropout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got, out = tried(tmp_path, body, capsys)
    assert got == code, out
    assert f"source split: {split}" in out
    assert f"source dropout: {dropout}" in out


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
