"""An MLflow store of 300 runs × 4 metrics × 100 steps imported: time, and equality of every value.

    python -m tests.bench.bench_import [--runs 300] [--metrics 4] [--steps 100]

MLflow fills the store itself, in an environment that is thrown away; where it cannot be installed, a sentence says so.
"""

from __future__ import annotations

import argparse
import math
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


def written(store: Path) -> dict[tuple[str, str, str], dict[int, float]]:
    """Return the points of each (learning rate, seed, metric) as the store's own files hold them."""
    points = {}
    for file in store.glob("*/*/metrics/val/*"):
        parameters = file.parents[2] / "params"
        lines = [line.split() for line in file.read_text().splitlines()]
        key = ((parameters / "lr").read_text(), (parameters / "seed").read_text(), f"val/{file.name}")
        points[key] = {int(step): float(value) for _, value, step in lines}
    return points


def main() -> int:
    """Fill, import, compare; print one line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("runs", 300), ("metrics", 4), ("steps", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
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
