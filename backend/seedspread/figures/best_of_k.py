"""The cherry-picking curve: what the best of k seeds is expected to be, arm by arm."""

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
    """The expected best of k of an arm's seeds; nothing is said beyond the n there are."""

    arm: ArmValues
    curve: BestOf


def best_of_k(arms: Sequence[ArmValues], direction: Direction) -> tuple[BestOfK, ...]:
    """The curve of every arm, over its finite values."""
    return tuple(BestOfK(arm, expected_best(arm.values[arm.finite], direction)) for arm in arms)


def draw_best_of_k(found: Sequence[BestOfK], metric: MetricInfo) -> Figure:
    """The figure of the curves; k = 1 is the mean, the last k the best seen."""
    name = sentence(metric_words(metric.name))
    title = f"{name} of the best of k seeds: what picking the best run makes of it"
    notes = left_out_notes([one.arm for one in found])
    shown = [one for one in found if one.curve.n]
    if not shown:
        return empty_figure("best-of-k", title, "The curve appears as soon as a run has finished.", notes)
    data: list[Trace] = []
    for one in shown:
        position, ks, values = one.arm.position, np.array(one.curve.ks), np.array(one.curve.values)
        spoken = f"best of %{{x}}: %{{y:.6~g}}<extra>{label(one.arm.name)}</extra>"
        named = f"{label(one.arm.name)} (n = {one.curve.n})"
        data.append(line("best", position, ks, values, name=named, hovertemplate=spoken))
        ends = [0, -1]
        told = f"%{{text}}: %{{y{EXACT}}}<extra>{label(one.arm.name)}</extra>"
        words = ["mean", f"best of {one.curve.n}"]
        data.append(dots("points", position, ks[ends], values[ends], text=words, hovertemplate=told, showlegend=False))
    drawn = layout(title, "k, seeds tried", value_axis(metric))
    notes.insert(0, "Expected best of k drawn from the seeds at hand, without replacement; compare arms at the same k.")
    table: dict[str, Column] = {
        "arm": [one.arm.name for one in shown for _ in one.curve.ks],
        "k": [k for one in shown for k in one.curve.ks],
        "expected_best": [value for one in shown for value in one.curve.values],
    }
    return Figure("best-of-k", title, data, drawn, tuple(notes), table=table)
