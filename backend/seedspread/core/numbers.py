"""JSON encoding of numbers that may not be finite."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import PlainSerializer

NonFinite: TypeAlias = Literal["NaN", "Infinity", "-Infinity"]
"""How JSON, which has no such numbers, carries them here."""


def to_json(value: float) -> float | NonFinite:
    """Return a number as JSON carries it.

    A number that is not finite becomes the string that names it.
    """
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _any_to_json(value: Any) -> Any:
    if isinstance(value, float):
        return to_json(value)
    return [_any_to_json(item) for item in value] if isinstance(value, list | tuple) else value


Number = Annotated[float, PlainSerializer(to_json, return_type=float | NonFinite, when_used="json")]
"""A float64 that may be non-finite; in JSON a number, or one of the strings "NaN", "Infinity", "-Infinity"."""

Plain = Annotated[Any, PlainSerializer(_any_to_json, return_type=Any, when_used="json")]
"""Any value that JSON has, or a number as `Number`."""
