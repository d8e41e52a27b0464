"""Performance profile: share of runs at least as good as every value.

Each share has Wilson's interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.core.recipe import Direction, MetricInfo
from seedspread.figures.kit import sentences
from seedspread.figures.kit.figure import Column, Figure, empty_figure, layout
from seedspread.figures.kit.marks import area, evenly, line
from seedspread.figures.kit.sentences import label, left_out_notes, seeds_per_arm, value_axis
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.inference.outliers import wilson_interval

Floats = NDArray[np.float64]

PLACES = 200  # more places than pixels of the axis are not seen


@dataclass(frozen=True, eq=False)
class Profile:
    """Share of runs at least as good as each value.

    `share[i]` of all n runs, diverged and failed ones included, are at least as good as `places[i]`; shape (places,).
    """

    arm: ArmValues
    n: int
    places: Floats
    share: Floats
    low: Floats
    high: Floats


def profiles(arms: Sequence[ArmValues], direction: Direction, level: float = 0.95) -> tuple[Profile, ...]:
    """Return the profile of every arm at the values that occur.

    If more than 200 values occur, 200 evenly spaced ones are used.
    """
    items = [arm.values[arm.finite] for arm in arms]
    places = np.unique(np.concatenate(items)) if items else np.empty(0)
    places = places[evenly(places.size, PLACES)] if places.size else places
    return tuple(_profile(arm, places, direction, level) for arm in arms)


def _profile(arm: ArmValues, places: Floats, direction: Direction, level: float) -> Profile:
    values = np.sort(arm.values[arm.finite])
    n = arm.values.size + arm.left_out.failures
    if direction is Direction.MAXIMIZE:
        reached = values.size - np.searchsorted(values, places, side="left")
    else:
        reached = np.searchsorted(values, places, side="right")
    if n == 0:
        nothing = np.full(places.size, np.nan)
        return Profile(arm, 0, places, nothing, nothing, nothing)
    bands = {int(count): wilson_interval(float(count), n, level) for count in np.unique(reached)}
    low = np.array([bands[int(count)].low for count in reached])
    high = np.array([bands[int(count)].high for count in reached])
    return Profile(arm, n, places, reached / n, low, high)


def draw_profiles(items: Sequence[Profile], metric: MetricInfo) -> Figure:
    """Draw the profiles.

    At each value, the higher curve is the better arm.
    """
    visible = [item for item in items if item.n and item.places.size]
    notes = [sentences.PROFILE_NOTE]
    notes += left_out_notes([item.arm for item in items])
    title = sentences.profile_title(metric.name)
    if not visible:
        return empty_figure("profile", title, sentences.PROFILE_AFTER_RUN, notes)
    title += f", {seeds_per_arm([item.n for item in visible])}"
    data = []
    for item in visible:
        position = item.arm.position
        data.append(area("band", position, item.places, item.low, item.high, legendgroup=f"arm{position}"))
        spoken = sentences.profile_hover(item.arm.name)
        named = f"{label(item.arm.name)} (n = {item.n})"
        step = {"shape": "vh" if metric.direction is Direction.MAXIMIZE else "hv"}
        data.append(line("profile", position, item.places, item.share, line=step, name=named, hovertemplate=spoken))
    drawn = layout(title, value_axis(metric), sentences.SHARE_OF_RUNS, yaxis={"range": [0, 1.03], "tickformat": ".0%"})
    table: dict[str, Column] = {
        "arm": [item.arm.name for item in visible for _ in range(item.places.size)],
        "value": np.concatenate([item.places for item in visible]),
        "share": np.concatenate([item.share for item in visible]),
        "low": np.concatenate([item.low for item in visible]),
        "high": np.concatenate([item.high for item in visible]),
    }
    return Figure("profile", title, data, drawn, tuple(notes), table=table)
