"""Reasons why a library was not seeded."""

from __future__ import annotations

NOT_IMPORTED = "not imported when this was called"


def hash_seed_skipped(*, too_late: bool) -> str:
    """Return why the order of sets is not seeded, and what helps.

    `too_late` tells that PYTHONHASHSEED was set after Python had started.
    """
    cause = "it was set after Python had started, which has no effect" if too_late else "Python drew one at random"
    return f"{cause}; set it before the start, or call reexec_with_hash_seed() first"
