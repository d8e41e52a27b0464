"""Small dense models, each with something that whole trainings in one call must train as single epochs do."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedspread_worker import Field, RecipeParameters, Run, Split, keras_recipe

SOURCES = ("split", "shuffle", "init", "dropout")


class Parameters(RecipeParameters):
    """Short trainings."""

    epochs: int = Field(3, ge=1, le=10_000, description="passes over the training data")
    batch_size: int = Field(16, ge=1, le=512, description="examples a step")


class Base:
    """Points in two classes, and a hidden layer with dropout."""

    examples = 48

    def data(self, run: Run) -> Split:
        """Twelve points are held out."""
        rng = np.random.Generator(np.random.PCG64(3))
        x = rng.normal(size=(self.examples + 12, 6)).astype("float32")
        y = (x.sum(axis=1) > 0).astype("int32")
        return Split(x[12:], y[12:], x[:12], y[:12])

    def hidden(self) -> list[Any]:
        """Layers between input and output."""
        import keras

        return [keras.layers.Dense(8, "relu", name="hidden"), keras.layers.Dropout(0.3, name="dropout")]

    def model(self, run: Run) -> Any:
        """The network."""
        import keras

        output = keras.layers.Dense(2, "softmax", name="output")
        return keras.Sequential([keras.Input((6,)), *self.hidden(), output])


def recipe(name: str) -> Any:
    """Register a recipe of this file."""
    return keras_recipe(name=f"fused-{name}", version="1", parameters=Parameters, sources=SOURCES)


@recipe("noise")
class Noise(Base):
    """Batch normalization, normal noise, a penalty, AdamW with a schedule; every batch is full."""

    def hidden(self) -> list[Any]:
        """Two layers that draw, of which one draws normal numbers."""
        import keras

        dense = keras.layers.Dense(8, "gelu", kernel_regularizer="l2", name="hidden")
        noise = [keras.layers.GaussianNoise(0.1, name="noise"), keras.layers.Dropout(0.3, name="dropout")]
        return [dense, keras.layers.BatchNormalization(name="norm"), *noise]

    def optimizer(self, run: Run) -> Any:
        """Ever smaller steps."""
        import keras

        return keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(0.05, 20))


@recipe("diverging")
class Diverging(Base):
    """SGD with steps that end in NaN; more batches than are drawn for at a time where they have one example."""

    examples = 301

    def optimizer(self, run: Run) -> Any:
        """Large steps with momentum."""
        import keras

        return keras.optimizers.SGD(30.0, momentum=0.9)

    def loss(self, run: Run) -> str:
        """Which grows without bound."""
        return "mse"

    def data(self, run: Run) -> Split:
        """Numbers instead of classes."""
        s = super().data(run)
        return Split(s.x_train, s.x_train[:, :2], s.x_val, s.x_val[:, :2])

    def model(self, run: Run) -> Any:
        """Two numbers."""
        import keras

        return keras.Sequential([keras.Input((6,)), *self.hidden(), keras.layers.Dense(2, name="output")])
