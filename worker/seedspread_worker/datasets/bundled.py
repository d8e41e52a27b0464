"""Data sets that scikit-learn includes; loaded once per process, read-only."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labelled = tuple[NDArray[Any], NDArray[Any]]
"""Inputs (float32) and class labels (int32), examples along the first axis."""


@cache
def digits() -> Labelled:
    """Load digits: 1,797 images of 64 pixels in [0, 1].

    Labels are 0 to 9.
    """
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return _fixed(x / 16, y)


@cache
def breast_cancer() -> Labelled:
    """Load 569 tumours: 30 measurements, malignant (0) or benign (1)."""
    from sklearn.datasets import load_breast_cancer

    return _fixed(*load_breast_cancer(return_X_y=True))


@cache
def wine() -> Labelled:
    """Load 178 wines: 13 measurements, three growers (0 to 2)."""
    from sklearn.datasets import load_wine

    return _fixed(*load_wine(return_X_y=True))


TABLES: dict[str, Callable[[], Labelled]] = {"breast-cancer": breast_cancer, "wine": wine}
"""The tables by the names that a parameter may give."""


def _fixed(x: NDArray[Any], y: NDArray[Any]) -> Labelled:
    inputs, labels = np.ascontiguousarray(x, dtype=np.float32), np.ascontiguousarray(y, dtype=np.int32)
    inputs.flags.writeable = labels.flags.writeable = False
    return inputs, labels
