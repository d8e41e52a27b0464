"""Stores of 300 runs × 4 metrics × 100 steps imported: time, and equality of every value.

    python -m tests.bench.bench_import [--runs 300] [--metrics 4] [--steps 100] [--only neptune]

First neptune-exporter's table, written as it writes it; then an MLflow store, which MLflow fills itself, in an
environment that is thrown away. Where it cannot be installed, a sentence says so.
"""

from __future__ import annotations

import argparse
import math
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from seedspread.cli.app import run
from seedspread.storage import series
from seedspread.storage.database import Database
from seedspread.storage.tables import ArmRow, RunRow
from tests.bench.bench_mlflow import QUIET, installed
from tests.readers import trackers


def written(store: Path) -> dict[tuple[str, str, str], dict[int, float]]:
    """Return the points of each (learning rate, seed, metric) as the store's own files hold them."""
    points = {}
    for file in store.glob("*/*/metrics/val/*"):
        parameters = file.parents[2] / "params"
        lines = [line.split() for line in file.read_text().splitlines()]
        key = ((parameters / "lr").read_text(), (parameters / "seed").read_text(), f"val/{file.name}")
        points[key] = {int(step): float(value) for _, value, step in lines}
    return points


def neptune(runs: int, metrics: int, steps: int) -> int:
    """Import neptune-exporter's table and compare every value; return an exit code."""
    drawn = random.Random(5)
    listed: trackers.Runs = [
        (
            {"seed": at // 3, "lr": (0.001, 0.01, 0.1)[at % 3]},
            {f"val/m{metric}": [drawn.gauss(0, 1) for _ in range(steps)] for metric in range(metrics)},
        )
        for at in range(runs)
    ]
    with tempfile.TemporaryDirectory() as folder:
        source = trackers.neptune_parts(Path(folder) / "exports", listed)
        url = f"sqlite:///{folder}/seedspread.db"
        begun, begun_cpu = time.perf_counter(), time.process_time()
        if run(["import", source, "--metric", "metrics/val/m0", "--database-url", url]) != 0:
            return 1
        wall, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
        database = Database(url)
        with database.reading() as session:
            stored = series.read(session, range(1, runs + 1))
            names = run_names(session)
        database.dispose()
    differing = 0
    for parameters, logged in listed:
        mine = stored[names[f"lr={parameters['lr']}", int(parameters["seed"])]]
        for name, values in logged.items():
            points = mine[name]
            differing += points.values.tolist() != values or points.steps.tolist() != [at / 2 for at in range(steps)]
    compared = runs * metrics * steps
    sys.stdout.write(
        f"neptune-exporter's table imported in {wall:.1f} s ({cpu:.1f} s of processor time): "
        f"{compared:,} values with decimal steps compared, {differing} series differ\n"
    )
    return int(differing > 0)


def main() -> int:
    """Fill, import, compare; print one line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("runs", 300), ("metrics", 4), ("steps", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--only", choices=("neptune", "mlflow"))
    options = parser.parse_args()
    if options.only != "mlflow" and (code := neptune(options.runs, options.metrics, options.steps)):
        return code
    if options.only == "neptune":
        return 0
    with tempfile.TemporaryDirectory() as folder:
        python = installed(Path(folder))
        if python is None:
            return 1
        store = Path(folder) / "mlruns"
        sizes = [str(options.runs), str(options.metrics), str(options.steps)]
        script = Path(__file__).with_name("mlflow_store.py")
        filled = subprocess.run(
            [python, script, store, *sizes], env=QUIET, check=True, capture_output=True, text=True, timeout=600
        )
        sys.stdout.write(f"MLflow logged {options.runs} runs in {float(filled.stdout.split()[-1]):.1f} s\n")
        url = f"sqlite:///{folder}/seedspread.db"
        begun, begun_cpu = time.perf_counter(), time.process_time()
        if run(["import", f"mlflow:{store}#digits", "--metric", "val/m0", "--database-url", url]) != 0:
            return 1
        wall, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
        sys.stdout.write(f"imported in {wall:.1f} s ({cpu:.1f} s of processor time)\n")
        differing = compared = 0
        database = Database(url)
        with database.reading() as session:
            stored = series.read(session, range(1, options.runs + 1))
            names = run_names(session)
        for (lr, seed, metric), points in written(store).items():
            mine = stored[names[f"lr={lr}", int(seed)]][metric]
            kept = dict(zip(mine.steps.tolist(), mine.values.tolist(), strict=True))
            compared += len(points)
            differing += sum(
                not (kept.get(step) == value or (math.isnan(value) and math.isnan(kept.get(step, 0.0))))
                for step, value in points.items()
            )
        database.dispose()
    sys.stdout.write(f"{compared:,} values compared, {differing} differ\n")
    return int(differing > 0)


def run_names(session: Session) -> dict[tuple[str, int], int]:
    """Return run ids by arm and seed."""
    rows = session.execute(select(ArmRow.name, RunRow.seed, RunRow.id).join(RunRow, RunRow.arm_id == ArmRow.id))
    return {(arm, seed): run_id for arm, seed, run_id in rows}


if __name__ == "__main__":
    sys.exit(main())
