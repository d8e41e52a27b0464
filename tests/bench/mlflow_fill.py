"""Runs for MLflow's own page, the same as `bench_figures.fill` makes for ours; run by a Python that has MLflow.

    python mlflow_fill.py FOLDER RUNS STEPS

Runs and their last values go through MLflow's client, as a training would log them. All earlier steps are written at
once into its table of metrics: its client takes 0.4 s for 1,000 steps, and how they came there changes nothing in
reading them.
"""

from __future__ import annotations

import sqlite3
import sys
import time

import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric, Param


def fill(folder: str, runs: int, steps: int) -> str:
    """An experiment of two arms in `FOLDER/mlflow.db`; its id."""
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiment: str = client.create_experiment("seeds", artifact_location=f"{folder}/artifacts")
    rng = np.random.default_rng(1)
    along = np.arange(1, steps + 1)
    now = int(time.time() * 1000)
    history = []
    for place in range(runs):
        end = 0.93 + 0.01 * (place % 2) + rng.normal(0, 0.004)
        values = end * (1 - np.exp(-along / (steps / 8))) + rng.normal(0, 0.003, steps)
        arm, seed = ("base", "wide")[place % 2], str(place // 2)
        run = client.create_run(experiment, run_name=f"{arm} {seed}").info.run_id
        last = Metric("accuracy", float(values[-1]), now, steps)
        client.log_batch(run, [last], [Param("arm", arm), Param("seed", seed)])
        client.set_terminated(run)
        history += [("accuracy", float(value), now, run, step, 0) for step, value in enumerate(values[:-1], start=1)]
    with sqlite3.connect(f"{folder}/mlflow.db") as database:
        statement = "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)"
        database.executemany(statement, history)
    return experiment


if __name__ == "__main__":
    sys.stdout.write(fill(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
