"""What can go wrong, in the words a user reads; the edges (api, cli) turn these into their one shape."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum


class Missing(Enum):
    """Stands for the value of a field that was not given at all."""

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
    """A value a user gave that cannot be used: which field, which value, what would be right.

    `field` is a dotted path into the input (`arms[1].parameters.hidden`); the value `MISSING` stands for a field that
    was not given. `others` holds further faults of the same input, so that a form can mark all of them at once.
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
    ) -> None:
        told = f"{field} is missing" if value is MISSING else f"{field}: {shown(value)} is not usable"
        super().__init__(f"{told}; expected {expected}", hint=hint)
        self.field = field
        self.missing = value is MISSING
        self.value = None if value is MISSING else value
        self.expected = expected
        self.others = tuple(others)

    @classmethod
    def all_of(cls, faults: Sequence[InvalidInput]) -> InvalidInput:
        """The first of the faults carrying the rest; `faults` is not empty."""
        first = faults[0]
        value = MISSING if first.missing else first.value
        return cls(first.field, value, first.expected, hint=first.hint, others=faults[1:])

    @property
    def faults(self) -> tuple[InvalidInput, ...]:
        """This fault and the others found in the same input."""
        return (self, *self.others)


class NotFound(SeedspreadError, LookupError):
    """A study, run, recipe or figure that does not exist (any more)."""

    code = "not_found"

    def __init__(self, kind: str, key: object, *, hint: str | None = None) -> None:
        super().__init__(f"there is no {kind} {shown(key)}", hint=hint)
        self.kind = kind
        self.key = key


class Conflict(SeedspreadError):
    """The request is well formed, but what it acts on is in a state that forbids it."""

    code = "conflict"


class Unavailable(SeedspreadError):
    """The database or the broker cannot be reached; nothing was lost, and the same call may work later."""

    code = "unavailable"


def shown(value: object, limit: int = 80) -> str:
    """The value as it stands in a message: its repr, cut to `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
