"""scikit-learn and plain NumPy."""

from __future__ import annotations

import os
import pickle
import random

import numpy as np
from sklearn.datasets import load_wine
from sklearn.linear_model import SGDClassifier

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe, holdout


class Parameters(RecipeParameters):
    """A short training."""

    epochs: int = Field(4, ge=1, le=100, description="passes over the training data")
    die_after: int = Field(0, ge=0, le=100, description="epoch after which the process is killed at the first attempt")
    marker: str = Field("", description="file by which an attempt knows that it is not the first")


def die_once(run: Run, epoch: int) -> None:
    """Kill this process after an epoch, at the run's first attempt."""
    marker = run.parameters.marker
    if epoch == run.parameters.die_after and not os.path.exists(marker):  # noqa: PTH110
        open(marker, "w").close()  # noqa: PTH123
        os.kill(os.getpid(), 9)


METRICS = (Metric("val_accuracy", "maximize", "share"),)


@free_recipe(name="sklearn-wine", version="1", parameters=Parameters, sources=("split", "algorithm"), metrics=METRICS)
def sklearn_wine(run: Run) -> None:
    """Partial fits in orders of the run's own generator."""
    x, y = load_wine(return_X_y=True)
    split = holdout(run, (x - x.mean(axis=0)) / x.std(axis=0), y, share=0.25)
    model, order, start = SGDClassifier(random_state=run.seed("algorithm")), run.rng("algorithm"), 0
    if (kept := run.resume()) is not None:
        start, model = kept[0], pickle.loads(kept[1])
    for epoch in range(start + 1, run.parameters.epochs + 1):
        rows = order.permutation(len(split.x_train))
        model.partial_fit(split.x_train[rows], split.y_train[rows], classes=[0, 1, 2])
        run.weights(epoch, [model.coef_, model.intercept_])
        run.log(epoch, val_accuracy=model.score(split.x_val, split.y_val))
        run.checkpoint(epoch, (epoch, pickle.dumps(model)))
        die_once(run, epoch)


@free_recipe(name="numpy-wine", version="1", parameters=Parameters, sources=("split", "algorithm"), metrics=METRICS)
def numpy_wine(run: Run) -> None:
    """Nearest centroids under noise from every kind of generator: the run's, NumPy's and Python's process-wide ones."""
    x, y = load_wine(return_X_y=True)
    split = holdout(run, (x - x.mean(axis=0)) / x.std(axis=0), y, share=0.25)
    own, start = run.rng("algorithm"), 0
    centres = np.zeros((3, 13))
    if (kept := run.resume()) is not None:
        start, centres = kept
    for epoch in range(start + 1, run.parameters.epochs + 1):
        noise = own.normal(size=(3, 13)) + np.random.normal(size=(3, 13)) + random.random()  # noqa: NPY002
        means = np.stack([split.x_train[split.y_train == label].mean(axis=0) for label in range(3)])
        centres = 0.5 * centres + 0.5 * means + 0.2 * noise
        nearest = ((split.x_val[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        run.weights(epoch, [centres])
        run.log(epoch, val_accuracy=float(np.mean(nearest == split.y_val)))
        run.checkpoint(epoch, (epoch, centres))
        die_once(run, epoch)
