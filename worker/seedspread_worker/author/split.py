"""Data of one run: training and validation examples, and their split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedspread.core.recipe import RecipeKind
from seedspread.errors import InvalidInput
from seedspread_worker import sentences
from seedspread_worker.author.run import as_array

if TYPE_CHECKING:
    from seedspread_worker.author.run import Run

Inputs = Any
"""An array, or a tuple, list or dictionary of arrays, whose first axes are the examples."""


@dataclass(frozen=True)
class Split:
    """Training and validation examples.

    `x` may be an array or a nest of arrays. `y` is an array, a nest of arrays if a model has several outputs, or None
    if `x` is a `tf.data.Dataset` or a `keras.utils.PyDataset` of batches. `weights_train` and `weights_val` have one
    weight per example. `facts` holds what the model needs to know of the data beyond its shapes (size of a vocabulary,
    number of classes): plain numbers and strings, which `model(run)` reads as `run.facts`.
    """

    x_train: Inputs
    y_train: Any
    x_val: Inputs
    y_val: Any
    facts: Mapping[str, int | float | str] = field(default_factory=dict)
    weights_train: Any = None
    weights_val: Any = None


def holdout(run: Run, x: Inputs, y: Any, *, share: float = 0.2, stratify: bool | None = None) -> Split:
    """Hold out a random `share` of the examples for validation.

    The source `split` draws the examples. They keep their order within each part, so that only `shuffle` decides the
    order of training. `x` and `y` are fingerprinted as the run's data, and the run's log says how they were split.

    Args:
        run: the run that the data is for.
        x: inputs, examples along the first axis: an array, a sparse matrix, or a data frame.
        y: labels or targets, one per example: numbers, text, or one-hot rows.
        share: share of the validation part, in (0, 1).
        stratify: hold out the same share of every class. None decides by `y`: labels are stratified, targets of a
            regression are not. Targets are never stratified.

    Raises:
        InvalidInput: no arrays or tables, fewer than two examples, `x` and `y` of different lengths, or a share that
            leaves a part empty.
    """
    inputs, targets = _rows(x, "x"), _rows(y, "y")
    if (count := _count(targets)) != _count(inputs):
        hint = sentences.SEVERAL_INPUTS if isinstance(x, tuple | list) else None
        raise InvalidInput("data", f"{_count(inputs)} inputs, {count} labels", "as many inputs as labels", hint=hint)
    run.fingerprint("data", *_printed(inputs), *_printed(targets))
    labels, kind = classes_of(targets.toarray() if _is_sparse(targets) else as_array(targets))
    by_class = labels if stratify is not False else None
    train, val = _part(count, by_class, run.rng("split"), share=share)
    _say(labels, kind, val, count, share=share, stratify=stratify)
    split = Split(_take(inputs, train), _take(targets, train), _take(inputs, val), _take(targets, val))
    if run.recipe.kind is RecipeKind.FREE:  # the engine fingerprints what a Keras recipe finally trains on
        parts = (split.x_train, split.y_train, split.x_val, split.y_val)
        if run.fingerprint("split", *(array for item in parts for array in _printed(item))):
            run.usage.traced.add("split")
    return split


def part(
    y: NDArray[Any], rng: np.random.Generator, *, share: float, stratify: bool = True
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the indices of training and validation examples, each ascending.

    Args:
        y: labels or targets, one per example, or one-hot rows.
        rng: draws the examples.
        share: share of the validation part, in (0, 1).
        stratify: split within each class, if `y` holds classes; see `classes_of`.

    Raises:
        InvalidInput: fewer than two examples, or a share that leaves a part empty.
    """
    return _part(len(y), classes_of(y)[0] if stratify else None, rng, share=share)


def _part(
    count: int, labels: NDArray[Any] | None, rng: np.random.Generator, *, share: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    if not 0 < share < 1:
        raise InvalidInput("share", share, "a number in (0, 1)")
    if count < 2:
        raise InvalidInput("data", count, "at least two examples")
    groups = [np.arange(count)] if labels is None else [np.flatnonzero(labels == label) for label in np.unique(labels)]
    held_out = np.concatenate([rng.permutation(group)[: round(share * len(group))] for group in groups])
    if not 0 < len(held_out) < count:
        hint = sentences.SMALL_CLASSES if labels is not None and 0 < round(share * count) < count else None
        raise InvalidInput("share", share, f"a share that leaves examples in both parts of {count}", hint=hint)
    is_train = np.ones(count, dtype=bool)
    is_train[held_out] = False
    return np.flatnonzero(is_train), np.flatnonzero(~is_train)


SHARE_OFF = 0.02
"""A held-out share that differs from the wanted one by more than this is logged."""

FEW_VALUES = 20
"""Floats that are whole numbers are classes if there are at most so many different ones."""


def classes_of(y: NDArray[Any]) -> tuple[NDArray[Any] | None, str]:
    """Decide whether `y` holds classes.

    Text and truth values are classes. Whole numbers are classes if there are at least twice as many examples as
    distinct values. Floats are classes if they are whole numbers with at most `FEW_VALUES` distinct values. Rows of
    zeros and a single one are one-hot classes.

    Returns:
        A label per example, or None for targets of a regression; and a description of `y` in words.
    """
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2:
        one_hot = y.dtype.kind in "biuf" and bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())
        return (y.argmax(axis=1), "one-hot classes") if one_hot else (None, sentences.targets_per_example(y.shape[1]))
    if y.ndim != 1:
        return None, sentences.targets_of_shape(y.shape[1:])
    labels = y.astype(str) if y.dtype.kind == "O" else y
    distinct = len(np.unique(labels))
    if y.dtype.kind == "f":
        integral = bool(np.isfinite(y).all() and (y == np.floor(y)).all())
        classes = integral and distinct <= min(FEW_VALUES, len(y) // 2)
    else:
        classes = y.dtype.kind == "b" or 2 * distinct <= len(y)
    return (labels, f"{distinct} classes") if classes else (None, f"targets with {distinct} different values")


def _say(
    labels: NDArray[Any] | None,
    kind: str,
    val: NDArray[np.intp],
    count: int,
    *,
    share: float,
    stratify: bool | None,
) -> None:
    """Log how the data was split, and any surprise."""
    by_class = labels is not None and stratify is not False
    print(sentences.holdout(len(val), share, kind, by_class=by_class))  # noqa: T201 - the run's log
    if labels is None and stratify:
        print(sentences.stratify_unused(kind))  # noqa: T201
    if by_class and labels is not None:
        without = set(np.unique(labels).tolist()) - set(np.unique(labels[val]).tolist())
        if without:
            print(sentences.classes_missing([str(label) for label in sorted(without)]))  # noqa: T201
        if abs(len(val) / count - share) > SHARE_OFF and len(val) != round(share * count):
            print(sentences.share_off(len(val) / count))  # noqa: T201


def _rows(data: Any, name: str) -> Any:
    """Return what can be taken by rows.

    Raises:
        InvalidInput: it has no rows.
    """
    if isinstance(data, Sequence) and not isinstance(data, str):
        try:
            return np.asarray(data)
        except ValueError:  # rows of different lengths
            raise InvalidInput(name, f"a {type(data).__name__} of uneven rows", _ARRAY) from None
    if _is_sparse(data):
        return data.tocsr()
    if type(data).__module__.startswith("tensorflow."):  # whose tensors give no rows by their numbers
        return np.asarray(data)
    if isinstance(data, Mapping) or not getattr(data, "shape", ()):
        raise InvalidInput(name, type(data).__name__, _ARRAY)
    return data


_ARRAY = "an array, sparse matrix or table whose rows are the examples"


def _count(rows: Any) -> int:
    return int(rows.shape[0])


def _is_sparse(data: Any) -> bool:
    return hasattr(data, "tocsr") and hasattr(data, "nnz")


def _printed(data: Any) -> list[NDArray[Any]]:
    """Return what a fingerprint is taken of."""
    if _is_sparse(data):
        data = data.tocsr()
        return [data.data, data.indices, data.indptr, np.asarray(data.shape)]
    if isinstance(data, np.ma.MaskedArray):
        return [np.asarray(data), np.ma.getmaskarray(data)]
    return [as_array(data)]


def _take(data: Any, at: NDArray[np.intp]) -> Any:
    return data.iloc[at] if hasattr(data, "iloc") else data[at]
