"""Curves over training.

The figure has a thin line per seed, and per arm a centre and a band with their n at every step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.core.recipe import Direction
from seedspread.figures.kit.marks import evenly, kept
from seedspread.stats.data.arms import ArmSeries

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Centre = Literal["median", "mean"]

GRID = 400
"""At most so many steps get a centre and a band; n is counted at each of them over all runs."""

VERTICES = 30_000
"""At most about so many points of seed lines in one figure, shared by the runs that are drawn."""

LINES = 300
"""Runs that get a line of their own: with more, each would have too few points to be its curve."""

FEWEST_FOR_BAND = 3  # an interval of two values is too wide to be drawn


@dataclass(frozen=True, eq=False)
class Lines:
    """Seed lines of an arm, separated by NaN.

    `runs` has shape (lines,): the arm's runs that are drawn, by their place in it. `steps` and `values` have shape
    (points,). `starts` has shape (lines + 1,); line k is points starts[k] … starts[k + 1] − 2.
    """

    runs: Ints
    steps: Ints
    values: Floats
    starts: Ints


@dataclass(frozen=True, eq=False)
class ArmCurve:
    """Curve of one arm; everything but `lines` has shape (steps,).

    `n` counts the runs that reached the step with a finite value, `reached` those that reached it at all (the rest
    diverged there). `centre`, `low` and `high` are NaN if undefined (`low` and `high` below 3 runs, or beyond all
    finite values). `broken_runs` are the runs with a non-finite value, `broken_steps` the first step with one.
    """

    arm: ArmSeries
    steps: Ints
    n: Ints
    reached: Ints
    centre: Floats
    low: Floats
    high: Floats
    lines: Lines
    broken_runs: Ints
    broken_seeds: Ints
    broken_steps: Ints


@dataclass(frozen=True, eq=False)
class RunLine:
    """Series of one metric of one run.

    position: of its arm, which decides the colour. steps, values: shape (steps,), values as they were logged.
    """

    run: int
    position: int
    name: str
    metric: str
    steps: Ints
    values: Floats


def curves(
    arms: Sequence[ArmSeries],
    direction: Direction,
    *,
    centre: Centre = "median",
    level: float = 0.95,
    vertices: int = VERTICES,
    most_lines: int = LINES,
) -> tuple[ArmCurve, ...]:
    """Compute the curves.

    `median` gives the median and the middle half of the seeds, in which a diverged seed counts as the worst; `mean`
    gives the mean of the finite values and its t interval at `level`, separately at each step. Both are taken over
    all runs; of very many runs, at most about `most_lines` get a line: the first ones while any are to come, so that
    the lines stay the same while they grow, then runs from all over the results.
    """
    shares = _shares([len(arm.series) if arm.planned is None else arm.planned.size for arm in arms], most_lines)
    drawn = [
        _sample(arm.series, share, direction)
        if arm.planned is None
        else np.flatnonzero(np.isin(arm.runs, arm.planned[:share]))
        for arm, share in zip(arms, shares, strict=True)
    ]
    points = max(4, vertices // max(sum(runs.size for runs in drawn), 1))
    return tuple(
        _curve(arm, direction, centre, level, seed_lines(arm.series, points, runs))
        for arm, runs in zip(arms, drawn, strict=True)
    )


def _shares(runs: Sequence[int], most: int) -> list[int]:
    """Share the lines of a figure evenly among its arms.

    What an arm does not need goes to the others.
    """
    shares, budget = [0] * len(runs), most
    by_size = sorted(range(len(runs)), key=lambda arm: runs[arm])
    for served, arm in enumerate(by_size):
        shares[arm] = min(runs[arm], budget // (len(runs) - served))
        budget -= shares[arm]
    return shares


def _sample(series: Sequence[tuple[Ints, Floats]], most: int, direction: Direction) -> Ints:
    """Return the runs to draw, ascending.

    They lie evenly over the ranks of their final values. The best and the worst run are among them, and the runs with
    the highest and the lowest value at any step: they make the axis as wide as it would be with every run.
    """
    if len(series) <= most:
        return np.arange(len(series))
    worst = -np.inf if direction is Direction.MAXIMIZE else np.inf
    finals = np.array([values[-1] if values.size and np.isfinite(values[-1]) else worst for _, values in series])
    ranked = np.argsort(finals, kind="stable")
    peaks = np.array([_peak(series, np.fmax, -np.inf).argmax(), _peak(series, np.fmin, np.inf).argmin()])
    others = ranked[1:-1][~np.isin(ranked[1:-1], peaks)]
    ends = np.unique(np.concatenate([ranked[[0, -1]], peaks]))
    even = others[evenly(others.size, most - ends.size)] if most >= ends.size + 2 else others[:0]
    return np.sort(np.concatenate([ends, even]))


def _peak(series: Sequence[tuple[Ints, Floats]], largest: np.ufunc, filler: float) -> Floats:
    """Return the most extreme finite value of each run.

    It is `filler` where a run has none.
    """
    return np.array([largest.reduce(values[np.isfinite(values)], initial=filler) for _, values in series])


def _curve(arm: ArmSeries, direction: Direction, centre: Centre, level: float, lines: Lines) -> ArmCurve:
    steps, values, reached = _table(arm.series)
    finite = np.isfinite(values)
    n, present = finite.sum(axis=1), reached.sum(axis=1)
    if centre == "median":
        middle, low, high = _quartiles(values, finite, reached, direction)
    else:
        middle, low, high = _mean(values, finite, level)
    broken = [(run, step) for run, step in enumerate(_first_broken(arm.series)) if step is not None]
    at = np.array([run for run, _ in broken], dtype=np.int64)
    return ArmCurve(
        arm,
        steps,
        n,
        present,
        middle,
        low,
        high,
        lines,
        arm.runs[at],
        arm.seeds[at],
        np.array([step for _, step in broken], dtype=steps.dtype),
    )


def _first_broken(series: Sequence[tuple[Ints, Floats]]) -> list[float | None]:
    numbers = []
    for steps, values in series:
        broken = ~np.isfinite(values)
        numbers.append(steps[np.argmax(broken)].item() if broken.any() else None)
    return numbers


def _groups(series: Sequence[tuple[Ints, Floats]]) -> list[tuple[Ints, list[int]]]:
    """Group runs that logged at the same steps.

    Usually there is one group.
    """
    members: dict[bytes, list[int]] = defaultdict(list)
    for index, (steps, _) in enumerate(series):
        members[steps.tobytes()].append(index)
    return [(series[group[0]][0], group) for group in members.values()]


def _table(series: Sequence[tuple[Ints, Floats]]) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """Return steps, values, and which run reached which step.

    The last two have shape (steps, runs).
    """
    groups = _groups(series)
    if not groups:
        return np.empty(0, np.int64), np.empty((0, 0)), np.empty((0, 0), bool)
    every = groups[0][0] if len(groups) == 1 else np.unique(np.concatenate([steps for steps, _ in groups]))
    grid = every[evenly(every.size, GRID)] if every.size else every
    values = np.full((grid.size, len(series)), np.nan)
    reached = np.zeros((grid.size, len(series)), dtype=bool)
    for steps, group in groups:
        on_grid = np.isin(grid, steps, assume_unique=True)
        columns = np.searchsorted(steps, grid[on_grid])
        stacked = np.stack([series[index][1] for index in group])
        cells = np.ix_(np.flatnonzero(on_grid), np.array(group))
        values[cells] = stacked[:, columns].T
        reached[cells] = True
    return grid, values, reached


def _quartiles(
    values: Floats, finite: NDArray[np.bool_], reached: NDArray[np.bool_], direction: Direction
) -> tuple[Floats, Floats, Floats]:
    """Return median and quartiles of each row.

    They are taken over the runs that reached the row's step (linear, "type 7").
    """
    worst = -np.inf if direction is Direction.MAXIMIZE else np.inf
    # Whoever has not got there yet sorts to the end as NaN; whoever broke counts as the worst.
    ordered = np.sort(np.where(reached, np.where(finite, values, worst), np.nan), axis=1)
    n = reached.sum(axis=1)
    middle, low, high = (_row_quantile(ordered, n, share) for share in (0.5, 0.25, 0.75))
    few = n < FEWEST_FOR_BAND
    return middle, np.where(few, np.nan, low), np.where(few, np.nan, high)


def _row_quantile(ordered: Floats, n: Ints, share: float) -> Floats:
    if ordered.shape[1] == 0:
        return np.full(n.size, np.nan)
    column = np.maximum(n - 1, 0) * share
    below, above = np.floor(column).astype(int), np.ceil(column).astype(int)
    rows = np.arange(n.size)
    low, high = ordered[rows, below], ordered[rows, above]
    with np.errstate(invalid="ignore"):
        between = low + (column - below) * (high - low)
    numbers = np.where(below == above, low, between)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _mean(values: Floats, finite: NDArray[np.bool_], level: float) -> tuple[Floats, Floats, Floats]:
    """Return the mean of each row's finite values and its t interval.

    The interval is NaN below 3 values or without variation.
    """
    n = finite.sum(axis=1)
    filled = np.where(finite, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean = np.where(n > 0, filled.sum(axis=1) / np.maximum(n, 1), np.nan)
        away = np.where(finite, values - mean[:, None], 0.0)
        error = np.sqrt((away**2).sum(axis=1) / np.maximum(n - 1, 1) / np.maximum(n, 1))
        factors = np.full(n.max(initial=0) + 1, np.nan)
        for count in np.unique(n[n >= FEWEST_FOR_BAND]):
            factors[count] = sps.t.isf((1 - level) / 2, count - 1)
        half = np.where(error > 0, factors[n] * error, np.nan)
        return mean, mean - half, mean + half


def seed_lines(series: Sequence[tuple[Ints, Floats]], points: int, runs: Ints | None = None) -> Lines:
    """Thin the lines of runs to at most `points` points each.

    runs: places in `series` of those that are drawn; None for all.
    """
    drawn_runs = np.arange(len(series)) if runs is None else runs
    chosen = [series[run] for run in drawn_runs]
    parts: list[tuple[Ints, Floats]] = [(np.empty(0, np.int64), np.empty(0))] * len(chosen)
    for steps, group in _groups(chosen):
        stacked = np.stack([chosen[index][1] for index in group])
        drawn = kept(stacked, points)
        heights = np.where(np.isfinite(stacked), stacked, np.nan) if steps.size else stacked
        gap = np.full((len(group), 1), np.nan)
        along = steps[drawn]
        rows = np.concatenate([np.take_along_axis(heights, drawn, axis=1), gap], axis=1)
        places = np.concatenate([along, along[:, -1:] if steps.size else np.zeros((len(group), 1), np.int64)], axis=1)
        for row, index in enumerate(group):
            parts[index] = (places[row], rows[row])
    starts = np.cumsum([0] + [values.size for _, values in parts])
    if not parts:
        return Lines(drawn_runs, np.empty(0, np.int64), np.empty(0), starts)
    return Lines(drawn_runs, np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]), starts)
