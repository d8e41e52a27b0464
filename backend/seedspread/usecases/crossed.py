"""Variance shares of crossed sources: of a study's factorial arm, or of plain numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seedspread.errors import InvalidInput
from seedspread.figures.variance import Share, crossed_shares
from seedspread.stats import crossed_table, intraclass_correlation, question_rng
from seedspread.stats.spread.components import FEWEST_LEVELS, VarianceComponents, variance_components
from seedspread.views.statistics import VarianceView

CrossedRun = tuple[Sequence[str | int], float]

MOST_SOURCES = 6
MOST_RUNS = 100_000


def variance_of_numbers(
    runs: Sequence[CrossedRun], sources: Sequence[str], *, metric: str = "the metric", level: float = 0.95
) -> VarianceView:
    """The shares of crossed sources from plain numbers: a level of each source, and a value, per run.

    Raises:
        InvalidInput: fewer than two sources, one named twice, or a table with missing or unequal cells.
    """
    if not 2 <= len(sources) <= MOST_SOURCES or len(set(sources)) < len(sources):
        raise InvalidInput("sources", list(sources), f"2 to {MOST_SOURCES} sources, each once")
    if not 1 <= len(runs) <= MOST_RUNS:
        raise InvalidInput("runs", len(runs), f"1 to {MOST_RUNS:,} runs")
    if not 0.5 <= level < 1:
        raise InvalidInput("level", level, "a number from 0.5 to below 1")
    rng = question_rng("variance of numbers", metric, *sources)
    return crossed_view(runs, sources, rng, variant="numbers", metric=metric, level=level)


def crossed_view(
    runs: Sequence[CrossedRun],
    sources: Sequence[str],
    rng: np.random.Generator,
    *,
    variant: str,
    metric: str,
    level: float,
) -> VarianceView:
    """The shares in numbers and words; with two sources and one run a cell, intraclass correlations too.

    Raises:
        InvalidInput: a cell is missing, not finite, or has another number of runs than the rest.
    """
    table, _ = crossed_table(runs, sources)
    replicated = table.shape[-1] > 1
    once = table if replicated else table[..., 0]
    components = variance_components(once, sources, rng, replicated=replicated, level=level)
    headline = _headline(metric, components)
    return VarianceView(
        kind="factorial",
        variant=variant,
        sources=list(sources),
        metric=metric,
        headline=headline,
        sentence=headline,
        n=components.n,
        components=components,
        shares=[] if _few_levels(components) else list(crossed_shares(components)),
        icc=None if replicated or len(sources) != 2 else intraclass_correlation(once, level),
    )


def told_shares(shares: Sequence[Share]) -> str:
    """The largest shares in words: `split 61 % (20 to 93 %), init 30 % (4 to 70 %)`."""
    return ", ".join(f"{one.name} {100 * one.share:.0f} %{_range(one)}" for one in shares[:6] if one.share is not None)


def _range(one: Share) -> str:
    return "" if one.interval is None else f" ({100 * one.interval.low:.0f} to {100 * one.interval.high:.0f} %)"


def _headline(metric: str, components: VarianceComponents) -> str:
    cells = " × ".join(f"{n} {source}" for source, n in zip(components.sources, components.levels, strict=True))
    basis = f"{components.n} runs, {cells} levels"
    few = _few_levels(components)
    if few:
        return f"No shares: {few}, where {FEWEST_LEVELS} levels are the least for one. Look at the points ({basis})."
    shares = [one for one in crossed_shares(components) if one.share is not None]
    if not shares:
        return f"Nothing to divide: {metric} is the same in every cell ({basis})."
    return f"{told_shares(shares)} of the variance of {metric} ({basis})."


def _few_levels(components: VarianceComponents) -> str:
    """The sources with too few levels for a share; empty where all have enough."""
    few = zip(components.sources, components.levels, strict=True)
    return ", ".join(f"{count} of {source}" for source, count in few if count < FEWEST_LEVELS)
