"""Validate numbers for the statistics.

Values must be finite, and of a size whose fourth powers neither overflow nor underflow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from seedspread.errors import InvalidInput

Floats = NDArray[np.float64]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

OVERFLOW = 1e75
"""Largest finite magnitude; the fourth power of anything larger overflows."""

UNDERFLOW = 1e-75
"""Smallest nonzero magnitude; the fourth power of anything smaller underflows."""


def countable(values: Floats) -> NDArray[np.bool_]:
    """Return a mask of the values that means and ranks can use."""
    return np.isfinite(values) & (np.abs(values) < OVERFLOW)


def without_traces(values: Floats) -> Floats:
    """Replace values that are too small to be squared by 0."""
    return np.where(np.abs(values) < UNDERFLOW, 0.0, values)


def checked(values: object, field: str) -> Floats:
    """Return the values as a flat float64 array, validated for the statistics.

    Raises:
        InvalidInput: the values are not numbers, not one-dimensional, not finite, or beyond 1e75.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(field, values, "a list of numbers") from error
    if array.ndim != 1:
        raise InvalidInput(field, array.shape, "a flat list of numbers")
    bad = array[~countable(array)]
    if bad.size:
        hint = "`Sample` counts such runs and leaves them out of the mean"
        raise InvalidInput(field, float(bad[0]), "finite numbers below 1e75 in size", hint=hint)
    return without_traces(array)


def of_numbers(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a function to validate every argument annotated as `Floats`.

    The decorated function also accepts lists of numbers.
    """
    names = [name for name, kind in function.__annotations__.items() if kind == "Floats" and name != "return"]
    parameters = signature(function)

    @wraps(function)
    def careful(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        bound = parameters.bind(*args, **kwargs)
        for name in names:
            if name in bound.arguments:
                bound.arguments[name] = checked(bound.arguments[name], name)
        return function(*bound.args, **bound.kwargs)

    return careful


def of_pairs(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a function of paired `a` and `b` to validate its arguments.

    It validates like `of_numbers`, and raises InvalidInput if `a` and `b` differ in length.
    """
    careful = of_numbers(function)
    parameters = signature(function)

    @wraps(function)
    def matched(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        arguments = parameters.bind(*args, **kwargs).arguments
        sizes = len(arguments["a"]), len(arguments["b"])
        if sizes[0] != sizes[1]:
            hint = "`pair` joins two samples by their seeds"
            raise InvalidInput("b", sizes[1], f"as many values as a has, {sizes[0]}, pair by pair", hint=hint)
        return careful(*args, **kwargs)

    return matched
