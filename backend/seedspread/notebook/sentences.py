"""Sentences on the order in which a notebook's cells ran."""

from __future__ import annotations

RECORDING = "seedspread records the cells of this notebook in the order in which they run."
ORDER_RECORDED = "The order in which cells ran is what is recorded."
SAME_ORDER = "The cells ran in the order in which they stand in the notebook."


def ran_repeatedly(cell: str, times: int, *, changed: bool) -> str:
    """Return how often a cell ran, and whether its code changed."""
    return f"{cell} ran {times} times{' with other code' if changed else ''}."


def ran_out_of_order(cell: str, before: str) -> str:
    """Return that a cell ran after one that stands below it."""
    return f"{cell} ran after {before}, which stands below it in the notebook."


def saved(path: object, cells: int) -> str:
    """Return how many cells a file has."""
    return f"{path}: {cells} cells in the order in which they ran"
