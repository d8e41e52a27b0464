"""The metric that the user names is the result, whatever its column is called."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from seedspread.errors import InvalidInput
from seedspread.readers.reading import Options, read_groups, read_study
from seedspread.recording.reader import open_study
from seedspread.recording.records import ArmRecord
from seedspread.recording.writer import create_study, new_study
from seedspread.running.judge import judge
from seedspread.sending.studies import from_folder

STEP = "first_step(acc>=0.9)"


def write(file: Path, head: str, rows: Sequence[tuple[object, ...]]) -> str:
    lines = [head, *(",".join(map(str, row)) for row in rows)]
    file.write_text("\n".join(lines) + "\n")
    return str(file)


@pytest.mark.parametrize("name", ["steps", "step", "epochs", "batch_size", "model", "episode", "number"])
def test_a_named_metric_makes_no_arms_and_no_steps(tmp_path: Path, name: str) -> None:
    drawn = random.Random(1)
    rows: list[tuple[str | int, ...]] = [
        (arm, seed, drawn.randint(3, 9)) for arm in ("base", "wide") for seed in range(12)
    ]
    file = write(tmp_path / "runs.csv", f"arm,seed,{name}", rows)
    reading = read_groups([file], Options(column=name, maximize=False))
    assert {arm: len(values) for arm, values in reading.values.items()} == {"base": 12, "wide": 12}
    assert reading.values["base"] == {seed: float(value) for arm, seed, value in rows if arm == "base"}
    study = read_study(file, Options(), name)
    assert (study.deciding, sorted(set(study.arms))) == (name, ["base", "wide"])


def test_first_steps_are_computed_from_series(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        (arm, seed, epoch, min(0.95, 0.1 * epoch + 0.2 * (arm == "wide") + 0.01 * seed))
        for arm in ("base", "wide")
        for seed in range(4)
        for epoch in range(1, 9)
    ]
    file = write(tmp_path / "curves.csv", "arm,seed,epoch,acc", rows)
    reading = read_groups([file], Options(column="first_step( acc >= 0.9 )"))
    assert reading.values == {"base": {0: float("inf"), 1: float("inf"), 2: float("inf"), 3: float("inf")},
                              "wide": {0: 7.0, 1: 7.0, 2: 7.0, 3: 7.0}}  # fmt: skip
    assert (reading.metric, reading.lower_is_better) == (STEP, True)
    assert read_groups([file], Options(column="first_step(acc>=0.9, 8)")).values["base"][0] == 8.0
    with pytest.raises(InvalidInput, match="one number per run"):
        read_groups([write(tmp_path / "b.csv", "arm,seed,acc", [("a", 1, 0.5), ("b", 1, 0.6)])], Options(column=STEP))
    with pytest.raises(InvalidInput, match="arm, seed"):
        read_groups([file], Options(column="first_step(speed>=0.9)"))


def test_a_folder_is_judged_and_sent_by_a_first_step(tmp_path: Path) -> None:
    names = ("base", "wide")
    arms = tuple(map(ArmRecord, names))
    study = new_study("s", arms=arms, metric="first_step(acc >= 0.9)", direction="minimize")
    writer = create_study(tmp_path / "s", study)
    for arm in names:
        for seed in range(4):
            run = writer.begin(arm, seed)
            for step in range(1, 9):
                run.log({"val_acc": min(0.95, 0.1 * step + 0.2 * (arm == "wide") + 0.1 * (seed == 3))}, step)
            run.end("finished")
    folder = open_study(tmp_path / "s")
    judgement = judge(folder)
    assert judgement.metric == "first_step(val_acc>=0.9)"
    base, wide = (list(arm.values.values()) for arm in judgement.arms)
    assert (base[3], wide) == (8.0, [7.0, 7.0, 7.0, 6.0])
    sent = from_folder(folder)
    assert sent.study.metric == judgement.metric
    assert [struct.unpack("<d", item.values) for item in sent.series(7) if item.metric == judgement.metric] == [(6.0,)]
