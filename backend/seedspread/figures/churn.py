"""Per-example churn: test examples that all, some or no seeds get right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.figures.kit import sentences
from seedspread.figures.kit.figure import Figure, empty_figure, layout
from seedspread.figures.kit.look import arm_role
from seedspread.figures.kit.sentences import label

Ints = NDArray[np.int64]

MOST_CLASSES = 21


@dataclass(frozen=True, eq=False)
class Churn:
    """Examples counted by the share of seeds that get them right.

    `counts[i]`, shape (classes,), is the number of examples that about i / (classes − 1) of the seeds get right. Up to
    20 runs there is a class for every number of runs. `always` and `never` count the examples that all runs and no run
    get right. `disagreement` is the chance that two runs differ on an example (None for one run).
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
    """Compute the churn of one arm.

    `correct` has shape (runs, examples), with one test set for all runs.
    """
    runs, examples = correct.shape
    right = correct.sum(axis=0)
    last = min(max(runs, 1), MOST_CLASSES - 1)
    counts = np.bincount(np.rint(right * last / max(runs, 1)).astype(np.int64), minlength=last + 1)
    differing = float((right * (runs - right)).sum()) / (runs * (runs - 1) / 2) / examples if runs > 1 else None
    always, never = int((right == runs).sum()), int((right == 0).sum())
    return Churn(position, name, runs, examples, counts, always, never, differing)


def draw_churn(churns: Sequence[Churn], why_none: str = sentences.NO_EXAMPLES) -> Figure:
    """Return the figure of the churn, arms side by side."""
    title = sentences.churn_title()
    visible = [churn for churn in churns if churn.runs and churn.examples]
    if not visible:
        return empty_figure("churn", title, why_none)
    data = [
        {
            "type": "bar",
            "x": _shares(churn).tolist(),
            "y": churn.counts.tolist(),
            "name": f"{label(churn.name)} (n = {churn.runs})",
            "marker": {"color": arm_role(churn.position, 0.85)},
            "hovertemplate": sentences.churn_hover(churn.name),
            "meta": {"role": "examples", "arm": churn.position},
            "legendgroup": f"arm{churn.position}",
        }
        for churn in visible
    ]
    drawn = layout(
        title,
        sentences.SHARE_RIGHT,
        "test examples",
        barmode="group",
        bargap=0.15,
        xaxis={"range": [-0.06, 1.06], "tickformat": ".0%"},
        yaxis={"type": "log", "dtick": 1},
    )
    notes = tuple(
        sentences.churn_note(churn.name, churn.examples, churn.always, churn.never, churn.disagreement)
        for churn in visible
    )
    return Figure("churn", title, data, drawn, notes, table=_table(visible))


def _shares(churn: Churn) -> NDArray[np.float64]:
    return np.linspace(0, 1, churn.counts.size)


def _table(visible: Sequence[Churn]) -> dict[str, list[object]]:
    rows = [
        (churn.name, share, count)
        for churn in visible
        for share, count in zip(_shares(churn).tolist(), churn.counts.tolist(), strict=True)
    ]
    return {name: [row[index] for row in rows] for index, name in enumerate(("arm", "share", "examples"))}
