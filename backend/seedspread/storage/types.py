"""Column types that keep a value exactly, on both databases."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Double, Float, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

Json = JSON()
"""JSON documents, kept as they were written: JSONB would lose the order of keys, which forms and tables show."""

SparseJson = JSON(none_as_null=True)
"""JSON document of a column that few rows fill: None is stored as NULL, not as the document `null`."""

Key = BigInteger().with_variant(Integer, "sqlite")
"""A row's own number; SQLite gives automatic ones to INTEGER keys alone."""


class ExactFloat(TypeDecorator[float]):
    """float64 column in which NULL means NaN.

    SQLite turns NaN into NULL by itself. Doing the same on both databases keeps comparisons and sorting equal
    (PostgreSQL would sort NaN above infinity). Infinities are stored as they are.
    """

    impl = Float(53)
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        return None if value is None or math.isnan(value) else float(value)

    def process_result_value(self, value: float | None, dialect: Dialect) -> float:
        return math.nan if value is None else float(value)


class StepNumber(TypeDecorator[float]):
    """Step of a series.

    A whole number is read back as an int.
    """

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        return None if value is None else float(value)

    def process_result_value(self, value: float | None, dialect: Dialect) -> float | None:
        return int(value) if value is not None and float(value).is_integer() else value


class Instant(TypeDecorator[datetime]):
    """Time in UTC.

    SQLite stores no time zone, so it is restored on reading.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment with its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class OutsideText(TypeDecorator[str]):
    """Text written by a training.

    Characters that a database cannot hold (NUL, lone surrogates) become U+FFFD.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value
