"""Sentences on saved views."""

from __future__ import annotations

from seedspread import words


def taken(name: str) -> str:
    """Say that another view has the name."""
    return f"Another view is saved as {words.name(name)}."


REPLACE = "Choose another name, or replace it."
