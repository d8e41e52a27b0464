"""A free recipe that starts processes and threads in the ways that people do."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from joblib import Parallel, delayed
from sklearn.ensemble import RandomForestClassifier

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe

ORPHAN_S = "613.25"
"""How long the orphan sleeps: by this argument tests find it."""


class Parameters(RecipeParameters):
    """Which way."""

    kind: str = Field("fork", description="how work is shared out")


def draw(seed: int) -> float:
    """Draw a number in another process or thread."""
    return float(np.random.default_rng(seed).random())


@free_recipe(
    name="processes", version="1", parameters=Parameters, sources=("algorithm",), metrics=(Metric("value", "maximize"),)
)
def processes(run: Run) -> None:
    """Draw by seeds that are handed on, so that every way gives the same."""
    kind, seeds = run.parameters.kind, [run.seed("algorithm") + number for number in range(4)]
    if kind in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(kind).Pool(2) as pool:
            drawn = pool.map(draw, seeds)
    elif kind == "loky":
        drawn = Parallel(n_jobs=2)(delayed(draw)(seed) for seed in seeds)
    elif kind == "threads":
        with ThreadPoolExecutor(2) as executor:
            drawn = list(executor.map(draw, seeds))
    elif kind == "forest":
        x = np.random.default_rng(0).normal(size=(60, 3))
        forest = RandomForestClassifier(8, n_jobs=-1, random_state=seeds[0]).fit(x, x[:, 0] > 0)
        drawn = [float(forest.predict_proba(x)[:, 1].sum())]
    elif kind == "subprocess":
        code = f"import random; print(random.Random({seeds[0]}).random())"
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        drawn = [float(done.stdout)]
    else:
        subprocess.Popen(["sleep", ORPHAN_S])
        drawn = [draw(seed) for seed in seeds]
    run.log(1, value=float(np.mean(drawn)))
