"""Reset a compiled model to the initial values of a new one.

The model is not built again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from keras.random import SeedGenerator
from numpy.typing import NDArray

from seedspread_worker.author.run import Run
from seedspread_worker.engine.building import Built, generators


class InitialValues:
    """Initial values of a model's variables under any run's sources.

    Args:
        built: the untrained model; values that no stream draws are taken from it.
    """

    def __init__(self, built: Built) -> None:
        self._built = built
        self._drawn = [variable for variable in built.variables if id(variable) in built.streams]
        self._fixed = [
            (variable, variable.value.numpy()) for variable in built.variables if id(variable) not in built.streams
        ]
        self._assign = tf.function(self._assign_all, autograph=False)
        self._assigned: list[Any] | None = None

    def assign(self, run: Run) -> None:
        """Give every variable its initial value in this run."""
        init = run.manifest.source_value("init")
        weights = [self._built.streams[id(variable)].seed(init) for variable in self._drawn]
        seeded = generators(self._built.model, run)
        layers = [seed for _, seed in seeded]
        self._generators = [generator for generator, _ in seeded]
        self._assigned = self._assign(tf.constant(weights, tf.int64), tf.constant(layers, tf.int64))

    def weights(self) -> list[NDArray[Any]]:
        """Return the model's weights, right after the initial ones are there."""
        assigned, self._assigned = self._assigned, None  # training changes the weights
        return self._built.weights if assigned is None else [value.numpy() for value in assigned]

    def equal(self, fresh: Built) -> bool:
        """Return whether a newly built model's variables are equal, bit for bit."""
        ours, theirs = self._built.variables, fresh.variables
        return len(ours) == len(theirs) and all(
            ours[at].value.numpy().tobytes() == theirs[at].value.numpy().tobytes() for at in range(len(ours))
        )

    def _assign_all(self, weights: Any, layers: Any) -> list[Any]:
        for variable, value in self._fixed:
            zero = not np.any(value) and not np.signbit(value).any() if value.dtype.kind == "f" else not np.any(value)
            variable.value.assign(tf.zeros(value.shape, value.dtype) if zero else value)
        for at, variable in enumerate(self._drawn):
            draw = self._built.streams[id(variable)].draw
            variable.value.assign(draw(_TensorSeed(weights[at]), tuple(variable.shape), variable.dtype))
        for at, generator in enumerate(self._generators):
            state = generator.state.value
            state.assign(tf.cast(tf.stack([layers[at], tf.zeros((), tf.int64)]), state.dtype))
        return [tf.identity(weight.value) for weight in self._built.model.weights]


class _TensorSeed(SeedGenerator):  # type: ignore[misc]  # Keras has no types
    """Seed as a tensor, for initializers that expect a generator.

    It gives the same seed every time, as a number does.
    """

    def __init__(self, seed: Any) -> None:
        self._seed = seed

    def next(self, ordered: bool = True) -> Any:
        """Return the seed, counter 0."""
        return tf.stack([self._seed, tf.zeros((), self._seed.dtype)])
