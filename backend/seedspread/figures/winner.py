"""Chance that a smaller study names the other winner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.core.recipe import MetricInfo
from seedspread.figures.kit.figure import Figure, empty_figure, layout
from seedspread.figures.kit.marks import dots, evenly, line, neutral
from seedspread.figures.kit.sentences import difference_scale, difference_unit, interval_words, left_out_notes, short
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.best_of_k import wrong_winner
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.rule import DecisionRule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WinnerFlip:
    """Chance that fewer seeds name the same winner.

    chances[i]: that sizes[i] seeds per arm point against all n; with the interval of the difference.
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

    n is the number at hand (at most `most`).
    """
    evidence = gather(a.sample(), b.sample(), rule)
    largest = max(1, min(most, evidence.n))
    sizes = 1 + evenly(largest, 12)
    result = wrong_winner(evidence.a, evidence.b, paired=evidence.paired, sizes=tuple(sizes.tolist()))
    chances = np.asarray(result.chances, dtype=np.float64)
    return WinnerFlip(a, b, evidence.n, sizes[: chances.size], chances, evidence.interval, result.reason)


def draw_winner_flip(result: WinnerFlip, metric: MetricInfo) -> Figure:
    """Draw the chances, with the difference's interval in the notes."""
    title = f"How often k seeds would name the other winner, {short(result.b.name)} against {short(result.a.name)}"
    notes = left_out_notes([result.a, result.b])
    if result.reason is not None or result.n < 2:
        return empty_figure("winner", title, result.reason or "This needs at least 2 seeds per arm.", notes)
    if result.interval is not None:
        scale, unit = difference_scale(metric), difference_unit(metric)
        notes.insert(0, f"Difference of the means: {interval_words(result.interval, scale, unit)}, n = {result.n}.")
    notes.append(f"Computed from the {result.n} seeds at hand, so optimistic: without any difference it should be 50%.")
    spoken = "%{x} seeds per arm: %{y:.1%}<extra></extra>"
    position = result.b.position
    data = [
        neutral("reference", [float(result.sizes[0]), float(result.sizes[-1])], [0.5, 0.5]),
        line("chance", position, result.sizes, result.chances, showlegend=False, hoverinfo="skip"),
        dots("points", position, result.sizes, result.chances, showlegend=False, hovertemplate=spoken),
    ]
    drawn = layout(
        title,
        "seeds per arm",
        "chance of the other winner, ↓ better",
        showlegend=False,
        yaxis={"range": [0, 0.55], "tickformat": ".0%"},
    )
    table = {"seeds": result.sizes, "chance": result.chances}
    return Figure("winner", title, data, drawn, tuple(notes), table=table)
