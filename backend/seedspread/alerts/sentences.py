"""Sentences of alerts."""

from __future__ import annotations


def diverged(run_id: int, seed: int | None) -> str:
    """Return that a run reported a value that is not finite."""
    return f"A value of run {run_id} (seed {seed}) is not finite."


def failed(run_id: int, seed: int | None, reason: str | None) -> str:
    """Return that a run failed, and why."""
    return f"Run {run_id} (seed {seed}) failed: {reason or 'it gave no reason'}"


def best(arm: str, arms: int) -> str:
    """Return that one arm alone is the best of several."""
    return f"{arm} is the best of {arms} arms."
