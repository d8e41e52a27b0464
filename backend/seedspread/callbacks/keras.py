"""Keras callback, which logs `model.fit`'s metrics after every epoch."""

from __future__ import annotations

from typing import Any

import keras

from seedspread.callbacks.steps import FitSteps
from seedspread.recording.logger import Logger


class KerasCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Log the metrics of every epoch in full precision.

    Epochs are counted from 1, and on over several fits of one run.
    """

    def __init__(self, run: Logger) -> None:
        super().__init__()
        self._run, self._steps = run, FitSteps(run, "keras")
        self._begins = True

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Note that a fit begins."""
        del logs
        self._begins = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log the epoch's metrics."""
        if self._begins:
            self._steps.begin(done=epoch)
            self._begins = False
        self._run.log(dict(logs or {}), step=self._steps.at(epoch + 1))
