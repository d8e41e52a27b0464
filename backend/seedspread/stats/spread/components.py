"""Variance components of factorial sources of randomness.

The model is y = mu + a random effect for every source and every combination of sources (+ noise between runs of one
cell).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.stats.data.results import Interval
from seedspread.stats.spread import sentences
from seedspread.stats.spread.factorial import MeanSquares, Term, mean_squares

Floats = NDArray[np.float64]

DRAWS = 9_999
FEWEST_LEVELS = 4  # with fewer levels, the interval of a variance spans orders of magnitude
Method = Literal["moments", "REML"]


@dataclass(frozen=True)
class Component:
    """Variance component of a source, or of an interaction of several.

    Variances are in squared units of the metric. raw may be negative by chance; component is cut at 0; share is
    component over total. Intervals are fiducial.
    """

    sources: tuple[str, ...]
    squares: float
    freedom: int
    mean_square: float
    raw: float
    component: float
    share: float | None
    interval: Interval | None
    share_interval: Interval | None


@dataclass(frozen=True)
class SourceShare:
    """Contribution of one source, alone and with its interactions.

    first_order and total are shares from 0 to 1. Without replicates the top interaction cannot be distinguished from
    noise: total_lower excludes it, total_upper includes it. naive_share (the variance of the level means over the
    variance of all runs) overstates the contribution and serves only as a warning.
    """

    source: str
    levels: int
    first_order: float | None
    first_order_interval: Interval | None
    total_lower: float | None
    total_upper: float | None
    total_interval: Interval | None
    naive_variance: float
    naive_share: float | None
    caveat: str | None


@dataclass(frozen=True)
class VarianceComponents:
    """Variance decomposition of a crossed table.

    total: the sum of the cut components and the residual. replicates: runs per cell, the most if they differ. method:
    "moments" for a balanced table, "REML" for one with cells that are empty or have fewer runs. cells: of the full
    crossing; empty_cells: those without a value.
    """

    sources: tuple[str, ...]
    levels: tuple[int, ...]
    replicates: int
    n: int
    grand_mean: float
    grand_mean_std: float
    sample_variance: float
    components: tuple[Component, ...]
    residual: float
    residual_is: str
    residual_share: float | None
    residual_interval: Interval | None
    total: float
    shares: tuple[SourceShare, ...]
    level: float
    method: Method = "moments"
    cells: int = 0
    empty_cells: int = 0


def variance_components(
    table: Floats,
    sources: Sequence[str],
    rng: np.random.Generator,
    *,
    replicated: bool = False,
    level: float = 0.95,
    draws: int = DRAWS,
) -> VarianceComponents:
    """Return variance components, shares and intervals by the method of moments.

    The estimates equal REML if no component is cut at 0. Intervals are quantiles of the components after drawing every
    mean square's variance from its scaled inverse chi-square distribution (generalised confidence intervals, Weerahandi
    1993).

    Args:
        table: one axis per source, plus a last axis of repeats if replicated; full and finite.
        sources: names, in the order of the axes.
        rng: for the intervals.
        replicated: the last axis holds repeats.
        level: of the intervals.
        draws: for the intervals.

    Raises:
        InvalidInput: a table that is not balanced.
    """
    analysis = mean_squares(table, sources, replicated=replicated)
    solved = Solution.of(
        analysis, {term: np.full(1, analysis.mean_square(term)) for term in analysis.squares}, analysis.noise
    )
    drawn = Solution.of(analysis, *_drawn_squares(analysis, rng, draws))
    marginal = [
        np.mean(table, axis=tuple(other for other in range(table.ndim) if other != axis))
        for axis in range(len(sources))
    ]
    return assemble(
        analysis,
        solved,
        drawn,
        sources,
        Table(
            n=int(np.size(table)),
            variance=float(np.var(table, ddof=1)),
            of_means=tuple(float(np.var(means, ddof=1)) for means in marginal),
            grand_mean_variance=_grand_mean_variance(analysis, solved),
        ),
        level,
    )


@dataclass(frozen=True)
class Table:
    """Plain figures of a crossed table, in the metric's units.

    n: values. variance: of all values. of_means: of each source's level means. grand_mean_variance: of the grand mean
    over fresh levels of every source. method, empty_cells: as in VarianceComponents.
    """

    n: int
    variance: float
    of_means: tuple[float, ...]
    grand_mean_variance: float
    method: Method = "moments"
    empty_cells: int = 0


def assemble(
    analysis: MeanSquares,
    solved: Solution,
    drawn: Solution,
    sources: Sequence[str],
    table: Table,
    level: float,
) -> VarianceComponents:
    """Return components and shares from a solution and its draws."""
    pure = analysis.error is not None and analysis.top in solved.cut
    return VarianceComponents(
        sources=tuple(sources),
        levels=analysis.levels,
        replicates=analysis.replicates,
        n=table.n,
        grand_mean=analysis.grand_mean,
        grand_mean_std=math.sqrt(table.grand_mean_variance),
        sample_variance=table.variance,
        components=tuple(_component(term, sources, analysis, solved, drawn, level) for term in solved.cut),
        residual=float(solved.residual[0]),
        residual_is=sentences.PURE if pure else sentences.CONFOUNDED,
        residual_share=_ratio(solved.residual, solved.total),
        residual_interval=_between(drawn.residual, level),
        total=float(solved.total[0]),
        shares=tuple(
            _source_share(axis, source, analysis.levels[axis], table, solved, drawn, level)
            for axis, source in enumerate(sources)
        ),
        level=level,
        method=table.method,
        cells=math.prod(analysis.levels),
        empty_cells=table.empty_cells,
    )


@dataclass(frozen=True, eq=False)
class Solution:
    """Components of every term, and the residual.

    All values are arrays, so that the same code serves the estimate and its draws.
    """

    raw: dict[Term, Floats]
    cut: dict[Term, Floats]
    residual: Floats
    total: Floats

    @classmethod
    def of(cls, table: MeanSquares, squares: dict[Term, Floats], noise: Floats | None) -> Solution:
        """Solve the variance components from the mean squares.

        s2_u = (alternating sum of the mean squares above u, less the noise at the top) / (runs per level of u).
        """
        raw: dict[Term, Floats] = {}
        for term in squares:
            if noise is None and term == table.top:
                continue
            signed = [
                (-1.0) ** (len(other) - len(term)) * squares[other] for other in squares if set(term) <= set(other)
            ]
            above = np.sum(signed, axis=0) - (noise if noise is not None and term == table.top else 0.0)
            outside = [count for axis, count in enumerate(table.levels) if axis not in term]
            raw[term] = above / (table.replicates * math.prod(outside))
        residual = squares[table.top] if noise is None else noise
        cut = {term: np.maximum(value, 0.0) for term, value in raw.items()}
        return cls(raw, cut, residual, np.sum(list(cut.values()), axis=0) + residual)

    def first_order(self, axis: int) -> Floats:
        """Return the component of the source alone."""
        return self.cut[(axis,)]

    def with_interactions(self, axis: int) -> Floats:
        """Return the summed components of all terms with the source."""
        return np.asarray(np.sum([value for term, value in self.cut.items() if axis in term], axis=0))


def _drawn_squares(
    table: MeanSquares, rng: np.random.Generator, draws: int
) -> tuple[dict[Term, Floats], Floats | None]:
    """Draw plausible expected mean squares.

    Each is a sum of squares divided by a chi-square draw.
    """
    squares = {term: table.squares[term] / rng.chisquare(df, draws) for term, df in table.freedom.items()}
    if table.error is None or not table.error_freedom:
        return squares, None
    return squares, table.error / rng.chisquare(table.error_freedom, draws)


def _component(
    term: Term, sources: Sequence[str], table: MeanSquares, solved: Solution, drawn: Solution, level: float
) -> Component:
    return Component(
        sources=tuple(sources[axis] for axis in term),
        squares=table.squares[term],
        freedom=table.freedom[term],
        mean_square=table.mean_square(term),
        raw=float(solved.raw[term][0]),
        component=float(solved.cut[term][0]),
        share=_ratio(solved.cut[term], solved.total),
        interval=_between(drawn.cut[term], level),
        share_interval=_between_ratio(drawn.cut[term], drawn.total, level),
    )


def _source_share(
    axis: int, source: str, count: int, table: Table, solved: Solution, drawn: Solution, level: float
) -> SourceShare:
    confounded = len(solved.cut) < 2 ** len([term for term in solved.cut if len(term) == 1]) - 1
    naive = table.of_means[axis]
    together, drawn_together = solved.with_interactions(axis), drawn.with_interactions(axis)
    extra, drawn_extra = (solved.residual, drawn.residual) if confounded else (0.0, 0.0)
    low = _between_ratio(drawn_together, drawn.total, level)
    high = _between_ratio(drawn_together + drawn_extra, drawn.total, level)
    return SourceShare(
        source=source,
        levels=count,
        first_order=_ratio(solved.first_order(axis), solved.total),
        first_order_interval=_between_ratio(drawn.first_order(axis), drawn.total, level),
        total_lower=_ratio(together, solved.total),
        total_upper=_ratio(together + extra, solved.total),
        total_interval=None if low is None or high is None else Interval(low.low, high.high, level, low.method),
        naive_variance=naive,
        naive_share=naive / table.variance if table.variance > 0 else None,
        caveat=sentences.few_levels(source, count) if count < FEWEST_LEVELS else None,
    )


def _grand_mean_variance(table: MeanSquares, solved: Solution) -> float:
    """Return the variance of the mean of all runs.

    It is the variance over fresh levels of every source.
    """
    shared = sum(float(value[0]) / math.prod(table.levels[axis] for axis in term) for term, value in solved.cut.items())
    return shared + float(solved.residual[0]) / (math.prod(table.levels) * table.replicates)


def _ratio(part: Floats, total: Floats) -> float | None:
    return float(part[0] / total[0]) if total[0] > 0 else None


def _between_ratio(part: Floats, total: Floats, level: float) -> Interval | None:
    return _between(part / total, level) if np.all(total > 0) else None


def _between(draws: Floats, level: float) -> Interval | None:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level, "generalised (chi-square draws)", draws.size)


@dataclass(frozen=True)
class IntraclassCorrelation:
    """Intraclass correlations of a table.

    icc1: one-way random. icc2: two-way random (for a split x init table, the split's first-order share). icc3: mixed.
    The *k forms are for means over the k raters. All may be negative, and are None if the table does not vary.
    """

    targets: int
    raters: int
    icc1: float | None = None
    icc2: float | None = None
    icc3: float | None = None
    icc1k: float | None = None
    icc2k: float | None = None
    icc3k: float | None = None
    icc1_interval: Interval | None = None
    reason: str | None = None


def intraclass_correlation(table: Floats, level: float = 0.95) -> IntraclassCorrelation:
    """Return the intraclass correlations of a table.

    Rows are targets (such as splits) and columns are raters (such as inits), with one run per cell.

    Raises:
        InvalidInput: missing cells, or fewer than 2 rows or columns.
    """
    analysis = mean_squares(table, ("rows", "columns"), replicated=False)
    n, k = analysis.levels
    rows, columns, error = (analysis.mean_square(term) for term in ((0,), (1,), (0, 1)))
    within = (analysis.squares[(1,)] + analysis.squares[(0, 1)]) / (n * (k - 1))
    if rows == 0 and within == 0:
        return IntraclassCorrelation(n, k, reason=sentences.FLAT_TABLE)
    return IntraclassCorrelation(
        targets=n,
        raters=k,
        icc1=_icc_ratio(rows - within, rows + (k - 1) * within),
        icc2=_icc_ratio(rows - error, rows + (k - 1) * error + k * (columns - error) / n),
        icc3=_icc_ratio(rows - error, rows + (k - 1) * error),
        icc1k=_icc_ratio(rows - within, rows),
        icc2k=_icc_ratio(rows - error, rows + (columns - error) / n),
        icc3k=_icc_ratio(rows - error, rows),
        icc1_interval=_one_way_interval(rows, within, n, k, level),
    )


def _icc_ratio(above: float, below: float) -> float | None:
    return above / below if below != 0 else None


def _one_way_interval(rows: float, within: float, n: int, k: int, level: float) -> Interval | None:
    if within == 0:
        return None
    ratio, tail = rows / within, (1 - level) / 2
    low = ratio / float(sps.f.isf(tail, n - 1, n * (k - 1)))
    high = ratio * float(sps.f.isf(tail, n * (k - 1), n - 1))
    return Interval((low - 1) / (low + k - 1), (high - 1) / (high + k - 1), level, "F law")
