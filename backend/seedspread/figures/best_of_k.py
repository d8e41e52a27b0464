"""Cherry-picking curve: the expected best of k seeds of each arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedspread.core.recipe import Direction, MetricInfo
from seedspread.figures.kit.figure import Column, Figure, Trace, empty_figure, layout
from seedspread.figures.kit.marks import EXACT, dots, line
from seedspread.figures.kit.sentences import label, left_out_notes, metric_words, sentence, value_axis
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.decision.best_of_k import BestOf, expected_best


@dataclass(frozen=True, eq=False)
class BestOfK:
    """Expected best of k of an arm's seeds.

    Nothing is said beyond the n there are.
    """

    arm: ArmValues
    curve: BestOf


def best_of_k(arms: Sequence[ArmValues], direction: Direction) -> tuple[BestOfK, ...]:
    """Return the curve of every arm, over its finite values."""
    return tuple(BestOfK(arm, expected_best(arm.values[arm.finite], direction)) for arm in arms)


def draw_best_of_k(curves: Sequence[BestOfK], metric: MetricInfo) -> Figure:
    """Return the figure of the curves.

    k = 1 is the mean, the last k the best seen.
    """
    name = sentence(metric_words(metric.name))
    title = f"{name} of the best of k seeds: what picking the best run makes of it"
    notes = left_out_notes([item.arm for item in curves])
    shown = [item for item in curves if item.curve.n]
    if not shown:
        return empty_figure("best-of-k", title, "The curve appears as soon as a run has finished.", notes)
    data: list[Trace] = []
    for item in shown:
        position, ks, values = item.arm.position, np.array(item.curve.ks), np.array(item.curve.values)
        spoken = f"best of %{{x}}: %{{y:.6~g}}<extra>{label(item.arm.name)}</extra>"
        named = f"{label(item.arm.name)} (n = {item.curve.n})"
        data.append(line("best", position, ks, values, name=named, hovertemplate=spoken))
        ends = [0, -1]
        hover = f"%{{text}}: %{{y{EXACT}}}<extra>{label(item.arm.name)}</extra>"
        words = ["mean", f"best of {item.curve.n}"]
        data.append(dots("points", position, ks[ends], values[ends], text=words, hovertemplate=hover, showlegend=False))
    drawn = layout(title, "k, seeds tried", value_axis(metric))
    notes.insert(0, "Expected best of k drawn from the seeds at hand, without replacement; compare arms at the same k.")
    table: dict[str, Column] = {
        "arm": [item.arm.name for item in shown for _ in item.curve.ks],
        "k": [k for item in shown for k in item.curve.ks],
        "expected_best": [value for item in shown for value in item.curve.values],
    }
    return Figure("best-of-k", title, data, drawn, tuple(notes), table=table)
