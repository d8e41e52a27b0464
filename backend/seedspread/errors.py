"""Errors in the words that a user reads.

The API and the command line each give them one form.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from itertools import islice
from typing import Any

MAX_FAULTS = 100
"""Most errors of one input that are listed; nobody reads more, and forms have fewer fields."""
MAX_FIELD = 300


class Missing(Enum):
    """Marker for a field without a value."""

    MISSING = "missing"


MISSING = Missing.MISSING


class SeedspreadError(Exception):
    """Anything Seedspread raises on purpose; `hint` says what to do about it."""

    code = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInput(SeedspreadError, ValueError):
    """Invalid value from a user: field, value, and what would be right.

    `field` is a dotted path into the input (`arms[1].parameters.hidden`); the value `MISSING` marks a field that is
    absent. `others` holds further errors of the same input, so that a form can mark all of them at once, and `unlisted`
    is the number of those beyond `MAX_FAULTS`.
    """

    code = "invalid_input"

    def __init__(
        self,
        field: str,
        value: object,
        expected: str,
        *,
        hint: str | None = None,
        others: Sequence[InvalidInput] = (),
        unlisted: int = 0,
    ) -> None:
        field = _cut(field, MAX_FIELD)
        problem = f"{field} is missing" if value is MISSING else f"{field}: {shown(value)} is not usable"
        super().__init__(f"{problem}; expected {expected}", hint=hint)
        self.field = field
        self.missing = value is MISSING
        self.value = None if value is MISSING else value
        self.expected = expected
        self.others = tuple(others)
        self.unlisted = unlisted

    @classmethod
    def all_of(cls, faults: Sequence[InvalidInput]) -> InvalidInput:
        """Combine errors: the first carries the rest, up to `MAX_FAULTS`.

        `faults` must not be empty.
        """
        first = faults[0]
        value = MISSING if first.missing else first.value
        unlisted = sum(fault.unlisted for fault in faults) + max(len(faults) - MAX_FAULTS, 0)
        return cls(first.field, value, first.expected, hint=first.hint, others=faults[1:MAX_FAULTS], unlisted=unlisted)

    @property
    def faults(self) -> tuple[InvalidInput, ...]:
        """This fault and the others found in the same input."""
        return (self, *self.others)


class NotFound(SeedspreadError, LookupError):
    """Study, run, recipe or figure that does not exist (any more)."""

    code = "not_found"

    def __init__(self, kind: str, key: object, *, hint: str | None = None) -> None:
        super().__init__(f"there is no {kind} {shown(key)}", hint=hint)
        self.kind = kind
        self.key = key


class Conflict(SeedspreadError):
    """Valid request that conflicts with the current state."""

    code = "conflict"


class CodeChanged(Conflict):
    """Replay of a run whose recipe has other code by now."""

    code = "code_changed"


class Unauthorized(SeedspreadError):
    """Request without a valid token."""

    code = "unauthorized"


class SchemaTooNew(SeedspreadError):
    """Database with the schema of a newer version of Seedspread."""

    code = "schema_too_new"


class Unavailable(SeedspreadError):
    """Database or broker that cannot be reached.

    Nothing was lost; the same call may work later.
    """

    code = "unavailable"


def problem_of(error: SeedspreadError) -> dict[str, Any]:
    """Return an error in the one shape that programs get.

    The keys are code, message, hint, faults and unlisted; each fault has field, value, expected and missing.
    """
    faults = [
        {"field": fault.field, "value": _plain(fault.value), "expected": fault.expected, "missing": fault.missing}
        for fault in (error.faults if isinstance(error, InvalidInput) else ())
    ]
    unlisted = error.unlisted if isinstance(error, InvalidInput) else 0
    return {"code": error.code, "message": error.message, "hint": error.hint, "faults": faults, "unlisted": unlisted}


def _plain(value: object, limit: int = 500) -> object:
    """Return a value as JSON can hold it, shortened if long."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= limit else value[: limit - 1] + "…"
    text = repr(_bounded(value, limit))
    return value if isinstance(value, list | dict) and len(text) <= limit else text[: limit - 1]


def shown(value: object, limit: int = 80) -> str:
    """Return the repr of a value, shortened to `limit` characters.

    The middle is left out, so that a path keeps its file name.
    """
    return _cut(repr(_bounded(value, limit)), limit)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    end = limit // 2
    return f"{text[: limit - end - 1]}…{text[-end:]}"


def _bounded(value: object, limit: int) -> object:
    """Return a value of which no more is left than is shown.

    The repr of megabytes takes seconds, in which nobody else is answered.
    """
    if isinstance(value, str) and len(value) > 4 * limit:
        return value[: 2 * limit] + value[-2 * limit :]
    if isinstance(value, list | tuple):
        items = value if len(value) <= 2 * limit else [*value[:limit], *value[-limit:]]
        return [_bounded(item, limit) for item in items] if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        pairs = list(islice(value.items(), limit))
        return {_bounded(key, limit): _bounded(item, limit) for key, item in pairs}
    return value
