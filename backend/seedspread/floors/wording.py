"""Sentences on noise floors as they are kept."""

from __future__ import annotations


def file_left(name: str, problem: str) -> str:
    """Say that the file of a floor was not imported."""
    return f"The noise floor in {name} was not imported. {problem.rstrip('.?')}."
