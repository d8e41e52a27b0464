"""Numbers that may be non-finite, and lists by the page."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from seedspread.core.record import NonFinite, Number, to_json

__all__ = ["NonFinite", "Number", "Page", "View", "to_json"]

Item = TypeVar("Item")


class View(BaseModel):
    """Base of everything shown: immutable."""

    model_config = ConfigDict(frozen=True)


class Page(View, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    total: int = Field(description="how many there are on all pages", examples=[137])
    page: int = Field(description="this page's number, from 1", examples=[1])
    per_page: int = Field(description="how many a page holds at the most", examples=[50])
