"""Sentences about variance components and their sources."""

from __future__ import annotations

CONFOUNDED = "highest-order interaction + residual (confounded: one run per cell)"
PURE = "noise between runs of one cell"
FLAT_TABLE = "all values of the table are equal"
FLAT_SEEDS_AND_EXAMPLES = "no variation over seeds or examples"
FLAT_SOURCE = "no variation when only this source varies: does the training use its seed?"
OVER_SEEDS = "t over seeds"
OVER_SEEDS_AND_EXAMPLES = "t over seeds and examples"


def few_levels(source: str, count: int) -> str:
    """Say that a source has too few levels to quote its share."""
    return f"only {count} levels of {source}: show the points, not a share"
