"""Keras callback, which logs `model.fit`'s metrics after every epoch."""

from __future__ import annotations

from typing import Any

import keras

from seedspread.recording.logger import Logger


class KerasCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Log the metrics of every epoch in full precision.

    Epochs are counted from 1.
    """

    def __init__(self, run: Logger) -> None:
        super().__init__()
        self._run = run

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log the epoch's metrics."""
        self._run.log(dict(logs or {}), step=epoch + 1)
