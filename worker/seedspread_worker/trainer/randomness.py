"""The process's own generators: seeded from the manifest before every run, put back after it.

A recipe that reaches for `random`, NumPy's legacy generator or `tf.random` repeats all the same, and its place in
the queue cannot matter.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from seedspread.core.manifest import Manifest


class GlobalRandomness:
    """Process-wide generators and switches around a run."""

    def __init__(self) -> None:
        self._generator: Any = None
        self._untouched: Any = None  # the state of TensorFlow's eager generator as we left it

    @contextlib.contextmanager
    def seeded(self, manifest: Manifest, *, thorough: bool = True) -> Iterator[None]:
        """Seeds what is loaded; afterwards puts back what a recipe may have switched.

        Args:
            manifest: the run's.
            thorough: also forget the states inside TensorFlow's cached kernels, which costs some milliseconds;
                needless for a recipe that doesn't use TensorFlow itself.
        """
        value = manifest.global_seed()
        random.seed(value)
        np.random.seed(value)  # noqa: NPY002 - the legacy generator is the one meant
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(value)
        if "keras" in sys.modules:
            self._seed_keras(value, thorough=thorough)
        environment, folder, errors = dict(os.environ), os.getcwd(), np.geterr()  # noqa: PTH109 - put back as it was
        try:
            with _keras_switches():
                yield
        finally:
            os.chdir(folder)
            np.seterr(**errors)
            if dict(os.environ) != environment:
                os.environ.clear()
                os.environ.update(environment)

    def _seed_keras(self, value: int, *, thorough: bool) -> None:
        import tensorflow as tf
        from keras.src.backend.common import global_state
        from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR, SeedGenerator
        from keras.src.utils.naming import reset_uids
        from keras.src.utils.rng_utils import GLOBAL_RANDOM_SEED
        from tensorflow.python.eager import context

        eager = context.context()
        if thorough or self._untouched is None or eager._rng.getstate() != self._untouched:
            tf.random.set_seed(value)
        else:  # what set_seed does, but for the kernels, from which nobody has drawn
            eager._seed, eager._rng = value, random.Random(value)  # noqa: S311 - not for secrets
        self._untouched = eager._rng.getstate()
        if self._generator is None:
            self._generator = SeedGenerator(value)
        # One generator for the life of the process: compiled steps may hold on to its state.
        self._generator.state.assign([value, 0])
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, self._generator)
        global_state.set_global_attribute(GLOBAL_RANDOM_SEED, value)
        reset_uids()


@contextlib.contextmanager
def _keras_switches() -> Iterator[None]:
    if "keras" not in sys.modules:
        yield
        return
    import keras
    import tensorflow as tf

    floatx, epsilon, layout = keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format()
    policy, eager = keras.config.dtype_policy(), tf.config.functions_run_eagerly()
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_epsilon(epsilon)
        keras.config.set_image_data_format(layout)
        keras.config.set_dtype_policy(policy)
        if tf.config.functions_run_eagerly() != eager:
            tf.config.run_functions_eagerly(eager)
