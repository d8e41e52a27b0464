"""Fill an MLflow file store with runs, by MLflow itself: arguments are the store's folder, runs, metrics, steps.

Run by `bench_import` in an environment that has MLflow; prints the seconds that logging took.
"""

from __future__ import annotations

import math
import os
import random
import sys
import time

os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")

import mlflow
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient


def main() -> None:
    """Log every run with one batch."""
    folder, runs, metrics, steps = sys.argv[1], *map(int, sys.argv[2:5])
    mlflow.set_tracking_uri(f"file://{folder}")
    client = MlflowClient()
    experiment = client.create_experiment("digits")
    drawn = random.Random(5)
    begun = time.perf_counter()
    for at in range(runs):
        run = client.create_run(experiment, run_name=f"fox-{at}")
        points = [
            Metric(f"val/m{metric}", math.nan if drawn.random() < 0.001 else drawn.gauss(0, 1), step, step)
            for metric in range(metrics)
            for step in range(steps)
        ]
        parameters = [Param("seed", str(at // 3)), Param("lr", str((0.001, 0.01, 0.1)[at % 3]))]
        client.log_batch(run.info.run_id, metrics=points, params=parameters)
        client.set_terminated(run.info.run_id)
    sys.stdout.write(f"{time.perf_counter() - begun}\n")


if __name__ == "__main__":
    main()
