"""Random forest on digits: a recipe without the engine."""

from __future__ import annotations

import numpy as np

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe, holdout
from seedspread_worker.datasets.bundled import digits


class Parameters(RecipeParameters):
    """Parameters of `digits-forest`."""

    trees: int = Field(100, ge=1, le=10_000, description="trees in the finished forest")
    reports: int = Field(10, ge=1, le=1_000, description="how often the growing forest is measured")
    max_depth: int | None = Field(None, ge=1, le=1_000, description="depth of a tree; null: until leaves are pure")
    validation: float = Field(0.2, gt=0, lt=1, description="share of the 1,797 examples held out")


@free_recipe(
    name="digits-forest",
    version="1",
    parameters=Parameters,
    sources=("split", "algorithm"),
    metrics=(
        Metric("val_accuracy", "maximize", "share", "share of validation examples classified correctly"),
        Metric("val_loss", "minimize", "", "log loss on the validation examples"),
    ),
)
def train(run: Run) -> None:
    """Train a forest on 1,797 handwritten digits.

    Images of 8 × 8 pixels, ten classes; measured while the forest grows.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import log_loss

    parameters = run.parameters
    split = holdout(run, *digits(), share=parameters.validation)
    run.fingerprint("split", split.x_train, split.y_train, split.x_val, split.y_val)
    sizes = np.unique(
        np.linspace(parameters.trees / parameters.reports, parameters.trees, parameters.reports)
        .round()
        .clip(1)
        .astype(int)
    )
    run.plan(len(sizes))
    forest = RandomForestClassifier(
        warm_start=True, max_depth=parameters.max_depth, random_state=run.seed("algorithm"), n_jobs=1
    )
    for step, size in enumerate(sizes.tolist(), start=1):
        forest.set_params(n_estimators=size).fit(split.x_train, split.y_train)
        shares = forest.predict_proba(split.x_val)
        correct = shares.argmax(axis=1) == split.y_val
        grown = [tree.tree_.value for tree in forest.estimators_] + [
            tree.tree_.threshold for tree in forest.estimators_
        ]
        run.weights(step, grown)
        run.log(step, val_accuracy=float(correct.mean()), val_loss=float(log_loss(split.y_val, shares)))
    run.fingerprint("final", *grown)
    run.examples(correct, shares[np.arange(len(correct)), split.y_val])
