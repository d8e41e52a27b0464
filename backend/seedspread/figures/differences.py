"""B - A seed by seed: the differences as dots or slopes, with the interval of their mean; never without the zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seedspread.core.recipe import MetricInfo
from seedspread.figures.kit.figure import Column, Figure, Trace, empty_figure, layout
from seedspread.figures.kit.look import arm_role, role
from seedspread.figures.kit.marks import EXACT, dots, identities, line, neutral, offsets, tick_axis
from seedspread.figures.kit.sentences import (
    counted,
    difference_axis,
    difference_scale,
    difference_unit,
    label,
    left_out_notes,
    rounded,
    short,
    value_axis,
)
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.rule import DecisionRule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Kind = Literal["dots", "slopes"]


@dataclass(frozen=True, eq=False)
class Differences:
    """B - A in the metric's units; arrays have shape (pairs,), seeds ascending, empty where the arms are not paired.

    mean and interval are of the difference of the means, paired or not as `paired` says, None below two values.
    unmatched: finite values whose seed the other arm lacks.
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


def differences(a: ArmValues, b: ArmValues, rule: DecisionRule) -> Differences:
    """The numbers of two arms under a rule, which decides whether they are paired and at which level."""
    evidence = gather(a.sample(), b.sample(), rule)
    pairs = evidence.pairs
    mean = None
    if evidence.moments_a is not None and evidence.moments_b is not None:
        mean = evidence.moments_b.mean - evidence.moments_a.mean
    none = np.empty(0)
    return Differences(
        a,
        b,
        evidence.paired,
        pairs.seeds if pairs else none.astype(np.int64),
        _runs(a, pairs.seeds) if pairs else none.astype(np.int64),
        _runs(b, pairs.seeds) if pairs else none.astype(np.int64),
        pairs.a if pairs else none,
        pairs.b if pairs else none,
        evidence.lattice.real(evidence.lattice.differences(pairs.a, pairs.b)) if pairs else none,
        mean,
        evidence.interval if evidence.n > 2 else None,
        evidence.n,
        pairs.unmatched_a + pairs.unmatched_b if pairs else 0,
    )


def _runs(arm: ArmValues, seeds: Ints) -> Ints:
    order = np.argsort(arm.seeds)
    return arm.runs[order[np.searchsorted(arm.seeds[order], seeds)]]


def _why_none(found: Differences) -> str:
    a, b = short(found.a.name), short(found.b.name)
    if not (found.a.values.size and found.b.values.size):
        return f"Differences appear as soon as a run of {a} and one of {b} have finished."
    empty = [short(arm.name) for arm in (found.a, found.b) if not arm.sample().usable.size]
    return (
        f"No finished run of {empty[0]} gave a finite value." if empty else f"No seed has a value in both {a} and {b}."
    )


def draw_differences(found: Differences, metric: MetricInfo, *, kind: Kind = "dots", directed: bool = True) -> Figure:
    """The figure of the differences; `slopes` joins the two values of every seed.

    directed: whether one of the two arms may be called better.
    """
    a, b = found.a.name, found.b.name
    notes = _notes(found)
    if found.mean is None:
        return empty_figure("differences", f"{short(b)} − {short(a)}", _why_none(found), notes)
    how = f"{counted(found.n, 'shared seed')}, paired" if found.paired else "seeds not shared, interval by Welch"
    title = f"{short(b)} − {short(a)}: {_told(found, metric)} ({how})"
    slopes = kind == "slopes" and found.paired
    data, drawn = _slopes(found, metric, title) if slopes else _dots(found, metric, title, directed=directed)
    return Figure("differences", title, data, drawn, tuple(notes), table=_table(found))


def _told(found: Differences, metric: MetricInfo) -> str:
    scale, unit = difference_scale(metric), difference_unit(metric)
    width = found.interval.width() * scale if found.interval else None
    mean = rounded((found.mean or 0.0) * scale, width)
    sign = "" if mean.startswith("−") else "+"
    return f"{sign}{mean} {unit}".strip()


def _dots(found: Differences, metric: MetricInfo, title: str, *, directed: bool) -> tuple[list[Trace], dict[str, Any]]:
    scale, position = difference_scale(metric), found.b.position
    x = found.differences * scale
    spread = offsets(x, float(x.min()), float(x.max())) if x.size else x
    data = [
        dots(
            "pairs",
            position,
            x,
            spread,
            customdata=identities(found.runs_a, found.runs_b, found.seeds),
            hovertemplate=f"seed %{{customdata[2]}}: %{{x{EXACT}}}<extra></extra>",
            showlegend=False,
        ),
        *_interval(found, scale),
    ]
    drawn = layout(
        title,
        difference_axis(metric, found.a.name, found.b.name, directed=directed),
        "",
        showlegend=False,
        yaxis={"range": [-0.75, 0.45], "visible": False, "fixedrange": True},
        shapes=[_zero("x")],
    )
    # Zero belongs on the figure: without it a small difference looks like a large one.
    drawn["xaxis"]["rangemode"] = "tozero"
    return data, drawn


def _interval(found: Differences, scale: float) -> list[Trace]:
    mean, level = (found.mean or 0.0) * scale, f"mean {rounded((found.mean or 0.0) * scale)} (n = {found.n})"
    height = -0.58
    data: list[Trace] = []
    if found.interval is not None:
        low, high = found.interval.low * scale, found.interval.high * scale
        level += f"<br>{found.interval.stated_level} interval {rounded(low)} to {rounded(high)}"
        style = {"dash": "solid", "width": 3, "color": role("text")}
        data.append(line("mean", found.b.position, [low, high], [height, height], line=style, hoverinfo="skip"))
    marks = {"size": 11, "color": role("text"), "symbol": "diamond"}
    spoken = f"{level}<extra></extra>"
    return [*data, dots("mean", found.b.position, [mean], [height], marker=marks, hovertemplate=spoken)]


def _slopes(found: Differences, metric: MetricInfo, title: str) -> tuple[list[Trace], dict[str, Any]]:
    n = found.seeds.size
    gap = np.full(n, np.nan)
    x = np.stack([np.zeros(n), np.ones(n), gap], axis=1).ravel()
    y = np.stack([found.values_a, found.values_b, gap], axis=1).ravel()
    of = np.repeat(np.arange(n), 3)
    joined = line(
        "pairs",
        found.b.position,
        x,
        y,
        line={"width": 1, "dash": "solid", "color": arm_role(found.b.position, 0.6)},
        customdata=identities(found.runs_a[of], found.runs_b[of], found.seeds[of]),
        hovertemplate=f"seed %{{customdata[2]}}: %{{y{EXACT}}}<extra></extra>",
        showlegend=False,
    )
    means = line("mean", found.b.position, [0, 1], [found.values_a.mean(), found.values_b.mean()], showlegend=False)
    means["line"] = {"color": role("text"), "width": 3}
    ends = [
        dots("points", arm.position, np.full(n, float(place)), values, hoverinfo="skip", showlegend=False)
        for place, (arm, values) in enumerate(((found.a, found.values_a), (found.b, found.values_b)))
    ]
    names = [label(found.a.name, 24), label(found.b.name, 24)]
    across = tick_axis([0, 1], names) | {"range": [-0.3, 1.3], "fixedrange": True, "showgrid": False}
    return [joined, *ends, means], layout(title, "", value_axis(metric), xaxis=across, showlegend=False)


def _zero(axis: str) -> dict[str, Any]:
    other = "y" if axis == "x" else "x"
    ends = {f"{axis}0": 0, f"{axis}1": 0, f"{other}0": 0, f"{other}1": 1, f"{other}ref": "paper", f"{axis}ref": axis}
    return {"type": "line", "layer": "below", "line": {"color": role("muted"), "width": 1}} | ends


def zero_line(length: Sequence[float]) -> Trace:
    """A horizontal line at 0 from the first to the last of these places."""
    return neutral("reference", [length[0], length[-1]], [0, 0])


def _notes(found: Differences) -> list[str]:
    notes = []
    if found.paired and found.unmatched:
        notes.append(f"{counted(found.unmatched, 'run')} without a partner of the same seed left out.")
    if found.mean is not None and found.interval is None:
        notes.append("No interval: too few seeds, or no variation between them.")
    return notes + left_out_notes([found.a, found.b])


def _table(found: Differences) -> dict[str, Column]:
    return {
        "seed": found.seeds,
        "a": found.values_a,
        "b": found.values_b,
        "difference": found.differences,
        "run_a": found.runs_a,
        "run_b": found.runs_b,
    }
