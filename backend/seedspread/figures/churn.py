"""Per-example churn: how many of the test examples every seed gets right, some do, or none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.figures.kit.figure import Figure, empty_figure, layout
from seedspread.figures.kit.look import arm_role
from seedspread.figures.kit.sentences import label

Ints = NDArray[np.int64]

MOST_CLASSES = 21


@dataclass(frozen=True, eq=False)
class Churn:
    """counts[i] examples are right in (about) the share i / (classes - 1) of the seeds; shape (classes,).

    There is a class for every number of runs, up to 20 runs. always, never: examples right in all runs and in none.
    disagreement: the chance that two runs differ on an example (None for one run).
    """

    position: int
    name: str
    runs: int
    examples: int
    counts: Ints
    always: int
    never: int
    disagreement: float | None


def churn(position: int, name: str, correct: NDArray[np.bool_]) -> Churn:
    """The numbers of one arm; correct: shape (runs, examples), one test set for all runs."""
    runs, examples = correct.shape
    right = correct.sum(axis=0)
    last = min(max(runs, 1), MOST_CLASSES - 1)
    counts = np.bincount(np.rint(right * last / max(runs, 1)).astype(np.int64), minlength=last + 1)
    differing = float((right * (runs - right)).sum()) / (runs * (runs - 1) / 2) / examples if runs > 1 else None
    always, never = int((right == runs).sum()), int((right == 0).sum())
    return Churn(position, name, runs, examples, counts, always, never, differing)


def draw_churn(found: Sequence[Churn], why_none: str = "No run has reported per-example results.") -> Figure:
    """The figure of the churn, arms side by side."""
    title = "Which test examples the seeds disagree on"
    shown = [one for one in found if one.runs and one.examples]
    if not shown:
        return empty_figure("churn", title, why_none)
    data = [
        {
            "type": "bar",
            "x": _shares(one).tolist(),
            "y": one.counts.tolist(),
            "name": f"{label(one.name)} (n = {one.runs})",
            "marker": {"color": arm_role(one.position, 0.85)},
            "hovertemplate": f"right in about %{{x:.0%}} of the seeds: %{{y}} examples<extra>{label(one.name)}</extra>",
            "meta": {"role": "examples", "arm": one.position},
            "legendgroup": f"arm{one.position}",
        }
        for one in shown
    ]
    drawn = layout(
        title,
        "share of seeds that get an example right",
        "test examples",
        barmode="group",
        bargap=0.15,
        xaxis={"range": [-0.06, 1.06], "tickformat": ".0%"},
        yaxis={"type": "log", "dtick": 1},
    )
    return Figure("churn", title, data, drawn, tuple(_told(one) for one in shown), table=_table(shown))


def _told(one: Churn) -> str:
    sometimes = one.examples - one.always - one.never
    told = (
        f"{one.name}: of {one.examples:,} examples {one.always:,} are right under every seed, {sometimes:,} under some"
    )
    told += f", {one.never:,} under none"
    return told + ("." if one.disagreement is None else f"; two runs differ on {100 * one.disagreement:.2g} %.")


def _shares(one: Churn) -> NDArray[np.float64]:
    return np.linspace(0, 1, one.counts.size)


def _table(shown: Sequence[Churn]) -> dict[str, list[object]]:
    rows = [
        (one.name, share, count)
        for one in shown
        for share, count in zip(_shares(one).tolist(), one.counts.tolist(), strict=True)
    ]
    return {name: [row[place] for row in rows] for place, name in enumerate(("arm", "share", "examples"))}
