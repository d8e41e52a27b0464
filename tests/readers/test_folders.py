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


def hydra(run: Path, arm: str, seed: int, acc: float | None) -> None:
    (run / ".hydra").mkdir(parents=True)
    model = {"base": "{name: small, width: 32}", "wide": "{name: large, width: 64}"}[arm]
    (run / ".hydra" / "config.yaml").write_text(f"model: {model}\nseed: {seed}\nlr: 0.1\npaths: [a, b]\n")
    (run / ".hydra" / "overrides.yaml").write_text(f"- seed={seed}\n")
    (run / "results.json").write_text(json.dumps({"acc": acc}))


def lightning(run: Path, arm: str, seed: int, acc: float | None) -> None:
    run.mkdir(parents=True)
    (run / "hparams.yaml").write_text(f"width: {32 if arm == 'base' else 64}\nseed: {seed}\n")
    (run / "metrics.csv").write_text(f"epoch,step,acc\n0,1,0.1\n1,2,{acc}\n")


def script(run: Path, arm: str, seed: int, acc: float | None) -> None:
    run.mkdir(parents=True)
    (run / "args.json").write_text(json.dumps({"width": 32 if arm == "base" else 64, "seed": seed, "out": str(run)}))
    (run / "metrics").mkdir()
    (run / "metrics" / "final.csv").write_text(f"acc\n{acc}\n")


@pytest.mark.parametrize(
    ("write", "numbered"),
    [(hydra, "2026-11-30/12-00-00/{}"), (lightning, "lightning_logs/version_{}"), (script, "run_{}")],
)
def test_settings_beside_numbered_runs_tell_arms_and_seeds_apart(
    write: Callable[[Path, str, int, float | None], None], numbered: str, tmp_path: Path
) -> None:
    runs = [(arm, seed, acc) for arm, values in ARMS.items() for seed, acc in values.items()]
    for at, (arm, seed, acc) in enumerate(runs):
        write(tmp_path / numbered.format(at), arm, seed, acc)
    reading = read_groups([str(tmp_path)])
    read = [
        values for _, values in sorted(reading.values.items(), key=lambda item: "64" in item[0] or "large" in item[0])
    ]
    assert read == [ARMS["base"], ARMS["wide"]]
    assert any("beside each file" in line for line in reading.lines())


def test_settings_that_tell_nothing_leave_the_paths_alone(tmp_path: Path) -> None:
    epochs_in_folders(tmp_path)
    for file in tmp_path.glob("*/*/config.json"):
        file.write_text(json.dumps({"lr": 0.1, "seed": 1}))
    assert read_groups([str(tmp_path)]).values == ARMS


def test_numbered_runs_without_a_result_are_counted_and_named(tmp_path: Path) -> None:
    for at, (arm, seed) in enumerate((arm, seed) for arm in ("base", "wide") for seed in range(4)):
        hydra(tmp_path / str(at), arm, seed, 0.9 + seed / 100)
    (tmp_path / "6" / "results.json").unlink()
    reading = read_groups([str(tmp_path)])
    (wide,) = (values for arm, values in reading.values.items() if "large" in arm)
    assert wide == {0: 0.9, 1: 0.91, 2: None, 3: 0.93}
    told = "1 folder has settings and no result: its run counts as ended without a value"
    assert any(told in line for line in reading.lines())


def test_settings_without_seeds_still_make_arms(tmp_path: Path) -> None:
    for at in range(12):
        run = tmp_path / f"run_{at}"
        run.mkdir()
        (run / "config.yaml").write_text(f"optim: {{lr: {0.1 if at % 2 else 0.3}}}\n")
        (run / "results.json").write_text(json.dumps({"acc": 0.9 + at / 100}))
    reading = read_groups([str(tmp_path)])
    assert sorted(reading.values) == ["optim.lr=0.1", "optim.lr=0.3"]
    assert all(isinstance(values, list) and len(values) == 6 for values in reading.values.values())


def test_settings_are_each_runs_own(tmp_path: Path) -> None:
    for at, (arm, seed) in enumerate((arm, seed) for arm in ("base", "wide") for seed in range(3)):
        script(tmp_path / str(at), arm, seed, 0.9 + seed / 100)
    (tmp_path / "args.json").write_text('{"width": 9, "seed": 9}')
    assert sorted(read_groups([str(tmp_path)]).values) == ["width=32", "width=64"]
    (tmp_path / "3" / "args.json").unlink()
    with pytest.raises(InvalidInput, match=r"args\.json beside it, as 5 of 6 files have"):
        read_groups([str(tmp_path)])
    (tmp_path / "3" / "args.json").write_bytes(b'{"width": [64, 64], "out": "\xe9", "seed": 0}')
    assert sorted(read_groups([str(tmp_path)]).values) == ["32", "64", "[64.0, 64.0]"]
    (tmp_path / "3" / "args.json").write_text("{")
    with pytest.raises(InvalidInput, match="well-formed settings"):
        read_groups([str(tmp_path)])
    script(tmp_path / "9", "base", 0, 0.9)
    (tmp_path / "3" / "args.json").write_text('{"width": 64, "seed": 0, "out": "3"}')
    with pytest.raises(InvalidInput, match="each seed once"):
        read_groups([str(tmp_path)])
