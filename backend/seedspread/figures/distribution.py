"""One number per run.

The figure shows every seed as a point, with the mean, its interval, quartiles or the cumulative share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.figures.kit.marks import offsets, violin
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.data.finite import without_traces
from seedspread.stats.inference.means import Summary, summarise
from seedspread.stats.inference.outliers import StandingApart, standing_apart

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST_FOR_SHAPE = 5
"""Quartiles of fewer points are decoration."""


@dataclass(frozen=True, eq=False)
class ArmDistribution:
    """Finite values of one arm, in ascending order.

    Arrays have shape (n,). `offsets` are the distances of the points from the arm's line. `share` is the share of the
    seeds at or below each value, in (0, 1]. `broken_*` are the runs whose value is not finite. `outline` holds
    positions and half-widths of the density, if there is one.
    """

    arm: ArmValues
    runs: Ints
    seeds: Ints
    values: Floats
    offsets: Floats
    share: Floats
    summary: Summary
    apart: StandingApart
    whiskers: tuple[float, float] | None
    outline: tuple[Floats, Floats] | None
    broken_runs: Ints
    broken_seeds: Ints
    broken_values: Floats


def distribution(
    arms: Sequence[ArmValues], level: float = 0.95, *, outlines: bool = False
) -> tuple[ArmDistribution, ...]:
    """Compute the distribution of each arm.

    Intervals are t intervals at `level`; densities are computed if `outlines` is set.
    """
    every = np.concatenate([arm.sample().usable for arm in arms]) if arms else np.empty(0)
    low, high = (float(every.min()), float(every.max())) if every.size else (0.0, 0.0)
    return tuple(_arm(arm, low, high, level, outlines=outlines) for arm in arms)


def _arm(arm: ArmValues, low: float, high: float, level: float, *, outlines: bool) -> ArmDistribution:
    finite = arm.finite
    counted = without_traces(arm.values)
    order = np.flatnonzero(finite)[np.argsort(counted[finite], kind="stable")]
    values = counted[order]
    summary = summarise(arm.sample(), level)
    return ArmDistribution(
        arm,
        arm.runs[order],
        arm.seeds[order],
        values,
        offsets(values, low, high),
        np.searchsorted(values, values, side="right") / max(values.size, 1),
        summary,
        standing_apart(values),
        whiskers(values, summary),
        violin(values) if outlines and values.size >= FEWEST_FOR_SHAPE else None,
        arm.runs[~finite],
        arm.seeds[~finite],
        arm.values[~finite],
    )


def whiskers(values: Floats, summary: Summary) -> tuple[float, float] | None:
    """Return the furthest values within 1.5 interquartile ranges of the quartiles.

    `values` are ascending. Return None below 5 values.
    """
    if values.size < FEWEST_FOR_SHAPE or summary.q1 is None or summary.q3 is None:
        return None
    # Quartiles are of the lattice that float32 metrics lie near: they may miss equal values by some 1e-8 of them.
    low, high = min(summary.q1, summary.q3), max(summary.q1, summary.q3)
    reach = max(1.5 * (high - low), 1e-6 * max(abs(low), abs(high)))
    within = values[(values >= low - reach) & (values <= high + reach)]
    return float(min(within.min(), summary.q1)), float(max(within.max(), summary.q3))
