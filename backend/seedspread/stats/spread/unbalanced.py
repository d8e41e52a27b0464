"""Variance components of unbalanced crossed tables, by REML.

The model is that of `components`; its variances are estimated by restricted maximum likelihood (REML).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from seedspread.errors import InvalidInput
from seedspread.stats.data.finite import countable, without_traces
from seedspread.stats.data.resolution import is_constant, lattice_of
from seedspread.stats.spread.components import (
    DRAWS,
    Solution,
    Table,
    VarianceComponents,
    assemble,
    variance_components,
)
from seedspread.stats.spread.factorial import MeanSquares, Term, crossed_table

Floats = NDArray[np.float64]
Levels = tuple[Hashable, ...]
CrossedRuns = Sequence[tuple[Sequence[Hashable], float]]

MOST_WORK = 3_000  # cells times terms: a second or so of dense algebra
_LEAST = 1e-8  # residual variance, of a table whose variance is 1, that counts as none


def crossed_components(
    runs: CrossedRuns, sources: Sequence[str], rng: np.random.Generator, *, level: float = 0.95, draws: int = DRAWS
) -> tuple[VarianceComponents, Floats | None]:
    """Return the variance components of runs of (levels, value).

    A balanced table is solved by moments, which then equals REML; one with cells that are empty or have fewer runs than
    others by REML. Values that are not finite count as absent, and so does a level without any other value.

    Returns:
        The components, and the balanced table (one axis per source, the last of replicates), None for REML.

    Raises:
        InvalidInput: no finite value, a source of fewer than 2 levels, or too few cells to separate the sources.
    """
    for at, _ in runs:
        if len(at) != len(sources):
            raise InvalidInput("runs", at, f"a level for each of {', '.join(sources)}")
    cells: dict[Levels, list[float]] = {}
    for at, value in runs:
        if countable(np.array([value])).all():
            cells.setdefault(tuple(at), []).append(value)
    if not cells:
        raise InvalidInput("runs", len(runs), "runs with a finite value")
    axes = tuple(tuple(dict.fromkeys(at[axis] for at in cells)) for axis in range(len(sources)))
    if len(cells) == math.prod(map(len, axes)) and len(set(map(len, cells.values()))) == 1:
        usable = [(at, value) for at, values in cells.items() for value in values]
        table, _ = crossed_table(usable, sources)
        replicated = table.shape[-1] > 1
        once = table if replicated else table[..., 0]
        return variance_components(once, sources, rng, replicated=replicated, level=level, draws=draws), table
    return _unbalanced(cells, axes, sources, rng, level, draws), None


def _unbalanced(
    cells: Mapping[Levels, Sequence[float]],
    axes: Sequence[Levels],
    sources: Sequence[str],
    rng: np.random.Generator,
    level: float,
    draws: int,
) -> VarianceComponents:
    """Return the components by REML, with generalised intervals.

    Intervals follow those of balanced tables: every adjusted (type II) sum of squares is divided by a chi-square draw,
    and the components are solved from the mean squares so drawn. The sums of squares are independent and chi-square
    only in a balanced table; with a few failed cells they nearly are.
    """
    values = without_traces(np.concatenate([np.asarray(at, dtype=np.float64) for at in cells.values()]))
    lattice = lattice_of(values)
    integers = lattice.whole(values)
    origin = float(integers[0])  # sums of squares of small numbers keep all their digits
    counts = np.array([len(at) for at in cells.values()])
    means, within = _reduced(integers - origin, counts)
    design = _Design.of(cells, axes, counts, sources)
    constant = is_constant(values)
    scale = 1.0 if constant else float(np.std(integers, ddof=1))
    centre = float(np.mean(integers - origin))
    scaled, noise = (means - centre) / scale, within / scale**2
    squares, coefficients = design.adjusted(scaled, noise)
    inverse = np.linalg.inv(coefficients)
    freedom = np.array([*design.freedom, design.residual_freedom])
    moments = inverse @ (squares / freedom)
    variances = np.zeros(moments.size) if constant else design.reml(scaled, noise, moments)
    drawn = inverse @ (squares[:, np.newaxis] / rng.chisquare(freedom[:, np.newaxis], (freedom.size, draws)))
    units = (scale / lattice.denominator if lattice.denominator else scale * lattice.unit) ** 2
    precision, mean = design.grand_mean(scaled, variances)
    analysis = MeanSquares(
        levels=tuple(map(len, axes)),
        replicates=int(counts.max()),
        grand_mean=lattice.number(mean * scale + centre + origin),
        squares={term: float(square) * units for term, square in zip(design.terms, squares[:-1], strict=True)},
        freedom=dict(zip(design.terms, design.freedom, strict=True)),
        error=float(squares[-1]) * units if design.replicated else None,
        error_freedom=design.residual_freedom if design.replicated else None,
    )
    table = Table(
        n=values.size,
        variance=0.0 if constant else units,
        of_means=tuple(
            0.0 if constant else _variance_of_means(design.places[:, axis], scaled, counts) * units
            for axis in range(len(axes))
        ),
        grand_mean_variance=0.0 if constant else units / precision,
        method="REML",
        empty_cells=math.prod(map(len, axes)) - len(cells),
    )
    return assemble(
        analysis,
        _solution(design.terms, variances[:, np.newaxis] * units, (moments * units)[:, np.newaxis]),
        _solution(design.terms, drawn * units, drawn * units),
        sources,
        table,
        level,
    )


def _solution(terms: Sequence[Term], variances: Floats, raw: Floats) -> Solution:
    cut = np.maximum(variances, 0.0)
    return Solution(
        raw=dict(zip(terms, raw, strict=False)),
        cut=dict(zip(terms, cut, strict=False)),
        residual=cut[-1],
        total=np.asarray(cut.sum(axis=0)),
    )


def _reduced(values: Floats, counts: NDArray[np.int64]) -> tuple[Floats, float]:
    """Return cell means and the sum of squares within cells."""
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    means = np.add.reduceat(values, starts) / counts
    return means, float(np.sum((values - np.repeat(means, counts)) ** 2))


def _variance_of_means(places: NDArray[np.int64], means: Floats, counts: NDArray[np.int64]) -> float:
    weights = np.bincount(places, weights=counts)
    sums = np.bincount(places, weights=means * counts)
    return float(np.var(sums[weights > 0] / weights[weights > 0], ddof=1))


@dataclass(frozen=True, eq=False)
class _Design:
    """Cells with a value, and the terms they can tell apart.

    places: level of each source by cell. counts: values by cell. shared[u]: 1 where two cells share their levels of
    term u. effects[u]: projection of the weighted cell means onto term u after all terms that do not contain it.
    """

    places: NDArray[np.int64]
    counts: NDArray[np.int64]
    replicated: bool
    terms: tuple[Term, ...]
    freedom: tuple[int, ...]
    residual_freedom: int
    shared: tuple[Floats, ...]
    effects: tuple[Floats, ...]
    rest: Floats

    @classmethod
    def of(
        cls,
        cells: Mapping[Levels, Sequence[float]],
        axes: Sequence[Levels],
        counts: NDArray[np.int64],
        sources: Sequence[str],
    ) -> _Design:
        """Return the design of these cells.

        Raises:
            InvalidInput: too many cells, or too few to separate the sources from each other and from noise.
        """
        order = [{level: index for index, level in enumerate(axis)} for axis in axes]
        places = np.array([[order[axis][level] for axis, level in enumerate(at)] for at in cells], dtype=np.int64)
        replicated = bool(counts.max() > 1)
        every = range(len(axes))
        terms = [term for size in range(1, len(axes) + (1 if replicated else 0)) for term in combinations(every, size)]
        if len(cells) * len(terms) > MOST_WORK:
            expected = f"every cell equally often, or at most {MOST_WORK // len(terms):,} cells"
            raise InvalidInput("runs", f"{len(cells):,} cells, not equally often", expected)
        weights = np.sqrt(counts.astype(np.float64))
        groups = {term: np.unique(places[:, list(term)], axis=0, return_inverse=True)[1].ravel() for term in terms}
        blocks = {term: np.eye(int(group.max()) + 1)[group] * weights[:, None] for term, group in groups.items()}
        estimable: list[Term] = []
        effects: list[Floats] = []
        for term in terms:
            others = [blocks[other] for other in terms if not set(term) <= set(other)]
            effect = _projection([weights[:, None], *others, blocks[term]]) - _projection([weights[:, None], *others])
            if round(float(np.trace(effect))) > 0:
                estimable.append(term)
                effects.append(effect)
            elif len(term) == 1:
                reason = f"{sources[term[0]]} cannot be separated from the other sources in {len(cells)} cells"
                raise InvalidInput("runs", reason, "more cells with a finite value", hint=_RUN_AGAIN)
        residual = np.eye(len(cells)) - _projection([weights[:, None], *blocks.values()])
        freedom = int(counts.sum()) - len(cells) if replicated else round(float(np.trace(residual)))
        if freedom < 1:
            raise InvalidInput("runs", f"{len(cells)} cells", "enough cells to estimate the noise", hint=_RUN_AGAIN)
        return cls(
            places,
            counts,
            replicated,
            tuple(estimable),
            tuple(round(float(np.trace(effect))) for effect in effects),
            freedom,
            tuple((groups[term][:, None] == groups[term][None, :]).astype(np.float64) for term in estimable),
            tuple(effects),
            residual,
        )

    def adjusted(self, means: Floats, within: float) -> tuple[Floats, Floats]:
        """Return adjusted sums of squares, and what their mean squares expect.

        The last sum is the residual's. Row i of the coefficients times the variances (of the terms, then the noise) is
        the expected mean square i.
        """
        weights = np.sqrt(self.counts)
        weighted = means * weights
        quadratic = [float(weighted @ effect @ weighted) for effect in self.effects]
        residual = within if self.replicated else float(weighted @ self.rest @ weighted)
        rows = np.zeros((len(self.terms) + 1, len(self.terms) + 1))
        rows[:, -1] = 1.0
        for row, (effect, freedom) in enumerate(zip(self.effects, self.freedom, strict=True)):
            kernel = effect * np.outer(weights, weights) / freedom
            rows[row, :-1] = [float(np.sum(kernel * shared)) for shared in self.shared]
        return np.maximum(np.array([*quadratic, residual]), 0.0), np.where(np.abs(rows) < 1e-9, 0.0, rows)

    def reml(self, means: Floats, within: float, moments: Floats) -> Floats:
        """Return the REML variances: of the terms, then of the noise.

        The means are those of a table whose variance is 1, the moments its variances by the method of moments.
        Standard deviations are searched, bounded by 0, since the likelihood in variances is steep there.
        """
        noise = math.sqrt(max(float(moments[-1]), _LEAST))
        # Runs that agree exactly have a likelihood without a maximum: the noise is then 0, and the rest is searched.
        exact = float(moments[-1]) <= _LEAST
        bounds = [(0.0, 100.0)] * len(self.terms) + [(math.sqrt(_LEAST), noise if exact else 100.0)]
        apart = np.sqrt(np.maximum(moments, 0.01))
        apart[-1] = noise
        equal = np.full(moments.size, math.sqrt(1 / moments.size))
        equal[-1] = noise
        fits = [
            optimize.minimize(
                self._deviance,
                start,
                args=(means, within),
                jac=True,
                method="TNC",
                bounds=bounds,
                options={"maxfun": 2_000, "ftol": 1e-12, "gtol": 1e-8, "xtol": 1e-9},
            )
            for start in (apart, equal)
        ]
        variances = np.asarray(min(fits, key=lambda fit: float(fit.fun)).x, dtype=np.float64) ** 2
        return np.where(variances <= 2 * _LEAST, 0.0, variances)

    def grand_mean(self, means: Floats, variances: Floats) -> tuple[float, float]:
        """Return the precision and generalised least squares estimate of the mean."""
        solved = linalg.cho_solve(self._factor(np.maximum(variances, _LEAST)), np.ones_like(means))
        return float(solved.sum()), float(solved @ means / solved.sum())

    def _factor(self, variances: Floats) -> tuple[Floats, bool]:
        covariance = np.diag(variances[-1] / self.counts)
        for variance, shared in zip(variances[:-1], self.shared, strict=True):
            covariance += variance * shared
        factor, lower = linalg.cho_factor(covariance, lower=True)
        return np.asarray(factor), bool(lower)

    def _deviance(self, deviations: Floats, means: Floats, within: float) -> tuple[float, Floats]:
        """Return -2 log restricted likelihood and its gradient.

        Cell means and the squares within cells are sufficient: their parts of the likelihood add up.
        """
        noise, spare = deviations[-1] ** 2, int(self.counts.sum()) - self.counts.size
        factor = self._factor(deviations**2)
        inverse = linalg.cho_solve(factor, np.eye(means.size))
        sums = inverse.sum(axis=1)
        total = float(sums.sum())
        projection = inverse - np.outer(sums, sums) / total
        residual = projection @ means
        log_determinant = 2 * float(np.sum(np.log(np.diag(factor[0]))))
        deviance = (
            log_determinant + math.log(total) + float(means @ residual) + spare * math.log(noise) + within / noise
        )
        gradient = [float(np.sum(projection * shared) - residual @ shared @ residual) for shared in self.shared]
        of_noise = float(np.sum(np.diag(projection) / self.counts) - np.sum(residual**2 / self.counts))
        gradient.append(of_noise + spare / noise - within / noise**2)
        return deviance, 2 * deviations * np.array(gradient)


_RUN_AGAIN = "Run the missing cells again, or leave out whole levels."


def _projection(blocks: Sequence[Floats]) -> Floats:
    """Return the projection onto the columns of all blocks."""
    basis, singular, _ = np.linalg.svd(np.hstack(list(blocks)), full_matrices=False)
    used = basis[:, singular > singular[0] * 1e-9]
    return np.asarray(used @ used.T)
