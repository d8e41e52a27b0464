"""Ways to lose a seed that PyTorch, Keras and JAX have, chosen by a parameter."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe, holdout

METRICS = (Metric("loss", "minimize"),)


class Parameters(RecipeParameters):
    """Which way."""

    kind: str = Field("sound", description="how the seed is lost")


def data(run: Run) -> Any:
    """Points with a linear target."""
    x = np.random.Generator(np.random.PCG64(5)).normal(size=(64, 4)).astype("float32")
    return holdout(run, x, x.sum(axis=1), share=0.25, stratify=False)


def noisy(rows: Any) -> Any:
    """Collate a batch, with noise from NumPy's generator of a loader's process."""
    import torch

    return torch.stack(rows) + float(np.random.rand())  # noqa: NPY002


@free_recipe(name="planted-torch", version="1", parameters=Parameters, sources=("split", "init"), metrics=METRICS)
def planted_torch(run: Run) -> None:
    """A vector of weights, pulled towards batches of the data."""
    import torch

    kind, split = run.parameters.kind, data(run)
    generator = None
    if kind == "sound":
        generator = torch.Generator().manual_seed(run.seed("init"))
    elif kind == "torch.Generator()":
        generator = torch.Generator()
    elif kind == "torch.manual_seed(0)":
        torch.manual_seed(0)
    elif kind == "torch.seed()":
        torch.seed()
    weights = torch.randn(4, generator=generator)
    run.weights(0, [weights])
    rows = torch.as_tensor(split.x_train)
    if kind == "loader-processes":
        loader: Any = torch.utils.data.DataLoader(list(rows), batch_size=16, num_workers=2, collate_fn=noisy)
    else:
        loader = rows.split(16)
    for batch in loader:
        weights = weights + 0.1 * (batch.mean(dim=0) - weights)
    run.weights(1, [weights])
    run.log(1, loss=float(((split.x_val @ weights.numpy() - split.y_val) ** 2).mean()))


@free_recipe(name="planted-keras", version="1", parameters=Parameters, sources=("split", "init"), metrics=METRICS)
def planted_keras(run: Run) -> None:
    """A layer's weights, drawn by Keras or by a generator of TensorFlow."""
    import keras
    import tensorflow as tf

    kind, split = run.parameters.kind, data(run)
    if kind == "keras.utils.set_random_seed(0)":
        keras.utils.set_random_seed(0)
    elif kind == "tf.random.set_seed(0)":
        tf.random.set_seed(0)
    if kind == "from_seed(0)":
        weights = tf.random.Generator.from_seed(0).normal((4,))
    elif kind == "initializer with a seed":
        weights = keras.initializers.RandomNormal(seed=0)((4,))
    elif kind == "tf.random.set_seed(0)":
        weights = tf.random.normal((4,))
    else:
        seed = run.seed("init") if kind == "sound" else None
        weights = keras.initializers.RandomNormal(seed=seed)((4,))
    weights = np.asarray(weights)
    run.weights(0, [weights])
    run.weights(1, [weights])
    run.log(1, loss=float(((split.x_val @ weights - split.y_val) ** 2).mean()))


@free_recipe(name="planted-jax", version="1", parameters=Parameters, sources=("split", "init"), metrics=METRICS)
def planted_jax(run: Run) -> None:
    """A vector of weights, drawn by a key."""
    import jax

    kind, split = run.parameters.kind, data(run)
    if kind == "asked-and-ignored":
        run.seed("init")
    weights = np.asarray(jax.random.normal(jax.random.key(run.seed("init") if kind == "sound" else 0), (4,)))
    run.weights(0, [weights])
    run.weights(1, [weights])
    run.log(1, loss=float(((split.x_val @ weights - split.y_val) ** 2).mean()))
