"""Smooth curves, and draw them along another axis than logged steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread.stats.data.arms import ArmSeries

Floats = NDArray[np.float64]
Steps = NDArray[Any]

PLACES = 200
"""Places at which runs are read off where their axes do not fit together."""


def moving_average(values: Floats, weight: float) -> Floats:
    """Return the exponential moving average of the finite values.

    It lacks the bias of its start. `values` has shape (steps,), `weight` lies in [0, 1). Non-finite values stay
    where they are and count for nothing.
    """
    finite = np.isfinite(values)
    usable = values[finite]
    if weight <= 0 or usable.size == 0:
        return values
    # The average starts at zero; dividing by the weights it has seen takes that zero out again (Kingma and Ba 2015).
    bias = 1 - weight ** np.arange(1, usable.size + 1)
    from scipy.signal import lfilter  # loads all of SciPy: only here, as smoothing is seldom asked for

    averaged = values.copy()
    averaged[finite] = lfilter([1 - weight], [1, -weight], usable) / bias
    return averaged


def smoothed(arm: ArmSeries, weight: float) -> ArmSeries:
    """Return the arm with every run's curve smoothed by itself."""
    if weight <= 0:
        return arm
    return replace(arm, series=[(steps, moving_average(values, weight)) for steps, values in arm.series])


def rescaled(arms: Sequence[ArmSeries], factors: Mapping[int, float]) -> tuple[ArmSeries, ...]:
    """Multiply every run's steps by its factor, by run id.

    Runs without a factor are left out. Runs that share one factor keep their steps. Else no two runs would have a
    step in common: all are read off at the same places, by linear interpolation between their own.
    """
    used = {factors[run] for arm in arms for run in arm.runs.tolist() if run in factors}
    ends = [steps[-1] * factors[run] for arm in arms for run, (steps, _) in _placed(arm, factors) if len(steps)]
    grid = np.linspace(0, max(ends, default=1.0), PLACES)
    return tuple(_rescaled(arm, factors, None if len(used) < 2 else grid) for arm in arms)


def _placed(arm: ArmSeries, factors: Mapping[int, float]) -> list[tuple[int, tuple[Steps, Floats]]]:
    return [pair for pair in zip(arm.runs.tolist(), arm.series, strict=True) if pair[0] in factors]


def _rescaled(arm: ArmSeries, factors: Mapping[int, float], grid: Floats | None) -> ArmSeries:
    paced = np.isin(arm.runs, list(factors))
    series = [_along(steps * factors[run], values, grid) for run, (steps, values) in _placed(arm, factors)]
    # A run in progress has no duration yet: where one is missing, it is theirs.
    running = arm.running if paced.all() else 0
    return replace(arm, runs=arm.runs[paced], seeds=arm.seeds[paced], series=series, running=running)


def _along(steps: Steps, values: Floats, grid: Floats | None) -> tuple[Steps, Floats]:
    if grid is None or len(steps) == 0:
        return steps, values
    within = grid[(grid >= steps[0]) & (grid <= steps[-1] * (1 + 1e-12))]
    # A run that is shorter than a stretch of the grid still shows where it ended.
    places = within if within.size else steps[-1:]
    return places, np.interp(places, steps, values)
