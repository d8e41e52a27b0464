"""Small convolutional network on digits, with random shifts of the images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedspread_worker import Field, RecipeParameters, Run, Split, holdout, keras_recipe
from seedspread_worker.datasets.bundled import digits

if TYPE_CHECKING:
    import keras


class Parameters(RecipeParameters):
    """Parameters of `digits-cnn`."""

    filters: int = Field(16, ge=1, le=512, description="filters of the convolution")
    hidden: int = Field(32, ge=1, le=4096, description="units in the dense layer")
    dropout: float = Field(0.25, ge=0, lt=1, description="share of dense units dropped while training")
    shift: int = Field(1, ge=0, le=3, description="each image moves by up to this many pixels; 0: no augmentation")
    learning_rate: float = Field(0.002, gt=0, le=10, description="step size of Adam")
    batch_size: int = Field(32, ge=1, le=1437, description="examples a step")
    epochs: int = Field(8, ge=1, le=10_000, description="passes over the training data")
    validation: float = Field(0.2, gt=0, lt=1, description="share of the 1,797 examples held out")


@keras_recipe(
    name="digits-cnn",
    version="1",
    parameters=Parameters,
    sources=("split", "shuffle", "augment", "init", "dropout"),
)
class DigitsCNN:
    """Handwritten digits, randomly shifted: convolution, pooling, dense layer."""

    def data(self, run: Run) -> Split:
        """Return images of shape (8, 8, 1), pixels in [0, 1]."""
        x, y = digits()
        return holdout(run, x.reshape(-1, 8, 8, 1), y, share=run.parameters.validation)

    def augment(self, run: Run, x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
        """Move every image by whole pixels.

        Up to `shift` in each direction; zeros move in.
        """
        reach = run.parameters.shift
        if not reach:
            return x
        padded = np.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
        down, right = rng.integers(0, 2 * reach + 1, size=(2, len(x), 1, 1))
        grid = np.arange(8)
        moved: NDArray[Any] = padded[np.arange(len(x))[:, None, None], down + grid[:, None], right + grid[None, :]]
        return moved

    def model(self, run: Run) -> keras.Model:
        """Build convolution and pooling, then a dense layer with dropout."""
        import keras

        parameters = run.parameters
        return keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Conv2D(parameters.filters, 3, activation="relu", name="convolution"),
                keras.layers.MaxPooling2D(2, name="pooling"),
                keras.layers.Flatten(name="flat"),
                keras.layers.Dense(parameters.hidden, activation="relu", name="hidden"),
                keras.layers.Dropout(parameters.dropout, name="dropout"),
                keras.layers.Dense(10, activation="softmax", name="output"),
            ],
            name="cnn",
        )

    def optimizer(self, run: Run) -> keras.optimizers.Optimizer:
        """Return Adam with the run's learning rate."""
        import keras

        return keras.optimizers.Adam(run.parameters.learning_rate)
