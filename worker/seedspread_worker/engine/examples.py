"""Check a recipe's data, and its predictions example by example."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from seedspread.errors import InvalidInput
from seedspread_worker.author.split import Split


def checked(split: Split) -> Split:
    """Return the split with floats in Keras' precision.

    Raises:
        InvalidInput: no Split, an empty part, inputs and targets of different lengths, objects instead of numbers, or a
            pipeline without an end.
    """
    if not isinstance(split, Split):
        raise InvalidInput("data", split, "a Split(x_train, y_train, x_val, y_val)")
    for part in ("train", "val"):
        if is_pipeline(getattr(split, f"x_{part}")):
            if _is_endless(getattr(split, f"x_{part}")):
                hint = "leave out repeat(): every epoch passes through it once"
                raise InvalidInput(f"x_{part}", "an endless pipeline", "one that ends", hint=hint)
            continue
        for name in (f"x_{part}", f"y_{part}"):
            for leaf in keras.tree.flatten(getattr(split, name)):
                if isinstance(leaf, tf.RaggedTensor | tf.SparseTensor) or not np.ndim(leaf):
                    hint = "np.asarray(…) of lists; pad ragged rows to one length, or give a tf.data pipeline"
                    raise InvalidInput(name, type(leaf).__name__, "an array, or a nest of arrays", hint=hint)
        y = np.asarray(next(iter(keras.tree.flatten(getattr(split, f"y_{part}"))), ()))
        if not len(y):
            raise InvalidInput(f"y_{part}", 0, "at least one example")
        if y.dtype.kind in "US":
            hint = "np.unique(labels, return_inverse=True)[1] numbers them"
            raise InvalidInput(f"y_{part}", y.dtype, "numbers, or one-hot rows", hint=hint)
        for x in keras.tree.flatten(getattr(split, f"x_{part}")):
            if len(x) != len(y):
                raise InvalidInput(f"x_{part}", len(x), f"as many examples as y_{part} has: {len(y)}")
    return replace(
        split,
        x_train=_all_in_precision(split.x_train),
        y_train=_all_in_precision(split.y_train),
        x_val=_all_in_precision(split.x_val),
        y_val=_all_in_precision(split.y_val),
        weights_train=_all_in_precision(split.weights_train),
        weights_val=_all_in_precision(split.weights_val),
    )


def is_pipeline(inputs: Any) -> bool:
    """Check whether inputs come as batches with their targets.

    Such inputs are a `tf.data.Dataset` or a `keras.utils.PyDataset`.
    """
    return isinstance(inputs, tf.data.Dataset | keras.utils.PyDataset)


def _is_endless(pipeline: Any) -> bool:
    if isinstance(pipeline, tf.data.Dataset):
        return bool(int(pipeline.cardinality()) == tf.data.INFINITE_CARDINALITY)
    batches: int | None = pipeline.num_batches
    return batches is None


def are_classes(targets: Any) -> bool:
    """Check whether targets are classes.

    They are whole numbers, one-hot rows, or a column of zeros and ones, floats too.
    """
    values = np.asarray(targets)
    if values.dtype.kind in "iub" or is_one_hot(values):
        return True
    single = values.ndim == 1 or (values.ndim == 2 and values.shape[1] == 1)
    return values.dtype.kind == "f" and single and bool(np.isin(values, (0, 1)).all())


def _all_in_precision(values: Any) -> Any:
    if values is None or is_pipeline(values):
        return values
    return _in_precision(values) if isinstance(values, np.ndarray) else keras.tree.map_structure(_in_precision, values)


def _in_precision(targets: Any) -> NDArray[Any]:
    array = np.asarray(targets)
    if array.dtype.kind == "O":
        raise InvalidInput("data", array.dtype, "arrays of numbers")
    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array


def is_one_hot(targets: Any) -> bool:
    """Return True if every row is zeros with a single 1."""
    values = np.asarray(targets)
    if values.ndim != 2 or values.shape[1] < 2 or values.dtype.kind not in "iubf":
        return False
    return bool(np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all())


def per_example(
    true: NDArray[Any], predicted: NDArray[Any], *, threshold: float = 0.5
) -> tuple[NDArray[np.bool_], NDArray[Any]] | None:
    """Return correctness and score of each example.

    The score is that of the true (or only) class. Return None if the targets are not classes.
    """
    if is_one_hot(true) and true.shape == predicted.shape:
        true = true.argmax(axis=-1)
    if not are_classes(true) or len(predicted) != len(true):
        return None
    if predicted.ndim == 1 or predicted.shape[-1] == 1:
        scores = predicted.reshape(-1)
        return (scores > threshold) == true.reshape(-1).astype(bool), scores
    if predicted.ndim != 2 or true.size != len(true):
        return None
    labels = true.reshape(-1).astype(np.intp)
    return predicted.argmax(axis=-1) == labels, predicted[np.arange(len(labels)), labels]
