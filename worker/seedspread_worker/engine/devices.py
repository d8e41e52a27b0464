"""TensorFlow loaded and set up as a trainer's settings say; once a process, before anything is computed."""

from __future__ import annotations

import keras
import tensorflow as tf

from seedspread.core.study import Settings
from seedspread.errors import InvalidInput


def apply(settings: Settings) -> None:
    """Sets threads, determinism and devices.

    Raises:
        InvalidInput: a GPU is asked for and there is none.
    """
    tf.config.threading.set_intra_op_parallelism_threads(settings.threads)
    tf.config.threading.set_inter_op_parallelism_threads(settings.threads)
    tf.config.set_soft_device_placement(True)
    gpus = tf.config.list_physical_devices("GPU")
    if settings.device == "gpu":
        if not gpus:
            raise InvalidInput("device", "gpu", "a worker that has a GPU TensorFlow can use; this one has none")
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
    if settings.op_determinism:
        tf.config.experimental.enable_op_determinism()
    keras.config.disable_traceback_filtering()
