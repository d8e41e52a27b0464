"""Keras recipes whose models are odd, each in one way; `tests/worker/engine/test_odd_models.py` trains them twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedspread_worker import Field, Metric, RecipeParameters, Run, Split, holdout, keras_recipe
from seedspread_worker.datasets.bundled import wine

SOURCES = ("split", "shuffle", "init", "dropout")


class Parameters(RecipeParameters):
    """Short trainings."""

    epochs: int = Field(3, ge=1, le=100, description="passes over the training data")
    batch_size: int = Field(32, ge=1, le=512, description="examples a step")


class Base:
    """Wine, a hidden layer with dropout, and what `compile` is given."""

    metrics: Any = ("accuracy",)

    def data(self, run: Run) -> Split:
        """Columns scaled."""
        x, y = wine()
        return holdout(run, ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32"), y, share=0.25)

    def model(self, run: Run) -> Any:
        """The network."""
        import keras

        inputs = keras.Input((13,))
        return keras.Model(inputs, self.outputs(self.hidden(inputs)))

    def hidden(self, inputs: Any) -> Any:
        """A hidden layer."""
        import keras

        return keras.layers.Dropout(0.3, name="dropout")(keras.layers.Dense(8, "relu", name="hidden")(inputs))

    def outputs(self, hidden: Any) -> Any:
        """Three classes."""
        import keras

        return keras.layers.Dense(3, "softmax", name="output")(hidden)


def recipe(name: str, *metrics: Metric) -> Any:
    """Register a recipe of this file."""
    options: dict[str, Any] = {"metrics": metrics} if metrics else {}
    return keras_recipe(name=f"odd-{name}", version="1", parameters=Parameters, sources=SOURCES, **options)


# Optimizers


@recipe("average")
class Average(Base):
    """The weights' moving average, which `fit` takes over at its end."""

    def optimizer(self, run: Run) -> Any:
        """With an average."""
        import keras

        return keras.optimizers.SGD(0.1, momentum=0.9, use_ema=True, ema_momentum=0.9)


@recipe("own-gradients")
class OwnGradients(Base):
    """An optimizer that changes the gradients it is given."""

    def optimizer(self, run: Run) -> Any:
        """Centred gradients."""
        import keras

        class Centred(keras.optimizers.SGD):  # type: ignore[misc]
            def apply_gradients(self, grads_and_vars: Any) -> Any:
                centred = [(part - keras.ops.mean(part), weight) for part, weight in grads_and_vars]
                return super().apply_gradients(centred)

        return Centred(0.1)


# Losses


@recipe("recurrent-dropout")
class RecurrentDropout(Base):
    """Dropout of inputs and of states, in a recurrent layer that skips masked steps."""

    layer, masked = "LSTM", True

    def hidden(self, inputs: Any) -> Any:
        """Return a recurrent layer over one feature a step."""
        import keras

        steps = keras.layers.Reshape((-1, 1), name="steps")(inputs)
        steps = keras.layers.Masking(0.0, name="mask")(steps) if self.masked else steps
        return getattr(keras.layers, self.layer)(6, dropout=0.1, recurrent_dropout=0.1, name="recurrent")(steps)


@recipe("recurrent-dropout-gru")
class RecurrentDropoutGru(RecurrentDropout):
    """Another layer, without masked steps."""

    layer, masked = "GRU", False


@recipe("summed-loss")
class SummedLoss(Base):
    """A loss that is the sum over a batch, not its mean."""

    def loss(self, run: Run) -> Any:
        """Summed."""
        import keras

        return keras.losses.SparseCategoricalCrossentropy(reduction="sum")


@recipe("loss-of-a-batch")
class LossOfABatch(Base):
    """A loss that is one number a batch, and no mean over its examples."""

    def loss(self, run: Run) -> Any:
        """The root of the mean square."""
        import keras

        def root(true: Any, predicted: Any) -> Any:
            hot = keras.ops.one_hot(keras.ops.reshape(true, (-1,)), 3)
            return keras.ops.sqrt(keras.ops.mean(keras.ops.square(hot - predicted)))

        return root


@recipe("add-loss")
class AddLoss(Base):
    """A layer of its own that adds to the loss."""

    def hidden(self, inputs: Any) -> Any:
        """A hidden layer, then one that penalises."""
        import keras

        class Penalty(keras.layers.Layer):  # type: ignore[misc]
            def call(self, x: Any) -> Any:
                self.add_loss(0.01 * keras.ops.sum(keras.ops.abs(x)))
                return x

        return Penalty(name="penalty")(super().hidden(inputs))


# Targets


@recipe("float-labels", Metric("val_loss", "minimize"), Metric("val_accuracy", "maximize", "share"))
class FloatLabels(Base):
    """Yes and no as floats, as tutorials have them."""

    def data(self, run: Run) -> Split:
        """Whether it is the first wine."""
        split = super().data(run)
        train, val = ((y == 0).astype("float32") for y in (split.y_train, split.y_val))
        return Split(split.x_train, train, split.x_val, val)

    def outputs(self, hidden: Any) -> Any:
        """A probability."""
        import keras

        return keras.layers.Dense(1, "sigmoid", name="output")(hidden)

    def loss(self, run: Run) -> str:
        """Of two classes."""
        return "binary_crossentropy"


@recipe("masked")
class Masked(Base):
    """A class for each of nine steps, some of them masked."""

    def data(self, run: Run) -> Split:
        """Numbers of words; 0 is no word."""
        rng = np.random.Generator(np.random.PCG64(0))
        words = rng.integers(0, 6, (120, 9))
        return holdout(run, words, words % 3, share=0.25, stratify=False)

    def model(self, run: Run) -> Any:
        """Tags words."""
        import keras

        layers = [keras.layers.Embedding(6, 4, mask_zero=True), keras.layers.LSTM(5, return_sequences=True)]
        return keras.Sequential([keras.Input((9,), dtype="int32"), *layers, keras.layers.Dense(3, "softmax")])


# Models


@recipe("no-training-argument")
class NoTrainingArgument(Base):
    """A model of its own class whose `call` takes nothing but the inputs."""

    def model(self, run: Run) -> Any:
        """Subclassed, and built by a call."""
        import keras

        class Own(keras.Model):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.first = keras.layers.Dense(8, "relu", name="first")
                self.drop = keras.layers.Dropout(0.3, name="drop")
                self.last = keras.layers.Dense(3, "softmax", name="last")

            def call(self, x: Any) -> Any:
                return self.last(self.drop(self.first(x)))

        return Own()


@recipe("step-of-the-object", Metric("val_loss", "minimize"))
class StepOfTheObject(Base):
    """A train step that is given to the object, not to its class."""

    metrics = None

    def model(self, run: Run) -> Any:
        """The usual network, whose gradients are halved."""
        import tensorflow as tf

        model = super().model(run)

        def step(data: Any) -> Any:
            x, y = data
            with tf.GradientTape() as tape:
                loss = 0.5 * model.compute_loss(y=y, y_pred=model(x, training=True))
            weights = model.trainable_variables
            model.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            return {"loss": loss}

        model.train_step = step
        return model


@recipe("test-step")
class TestStep(Base):
    """A test step of its own, which reports a loss of its own."""

    def model(self, run: Run) -> Any:
        """A model with `test_step`."""
        import keras

        class Own(keras.Model):  # type: ignore[misc]
            def test_step(self, data: Any) -> Any:
                x, y = data
                logs = self.compute_metrics(x, y, self(x, training=False))
                return {**logs, "loss": keras.ops.convert_to_tensor(0.25)}

        inputs = keras.Input((13,))
        return Own(inputs, self.outputs(self.hidden(inputs)))


@recipe("stateful", Metric("loss", "minimize"))
class Stateful(Base):
    """A recurrent layer whose state goes from batch to batch."""

    def data(self, run: Run) -> Split:
        """Whole batches, of series."""
        rng = np.random.Generator(np.random.PCG64(0))
        x = rng.normal(size=(128, 5, 3)).astype("float32")
        y = (x.sum(axis=(1, 2)) > 0).astype(int)
        return Split(x[:96], y[:96], x[96:], y[96:])

    def model(self, run: Run) -> Any:
        """A batch of 32."""
        import keras

        layers = [keras.layers.LSTM(4, stateful=True), keras.layers.Dense(2, "softmax")]
        return keras.Sequential([keras.Input(batch_shape=(32, 5, 3)), *layers])


@recipe("half")
class Half(Base):
    """float16 with a penalty, batch normalisation, and a layer that draws by itself."""

    def hidden(self, inputs: Any) -> Any:
        """Under the policy."""
        import keras

        class Noise(keras.layers.Layer):  # type: ignore[misc]
            def __init__(self, **options: Any) -> None:
                super().__init__(**options)
                self.generator = keras.random.SeedGenerator(7)

            def call(self, x: Any, training: bool = False) -> Any:
                drawn = keras.random.normal(keras.ops.shape(x), dtype=x.dtype, seed=self.generator)
                return x + 0.1 * drawn if training else x

        dense = keras.layers.Dense(8, "relu", kernel_regularizer="l2", name="hidden")(Noise(name="noise")(inputs))
        return keras.layers.BatchNormalization(momentum=0.8, name="norm")(dense)

    def model(self, run: Run) -> Any:
        """Under the policy."""
        import keras

        keras.mixed_precision.set_global_policy("mixed_float16")
        return super().model(run)

    def outputs(self, hidden: Any) -> Any:
        """In single precision."""
        import keras

        return keras.layers.Dense(3, "softmax", name="output", dtype="float32")(hidden)


# Compiled by the recipe


class Compiled(Base):
    """Compiled in `model(run)` with `options`."""

    def options(self) -> dict[str, Any]:
        """For `compile`."""
        return {"metrics": ["accuracy"]}

    def model(self, run: Run) -> Any:
        """Compiled."""
        model = super().model(run)
        model.compile(**{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", **self.options()})
        return model


@recipe("compiled-metric", Metric("val_missed", "minimize"), Metric("val_loss", "minimize"))
class CompiledMetric(Compiled):
    """A metric of its own class."""

    def options(self) -> dict[str, Any]:
        """Counts mistakes."""
        import keras

        class Missed(keras.metrics.Metric):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__(name="missed")
                self.count = self.add_variable((), initializer="zeros", name="count")

            def update_state(self, true: Any, predicted: Any, sample_weight: Any = None) -> None:
                right = keras.ops.equal(keras.ops.cast(true, "int64"), keras.ops.argmax(predicted, axis=-1))
                self.count.assign_add(keras.ops.sum(1.0 - keras.ops.cast(right, "float32")))

            def result(self) -> Any:
                return self.count

        return {"metrics": [Missed()]}

    def class_weight(self, run: Run) -> dict[int, float]:
        """By class."""
        return {0: 1.0, 1: 3.0, 2: 0.5}


# Callbacks


class WithCallbacks(Base):
    """Early on a plateau."""

    def optimizer(self, run: Run) -> Any:
        """Fast."""
        import keras

        return keras.optimizers.Adam(0.2)


@recipe("plateau")
class Plateau(WithCallbacks):
    """Smaller steps where the loss stays."""

    def callbacks(self, run: Run) -> list[Any]:
        """At once."""
        import keras

        return [keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.1, patience=0, min_delta=0.5)]


# Several outputs


class TwoOutputs(Base):
    """A class and a number."""

    metrics: Any = (["accuracy"], ["mae"])

    def outputs(self, hidden: Any) -> Any:
        """Both from one hidden layer."""
        import keras

        return [keras.layers.Dense(3, "softmax", name="a")(hidden), keras.layers.Dense(1, name="b")(hidden)]

    def loss(self, run: Run) -> Any:
        """By output."""
        return ["sparse_categorical_crossentropy", "mse"]


@recipe("listed-targets", Metric("val_loss", "minimize"), Metric("val_accuracy", "maximize", "share"))
class ListedTargets(TwoOutputs):
    """Targets as a list."""

    metrics: Any = (["accuracy"], [])

    def data(self, run: Run) -> Split:
        """A list each."""
        s = super().data(run)
        return Split(s.x_train, [s.y_train, s.x_train[:, 0]], s.x_val, [s.y_val, s.x_val[:, 0]])


@recipe("weighted-targets", Metric("val_loss", "minimize"), Metric("loss", "minimize"))
class WeightedTargets(TwoOutputs):
    """Targets by name, with weights of examples by name."""

    metrics: Any = None

    def data(self, run: Run) -> Split:
        """By name."""
        s = super().data(run)
        y_train, y_val = ({"a": y, "b": x[:, 0]} for x, y in ((s.x_train, s.y_train), (s.x_val, s.y_val)))
        weights = {"a": np.linspace(0, 2, len(s.y_train)), "b": np.linspace(1, 0, len(s.y_train))}
        return Split(s.x_train, y_train, s.x_val, y_val, weights_train=weights)

    def outputs(self, hidden: Any) -> Any:
        """By name."""
        a, b = super().outputs(hidden)
        return {"a": a, "b": b}

    def loss(self, run: Run) -> Any:
        """By name."""
        return {"a": "sparse_categorical_crossentropy", "b": "mse"}


@recipe("ignored-class", Metric("val_loss", "minimize"), Metric("val_accuracy", "maximize", "share"))
class IgnoredClass(Base):
    """A class that the loss leaves out: a mean over some of a batch's examples."""

    def outputs(self, hidden: Any) -> Any:
        """Logits."""
        import keras

        return keras.layers.Dense(3, name="output")(hidden)

    def loss(self, run: Run) -> Any:
        """Of two classes of three."""
        import keras

        return keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1)


# Refused


@recipe("listed")
class Listed(Base):
    """Rows as lists, which are a nest of single numbers."""

    def data(self, run: Run) -> Split:
        """Lists."""
        s = super().data(run)
        return Split(s.x_train.tolist(), s.y_train.tolist(), s.x_val.tolist(), s.y_val.tolist())


@recipe("ragged")
class Ragged(Base):
    """Rows of different lengths."""

    def data(self, run: Run) -> Split:
        """Cut off."""
        import tensorflow as tf

        s = super().data(run)
        cut = [tf.ragged.constant([row[: 1 + n % 5] for n, row in enumerate(x.tolist())]) for x in (s.x_train, s.x_val)]
        return Split(cut[0], s.y_train, cut[1], s.y_val)


@recipe("named-labels")
class NamedLabels(Base):
    """Labels as text."""

    def data(self, run: Run) -> Split:
        """Named."""
        s, names = super().data(run), np.array(["red", "white", "rose"])
        return Split(s.x_train, names[s.y_train], s.x_val, names[s.y_val])


@recipe("endless")
class Endless(Base):
    """A pipeline without an end."""

    def data(self, run: Run) -> Split:
        """Repeats for ever."""
        import tensorflow as tf

        s = super().data(run)
        train = tf.data.Dataset.from_tensor_slices((s.x_train, s.y_train)).repeat().batch(32)
        val = tf.data.Dataset.from_tensor_slices((s.x_val, s.y_val)).batch(64)
        return Split(train, None, val, None)


@recipe("nothing-built")
class NothingBuilt(Base):
    """Forgets to return its model."""

    def model(self, run: Run) -> Any:
        """None."""
        super().model(run)


@recipe("no-list")
class NoList(Base):
    """Forgets to return its callbacks."""

    def callbacks(self, run: Run) -> Any:
        """None."""


@recipe("compiled-twice")
class CompiledTwice(Compiled):
    """Compiled in `model(run)`, and with a loss beside it that would be ignored."""

    def loss(self, run: Run) -> str:
        """Another one."""
        return "mse"
