"""Keras recipes that say themselves how they train, each in one way."""

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
    """Wine, and a hidden layer with dropout."""

    def data(self, run: Run) -> Split:
        """Columns scaled."""
        x, y = wine()
        return holdout(run, ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32"), y, share=0.25)

    def layers(self) -> tuple[Any, Any]:
        """Input and output of the network."""
        import keras

        inputs = keras.Input((13,))
        hidden = keras.layers.Dropout(0.3, name="dropout")(keras.layers.Dense(8, "relu", name="hidden")(inputs))
        return inputs, keras.layers.Dense(3, "softmax", name="output")(hidden)

    def model(self, run: Run) -> Any:
        """The network."""
        import keras

        return keras.Model(*self.layers())


def recipe(name: str, **options: Any) -> Any:
    """Register a recipe of this file."""
    return keras_recipe(name=name, version="1", parameters=Parameters, sources=SOURCES, **options)


@recipe("fit-compiled")
class Compiled(Base):
    """Optimizer, loss with smoothing, and metrics given to `compile`."""

    def data(self, run: Run) -> Split:
        """One-hot labels."""
        split = super().data(run)
        hot = np.eye(3, dtype="float32")
        return Split(split.x_train, hot[split.y_train], split.x_val, hot[split.y_val])

    def model(self, run: Run) -> Any:
        """Compiled."""
        import keras

        model = super().model(run)
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
        model.compile(keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True), loss, metrics=["accuracy"])
        return model


@recipe("fit-train-step")
class TrainStep(Base):
    """A train step of its own, that clips and weighs by itself."""

    def model(self, run: Run) -> Any:
        """A model with `train_step`."""
        import keras
        import tensorflow as tf

        class Own(keras.Model):  # type: ignore[misc]
            def train_step(self, data: Any) -> Any:
                x, y = data
                with tf.GradientTape() as tape:
                    loss = 2.0 * self.compute_loss(y=y, y_pred=self(x, training=True))
                weights = self.trainable_variables
                gradients = [tf.clip_by_norm(part, 0.1) for part in tape.gradient(loss, weights)]
                self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
                return {"loss": loss}

        return Own(*self.layers())


@recipe("fit-compute-loss")
class ComputeLoss(Base):
    """A loss of its own."""

    def model(self, run: Run) -> Any:
        """A model with `compute_loss`."""
        import keras

        class Own(keras.Model):  # type: ignore[misc]
            def compute_loss(
                self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
            ) -> Any:
                return keras.ops.mean(keras.ops.square(keras.ops.one_hot(y, 3) - y_pred))

        return Own(*self.layers())


@recipe("fit-weights")
class Weights(Base):
    """Weights of examples and of classes."""

    def data(self, run: Run) -> Split:
        """Examples weighed by their place."""
        split = super().data(run)
        weights = np.linspace(0.1, 2.0, len(split.y_train)).astype("float32")
        return Split(split.x_train, split.y_train, split.x_val, split.y_val, weights_train=weights)


@recipe("fit-class-weight")
class ClassWeight(Base):
    """Classes weighed."""

    def class_weight(self, run: Run) -> dict[int, float]:
        """By class."""
        return {0: 1.0, 1: 5.0, 2: 0.2}


@recipe(
    "fit-outputs",
    metrics=(Metric("val_accuracy", "maximize", "share"), Metric("val_b_loss", "minimize"), Metric("loss", "minimize")),
)
class Outputs(Base):
    """Two outputs with targets, losses and weights by name."""

    def data(self, run: Run) -> Split:
        """A class and a number."""
        s = super().data(run)
        train, val = ({"a": y, "b": x[:, 0]} for x, y in ((s.x_train, s.y_train), (s.x_val, s.y_val)))
        return Split(s.x_train, train, s.x_val, val)

    def model(self, run: Run) -> Any:
        """Both from one hidden layer."""
        import keras

        inputs = keras.Input((13,))
        hidden = keras.layers.Dense(8, "relu", name="hidden")(inputs)
        outputs = {"a": keras.layers.Dense(3, "softmax", name="a"), "b": keras.layers.Dense(1, name="b")}
        return keras.Model(inputs, {name: layer(hidden) for name, layer in outputs.items()})

    def loss(self, run: Run) -> dict[str, str]:
        """By output."""
        return {"a": "sparse_categorical_crossentropy", "b": "mse"}

    def loss_weights(self, run: Run) -> dict[str, float]:
        """By output."""
        return {"a": 1.0, "b": 0.3}


@recipe("fit-callbacks")
class Callbacks(Base):
    """A schedule and early stopping."""

    def callbacks(self, run: Run) -> list[Any]:
        """Stops after two epochs without progress, which the schedule sees to."""
        import keras

        schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.02 if epoch < 2 else 0.0)
        stop = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
        return [schedule, stop]


@recipe("fit-pipeline")
class Pipeline(Base):
    """Batches of a `tf.data` pipeline."""

    def data(self, run: Run) -> Split:
        """Shuffled by the pipeline itself."""
        import tensorflow as tf

        s = super().data(run)
        train = tf.data.Dataset.from_tensor_slices((s.x_train, s.y_train)).shuffle(200, seed=run.seed("shuffle"))
        val = tf.data.Dataset.from_tensor_slices((s.x_val, s.y_val))
        return Split(train.batch(32), None, val.batch(64), None)


@recipe("fit-unmeasured", metrics=(Metric("val_auc", "maximize"),))
class Unmeasured(Base):
    """Declares a metric that it is not compiled with."""

    def callbacks(self, run: Run) -> list[Any]:
        """None; having the method is enough."""
        return []


@recipe("shapeless", metrics=(Metric("val_accuracy", "maximize", "share"),))
class Shapeless(Base):
    """Noise by NumPy inside the model, whose shape TensorFlow cannot know."""

    shaped = False

    def model(self, run: Run) -> Any:
        """The network, behind the noise."""
        import keras
        import tensorflow as tf

        shaped = self.shaped

        class Noise(keras.layers.Layer):  # type: ignore[misc]
            def call(self, x: Any, training: bool = False) -> Any:
                if not training:
                    return x
                noise = tf.numpy_function(_normal, [tf.shape(x)], tf.float32)
                if shaped:
                    noise.set_shape(x.shape)
                return x + 0.1 * noise

        return keras.Sequential([keras.Input((13,)), Noise(), keras.layers.Dense(3, "softmax", name="output")])


@recipe("shaped", metrics=(Metric("val_accuracy", "maximize", "share"),))
class Shaped(Shapeless):
    """The same noise with its shape; one of its metrics is declared."""

    shaped = True


def _normal(shape: Any) -> Any:
    return np.random.normal(size=shape).astype("float32")  # noqa: NPY002 - the process-wide generator is the one meant


@recipe("half-precision")
class HalfPrecision(Base):
    """float16 through the engine, gradients too small for it."""

    def model(self, run: Run) -> Any:
        """Under the policy."""
        import keras

        keras.mixed_precision.set_global_policy("mixed_float16")
        inputs = keras.Input((13,))
        hidden = keras.layers.Dense(8, "relu", name="hidden")(inputs)
        output = keras.layers.Dense(3, "softmax", name="output", dtype="float32")(hidden)
        return keras.Model(inputs, output)

    def loss(self, run: Run) -> Any:
        """Small."""
        import keras

        def small(true: Any, predicted: Any) -> Any:
            return 1e-6 * keras.losses.sparse_categorical_crossentropy(true, predicted)

        return small

    def optimizer(self, run: Run) -> Any:
        """Large steps, since the loss is small."""
        import keras

        return keras.optimizers.Adam(0.01, epsilon=1e-13)


@recipe("fit-steps")
class StepsPerExecution(Base):
    """Several steps in one call of the compiled function, a number that divides no epoch."""

    def model(self, run: Run) -> Any:
        """Compiled."""
        model = super().model(run)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], steps_per_execution=3)
        return model


class NoisyLoss(Base):
    """Cross-entropy of predictions with noise, drawn anew for every batch."""

    def loss(self, run: Run) -> Any:
        """Return a loss whose numbers are drawn anew in each step."""
        import keras

        draw = self.noise()

        def noisy(true: Any, predicted: Any) -> Any:
            return keras.losses.sparse_categorical_crossentropy(true, predicted * draw(keras.ops.shape(predicted)))

        return noisy

    def noise(self) -> Any:
        """Return a function that draws an array of a given shape."""
        raise NotImplementedError


@recipe("loss-generator")
class GeneratorLoss(NoisyLoss):
    """Noise from a generator of its own."""

    def noise(self) -> Any:
        """From Keras."""
        import keras

        generator = keras.random.SeedGenerator(7)
        return lambda shape: keras.random.uniform(shape, 0.5, 1.5, seed=generator)


@recipe("loss-tf")
class TensorFlowLoss(NoisyLoss):
    """Noise from TensorFlow's process-wide generator."""

    def noise(self) -> Any:
        """From TensorFlow."""
        import tensorflow as tf

        return lambda shape: tf.random.uniform(shape, 0.5, 1.5)
