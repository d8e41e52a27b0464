"""Measures in addition to the loss."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from seedspread_worker.author.run import Run
from seedspread_worker.author.split import Split
from seedspread_worker.engine.building import Built
from seedspread_worker.engine.examples import are_classes
from seedspread_worker.engine.program import Measure


def measures_of(code: Any, run: Run, built: Built, split: Split) -> dict[str, Measure]:
    """Return the recipe's own measures, or accuracy where the targets are classes."""
    if hasattr(code, "measures"):
        return dict(code.measures(run))
    if not are_classes(split.y_train):
        return {}
    return {"accuracy": _accuracy(threshold=threshold_of(built))}


def threshold_of(built: Built) -> float:
    """Return the threshold above which a single output means yes.

    It is 0 for logits, else 0.5.
    """
    return 0.0 if getattr(built.loss, "from_logits", False) else 0.5


def _accuracy(*, threshold: float) -> Measure:
    def accuracy(true: Any, predicted: Any) -> Any:
        if predicted.shape.rank == 1 or predicted.shape[-1] == 1:
            flat = tf.reshape(predicted, tf.shape(true))
            return tf.cast(tf.equal(flat > threshold, tf.cast(true, tf.bool)), tf.float32)
        best = tf.argmax(predicted, axis=-1, output_type=tf.int32)
        if true.shape.rank == predicted.shape.rank and true.shape[-1] == predicted.shape[-1]:  # one-hot rows
            true = tf.argmax(true, axis=-1, output_type=tf.int32)
        return tf.cast(tf.equal(best, tf.cast(tf.reshape(true, tf.shape(best)), tf.int32)), tf.float32)

    return accuracy
