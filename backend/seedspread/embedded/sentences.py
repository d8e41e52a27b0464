"""Sentences on the parts of the service that `seedspread up` starts."""

from __future__ import annotations

from seedspread import words

STOPPED = "it was stopped by a signal"


def silent(seconds: float) -> str:
    """Return that a program has not answered for this time."""
    return f"it has not answered for {words.duration(seconds)}"


def no_recipes(seconds: float) -> str:
    """Return that no worker has published its recipes within this time."""
    return f"no worker has published its recipes within {words.duration(seconds)}"
