"""Notes under the tables of a report."""

from __future__ import annotations

from seedspread.core.recipe import Direction

WITHOUT_METRIC = "without the metric"


def arms_note(summary: str, metric: str, direction: Direction) -> str:
    """Return what the table of arms shows of each run."""
    better = "higher is better" if direction is Direction.MAXIMIZE else "lower is better"
    return f"Arms: {summary} {metric} of each run ({better}). SD: standard deviation over seeds."
