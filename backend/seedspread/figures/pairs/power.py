"""Planner: detectable difference by seeds, and seeds by difference."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seedspread import words
from seedspread.core.recipe import MetricInfo
from seedspread.figures.kit import sentences
from seedspread.figures.kit.figure import Figure, empty_figure, layout
from seedspread.figures.kit.look import role
from seedspread.figures.kit.marks import dots, line, neutral
from seedspread.figures.kit.sentences import amount, counted, difference_scale, difference_unit, label, rounded
from seedspread.stats.decision.planning import detectable_paired, detectable_unpaired, seeds_paired, seeds_unpaired

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SIZES = np.array([2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500])


@dataclass(frozen=True, eq=False)
class Planner:
    """Smallest differences that numbers of seeds detect.

    `detectable[i]`, in the metric's units, is what `sizes[i]` seeds per arm detect with `power`. `std` is the SD of the
    runs, or of the differences if paired. `needed` is the number of seeds per arm for `difference`, None if it is over
    a million or there is no difference. `now` is the present number of seeds per arm.
    """

    std: float
    paired: bool
    power: float
    level: float
    sizes: Ints
    detectable: Floats
    difference: float | None
    needed: int | None
    now: int | None


def planner(
    std: float,
    *,
    paired: bool,
    power: float = 0.8,
    level: float = 0.95,
    difference: float | None = None,
    now: int | None = None,
) -> Planner:
    """Return the numbers of the planner; `std` is above 0."""
    needed = None
    if difference is not None:
        seeds = seeds_paired if paired else seeds_unpaired
        needed = seeds(difference / std, power, level)
    sizes = _SIZES[: np.searchsorted(_SIZES, max(30, 2 * (needed or 0), 2 * (now or 0)), side="right")]
    detect = [_detectable(n, paired, power, level) for n in sizes.tolist()]
    return Planner(std, paired, power, level, sizes, std * np.array(detect), difference, needed, now)


@lru_cache(maxsize=4096)
def _detectable(n: int, paired: bool, power: float, level: float) -> float:
    """Return detectable effects in standard deviations.

    It is cached, because each takes a root search over numerical integrals.
    """
    return detectable_paired(n, power, level) if paired else detectable_unpaired(n, n, power, level)


def draw_planner(plan: Planner | None, metric: MetricInfo) -> Figure:
    """Draw the planner.

    `plan` is None while the spread is unknown.
    """
    title = sentences.power_title()
    if plan is None:
        return empty_figure("power", title, sentences.NEEDS_SPREAD)
    scale, unit = difference_scale(metric), difference_unit(metric)
    seeds = "paired seeds" if plan.paired else sentences.SEEDS_PER_ARM
    if plan.difference is not None and plan.needed is not None:
        count = counted(plan.needed, seeds[:-1] if plan.needed == 1 else seeds, seeds)
        title = f"{count} to detect a difference of {amount(rounded(plan.difference * scale), unit)}"
    spoken = f"%{{x}} {seeds} detect a difference of %{{y:.3~g}} {label(unit)}<extra></extra>"
    curve = line("detectable", 0, plan.sizes, plan.detectable * scale, showlegend=False, hovertemplate=spoken)
    curve["line"] = {"color": role("text"), "width": 2}
    data = [curve]
    if plan.difference is not None:
        height = plan.difference * scale
        data.append(neutral("reference", [float(plan.sizes[0]), float(plan.sizes[-1])], [height, height]))
        if plan.needed is not None:
            spoken = f"{plan.needed} {seeds} for {rounded(height)} {label(unit)}<extra></extra>"
            at = {"size": 11, "color": role("text"), "symbol": "diamond"}
            data.append(dots("needed", 0, [plan.needed], [height], marker=at, showlegend=False, hovertemplate=spoken))
    if plan.now is not None and plan.now >= 2:
        data.append(_now(plan, scale, unit, seeds))
    drawn = layout(
        title,
        seeds,
        sentences.power_axis(unit),
        showlegend=False,
        xaxis={"type": "log", "tickvals": [2, 3, 5, 10, 20, 30, 50, 100, 200, 500]},
        yaxis={"rangemode": "tozero"},
    )
    notes = (
        f"Power {words.percent(plan.power)}, confidence level {words.level(plan.level)}.",
        sentences.planned_sd_note(plan.std, paired=plan.paired),
        sentences.POWER_NOTE,
    )
    return Figure("power", title, data, drawn, notes, table={"seeds": plan.sizes, "detectable": plan.detectable})


def _now(plan: Planner, scale: float, unit: str, seeds: str) -> dict[str, object]:
    now = plan.now or 2
    height = plan.std * _detectable(now, plan.paired, plan.power, plan.level) * scale
    spoken = sentences.detectable_hover(now, seeds, rounded(height), unit)
    at = {"size": 10, "color": role("text"), "symbol": "circle-open"}
    return dots("now", 0, [now], [height], marker=at, showlegend=False, hovertemplate=spoken)
