"""Keras: through the engine, as compiled by its author, and by `model.fit` in a free recipe."""

from __future__ import annotations

import os
from typing import Any

from sklearn.datasets import load_wine

from seedspread_worker import Field, Metric, RecipeParameters, Run, Split, free_recipe, holdout, keras_recipe


class Parameters(RecipeParameters):
    """A short training."""

    epochs: int = Field(4, ge=1, le=100, description="passes over the training data")
    die_after: int = Field(0, ge=0, le=100, description="epoch after which the process is killed at the first attempt")
    marker: str = Field("", description="file by which an attempt knows that it is not the first")


def wine(run: Run) -> Split:
    """Wine, scaled."""
    x, y = load_wine(return_X_y=True)
    return holdout(run, ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32"), y, share=0.25)


def network() -> Any:
    """A hidden layer with dropout."""
    import keras

    layers = [keras.layers.Dense(8, "relu", name="hidden"), keras.layers.Dropout(0.3, name="dropout")]
    return keras.Sequential([keras.Input((13,)), *layers, keras.layers.Dense(3, "softmax", name="output")])


def die_once(run: Run, epoch: int) -> None:
    """Kill this process after an epoch, at the run's first attempt."""
    marker = run.parameters.marker
    if epoch == run.parameters.die_after and not os.path.exists(marker):  # noqa: PTH110
        open(marker, "w").close()  # noqa: PTH123
        os.kill(os.getpid(), 9)


def dying(run: Run) -> Any:
    """A callback that kills this process after an epoch, at the run's first attempt."""
    import keras

    class Die(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            marker = run.parameters.marker
            if epoch == run.parameters.die_after > 0 and not os.path.exists(marker):  # noqa: PTH110
                open(marker, "w").close()  # noqa: PTH123
                os.kill(os.getpid(), 9)

    return Die()


@keras_recipe(name="engine-wine", version="1", parameters=Parameters, sources=("split", "shuffle", "init", "dropout"))
class EngineWine:
    """Through the engine."""

    def data(self, run: Run) -> Split:
        """Wine."""
        return wine(run)

    def model(self, run: Run) -> Any:
        """The network."""
        return network()

    def augment(self, run: Run, x: Any, rng: Any) -> Any:
        """Noise; and the end of the process before an epoch, at the run's first attempt."""
        epoch = self.calls = getattr(self, "calls", 0) + 1
        marker = run.parameters.marker
        if epoch == run.parameters.die_after + 1 > 1 and not os.path.exists(marker):  # noqa: PTH110
            open(marker, "w").close()  # noqa: PTH123
            os.kill(os.getpid(), 9)
        return x + rng.normal(size=x.shape, scale=0.1).astype("float32")


@keras_recipe(name="compiled-wine", version="1", parameters=Parameters, sources=("split", "shuffle", "init", "dropout"))
class CompiledWine(EngineWine):
    """Compiled by its author, with a callback that counts."""

    def model(self, run: Run) -> Any:
        """The network, compiled."""
        import keras

        model = network()
        model.compile(keras.optimizers.Nadam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def augment(self, run: Run, x: Any, rng: Any) -> Any:
        """Nothing."""
        return x

    def callbacks(self, run: Run) -> list[Any]:
        """A schedule, early stopping, and the end of the process."""
        import keras

        stop = keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
        slower = keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=0.2)
        return [stop, slower, dying(run)]


@free_recipe(
    name="fit-wine",
    version="1",
    parameters=Parameters,
    sources=("split", "shuffle", "init"),
    metrics=(Metric("val_accuracy", "maximize", "share"),),
)
def fit_wine(run: Run) -> None:
    """`model.fit` with everything left to the process-wide generators."""

    split, model = wine(run), network()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    start, held = 0, (split.x_val, split.y_val)
    if (kept := run.resume()) is not None:
        start, values = kept
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
    for epoch in range(start + 1, run.parameters.epochs + 1):
        log = model.fit(split.x_train, split.y_train, batch_size=32, verbose=0, validation_data=held).history
        run.weights(epoch, model.get_weights())
        run.log(epoch, val_accuracy=log["val_accuracy"][-1])
        run.checkpoint(epoch, (epoch, [variable.numpy() for variable in variables]))
        die_once(run, epoch)
