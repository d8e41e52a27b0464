"""Sentences on the parts of the service that `seedspread up` starts."""

from __future__ import annotations

from seedspread import words


def no_recipes(seconds: float) -> str:
    """Return that no worker has published its recipes within this time."""
    return f"no worker has published its recipes within {words.duration(seconds)}"
