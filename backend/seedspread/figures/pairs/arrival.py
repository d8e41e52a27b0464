"""Interval of the difference as seeds arrive.

The figure shows the fixed-n interval after every seed, and the anytime-valid one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.core.recipe import MetricInfo
from seedspread.figures.kit import sentences
from seedspread.figures.kit.figure import Figure, empty_figure, layout
from seedspread.figures.kit.look import role
from seedspread.figures.kit.marks import area, evenly, line
from seedspread.figures.kit.sentences import difference_axis, difference_scale, left_out_notes
from seedspread.figures.pairs.differences import reference_line
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.rule import DecisionRule
from seedspread.stats.decision.sequential import t_mixture
from seedspread.stats.inference.means import moments, moments_of_whole, paired_from_moments, welch_from_moments

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIZES = 80  # more points than this change nothing that can be seen


@dataclass(frozen=True, eq=False)
class Arrival:
    """Intervals after n seeds per arm, in the order of the seeds.

    `n`, `mean` and the ends of both intervals have shape (sizes,). `low` and `high` bound the fixed-n interval, which
    is valid at one planned n only; `safe_low` and `safe_high` bound the anytime-valid one. Undefined ends are NaN. If
    `ratio`, these are ratios of geometric means, B / A.
    """

    a: ArmValues
    b: ArmValues
    paired: bool
    n: Ints
    mean: Floats
    low: Floats
    high: Floats
    safe_low: Floats
    safe_high: Floats
    ratio: bool = False


def arrival(a: ArmValues, b: ArmValues, rule: DecisionRule) -> Arrival:
    """Compute the intervals for up to 80 sizes.

    For the anytime-valid interval, unpaired arms are matched by the order of their seeds.
    """
    evidence = gather(a.sample(), b.sample(), rule)
    n = min(evidence.a.size, evidence.b.size)
    first, second = evidence.a[:n], evidence.b[:n]
    sizes = 2 + evenly(n - 1, SIZES) if n >= 2 else np.empty(0, np.int64)
    lattice = lattice_of(first, second) if n else None
    rows = []
    for size in sizes.tolist():
        left, right = first[:size], second[:size]
        if lattice is None:
            break
        steps = lattice.differences(left, right)
        gaps = moments_of_whole(steps, lattice, None if lattice.denominator else right - left)
        test = paired_from_moments(gaps, rule.level)
        if not evidence.paired:
            test = welch_from_moments(moments(left, lattice), moments(right, lattice), rule.level)
        fixed = test.interval if size > 2 else None
        rows.append((gaps.mean, *_ends(fixed), *_ends(t_mixture(gaps, rule.level))))
    columns = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    ratio = rule.centre == "log_ratio" and not evidence.not_positive
    if ratio:
        columns = np.exp(np.clip(columns, -700.0, 700.0))  # beyond e**700 a float64 overflows
    mean, low, high, safe_low, safe_high = columns
    return Arrival(a, b, evidence.paired, sizes, mean, low, high, safe_low, safe_high, ratio=ratio)


def _ends(interval: Interval | None) -> tuple[float, float]:
    return (np.nan, np.nan) if interval is None else (interval.low, interval.high)


def draw_arrival(
    numbers: Arrival, metric: MetricInfo, smallest_difference: float | None = None, *, directed: bool = True
) -> Figure:
    """Draw the intervals, with zero and the smallest difference that matters.

    `directed` tells whether one of the two arms may be called better.
    """
    title = sentences.arrival_title(numbers.a.name, numbers.b.name, ratio=numbers.ratio)
    notes = left_out_notes([numbers.a, numbers.b])
    if numbers.n.size == 0:
        return empty_figure("arrival", title, sentences.NEEDS_TWO_SEEDS, notes)
    scale, position = 1.0 if numbers.ratio else difference_scale(metric), numbers.b.position
    outer = area("safe", position, numbers.n, numbers.safe_low * scale, numbers.safe_high * scale)
    inner = area("band", position, numbers.n, numbers.low * scale, numbers.high * scale)
    outer |= {
        "fillcolor": role(f"arm{position % 8}", 0.1),
        "name": sentences.VALID_AFTER_EVERY_SEED,
        "showlegend": True,
    }
    inner |= {"name": sentences.VALID_FOR_ONE_N, "showlegend": True}
    spoken, name = "after %{x} seeds: %{y:.5~g}<extra></extra>", sentences.arrival_legend(ratio=numbers.ratio)
    mean = line("mean", position, numbers.n, numbers.mean * scale, name=name, hovertemplate=spoken)
    data = [outer, inner, mean, reference_line(numbers.n.tolist(), 1.0 if numbers.ratio else 0.0)]
    margins: list[float] = []
    if smallest_difference is not None:
        margins = [-smallest_difference * scale, smallest_difference * scale]
        if numbers.ratio:
            margins = [1 / (1 + smallest_difference), 1 + smallest_difference]
    shapes = [
        {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": margin, "layer": "below"}
        | {"y1": margin, "line": {"color": role("muted"), "width": 1, "dash": "dash"}}
        for margin in margins
    ]
    across = "shared seeds" if numbers.paired else sentences.SEEDS_PER_ARM
    up = difference_axis(metric, numbers.a.name, numbers.b.name, directed=directed, ratio=numbers.ratio)
    drawn = layout(title, across, up, shapes=shapes)
    notes.insert(0, sentences.ARRIVAL_NOTE)
    table = {
        "n": numbers.n,
        "mean": numbers.mean,
        "low": numbers.low,
        "high": numbers.high,
        "anytime_low": numbers.safe_low,
        "anytime_high": numbers.safe_high,
    }
    return Figure("arrival", title, data, drawn, tuple(notes), table=table)
