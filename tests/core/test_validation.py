"""Pydantic's errors in plain words."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field

from seedspread.core.validation import parse
from seedspread.errors import InvalidInput


class Numbers(BaseModel):
    """Fields of every kind that errors are reworded for."""

    count: int = Field(1, ge=1, le=9)
    rate: float = Field(0.5, gt=0)
    name: str = Field("", max_length=3)


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        ({"count": "x"}, "count", "a whole number"),
        ({"count": 1.5}, "count", "a whole number"),
        ({"count": 0}, "count", "1 or more"),
        ({"count": 10}, "count", "9 or less"),
        ({"rate": "x"}, "rate", "a number"),
        ({"rate": 0}, "rate", "more than 0"),
        ({"name": "long"}, "name", "text of at most 3 characters"),
    ],
)
def test_what_would_be_right_is_said_plainly(value: dict[str, object], field: str, expected: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse(Numbers, value)
    assert [(fault.field, fault.expected) for fault in error.value.faults] == [(field, expected)]
