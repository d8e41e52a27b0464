"""Small fully connected network on scikit-learn's 8 × 8 digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedspread_worker import Field, RecipeParameters, Run, Split, holdout, keras_recipe
from seedspread_worker.datasets.bundled import digits

if TYPE_CHECKING:
    import keras


class Parameters(RecipeParameters):
    """Parameters of `digits-mlp`."""

    hidden: int = Field(32, ge=1, le=4096, description="units in each hidden layer")
    layers: int = Field(1, ge=1, le=8, description="hidden layers")
    dropout: float = Field(0.2, ge=0, lt=1, description="share of hidden units dropped while training")
    learning_rate: float = Field(0.001, gt=0, le=10, description="step size of Adam")
    batch_size: int = Field(32, ge=1, le=1437, description="examples a step")
    epochs: int = Field(10, ge=1, le=10_000, description="passes over the training data")
    validation: float = Field(0.2, gt=0, lt=1, description="share of the 1,797 examples held out")


@keras_recipe(
    name="digits-mlp",
    version="1",
    parameters=Parameters,
    sources=("split", "shuffle", "init", "dropout"),
)
class DigitsMLP:
    """Handwritten digits: hidden layers with dropout, Adam.

    1,797 images of 8 × 8 pixels, ten classes.
    """

    def data(self, run: Run) -> Split:
        """Return pixels in [0, 1], with a stratified validation part."""
        x, y = digits()
        return holdout(run, x, y, share=run.parameters.validation)

    def model(self, run: Run) -> keras.Model:
        """Build hidden layers with ReLU and dropout, then softmax."""
        import keras

        parameters = run.parameters
        hidden = [
            layer
            for index in range(1, parameters.layers + 1)
            for layer in (
                keras.layers.Dense(parameters.hidden, activation="relu", name=f"hidden_{index}"),
                keras.layers.Dropout(parameters.dropout, name=f"dropout_{index}"),
            )
        ]
        output = keras.layers.Dense(10, activation="softmax", name="output")
        return keras.Sequential([keras.Input((64,)), *hidden, output], name="mlp")

    def optimizer(self, run: Run) -> keras.optimizers.Optimizer:
        """Return Adam with the run's learning rate."""
        import keras

        return keras.optimizers.Adam(run.parameters.learning_rate)
