"""Sums of squares of a balanced factorial table, built from runs."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from seedspread.errors import InvalidInput
from seedspread.stats.data.finite import countable, without_traces
from seedspread.stats.data.resolution import Lattice, lattice_of

Floats = NDArray[np.float64]
Term = tuple[int, ...]  # the factors (by position) of a main effect or an interaction


@dataclass(frozen=True, eq=False)
class MeanSquares:
    """Analysis of variance of a balanced table.

    squares, freedom: sum of squares and degrees of freedom by term, in squared units of the metric. error,
    error_freedom: those of the replicates. replicates is 1 if every cell was run once; error is then None, and the top
    interaction and the noise between runs cannot be separated.
    """

    levels: tuple[int, ...]
    replicates: int
    grand_mean: float
    squares: dict[Term, float]
    freedom: dict[Term, int]
    error: float | None
    error_freedom: int | None

    def mean_square(self, term: Term) -> float:
        """Return the mean square of a term."""
        return self.squares[term] / self.freedom[term]

    @property
    def noise(self) -> Floats | None:
        """Mean square of the replicates as an array of one, or None."""
        return None if self.error is None or not self.error_freedom else np.full(1, self.error / self.error_freedom)

    @property
    def top(self) -> Term:
        """Interaction of all factors."""
        return tuple(range(len(self.levels)))


def crossed_table(
    runs: Sequence[tuple[Sequence[Hashable], float]], factors: Sequence[str]
) -> tuple[Floats, tuple[tuple[Hashable, ...], ...]]:
    """Arrange runs of (levels, value) in a table.

    Returns:
        The table, with one axis of levels per factor and a last axis of replicates; and the levels along each axis.

    Raises:
        InvalidInput: a cell that is missing, not finite, or has another number of runs than the rest, since the
            formulas for balanced tables would not hold.
    """
    cells: dict[tuple[Hashable, ...], list[float]] = {}
    for at, value in runs:
        if len(at) != len(factors):
            raise InvalidInput("runs", at, f"a level for each of {', '.join(factors)}")
        cells.setdefault(tuple(at), []).append(value)
    axes = tuple(tuple(dict.fromkeys(at[axis] for at in cells)) for axis in range(len(factors)))
    _refuse_unbalanced(cells, axes, factors)
    depth = len(next(iter(cells.values())))
    table = np.empty((*(len(axis) for axis in axes), depth))
    places = [{level: index for index, level in enumerate(axis)} for axis in axes]
    for at, values in cells.items():
        table[tuple(terms[level] for terms, level in zip(places, at, strict=True))] = values
    return table, axes


def mean_squares(table: Floats, factors: Sequence[str], *, replicated: bool) -> MeanSquares:
    """Return the analysis of variance of a full table.

    The table has one axis per factor and, if replicated, a last axis of repeats.

    Raises:
        InvalidInput: missing or non-finite cells, an axis of fewer than 2 levels, or axes that do not match.
    """
    cells = np.asarray(table, dtype=np.float64)
    if not replicated:
        cells = cells[..., np.newaxis]
    if cells.ndim != len(factors) + 1:
        raise InvalidInput("table", cells.shape, f"one axis for each of {', '.join(factors)}")
    if not np.all(countable(cells)):
        missing = int(np.sum(~countable(cells)))
        raise InvalidInput("table", f"{missing} cells without a finite value", "a full table", hint=_UNBALANCED)
    cells = without_traces(cells)
    levels, repeats = cells.shape[:-1], cells.shape[-1]
    for factor, count in zip(factors, levels, strict=True):
        if count < 2:
            raise InvalidInput(factor, count, "2 or more levels")
    lattice = lattice_of(cells.ravel())
    integers = lattice.whole(cells)
    origin = float(integers.flat[0])  # sums of squares of small numbers keep all their digits
    squares, freedom, means = _decomposed(integers - origin, levels, repeats, lattice)
    error = float(np.sum((integers - origin - means[..., np.newaxis]) ** 2)) if repeats > 1 else None
    return MeanSquares(
        levels=levels,
        replicates=repeats,
        grand_mean=lattice.number(float(np.mean(integers - origin)) + origin),
        squares=squares,
        freedom=freedom,
        error=None if error is None else _squared(lattice, error),
        error_freedom=math.prod(levels) * (repeats - 1) if repeats > 1 else None,
    )


_UNBALANCED = "Run the missing cells again, or leave out whole levels: these formulas need every cell equally often."


def _decomposed(
    cells: Floats, levels: tuple[int, ...], repeats: int, lattice: Lattice
) -> tuple[dict[Term, float], dict[Term, int], Floats]:
    """Return squares and degrees of freedom of every term.

    The third item holds the cell means. A term's effect is the mean of its margin less all lower effects.
    """
    means = cells.mean(axis=-1)
    effects: dict[Term, Floats] = {(): means.mean()}
    squares: dict[Term, float] = {}
    freedom: dict[Term, int] = {}
    every = range(len(levels))
    for size in range(1, len(levels) + 1):
        for term in combinations(every, size):
            margin = means.mean(axis=tuple(axis for axis in every if axis not in term), keepdims=True)
            lower = (effect for terms, effect in effects.items() if set(terms) < set(term))
            effects[term] = margin - sum(lower)
            weight = repeats * math.prod(levels[axis] for axis in every if axis not in term)
            squares[term] = _squared(lattice, weight * float(np.sum(effects[term] ** 2)))
            freedom[term] = math.prod(levels[axis] - 1 for axis in term)
    return squares, freedom, means


def _squared(lattice: Lattice, whole: float) -> float:
    return whole / lattice.denominator**2 if lattice.denominator else whole * lattice.unit**2


def _refuse_unbalanced(
    cells: Mapping[tuple[Hashable, ...], list[float]], axes: tuple[tuple[Hashable, ...], ...], factors: Sequence[str]
) -> None:
    expected = math.prod(len(axis) for axis in axes)
    if not cells or len(cells) < expected:
        text = f"{len(cells)} of {expected} cells of {' x '.join(factors)}"
        raise InvalidInput("runs", text, "a run in every cell", hint=_UNBALANCED)
    depths = {len(values) for values in cells.values()}
    if len(depths) > 1:
        raise InvalidInput("runs", f"{min(depths)} to {max(depths)} runs a cell", "equally many", hint=_UNBALANCED)
    spoilt = [at for at, values in cells.items() if not countable(np.array(values)).all()]
    if spoilt:
        raise InvalidInput("runs", spoilt[:5], "a finite value in every cell", hint=_UNBALANCED)
