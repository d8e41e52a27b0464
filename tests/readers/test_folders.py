"""Results in a file for each run or arm: the paths say which arm and seed they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from seedspread.errors import InvalidInput
from seedspread.readers import read_groups
from tests.readers import trackers
from tests.readers.samples import ARMS


def epochs_in_folders(folder: Path) -> None:
    for arm, values in ARMS.items():
        for seed, acc in values.items():
            run = folder / arm / f"seed{seed}"
            run.mkdir(parents=True)
            (run / "metrics.csv").write_text(f"epoch,loss,val_acc\n0,1.0,0.1\n1,0.5,{acc}\n")
            (run / "config.json").write_text('{"lr": 0.1}')


def records_by_name(folder: Path) -> None:
    for arm, values in ARMS.items():
        for seed, acc in values.items():
            (folder / f"{arm}_s{seed:02}.json").write_text(json.dumps({"acc": acc, "loss": 1.0}))


def tables_by_arm(folder: Path) -> None:
    for arm, values in ARMS.items():
        rows = "".join(f"{seed},{acc}\n" for seed, acc in values.items())
        (folder / f"{arm}.csv").write_text(f"seed,acc\n{rows}")


WRITERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "epochs in folders": (epochs_in_folders, "*/*/metrics.csv"),
    "records by name": (records_by_name, "*.json"),
    "a table for each arm": (tables_by_arm, "*.csv"),
}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("way", ["folder", "pattern", "list"])
def test_paths_tell_arms_and_seeds_apart(kind: str, way: str, tmp_path: Path) -> None:
    write, pattern = WRITERS[kind]
    write(tmp_path)
    sources = {
        "folder": [str(tmp_path)],
        "pattern": [f"{tmp_path}/{pattern}"],
        "list": sorted(str(path) for path in tmp_path.glob(pattern)),
    }
    assert read_groups(sources[way]).values == ARMS


def test_hyperparameters_of_a_summary_writer_are_no_runs(tmp_path: Path) -> None:
    for arm in ("base", "wide"):
        for seed in (0, 1):
            trackers.tensorboard_logs(tmp_path / arm / f"seed{seed}", [({}, {"val/acc": [0.5, 0.6]})])
            below = tmp_path / arm / f"seed{seed}" / f"1717171717.{seed}"
            trackers.tensorboard_logs(below, [({}, {"hp/acc": [0.6]})])
    reading = read_groups([str(tmp_path)])
    assert {name: list(group) for name, group in reading.values.items()} == {"base": [0, 1], "wide": [0, 1]}


@pytest.mark.parametrize("source", ["https://example.org/runs.csv", "s3://bucket/runs.csv"])
def test_an_address_is_refused_with_what_to_do(source: str) -> None:
    with pytest.raises(InvalidInput, match="download it first"):
        read_groups([source])
