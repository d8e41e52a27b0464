"""Numbers that may be non-finite, and lists by the page."""

from __future__ import annotations

import math
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

NonFinite: TypeAlias = Literal["NaN", "Infinity", "-Infinity"]
"""How JSON, which has no such numbers, carries them here."""

Item = TypeVar("Item")


def told(value: float) -> float | NonFinite:
    """The number as it stands in JSON: itself, or its name where it is not finite."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


Number = Annotated[float, PlainSerializer(told, return_type=float | NonFinite, when_used="json")]
"""A float64 that may be non-finite; in JSON a number, or one of the strings "NaN", "Infinity", "-Infinity"."""


class View(BaseModel):
    """Base of everything shown: immutable."""

    model_config = ConfigDict(frozen=True)


class Page(View, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    total: int = Field(description="how many there are on all pages", examples=[137])
    page: int = Field(description="this page's number, from 1", examples=[1])
    per_page: int = Field(description="how many a page holds at the most", examples=[50])
