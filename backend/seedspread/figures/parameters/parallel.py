"""Parallel coordinates: a line per run over its parameters and value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread import words
from seedspread.core.recipe import Direction, MetricInfo
from seedspread.figures.kit.figure import Column, Figure, Trace, empty_figure, layout
from seedspread.figures.kit.look import ARM_COLOURS, role
from seedspread.figures.kit.marks import identities, line
from seedspread.figures.kit.sentences import better, counted, label, left_out_notes, metric_words
from seedspread.figures.parameters.sentences import NO_PARAMETERS, NO_RUNS, emphasised, parallel_title
from seedspread.figures.parameters.values import Parameter, ParameterRuns

Floats = NDArray[np.float64]

MOST_AXES = 8
"""Parameters that get an axis: those named first."""

BEST_SHARE = 0.1
"""Share of the runs that is emphasised where arms are too many for colours."""

SIDE = 0.18
"""Room beside the outer axes, in distances of two axes."""


def draw_parallel(runs: ParameterRuns, metric: MetricInfo) -> Figure:
    """Draw an axis per parameter, the metric last.

    Lines are in the arms' colours; of many arms, the best tenth of the runs is emphasised.
    """
    name, notes = metric_words(metric.name), left_out_notes(runs.arms)
    title = parallel_title(name, counted(int(runs.values.size), "run"))
    if not runs.parameters:
        return empty_figure("parallel", title, NO_PARAMETERS, notes)
    if not runs.values.size:
        return empty_figure("parallel", title, NO_RUNS, notes)
    axes = runs.parameters[:MOST_AXES]
    heights = np.stack([*(_height(_scaled(runs.places(item), item)) for item in axes), _height(runs.values)], axis=1)
    last = len(axes)
    coloured = len(runs.arms) <= ARM_COLOURS
    order = np.argsort(runs.values if metric.direction is Direction.MAXIMIZE else -runs.values, kind="stable")
    best = np.zeros(order.size, dtype=bool)
    best[order[-max(1, round(BEST_SHARE * order.size)) :]] = True
    if coloured:
        by_arm = ((runs.arm == at, arm) for at, arm in enumerate(runs.arms))
        data = [_lines(runs, heights, mask, arm.position, label(arm.name)) for mask, arm in by_arm]
    else:
        others = _lines(runs, heights, ~best, 0, "") | {"opacity": 0.25}
        data = [others | {"line": {"color": role("muted"), "width": 1}}, _lines(runs, heights, best, 0, "")]
        notes.insert(0, emphasised(counted(int(best.sum()), "run")))
    drawn = layout(
        title,
        "",
        "",
        showlegend=coloured,
        xaxis={"range": [-SIDE, last + SIDE], "visible": False, "fixedrange": True},
        yaxis={"range": [-0.12, 1.12], "visible": False, "fixedrange": True},
        shapes=[_upright(at) for at in range(last + 1)],
        annotations=[
            *(part for at, item in enumerate(axes) for part in _axis(at, last, item, runs)),
            *_value_axis(last, metric, runs.values),
        ],
    )
    table: dict[str, Column] = {
        "arm": [runs.arms[at].name for at in runs.arm],
        "run": runs.runs,
        "seed": runs.seeds,
        **{item.name: [item.text(setting) for setting in runs.places(item)] for item in runs.parameters},
        "value": runs.values,
    }
    return Figure("parallel", title, [trace for trace in data if trace["x"]], drawn, tuple(notes), table=table)


def _scaled(places: Floats, parameter: Parameter) -> Floats:
    return np.log(places) if parameter.geometric else places


def _height(values: Floats) -> Floats:
    """Return heights in [0, 1]; 0.5 where all are equal."""
    low, high = float(values.min()), float(values.max())
    heights: Floats = np.full(values.size, 0.5) if high <= low else (values - low) / (high - low)
    return heights


def _lines(runs: ParameterRuns, heights: Floats, mask: NDArray[np.bool_], position: int, name: str) -> Trace:
    count, axes = int(mask.sum()), heights.shape[1]
    gap = np.full((count, 1), np.nan)
    along = np.concatenate([np.tile(np.arange(axes, dtype=np.float64), (count, 1)), gap], axis=1).ravel()
    up = np.concatenate([heights[mask], gap], axis=1).ravel()
    of = np.repeat(np.flatnonzero(mask), axes + 1)
    return line(
        "seeds",
        position,
        along,
        up,
        line={"width": 1.2, "dash": "solid"},
        opacity=float(np.clip(4 / np.sqrt(max(count, 1)), 0.15, 0.8)),
        customdata=identities(runs.runs[of], runs.seeds[of]),
        hovertemplate=f"run %{{customdata[0]}}, seed %{{customdata[1]}}<extra>{name}</extra>",
        name=name,
    )


def _upright(at: int) -> dict[str, Any]:
    style = {"color": role("muted"), "width": 1}
    return {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": style, "layer": "below"}


def _axis(at: int, last: int, parameter: Parameter, runs: ParameterRuns) -> list[dict[str, Any]]:
    places = runs.places(parameter)
    distinct = np.unique(places)
    if distinct.size > MOST_AXES:
        distinct = distinct[[0, distinct.size // 2, -1]] if not parameter.numeric else distinct[[0, -1]]
    scaled = _scaled(places, parameter)
    low, high = float(scaled.min()), float(scaled.max())
    marks = [(float(value), (float(_scaled(value, parameter)) - low) / ((high - low) or 1.0)) for value in distinct]
    texts = [_text(label(parameter.text(value), 12), at, last, height) for value, height in marks]
    return [_text(label(parameter.name, 18), at, last, 1.12, strong=True), *texts]


def _value_axis(last: int, metric: MetricInfo, values: Floats) -> list[dict[str, Any]]:
    ends = (float(values.min()), 0.0), (float(values.max()), 1.0)
    name = f"{label(metric_words(metric.name), 20)}, {better(metric)}"
    # Below its axis: beside the parameters' names a long one would lie on the last of them.
    return [_text(name, last, last, -0.12, strong=True), *(_text(words.number(v), last, last, h) for v, h in ends)]


def _text(text: str, at: int, last: int, height: float, *, strong: bool = False) -> dict[str, Any]:
    """Put text at an axis, in shares of the whole plot.

    Every renderer understands these.
    """
    return {
        "text": text,
        "x": (at + SIDE) / (last + 2 * SIDE),
        "y": (height + 0.12) / 1.24,
        "xref": "paper",
        "yref": "paper",
        # The outer names end and begin at the edge: centred, a long one would leave the figure.
        "xanchor": "right" if at == last else "left" if at == 0 or not strong else "center",
        "xshift": (6 if strong else -6) if at == last else -6 if strong and at == 0 else 0 if strong else 6,
        "showarrow": False,
        "font": {"size": 12, "color": role("text" if strong else "muted")},
    }
