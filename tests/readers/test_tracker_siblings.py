"""Trackers' stores in the shapes that their versions and settings give them, all of the same sixteen runs."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seedspread.readers import read_groups
from tests.readers.samples import ARMS
from tests.readers.test_siblings import RUNS

STEPS = range(3)


def at_step(acc: float, step: int) -> float:
    """Return a value that ends at the run's result."""
    return acc if step == STEPS[-1] else 0.1 * step


def table(path: Path, rows: Iterable[Sequence[object]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    return str(path)


def wandb_api(folder: Path) -> str:
    """Write what the API's example makes of runs: objects of Python in cells."""
    rows: list[list[object]] = [["", "summary", "config", "name"]]
    for at, (seed, arm, acc) in enumerate(RUNS):
        summary = {"_runtime": 12.5, "val/acc": acc, "_wandb": {"runtime": 12}, "loss": float("nan")}
        config = {"seed": seed, "model": arm, "lr": 0.001, "layers": [1, 2], "fast": True, "note": None}
        rows.append([at, summary, config, f"fox-{at}"])
    return table(folder / "project.csv", rows)


def wandb_chart(folder: Path) -> str:
    """Write a chart by the trainer's step, of runs that logged at other steps."""
    head = ["trainer/global_step", *(f"{arm}-{seed} - val/acc" for seed, arm, _ in RUNS)]
    rows = [
        [100 * step, *("" if (at + step) % 2 and step < 2 else at_step(acc, step) for at, (*_, acc) in enumerate(RUNS))]
        for step in STEPS
    ]
    return table(folder / "wandb_export.csv", [head, *rows])


def wandb_legend(folder: Path) -> str:
    """Write a chart over time, with a legend of the configuration."""
    names = [f"seed: {seed} model: {arm} - val/acc" for seed, arm, _ in RUNS]
    head = ["Relative Time (Process)", *(name + bound for name in names for bound in ("", "__MIN", "__MAX"))]
    rows = [[step + 0.5, *(at_step(acc, step) for *_, acc in RUNS for _ in range(3))] for step in STEPS]
    return table(folder / "wandb_export.csv", [head, *rows])


def neptune_rows(at: int, seed: int, arm: str, acc: float) -> list[dict[str, Any]]:
    base = {"project_id": "team/digits", "run_id": f"RUN-{at}"}
    return [
        {**base, "attribute_path": "sys/failed", "attribute_type": "bool", "bool_value": False},
        {**base, "attribute_path": "sys/tags", "attribute_type": "string_set"},
        {**base, "attribute_path": "parameters/model", "attribute_type": "string", "string_value": arm},
        {**base, "attribute_path": "parameters/seed", "attribute_type": "string", "string_value": str(seed)},
        *(
            {**base, "attribute_path": "train/val_acc", "attribute_type": "float_series", "step": Decimal(step),
             "float_value": at_step(acc, step)}
            for step in STEPS
        ),
    ]  # fmt: skip


def parquet(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    texts = ("project_id", "run_id", "attribute_path", "attribute_type", "string_value")
    kinds = {"step": pa.decimal128(18, 6), "float_value": pa.float64(), "bool_value": pa.bool_()}
    schema = pa.schema([*((name, pa.string()) for name in texts), *kinds.items()])
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)


def neptune_file(folder: Path) -> str:
    """Write all runs into one file, with seeds as text."""
    parquet(folder / "all.parquet", [row for at, run in enumerate(RUNS) for row in neptune_rows(at, *run)])
    return str(folder / "all.parquet")


def neptune_split(folder: Path) -> str:
    """Write two parts a run."""
    for at, run in enumerate(RUNS):
        rows = neptune_rows(at, *run)
        parquet(folder / "exports" / "team" / f"RUN-{at}_part_0.parquet", rows[:5])
        parquet(folder / "exports" / "team" / f"RUN-{at}_part_1.parquet", rows[5:])
    return str(folder / "exports")


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> str:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return str(path)


def second_sheet(folder: Path) -> str:
    """Write notes before the table."""
    return workbook(folder / "a.xlsx", {"Notes": [["made in May"], ["by me"]], "Runs": [["seed", "arm", "acc"], *RUNS]})


def sheet_an_arm(folder: Path) -> str:
    """Write a sheet for each arm, beside one with notes."""
    sheets = {arm: [["seed", "acc"], *values.items()] for arm, values in ARMS.items()}
    return workbook(folder / "a.xlsx", {"Notes": [["made in May"], ["by me"]], **sheets})


def two_levels(folder: Path) -> str:
    """Write Optuna's trials with `multi_index=True`, whose merged cells leave gaps."""
    heads = [[None, "number", "value", "params", None, "state"], [None, None, None, "model", "seed", None]]
    rows = [[at, at, acc, arm, seed, "COMPLETE"] for at, (seed, arm, acc) in enumerate(RUNS)]
    return workbook(folder / "a.xlsx", {"Sheet1": [*heads, *rows]})


def trackio_nested(folder: Path) -> str:
    """Write Trackio's database without ids of runs, with bytes for JSON and nested configurations."""
    path = folder / "digits.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT);"
            "CREATE TABLE configs (id INTEGER PRIMARY KEY, run_name TEXT, config TEXT, created_at TEXT);"
            "CREATE TABLE system_metrics (id INTEGER, timestamp TEXT, run_name TEXT, metrics TEXT);"
        )
        for at, (seed, arm, acc) in enumerate(RUNS):
            config = json.dumps({"_Username": "u", "model": {"name": arm}, "seed": seed}).encode()
            database.execute("INSERT INTO configs (run_name, config) VALUES (?, ?)", (f"fox-{at}", config))
            for step in STEPS:
                metrics = json.dumps({"val/acc": at_step(acc, step), "image": {"_type": "trackio.image"}}).encode()
                row = (f"fox-{at}", step, metrics)
                database.execute("INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES ('t', ?, ?, ?)", row)
        database.commit()
    return str(path)


def trackio_parquet(folder: Path) -> str:
    """Write the file that Trackio keeps of a project on the Hub."""
    points = [(f"{arm}-{seed}", step, at_step(acc, step)) for seed, arm, acc in RUNS for step in STEPS]
    names, steps, values = zip(*points, strict=True)
    columns = {
        "id": list(range(len(points))),
        "timestamp": ["2026-02-05T10:00:00"] * len(points),
        "run_name": names,
        "step": steps,
        "val/acc": values,
    }
    pq.write_table(pa.table(columns), folder / "digits.parquet")
    return str(folder / "digits.parquet")


@pytest.mark.parametrize(
    "write",
    [
        wandb_api, wandb_chart, wandb_legend, neptune_file, neptune_split, second_sheet, sheet_an_arm, two_levels,
        trackio_nested, trackio_parquet,
    ],
)  # fmt: skip
def test_the_same_runs_are_read_from_every_shape_of_a_store(write: Callable[[Path], str], tmp_path: Path) -> None:
    reading = read_groups([write(tmp_path)])
    assert reading.values == ARMS
    assert all("\n" not in line for line in reading.lines())
