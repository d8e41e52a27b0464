"""Notes under the tables of a report."""

from __future__ import annotations

from seedspread.core.recipe import Direction
from seedspread.summaries import value_of

WITHOUT_METRIC = "without the metric"


def arms_note(summary: str, metric: str, direction: Direction) -> str:
    """Return what the table of arms shows of each run."""
    better = "higher is better" if direction is Direction.MAXIMIZE else "lower is better"
    return f"Arms: {value_of(summary, metric)} of each run ({better}). SD: standard deviation over seeds."
