"""Notes on the metric of a study that is sent."""

from __future__ import annotations

from collections.abc import Sequence


def metric_guessed(metric: str, others: Sequence[str]) -> str:
    """Say which metric decides because of its name; empty without others."""
    return f"Metric {metric}, not {', '.join(others)}: guessed from its name." if others else ""


def look_not_recorded(folder: object, reason: str) -> str:
    """Say that a folder does not record that its verdict was shown."""
    return f"{folder}: the verdict was shown here, which the folder could not record: {reason}"


def metric_unclear(folder: object, metric: str, names: Sequence[str]) -> str:
    """Say that a folder is shown by a guessed metric."""
    return f"{folder}: shown by {metric}; name the metric that decides: {', '.join(names)}"
