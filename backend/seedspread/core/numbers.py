"""Numbers that may be non-finite, as JSON, which has none such, carries them."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import PlainSerializer

NonFinite: TypeAlias = Literal["NaN", "Infinity", "-Infinity"]
"""How JSON, which has no such numbers, carries them here."""


def told(value: float) -> float | NonFinite:
    """The number as it stands in JSON: itself, or its name where it is not finite."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _told_any(value: Any) -> Any:
    if isinstance(value, float):
        return told(value)
    return [_told_any(item) for item in value] if isinstance(value, list | tuple) else value


Number = Annotated[float, PlainSerializer(told, return_type=float | NonFinite, when_used="json")]
"""A float64 that may be non-finite; in JSON a number, or one of the strings "NaN", "Infinity", "-Infinity"."""

Plain = Annotated[Any, PlainSerializer(_told_any, return_type=Any, when_used="json")]
"""Any value that JSON has, or a number as `Number`."""
