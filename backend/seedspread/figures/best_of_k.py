"""Best of k seeds, and whether fewer seeds name another winner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.core.recipe import Direction, MetricInfo
from seedspread.figures.kit import sentences
from seedspread.figures.kit.figure import Column, Figure, Trace, empty_figure, layout
from seedspread.figures.kit.marks import EXACT, dots, evenly, line, neutral
from seedspread.figures.kit.sentences import (
    difference_scale,
    difference_unit,
    label,
    left_out_notes,
    metric_words,
    sentence,
    value_axis,
)
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.best_of_k import BestOf, expected_best, wrong_winner
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.rule import DecisionRule


@dataclass(frozen=True, eq=False)
class BestOfK:
    """Expected best of k of an arm's seeds.

    `curve` ends at the number of seeds.
    """

    arm: ArmValues
    curve: BestOf


def best_of_k(arms: Sequence[ArmValues], direction: Direction) -> tuple[BestOfK, ...]:
    """Return the curve of every arm, over its finite values."""
    return tuple(BestOfK(arm, expected_best(arm.values[arm.finite], direction)) for arm in arms)


def draw_best_of_k(curves: Sequence[BestOfK], metric: MetricInfo) -> Figure:
    """Draw the expected best of k.

    k = 1 is the mean, the last k the best seed.
    """
    name = sentence(metric_words(metric.name))
    title = sentences.best_of_k_title(name)
    notes = left_out_notes([item.arm for item in curves])
    visible = [item for item in curves if item.curve.n]
    if not visible:
        return empty_figure("best-of-k", title, sentences.CURVE_AFTER_RUN, notes)
    data: list[Trace] = []
    for item in visible:
        position, ks, values = item.arm.position, np.array(item.curve.ks), np.array(item.curve.values)
        spoken = f"best of %{{x}}: %{{y:.6~g}}<extra>{label(item.arm.name)}</extra>"
        named = f"{label(item.arm.name)} (n = {item.curve.n})"
        data.append(line("best", position, ks, values, name=named, hovertemplate=spoken))
        ends = [0, -1]
        hover = f"%{{text}}: %{{y{EXACT}}}<extra>{label(item.arm.name)}</extra>"
        words = ["mean", f"best of {item.curve.n}"]
        data.append(dots("points", position, ks[ends], values[ends], text=words, hovertemplate=hover, showlegend=False))
    drawn = layout(title, "k, seeds tried", value_axis(metric))
    notes.insert(0, sentences.BEST_OF_K_NOTE)
    table: dict[str, Column] = {
        "arm": [item.arm.name for item in visible for _ in item.curve.ks],
        "k": [k for item in visible for k in item.curve.ks],
        "expected_best": [value for item in visible for value in item.curve.values],
    }
    return Figure("best-of-k", title, data, drawn, tuple(notes), table=table)


Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WinnerFlip:
    """Chance that fewer seeds name another winner.

    `chances[i]` is the chance that `sizes[i]` seeds per arm point against all n. `interval` is that of the difference.
    """

    a: ArmValues
    b: ArmValues
    n: int
    sizes: Ints
    chances: Floats
    interval: Interval | None
    reason: str | None


def winner_flip(a: ArmValues, b: ArmValues, rule: DecisionRule, most: int = 20) -> WinnerFlip:
    """Compute the chances for up to 12 sizes from 1 to n.

    n is the number of available seeds, at most `most`.
    """
    evidence = gather(a.sample(), b.sample(), rule)
    largest = max(1, min(most, evidence.n))
    sizes = 1 + evenly(largest, 12)
    result = wrong_winner(evidence.a, evidence.b, paired=evidence.paired, sizes=tuple(sizes.tolist()))
    chances = np.asarray(result.chances, dtype=np.float64)
    return WinnerFlip(a, b, evidence.n, sizes[: chances.size], chances, evidence.interval, result.reason)


def draw_winner_flip(result: WinnerFlip, metric: MetricInfo) -> Figure:
    """Draw the chances, with the difference's interval in the notes."""
    title = sentences.other_winner_title(result.a.name, result.b.name)
    notes = left_out_notes([result.a, result.b])
    if result.reason is not None or result.n < 2:
        return empty_figure("winner", title, result.reason or sentences.NEEDS_TWO_SEEDS, notes)
    if result.interval is not None:
        scale, unit = difference_scale(metric), difference_unit(metric)
        notes.insert(0, sentences.means_differ_note(result.interval, scale, unit, result.n))
    notes.append(sentences.resampled_note(result.n))
    spoken = sentences.chance_hover()
    position = result.b.position
    data = [
        neutral("reference", [float(result.sizes[0]), float(result.sizes[-1])], [0.5, 0.5]),
        line("chance", position, result.sizes, result.chances, showlegend=False, hoverinfo="skip"),
        dots("points", position, result.sizes, result.chances, showlegend=False, hovertemplate=spoken),
    ]
    drawn = layout(
        title,
        sentences.SEEDS_PER_ARM,
        sentences.CHANCE_OF_OTHER_WINNER,
        showlegend=False,
        yaxis={"range": [0, 0.55], "tickformat": ".0%"},
    )
    table = {"seeds": result.sizes, "chance": result.chances}
    return Figure("winner", title, data, drawn, tuple(notes), table=table)
