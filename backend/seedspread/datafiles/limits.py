"""Limits on what a data file may unpack to."""

from __future__ import annotations

from seedspread import words
from seedspread.errors import InvalidInput
from seedspread.settings import AppSettings


def max_unpacked_bytes() -> int:
    """Return the size that one data file may unpack to."""
    return AppSettings().max_unpacked_bytes


def check_unpacked(n_bytes: int, *, path: str, field: str) -> None:
    """Check the unpacked size of a file.

    Raises:
        InvalidInput: it is above the limit.
    """
    limit = max_unpacked_bytes()
    if n_bytes > limit:
        raise too_large(limit, path=path, field=field, n_bytes=n_bytes)


def too_large(limit: int, *, path: str, field: str, n_bytes: int | None = None) -> InvalidInput:
    """Return the error for a file that unpacks to more than `limit`."""
    unpacked = "more" if n_bytes is None else words.size(n_bytes)
    return InvalidInput(
        field,
        path,
        f"a file that unpacks to at most {words.size(limit)}; this one unpacks to {unpacked}",
        hint="SEEDSPREAD_MAX_UNPACKED_BYTES sets the limit, for the service and for its workers",
    )
