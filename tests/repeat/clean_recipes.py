"""Free recipes: one without a constant seed, one that resamples with a constant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.utils import resample

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe, holdout

HERE = Path(__file__).parent
METRICS = (Metric("loss", "minimize"),)


class Parameters(RecipeParameters):
    """Conditions that decide a number beside the seeds."""

    kind: str = Field("sound", description="what decides a number")


@free_recipe(name="planted-clean", version="1", parameters=Parameters, sources=("split", "algorithm"), metrics=METRICS)
def planted_clean(run: Run) -> None:
    """A linear classifier by steps in random order."""
    fit(run, *drawn(run))


@free_recipe(
    name="planted-resample", version="1", parameters=Parameters, sources=("split", "algorithm"), metrics=METRICS
)
def planted_resample(run: Run) -> None:
    """The same on resampled rows."""
    x, y, x_val, y_val = drawn(run)
    x, y = resample(x, y, random_state=0)
    fit(run, x, y, x_val, y_val)


def drawn(run: Run) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hold out a quarter of some points."""
    x = np.sin(np.arange(400.0) ** 1.5).reshape(80, 5)
    if run.parameters.kind == "order: sorted files":
        x = x + sorted(HERE.iterdir()).index(Path(__file__))
    elif run.parameters.kind == "order: set":
        x = x + list({f"name{number}" for number in range(50)}).index("name7")
    split = holdout(run, x, (x.sum(axis=1) > 0).astype(int), share=0.25)
    return split.x_train, split.y_train, split.x_val, split.y_val


def fit(run: Run, x: np.ndarray, y: np.ndarray, x_val: np.ndarray, y_val: np.ndarray) -> None:
    """Train three epochs."""
    model, order = SGDClassifier(loss="log_loss", random_state=run.seed("algorithm")), run.rng("algorithm")
    for epoch in range(1, 4):
        rows = order.permutation(len(x))
        model.partial_fit(x[rows], y[rows], classes=[0, 1])
        run.weights(epoch, [model.coef_, model.intercept_])
        run.log(epoch, loss=float(np.mean((model.predict_proba(x_val)[:, 1] - y_val) ** 2)))
