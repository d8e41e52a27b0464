"""Metric against one parameter: every run, and the mean at each value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedspread import words
from seedspread.core.recipe import MetricInfo
from seedspread.figures.kit.figure import Column, Figure, Trace, empty_figure, layout
from seedspread.figures.kit.look import ARM_COLOURS, role
from seedspread.figures.kit.marks import EXACT, dots, identities, line, share_axis, tick_axis
from seedspread.figures.kit.sentences import (
    counted,
    interval_words,
    label,
    left_out_notes,
    metric_words,
    rounded,
    sentence,
    short,
    value_axis,
)
from seedspread.figures.parameters.sentences import NO_PARAMETERS, NO_RUNS, against_title, means_over
from seedspread.figures.parameters.values import Parameter, ParameterRuns
from seedspread.stats.data.samples import Sample
from seedspread.stats.inference.means import Summary, summarise

MOST_TICKS = 12
"""Values of a parameter up to which the axis names each."""


@dataclass(frozen=True)
class ValueMean:
    """Runs at one value of a parameter, all arms together."""

    setting: float
    summary: Summary


def means_by_value(runs: ParameterRuns, parameter: Parameter, level: float) -> tuple[ValueMean, ...]:
    """Return the mean and its t interval at every value.

    Values are ascending; those without runs are absent.
    """
    places = runs.places(parameter)
    means = []
    for setting in np.unique(places):
        values = runs.values[places == setting]
        sample = Sample(str(setting), values, np.arange(values.size))
        means.append(ValueMean(float(setting), summarise(sample, level)))
    return tuple(means)


def draw_against(runs: ParameterRuns, parameter: Parameter | None, metric: MetricInfo, level: float = 0.95) -> Figure:
    """Draw every run over its parameter.

    The axis is logarithmic where the values are spaced by ratios.
    """
    name, notes = sentence(metric_words(metric.name)), left_out_notes(runs.arms)
    if parameter is None:
        return empty_figure("parameter", name, NO_PARAMETERS, notes)
    title = against_title(name, short(parameter.name), counted(int(runs.values.size), "run"))
    if not runs.values.size:
        return empty_figure("parameter", title, NO_RUNS, notes)
    means = means_by_value(runs, parameter, level)
    places = runs.places(parameter)
    axis: dict[str, Any] = {"type": "log"} if parameter.geometric else {}
    distinct = [mean.setting for mean in means]
    if len(distinct) <= MOST_TICKS:
        axis |= tick_axis(distinct, [label(parameter.text(setting), 16) for setting in distinct])
    drawn = layout(
        title,
        label(parameter.name) + (" (log axis)" if parameter.geometric else ""),
        value_axis(metric),
        showlegend=len(runs.arms) <= ARM_COLOURS,
        xaxis=axis,
        yaxis=share_axis(metric, runs.values),
    )
    data = [*_points(runs, places), *_means(means, parameter)]
    table: dict[str, Column] = {
        "arm": [runs.arms[at].name for at in runs.arm],
        "run": runs.runs,
        "seed": runs.seeds,
        "parameter": [parameter.name] * runs.runs.size,
        "setting": [parameter.text(setting) for setting in places],
        "value": runs.values,
    }
    return Figure("parameter", title, data, drawn, (means_over(words.level(level)), *notes), table=table)


def _points(runs: ParameterRuns, places: np.ndarray[Any, Any]) -> list[Trace]:
    few = len(runs.arms) <= ARM_COLOURS
    data = []
    for at, arm in enumerate(runs.arms):
        mask = runs.arm == at
        if not mask.any():
            continue
        data.append(
            dots(
                "points",
                arm.position,
                places[mask],
                runs.values[mask],
                customdata=identities(runs.runs[mask], runs.seeds[mask]),
                hovertemplate=f"seed %{{customdata[1]}}: %{{y{EXACT}}}<extra>{label(arm.name)}</extra>",
                marker={"opacity": 0.6 if mask.sum() <= 60 else 0.4, "size": 6},
                name=label(arm.name),
                showlegend=few,
            )
        )
    return data


def _means(means: Sequence[ValueMean], parameter: Parameter) -> list[Trace]:
    measured = [item for item in means if item.summary.mean is not None]
    black = {"color": role("text"), "dash": "solid", "width": 1.5}
    data = []
    if parameter.numeric:
        along = [item.setting for item in measured], [item.summary.mean for item in measured]
        data.append(line("mean", 0, *along, line=black, hoverinfo="skip", showlegend=False))
    for item in measured:
        summary = item.summary
        interval = summary.mean_interval if summary.n > 2 else None
        hover = f"mean {rounded(summary.mean or 0.0, interval)} (n = {summary.n})"
        if interval is not None:
            hover += f"<br>{interval_words(interval)}"
            ends = [interval.low, interval.high]
            bar = black | {"width": 3}
            data.append(line("interval", 0, [item.setting] * 2, ends, line=bar, hoverinfo="skip", showlegend=False))
        data.append(
            dots(
                "mean",
                0,
                [item.setting],
                [summary.mean],
                marker={"size": 9, "color": role("text"), "symbol": "circle"},
                hovertemplate=f"{hover}<extra>{label(parameter.text(item.setting))}</extra>",
                showlegend=False,
            )
        )
    return data
