"""Differences B − A by seed, with the mean's CI.

The axis always includes zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seedspread.core.recipe import MetricInfo
from seedspread.core.study import Centre
from seedspread.figures.kit import sentences
from seedspread.figures.kit.figure import Column, Figure, Trace, empty_figure, layout
from seedspread.figures.kit.look import arm_role, role
from seedspread.figures.kit.marks import EXACT, dots, identities, line, neutral, offsets, tick_axis
from seedspread.figures.kit.sentences import (
    counted,
    difference_axis,
    difference_scale,
    difference_unit,
    interval_words,
    label,
    left_out_notes,
    rounded,
    short,
    value_axis,
)
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Kind = Literal["dots", "slopes"]


@dataclass(frozen=True, eq=False)
class Differences:
    """Differences B − A in the metric's units.

    Arrays have shape (pairs,), in ascending order of seeds, and are empty if the arms are not paired. `mean` and
    `interval` are of the difference of the means, paired or not as `paired` says, and None below two values.
    `unmatched` counts finite values whose seed the other arm lacks; `uses_unmatched` says whether they take part.
    `marks`: the differences besides 0 on which the verdict turns. `centre`: the value of an arm that decides; `mean` is
    the difference of that. For `log_ratio`, differences, mean, interval and marks are ratios B / A.
    """

    a: ArmValues
    b: ArmValues
    paired: bool
    seeds: Ints
    runs_a: Ints
    runs_b: Ints
    values_a: Floats
    values_b: Floats
    differences: Floats
    mean: float | None
    interval: Interval | None
    n: int
    unmatched: int
    uses_unmatched: bool = False
    marks: tuple[float, ...] = ()
    centre: Centre = "mean"

    @property
    def ratio(self) -> bool:
        """True if ratios are shown."""
        return self.centre == "log_ratio"


def differences(a: ArmValues, b: ArmValues, rule: DecisionRule) -> Differences:
    """Compute the numbers of two arms under a decision rule.

    The rule decides whether they are paired and at which level.
    """
    evidence = gather(a.sample(), b.sample(), rule)
    pairs = evidence.pairs
    interval = evidence.interval if evidence.n > 2 else None
    if interval is not None and interval.width() == 0:
        interval = None  # an interval of no width would look as if it had been rounded
    none = np.empty(0)
    numbers = Differences(
        a,
        b,
        evidence.paired,
        pairs.seeds if pairs else none.astype(np.int64),
        _runs(a, pairs.seeds) if pairs else none.astype(np.int64),
        _runs(b, pairs.seeds) if pairs else none.astype(np.int64),
        pairs.a if pairs else none,
        pairs.b if pairs else none,
        evidence.lattice.real(evidence.lattice.differences(pairs.a, pairs.b)) if pairs else none,
        evidence.value,
        interval,
        evidence.n,
        pairs.unmatched_a + pairs.unmatched_b if pairs else 0,
        evidence.alone is not None,
        () if evidence.margin is None else (-evidence.margin, evidence.margin),
        rule.centre,
    )
    return _as_ratios(numbers) if numbers.ratio and not evidence.not_positive else numbers


def _as_ratios(numbers: Differences) -> Differences:
    """Return differences of logarithms as ratios, and their values as they were."""
    interval = numbers.interval
    if interval is not None:
        interval = replace(interval, low=_exp(interval.low), high=_exp(interval.high))
    return replace(
        numbers,
        values_a=np.exp(numbers.values_a),
        values_b=np.exp(numbers.values_b),
        differences=np.exp(numbers.differences),
        mean=None if numbers.mean is None else _exp(numbers.mean),
        interval=interval,
        marks=(1.0, *map(_exp, numbers.marks)),
    )


def _exp(value: float) -> float:
    return math.exp(max(-700.0, min(700.0, value)))  # beyond e**700 a float64 overflows


def _runs(arm: ArmValues, seeds: Ints) -> Ints:
    order = np.argsort(arm.seeds)
    return arm.runs[order[np.searchsorted(arm.seeds[order], seeds)]]


def _why_none(numbers: Differences) -> str:
    a, b = numbers.a.name, numbers.b.name
    if not (numbers.a.values.size and numbers.b.values.size):
        return sentences.no_differences(a, b)
    empty = [arm.name for arm in (numbers.a, numbers.b) if not arm.sample().usable.size]
    return sentences.no_finite_value_of(empty[0]) if empty else sentences.no_seed_in_both(a, b)


def draw_differences(numbers: Differences, metric: MetricInfo, *, kind: Kind = "dots", directed: bool = True) -> Figure:
    """Draw the differences.

    The kind `slopes` joins the two values of every seed. `directed` tells whether one of the two arms may be called
    better.
    """
    a, b = numbers.a.name, numbers.b.name
    notes = _notes(numbers)
    if numbers.mean is None:
        return empty_figure("differences", f"{short(b)} − {short(a)}", _why_none(numbers), notes)
    how = f"{counted(numbers.n, 'paired seed')}"
    if not numbers.paired:
        how = "unpaired" if numbers.interval is None else f"unpaired, {numbers.interval.method} interval"
    title = sentences.difference_title(a, b, numbers.centre, _sentence(numbers, metric), how, paired=numbers.paired)
    slopes = kind == "slopes" and numbers.paired
    data, drawn = _slopes(numbers, metric, title) if slopes else _dots(numbers, metric, title, directed=directed)
    return Figure("differences", title, data, drawn, tuple(notes), table=_table(numbers))


def _sentence(numbers: Differences, metric: MetricInfo) -> str:
    scale, unit = _scale(numbers, metric), difference_unit(metric)
    mean = _mean(numbers, scale)
    if numbers.ratio:
        return mean
    sign = "" if mean.startswith("−") or numbers.mean == 0 else "+"
    return f"{sign}{mean} {unit}".strip()


def _dots(
    numbers: Differences, metric: MetricInfo, title: str, *, directed: bool
) -> tuple[list[Trace], dict[str, Any]]:
    scale, position = _scale(numbers, metric), numbers.b.position
    x = numbers.differences * scale
    spread = offsets(x, float(x.min()), float(x.max())) if x.size else x
    data = [
        dots(
            "pairs",
            position,
            x,
            spread,
            customdata=identities(numbers.runs_a, numbers.runs_b, numbers.seeds),
            hovertemplate=f"seed %{{customdata[2]}}: %{{x{EXACT}}}<extra></extra>",
            showlegend=False,
        ),
        *_interval(numbers, scale),
    ]
    drawn = layout(
        title,
        difference_axis(metric, numbers.a.name, numbers.b.name, directed=directed, ratio=numbers.ratio),
        "",
        showlegend=False,
        yaxis={"range": [-0.75, 0.45], "visible": False, "fixedrange": True},
        shapes=[] if numbers.ratio else [_zero("x")],
    )
    # Zero (of ratios: 1) belongs on the figure: without it a small difference looks like a large one.
    if numbers.ratio:
        data.insert(0, neutral("reference", [1, 1], [-0.75, 0.45]))
    else:
        drawn["xaxis"]["rangemode"] = "tozero" if x.any() or numbers.mean else "normal"  # all at zero: it is the middle
    return data, drawn


def _scale(numbers: Differences, metric: MetricInfo) -> float:
    return 1.0 if numbers.ratio else difference_scale(metric)


def _mean(numbers: Differences, scale: float) -> str:
    return rounded(numbers.mean or 0.0, numbers.interval, scale, numbers.marks)


def _interval(numbers: Differences, scale: float) -> list[Trace]:
    mean, level = (numbers.mean or 0.0) * scale, f"mean {_mean(numbers, scale)} (n = {numbers.n})"
    height = -0.58
    data: list[Trace] = []
    if numbers.interval is not None:
        low, high = numbers.interval.low * scale, numbers.interval.high * scale
        level += f"<br>{interval_words(numbers.interval, scale, marks=numbers.marks)}"
        style = {"dash": "solid", "width": 3, "color": role("text")}
        data.append(line("mean", numbers.b.position, [low, high], [height, height], line=style, hoverinfo="skip"))
    marks = {"size": 11, "color": role("text"), "symbol": "diamond"}
    spoken = f"{level}<extra></extra>"
    return [*data, dots("mean", numbers.b.position, [mean], [height], marker=marks, hovertemplate=spoken)]


def _slopes(numbers: Differences, metric: MetricInfo, title: str) -> tuple[list[Trace], dict[str, Any]]:
    n = numbers.seeds.size
    gap = np.full(n, np.nan)
    x = np.stack([np.zeros(n), np.ones(n), gap], axis=1).ravel()
    y = np.stack([numbers.values_a, numbers.values_b, gap], axis=1).ravel()
    of = np.repeat(np.arange(n), 3)
    joined = line(
        "pairs",
        numbers.b.position,
        x,
        y,
        line={"width": 1, "dash": "solid", "color": arm_role(numbers.b.position, 0.6)},
        customdata=identities(numbers.runs_a[of], numbers.runs_b[of], numbers.seeds[of]),
        hovertemplate=f"seed %{{customdata[2]}}: %{{y{EXACT}}}<extra></extra>",
        showlegend=False,
    )
    centres = [
        float(np.exp(np.log(values).mean()) if numbers.ratio else values.mean())
        for values in (numbers.values_a, numbers.values_b)
    ]
    means = line("mean", numbers.b.position, [0, 1], centres, showlegend=False)
    means["line"] = {"color": role("text"), "width": 3}
    ends = [
        dots("points", arm.position, np.full(n, float(index)), values, hoverinfo="skip", showlegend=False)
        for index, (arm, values) in enumerate(((numbers.a, numbers.values_a), (numbers.b, numbers.values_b)))
    ]
    names = [label(numbers.a.name, 24), label(numbers.b.name, 24)]
    across = tick_axis([0, 1], names) | {"range": [-0.3, 1.3], "fixedrange": True, "showgrid": False}
    return [joined, *ends, means], layout(title, "", value_axis(metric), xaxis=across, showlegend=False)


def _zero(axis: str) -> dict[str, Any]:
    other = "y" if axis == "x" else "x"
    ends = {f"{axis}0": 0, f"{axis}1": 0, f"{other}0": 0, f"{other}1": 1, f"{other}ref": "paper", f"{axis}ref": axis}
    return {"type": "line", "layer": "below", "line": {"color": role("muted"), "width": 1}} | ends


def reference_line(length: Sequence[float], at: float = 0.0) -> Trace:
    """Draw a horizontal line at 0 (ratios: 1) across these positions."""
    return neutral("reference", [length[0], length[-1]], [at, at])


def _notes(numbers: Differences) -> list[str]:
    notes = []
    if numbers.paired and numbers.unmatched:
        notes.append(sentences.unpaired_note(numbers.unmatched, used=numbers.uses_unmatched))
    if numbers.mean is not None and numbers.interval is None:
        few, same = numbers.n < FEWEST_FOR_INTERVAL, np.unique(numbers.differences).size == 1
        why = sentences.SAME_DIFFERENCE_NOTE if same else sentences.NO_INTERVAL_NOTE
        notes.append(sentences.TOO_FEW_FOR_INTERVAL_NOTE if few else why)
    return notes + left_out_notes([numbers.a, numbers.b])


def _table(numbers: Differences) -> dict[str, Column]:
    return {
        "seed": numbers.seeds,
        "a": numbers.values_a,
        "b": numbers.values_b,
        "difference": numbers.differences,
        "run_a": numbers.runs_a,
        "run_b": numbers.runs_b,
    }
