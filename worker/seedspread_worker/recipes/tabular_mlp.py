"""Small fully connected network on a table: bundled, or a user's file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from seedspread_worker import Field, RecipeParameters, Run, Split, holdout, keras_recipe
from seedspread_worker.datasets.bundled import TABLES
from seedspread_worker.datasets.files import table

if TYPE_CHECKING:
    import keras


class Parameters(RecipeParameters):
    """Parameters of `tabular-mlp`."""

    data: str = Field(
        "breast-cancer",
        min_length=1,
        description="breast-cancer, wine, or the path of a CSV, TSV, Parquet or npz file",
        json_schema_extra={"x-data": "table", "x-data-sets": list(TABLES)},
    )
    target: str = Field("", description="column of the class in a CSV, TSV or Parquet file; empty: the last one")
    balance: Literal["none", "oversample", "undersample"] = Field(
        "none", description="make the classes of the training part equally frequent"
    )
    hidden: int = Field(16, ge=1, le=4096, description="units in the hidden layer")
    dropout: float = Field(0.2, ge=0, lt=1, description="share of hidden units dropped while training")
    learning_rate: float = Field(0.005, gt=0, le=10, description="step size of Adam")
    batch_size: int = Field(32, ge=1, le=100_000, description="examples a step")
    epochs: int = Field(20, ge=1, le=10_000, description="passes over the training data")
    validation: float = Field(0.25, gt=0, lt=1, description="share of the rows held out")


@keras_recipe(
    name="tabular-mlp",
    version="1",
    parameters=Parameters,
    sources=("split", "resample", "shuffle", "init", "dropout"),
)
class TabularMLP:
    """Classes from rows of numbers: a hidden layer with dropout, Adam.

    Columns are scaled by the training part.
    """

    def data(self, run: Run) -> Split:
        """Split rows, balance classes if asked, and scale columns.

        To mean 0 and SD 1 of the training part.
        """
        x, y = table(run, "data", target=run.parameters.target)
        parts = holdout(run, x, y, share=run.parameters.validation)
        chosen = balanced(parts.y_train, run.parameters.balance, run.rng("resample"))
        train = parts.x_train[chosen]
        mean, deviation = train.mean(axis=0), train.std(axis=0)
        scale = np.where(deviation > 0, deviation, 1)
        facts = {"features": x.shape[1], "classes": len(np.unique(y))}
        x_val = (parts.x_val - mean) / scale
        return Split((train - mean) / scale, parts.y_train[chosen], x_val, parts.y_val, facts)

    def model(self, run: Run) -> keras.Model:
        """Build a hidden layer with ReLU and dropout, then softmax."""
        import keras

        return keras.Sequential(
            [
                keras.Input((run.facts["features"],)),
                keras.layers.Dense(run.parameters.hidden, activation="relu", name="hidden"),
                keras.layers.Dropout(run.parameters.dropout, name="dropout"),
                keras.layers.Dense(run.facts["classes"], activation="softmax", name="output"),
            ],
            name="mlp",
        )

    def optimizer(self, run: Run) -> keras.optimizers.Optimizer:
        """Return Adam with the run's learning rate."""
        import keras

        return keras.optimizers.Adam(run.parameters.learning_rate)


def balanced(y: NDArray[Any], how: str, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return indices of examples whose classes are equally frequent.

    Args:
        y: class labels.
        how: `oversample` draws the smaller classes again, with replacement, up to the largest; `undersample` draws
            the larger ones, without, down to the smallest; `none` takes all as they are.
        rng: what draws.
    """
    groups = [np.flatnonzero(y == label) for label in np.unique(y)]
    sizes = [len(group) for group in groups]
    if how == "oversample":
        drawn = [np.concatenate([group, rng.choice(group, max(sizes) - len(group))]) for group in groups]
    elif how == "undersample":
        drawn = [rng.choice(group, min(sizes), replace=False) for group in groups]
    else:
        drawn = groups
    return np.sort(np.concatenate(drawn))
