"""Draw distributions: points with a box or violin, or cumulative shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seedspread.core.recipe import MetricInfo
from seedspread.figures.distribution import ArmDistribution
from seedspread.figures.kit import sentences
from seedspread.figures.kit.figure import Column, Figure, Trace, centred, empty_figure, layout, listed
from seedspread.figures.kit.look import arm_role, role
from seedspread.figures.kit.marks import (
    EXACT,
    REACH,
    around,
    at_edge,
    dots,
    identities,
    line,
    share_axis,
    tick_axis,
    within_share,
)
from seedspread.figures.kit.sentences import (
    interval_words,
    label,
    left_out_notes,
    metric_words,
    rounded,
    seeds_per_arm,
    sentence,
    value_axis,
)

Kind = Literal["box", "violin", "histogram", "points", "ecdf"]

MOST_BINS = 40


def draw_distribution(
    arms: Sequence[ArmDistribution],
    metric: MetricInfo,
    *,
    kind: Kind = "box",
    when: str = "last epoch",
    span: tuple[float, float] | None = None,
) -> Figure:
    """Draw the distribution.

    Every kind shows each seed as a point. `when` names the summary in words, such as `last epoch`, or is empty. `span`
    is the range of the values' axis, if it is shared with other figures.
    """
    name, after = sentence(metric_words(metric.name)), f", {when}" if when else ""
    notes = _notes(arms, metric.name)
    if not any(arm.values.size or arm.broken_runs.size for arm in arms):
        return empty_figure("distribution", f"{name}{after}", sentences.POINTS_AFTER_RUN, notes)
    title = f"{name} over {seeds_per_arm([arm.arm.values.size for arm in arms])}{after}"
    data, drawn = _ecdf(arms, metric, title) if kind == "ecdf" else _strips(arms, metric, title, kind)
    if not any(arm.values.size for arm in arms):
        drawn["annotations"] = [centred(sentences.NO_FINITE_VALUE)]
    if span is not None:
        drawn["xaxis"]["range"] = list(span)
    return Figure("distribution", title, data, drawn, tuple(notes), table=_table(arms))


def distribution_range(arms: Sequence[ArmDistribution], metric: MetricInfo) -> tuple[float, float] | None:
    """Return the range of distributions that stand beside each other.

    Of values and mean intervals; None without any.
    """
    intervals = [arm.summary.mean_interval for arm in arms if arm.summary.mean_interval is not None]
    ends = np.array([end for interval in intervals for end in (interval.low, interval.high)], dtype=np.float64)
    values = np.concatenate([ends, *(arm.values for arm in arms)])
    span = around(values)
    return None if span is None else within_share(metric, values, span)


def _strips(
    arms: Sequence[ArmDistribution], metric: MetricInfo, title: str, kind: Kind
) -> tuple[list[Trace], dict[str, Any]]:
    data: list[Trace] = []
    every = _every(arms)
    edges = bin_edges([arm.values for arm in arms]) if kind == "histogram" else None
    for index, arm in enumerate(arms):
        at = -float(index)
        shape = _shape(arm, at, kind) if edges is None else _bins(arm, at, edges)
        data += [*shape, _points(arm, at + arm.offsets), *_mean(arm, at), *_broken(arm, at)]
    names = [f"{label(arm.arm.name, 24)}<br>n = {arm.values.size}" for arm in arms]
    drawn = layout(
        title,
        value_axis(metric),
        "",
        showlegend=False,
        xaxis=share_axis(metric, every) | _around_one_value(every, metric),
        yaxis=tick_axis([-float(index) for index in range(len(arms))], names)
        | {"range": [-len(arms) + 0.45, 0.55], "fixedrange": True, "showgrid": False},
        xaxis2={"overlaying": "x", "range": [0, 1], "visible": False, "fixedrange": True},
        meta={"arms": [_identity(arm) for arm in arms]},
    )
    return data, drawn


def _every(arms: Sequence[ArmDistribution]) -> NDArray[np.float64]:
    return np.concatenate([np.empty(0), *(arm.values for arm in arms)])


def bin_edges(arms: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the edges of bins that all arms share.

    Bins are as wide as Freedman and Diaconis's rule makes the narrowest arm's, at most 40. `arms` holds the finite
    values of each; without any there is one bin.
    """
    values = np.concatenate([np.empty(0), *arms])
    if values.size == 0:
        return np.array([0.0, 1.0])
    span = float(np.ptp(values))
    if span == 0:
        return np.histogram_bin_edges(values, 1)
    widths = [float(np.diff(np.histogram_bin_edges(arm, "fd"))[0]) for arm in arms if arm.size > 1 and np.ptp(arm) > 0]
    return np.histogram_bin_edges(values, min(MOST_BINS, max(1, round(span / min(widths, default=span)))))


def _bins(arm: ArmDistribution, at: float, edges: NDArray[np.float64]) -> list[Trace]:
    """Draw the arm's counts upward from its line.

    The fullest bin is as high as a violin is wide.
    """
    counts, _ = np.histogram(arm.values, edges)
    if not counts.any():
        return []
    heights = at + REACH * np.repeat(counts, 2) / counts.max()
    sides = np.repeat(edges, 2)
    position = arm.arm.position
    return [
        {
            "type": "scatter",
            "x": listed(sides),
            "y": listed(np.concatenate([[at], heights, [at]])),
            "mode": "lines",
            "line": {"width": 1, "color": arm_role(position, 0.6)},
            "fill": "toself",
            "fillcolor": arm_role(position, 0.2),
            "hoverinfo": "skip",
            "showlegend": False,
            "meta": {"role": "histogram", "arm": position},
        }
    ]


def _around_one_value(values: NDArray[np.float64], metric: MetricInfo) -> dict[str, Any]:
    """Return an axis range around a single value.

    plotly's own range would have width 2, which is far too wide for a share.
    """
    every = np.unique(values)
    if every.size != 1:
        return {}
    value = float(every[0])
    half = 0.1 * (abs(value) or 1.0)
    return {"range": list(within_share(metric, values, (value - half, value + half)))}


def _ecdf(arms: Sequence[ArmDistribution], metric: MetricInfo, title: str) -> tuple[list[Trace], dict[str, Any]]:
    data: list[Trace] = []
    for arm in arms:
        if not arm.values.size:
            continue
        # Diverged runs belong to the share that never got there: the curve ends below 1.
        share = arm.share * arm.values.size / max(arm.arm.values.size, 1)
        steps = line("ecdf", arm.arm.position, arm.values, share, line={"shape": "hv"}, hoverinfo="skip")
        data += [steps | {"name": f"{label(arm.arm.name)} (n = {arm.values.size})"}, _points(arm, share)]
    shared = {"range": [0, 1.03], "tickformat": ".0%"}
    across = share_axis(metric, _every(arms))
    drawn = layout(title, value_axis(metric), sentences.SHARE_AT_OR_BELOW, xaxis=across, yaxis=shared)
    drawn["meta"] |= {"arms": [_identity(arm) for arm in arms]}
    return data, drawn


def _points(arm: ArmDistribution, heights: Any) -> Trace:
    return dots(
        "points",
        arm.arm.position,
        arm.values,
        heights,
        customdata=identities(arm.runs, arm.seeds),
        hovertemplate=f"seed %{{customdata[1]}}: %{{x{EXACT}}}<extra>{label(arm.arm.name)}</extra>",
        marker={"opacity": 0.85 if arm.values.size <= 60 else 0.5, "size": 7 if arm.values.size <= 200 else 5},
        showlegend=False,
    )


def _mean(arm: ArmDistribution, at: float) -> list[Trace]:
    summary = arm.summary
    if summary.mean is None or summary.n < 2:
        return []
    interval = summary.mean_interval if summary.n > 2 else None
    ends = [interval.low, interval.high] if interval else []
    hover = f"mean {rounded(summary.mean, interval)} (n = {summary.n})"
    if interval:
        hover += f"<br>{interval_words(interval)}"
    height = at - REACH - 0.08
    bar = line("mean", arm.arm.position, ends, [height] * len(ends), line={"dash": "solid", "width": 3})
    dot = dots(
        "mean",
        arm.arm.position,
        [summary.mean],
        [height],
        marker={"size": 10, "line": {"color": role("text"), "width": 1}},
        hovertemplate=f"{hover}<extra>{label(arm.arm.name)}</extra>",
    )
    return [bar | {"hoverinfo": "skip"}, dot] if interval else [dot]


def _shape(arm: ArmDistribution, at: float, kind: Kind) -> list[Trace]:
    position, summary = arm.arm.position, arm.summary
    common = {"hoverinfo": "skip", "showlegend": False, "meta": {"role": kind, "arm": position}}
    if kind == "violin" and arm.outline is not None:
        places, widths = arm.outline
        outline = {
            "type": "scatter",
            "x": listed(np.concatenate([places, places[::-1]])),
            "y": listed(np.concatenate([at + widths, at - widths[::-1]])),
            "mode": "lines",
            "line": {"width": 1, "color": arm_role(position, 0.6)},
            "fill": "toself",
            "fillcolor": arm_role(position, 0.12),
        }
        return [outline | common]
    if kind == "box" and arm.whiskers is not None:
        box = {
            "type": "box",
            "orientation": "h",
            "y": [at],
            "q1": [summary.q1],
            "median": [summary.median],
            "q3": [summary.q3],
            "lowerfence": [arm.whiskers[0]],
            "upperfence": [arm.whiskers[1]],
            "width": 2 * REACH,
            "fillcolor": arm_role(position, 0.12),
            "line": {"width": 1, "color": arm_role(position, 0.6)},
        }
        return [box | common]
    return []


def _broken(arm: ArmDistribution, at: float) -> list[Trace]:
    count = arm.broken_runs.size
    if not count:
        return []
    spread = np.linspace(-0.25, 0.25, count) if count > 1 else np.zeros(1)
    marks = at_edge(
        arm.arm.position,
        np.full(count, 0.99),
        at + spread,
        count,
        xaxis="x2",
        customdata=identities(arm.broken_runs, arm.broken_seeds),
        text=["NaN" if np.isnan(value) else f"{value}" for value in arm.broken_values[:2000]],
        hovertemplate=f"seed %{{customdata[1]}}: %{{text}}<extra>{label(arm.arm.name)}</extra>",
    )
    return [marks]


def _identity(arm: ArmDistribution) -> dict[str, Any]:
    return {"position": arm.arm.position, "name": arm.arm.name}


def _notes(arms: Sequence[ArmDistribution], metric: str) -> list[str]:
    notes = []
    suspect = all(arm.summary.constant for arm in arms if arm.values.size)
    for arm in arms:
        if arm.broken_runs.size:
            broken, total = int(arm.broken_runs.size), arm.arm.values.size
            notes.append(sentences.not_finite_runs_note(arm.arm.name, metric, broken, total))
        if arm.apart.count:
            notes.append(sentences.far_from_rest_note(arm.arm.name, arm.apart.count, arm.apart.n))
        if arm.summary.constant and not arm.arm.all_fixed:
            notes.append(sentences.no_variation_note(arm.arm.name, suspect=suspect))
        if arm.values.size == 1:
            notes.append(sentences.one_seed_note(arm.arm.name))
    return notes + left_out_notes([arm.arm for arm in arms])


def _table(arms: Sequence[ArmDistribution]) -> dict[str, Column]:
    return {
        "arm": [arm.arm.name for arm in arms for _ in range(arm.arm.values.size)],
        "run": np.concatenate([arm.arm.runs for arm in arms]),
        "seed": np.concatenate([arm.arm.seeds for arm in arms]),
        "value": np.concatenate([arm.arm.values for arm in arms]),
    }
