"""JAX: keys from the run's seeds, orders from NumPy."""

from __future__ import annotations

import os

import numpy as np
from sklearn.datasets import load_wine

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe, holdout


class Parameters(RecipeParameters):
    """A short training."""

    epochs: int = Field(4, ge=1, le=100, description="passes over the training data")
    die_after: int = Field(0, ge=0, le=100, description="epoch after which the process is killed at the first attempt")
    marker: str = Field("", description="file by which an attempt knows that it is not the first")


@free_recipe(
    name="jax-wine",
    version="1",
    parameters=Parameters,
    sources=("split", "init", "shuffle"),
    metrics=(Metric("val_accuracy", "maximize", "share"), Metric("loss", "minimize")),
)
def jax_wine(run: Run) -> None:
    """Softmax regression."""
    import jax
    import jax.numpy as jnp

    x, y = load_wine(return_X_y=True)
    split = holdout(run, ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32"), y, share=0.25)
    weights = 0.1 * jax.random.normal(jax.random.key(run.seed("init")), (13, 3))
    order = run.rng("shuffle")

    def loss_of(weights: jax.Array, rows: jax.Array, labels: jax.Array) -> jax.Array:
        return -jnp.mean(jax.nn.log_softmax(rows @ weights)[jnp.arange(len(labels)), labels])

    step = jax.jit(jax.value_and_grad(loss_of))
    run.plan(run.parameters.epochs)
    run.weights(0, [weights])
    start = 0
    if (kept := run.resume()) is not None:
        start, weights = kept
    for epoch in range(start + 1, run.parameters.epochs + 1):
        rows = order.permutation(len(split.x_train))
        total = 0.0
        for at in range(0, len(rows) - 31, 32):
            batch = rows[at : at + 32]
            loss, gradient = step(weights, split.x_train[batch], split.y_train[batch])
            weights = weights - 0.5 * gradient
            total += float(loss)
        accuracy = float(jnp.mean(jnp.argmax(split.x_val @ weights, axis=1) == split.y_val))
        run.weights(epoch, [weights])
        run.log(epoch, val_accuracy=accuracy, loss=total)
        run.checkpoint(epoch, (epoch, np.asarray(weights)))
        if epoch == run.parameters.die_after and not os.path.exists(run.parameters.marker):  # noqa: PTH110
            open(run.parameters.marker, "w").close()  # noqa: PTH123
            os.kill(os.getpid(), 9)
