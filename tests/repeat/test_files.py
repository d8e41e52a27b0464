"""A run repeats from its exported file, without server or database."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from seedspread.cli.app import run as command
from seedspread.errors import Conflict, InvalidInput
from seedspread.studies import replay, replay_file
from tests.queue.farm import NO_TENSORFLOW
from tests.repeat.lab import Lab


@pytest.fixture
def exported(quick_lab: Lab, tmp_path: Path) -> Iterator[Path]:
    """The file of a run on a table of this test."""
    table = tmp_path / "table.csv"
    table.write_text("a,target\n1,0\n2,1\n3,0\n4,1\n")
    first, _ = quick_lab.study(parameters={"data": str(table)})
    path = tmp_path / "run.json"
    path.write_text(replay.export(quick_lab.ctx, first).model_dump_json())
    quick_lab.close()
    with mock.patch.dict(os.environ, {"PYTHONPATH": str(NO_TENSORFLOW)}):
        yield path


def again(path: Path, recipe_file: Path, **how: Any) -> list[bool]:
    file = replay_file.read(str(path))
    return [verdict.identical for verdict in replay_file.replay_file(file, recipes=[str(recipe_file)], **how)]


def test_a_file_repeats_and_a_changed_recipe_is_told(
    exported: Path, recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert again(exported, recipe_file, times=2) == [True, True]
    moved = (tmp_path / "table.csv").rename(tmp_path / "moved.csv")
    with pytest.raises(InvalidInput, match=r"data\.data"):
        again(exported, recipe_file)
    assert again(exported, recipe_file, data={"data": str(moved)}) == [True]
    recipe_file.write_text(recipe_file.read_text().replace("RATE = 0.1", "RATE = 0.2"))
    with pytest.raises(Conflict, match=r"still version 1; changed: .*\(\+1 −1\)"):
        again(exported, recipe_file, data={"data": str(moved)})
    options = ["--recipes", str(recipe_file), "--data", f"data={moved}", "--allow-changed"]
    assert command(["replay", str(exported), *options]) == 3
    output = capsys.readouterr().out
    assert output.startswith("Diverged: the weights differ, after equal requested seeds, data")
    assert "loss, epoch 1: 0x1." in output


def test_a_file_that_cannot_be_used_says_why(exported: Path, tmp_path: Path, recipe_file: Path) -> None:
    document = json.loads(exported.read_text())
    for part, change in (
        ("manifest", {"seed": 99}),
        ("record", {"series": {}}),
    ):
        edited = tmp_path / f"edited {part}.json"
        edited.write_text(json.dumps(document | {part: document[part] | change}))
        with pytest.raises(InvalidInput, match="this one was edited"):
            replay_file.read(str(edited))
    (tmp_path / "text.json").write_text("{")
    (tmp_path / "bare.json").write_text(json.dumps({**document, "record": {}, "record_sha256": ""}))
    for name in ("nowhere.json", "text.json", "bare.json"):
        with pytest.raises(InvalidInput):
            replay_file.read(str(tmp_path / name))
    file = replay_file.read(str(exported))
    with pytest.raises(Conflict, match="no recipe 'noisy' here"):
        list(replay_file.replay_file(file))
    with pytest.raises(InvalidInput, match="one of the run's data files: data"):
        list(replay_file.replay_file(file, data={"other": "x"}))
    with pytest.raises(InvalidInput, match="from 1 to 100"):
        list(replay_file.replay_file(file, times=0))


def test_a_record_that_differs_is_a_divergence(exported: Path, recipe_file: Path) -> None:
    file = replay_file.read(str(exported))
    bits = file.record["series"]["loss"]["values"]
    bits[1] = f"{int(bits[1], 16) + 3:016x}"
    forged = type(file).seal(file.manifest, file.record)
    (verdict,) = replay_file.replay_file(forged, recipes=[str(recipe_file)])
    assert verdict.first_value is not None
    assert (verdict.first_value.step, verdict.first_value.ulps) == (2, 3)
    assert verdict.first_fingerprint is None
    assert "loss differs from epoch 2 on" in verdict.sentence
