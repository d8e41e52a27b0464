"""Keras recipes, and one that reaches for TensorFlow, each with its own way with seeds."""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np

from seedspread_worker import Field, Metric, RecipeParameters, Run, Split, free_recipe, holdout, keras_recipe
from seedspread_worker.datasets.bundled import wine

VALUE = (Metric("value", "maximize"),)


class Parameters(RecipeParameters):
    """Short trainings."""

    epochs: int = Field(2, ge=1, le=10_000, description="passes over the training data")


class Wine:
    """What the Keras recipes here have in common."""

    def data(self, run: Run) -> Split:
        """Columns scaled."""
        x, y = wine()
        return holdout(run, (x - x.mean(axis=0)) / x.std(axis=0), y, share=0.25)

    def model(self, run: Run) -> Any:
        """A hidden layer, dropout, an output."""
        import keras

        return keras.Sequential([keras.Input((13,)), *self.hidden(), keras.layers.Dense(3, "softmax", name="output")])

    def hidden(self) -> list[Any]:
        """Hidden layers."""
        import keras

        return [keras.layers.Dense(8, "relu", name="hidden"), keras.layers.Dropout(0.3, name="dropout")]


SOURCES = ("split", "shuffle", "init", "dropout")


@keras_recipe(name="plain", version="1", parameters=Parameters, sources=SOURCES)
class Plain(Wine):
    """Behaves."""


@keras_recipe(name="one-layer-more", version="1", parameters=Parameters, sources=SOURCES)
class OneLayerMore(Wine):
    """As `plain`, with another layer in between."""

    def hidden(self) -> list[Any]:
        """Two of them."""
        import keras

        first, dropout = super().hidden()
        return [first, keras.layers.Dense(8, "relu", name="another"), dropout]


@keras_recipe(name="constant-seed", version="1", parameters=Parameters, sources=SOURCES)
class ConstantSeed(Wine):
    """Overwrites its seeds."""

    def model(self, run: Run) -> Any:
        """Seeds everything with a constant, and its initializer too."""
        import keras

        keras.utils.set_random_seed(1337)
        kernel = keras.initializers.GlorotUniform(seed=1337)
        hidden = keras.layers.Dense(8, "relu", kernel_initializer=kernel, name="hidden")
        output = keras.layers.Dense(3, "softmax", kernel_initializer=kernel, name="output")
        return keras.Sequential([keras.Input((13,)), hidden, output])


@keras_recipe(name="deaf-dropout", version="1", parameters=Parameters, sources=SOURCES)
class DeafDropout(Wine):
    """Ignores its dropout source."""

    def hidden(self) -> list[Any]:
        """Dropout with a seed of its own."""
        import keras

        return [keras.layers.Dense(8, "relu", name="hidden"), keras.layers.Dropout(0.3, seed=7, name="dropout")]


@keras_recipe(name="global-layers", version="1", parameters=Parameters, sources=SOURCES)
class GlobalLayers(Wine):
    """Reaches for process-wide generators while the model is built and while it trains."""

    def model(self, run: Run) -> Any:
        """Weights from NumPy's legacy generator, noise from TensorFlow's own and Keras' global one."""
        import keras
        import tensorflow as tf

        class Noise(keras.layers.Layer):  # type: ignore[misc]
            def call(self, inputs: Any, training: bool = False) -> Any:
                drawn = tf.random.normal(tf.shape(inputs), stddev=0.1) + keras.random.normal((13,), stddev=0.1)
                return inputs + drawn if training else inputs

        start = np.random.normal(size=(13, 3)).astype("float32")  # noqa: NPY002
        output = keras.layers.Dense(3, "softmax", kernel_initializer=keras.initializers.Constant(start), name="output")
        return keras.Sequential([keras.Input((13,)), Noise(name="noise"), output])


@keras_recipe(name="explodes", version="1", parameters=Parameters, sources=SOURCES)
class Explodes(Wine):
    """Diverges."""

    def optimizer(self, run: Run) -> Any:
        """Steps far too large."""
        import keras

        return keras.optimizers.SGD(1e30)


@free_recipe(name="globals", version="1", parameters=Parameters, sources=("algorithm",), metrics=VALUE)
def reaches_for_globals(run: Run) -> None:
    """Draws from every process-wide generator, and switches things it leaves switched."""
    import tensorflow as tf

    drawn = [random.random(), float(np.random.random()), float(tf.random.uniform(()))]  # noqa: NPY002
    os.environ["OMP_NUM_THREADS"] = "7"
    os.chdir("/")
    np.seterr(all="ignore")
    for step, value in enumerate(drawn, start=1):
        run.log(step, value=value)
