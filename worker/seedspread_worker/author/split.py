"""The data of one run: training and validation examples, and the usual way to part them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedspread.errors import InvalidInput

if TYPE_CHECKING:
    from seedspread_worker.author.run import Run

Inputs = Any
"""An array, or a tuple, list or dictionary of arrays, whose first axes are the examples."""


@dataclass(frozen=True)
class Split:
    """Training and validation examples; `x` may be an array or a nest of arrays, `y` is an array.

    `facts` is what the model needs to know of the data beyond its shapes (size of a vocabulary, number of classes):
    plain numbers and strings, which `model(run)` reads as `run.facts`.
    """

    x_train: Inputs
    y_train: NDArray[Any]
    x_val: Inputs
    y_val: NDArray[Any]
    facts: Mapping[str, int | float | str] = field(default_factory=dict)


def holdout(run: Run, x: NDArray[Any], y: NDArray[Any], *, share: float = 0.2, stratify: bool = True) -> Split:
    """A random `share` of the examples held out for validation, drawn from the source `split`.

    The examples keep their order within each part, so that the order of training is `shuffle`'s alone. Fingerprints
    `x` and `y` as the run's data.

    Args:
        x: inputs, examples along the first axis.
        y: labels or targets, one an example.
        share: in (0, 1), of the validation part.
        stratify: hold out the same share of every class (labels must be integers).
    """
    run.fingerprint("data", x, y)
    train, val = part(y, run.rng("split"), share=share, stratify=stratify)
    return Split(x[train], y[train], x[val], y[val])


def part(
    y: NDArray[Any], rng: np.random.Generator, *, share: float, stratify: bool = True
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the training and the validation examples, each in ascending order.

    Raises:
        InvalidInput: fewer than two examples, or a share that leaves a part empty.
    """
    count = len(y)
    if not 0 < share < 1:
        raise InvalidInput("share", share, "a number in (0, 1)")
    if count < 2:
        raise InvalidInput("data", count, "at least two examples")
    groups = [np.flatnonzero(y == label) for label in np.unique(y)] if stratify else [np.arange(count)]
    held = np.concatenate([rng.permutation(group)[: round(share * len(group))] for group in groups])
    if not 0 < len(held) < count:
        raise InvalidInput("share", share, f"a share that leaves examples in both parts of {count}")
    val = np.sort(held)
    return np.setdiff1d(np.arange(count), val), val
