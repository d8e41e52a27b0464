"""States of the process's own generators, compared to detect draws."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras.src.random.seed_generator import global_seed_generator
from tensorflow.python.eager import context


@dataclass(frozen=True)
class GeneratorStates:
    """States of the process-wide generators of Python, NumPy, TensorFlow and Keras."""

    python: Any
    numpy: Any
    tensorflow: Any
    keras: tuple[int, ...]

    @classmethod
    def now(cls) -> GeneratorStates:
        """Record the present states; TensorFlow's and Keras' must have been seeded."""
        legacy = np.random.get_state(legacy=False)  # noqa: NPY002 - it is the legacy generator we watch
        inner = {**legacy["state"], "key": tuple(legacy["state"]["key"].tolist())}
        keras_state = tuple(global_seed_generator().state.value.numpy().tolist())
        return cls(random.getstate(), {**legacy, "state": inner}, context.context()._rng.getstate(), keras_state)

    def restore(self) -> None:
        """Put all of them back to here."""
        random.setstate(self.python)
        inner = {**self.numpy["state"], "key": np.array(self.numpy["state"]["key"], dtype=np.uint32)}
        np.random.set_state({**self.numpy, "state": inner})  # noqa: NPY002 - as above
        context.context()._rng.setstate(self.tensorflow)
        global_seed_generator().state.assign(list(self.keras))
