"""Share of the spread of the runs that goes with each parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedspread import words
from seedspread.core.recipe import MetricInfo
from seedspread.figures.kit.figure import Column, Figure, empty_figure, layout
from seedspread.figures.kit.marks import dots, line, tick_axis
from seedspread.figures.kit.sentences import label, left_out_notes, metric_words, share_interval
from seedspread.figures.parameters.sentences import (
    LIMITS,
    METHOD,
    NO_PARAMETERS,
    NO_SHARE,
    importance_title,
    share_words,
    variance_axis,
)
from seedspread.figures.parameters.values import Parameter, ParameterRuns
from seedspread.stats.spread.explained import Explained, explained, grouped, rank_correlation


@dataclass(frozen=True)
class Importance:
    """Parameter, and what goes with it."""

    parameter: Parameter
    explained: Explained


def importance(runs: ParameterRuns, level: float = 0.95) -> tuple[Importance, ...]:
    """Return every parameter with its share of the variance.

    The largest comes first, unknown ones last.
    """
    items = [Importance(parameter, _explained(runs, parameter, level)) for parameter in runs.parameters]
    return tuple(sorted(items, key=lambda item: -1.0 if item.explained.share is None else item.explained.share)[::-1])


def _explained(runs: ParameterRuns, parameter: Parameter, level: float) -> Explained:
    places = runs.places(parameter)
    groups = grouped(places) if parameter.numeric else places.astype(np.int64)
    shares = explained(runs.values, groups, level)
    if not parameter.numeric:
        return shares
    rank, interval = rank_correlation(places, runs.values, level)
    return Explained(shares.n, shares.groups, shares.share, shares.interval, rank, interval)


def draw_importance(items: Sequence[Importance], runs: ParameterRuns, metric: MetricInfo) -> Figure:
    """Draw the shares with their intervals, a parameter a line."""
    name = metric_words(metric.name)
    title, notes = importance_title(name), left_out_notes(runs.arms)
    explained = [item for item in items if item.explained.share is not None]
    if not explained:
        return empty_figure("importance", title, NO_SHARE if items else NO_PARAMETERS, notes)
    data = []
    for index, item in enumerate(explained):
        shares, at = item.explained, -float(index)
        ends_known = None if shares.interval is None else shares.interval.ends
        hover = share_words(words.percent(shares.share, ends_known), words.counted(shares.groups, "group"), shares.n)
        if shares.interval is not None:
            hover += f"<br>{share_interval(shares.interval)}"
            ends = [shares.interval.low, shares.interval.high]
            solid = {"dash": "solid", "width": 3}
            data.append(line("interval", 0, ends, [at, at], line=solid, hoverinfo="skip"))
        if shares.rank is not None:
            hover += f"<br>rank correlation {words.fixed(shares.rank, 2, signed=True)}"
        hover += f"<extra>{label(item.parameter.name)}</extra>"
        data.append(dots("mean", 0, [shares.share], [at], marker={"size": 11}, hovertemplate=hover))
    names = [label(item.parameter.name, 24) + _rank(item.explained) for item in explained]
    drawn = layout(
        title,
        variance_axis(label(name)),
        "",
        showlegend=False,
        xaxis={"range": [-0.02, 1.02], "tickformat": ".0%"},
        yaxis=tick_axis([-float(index) for index in range(len(explained))], names)
        | {"range": [-len(explained) + 0.4, 0.6], "showgrid": False, "fixedrange": True},
    )
    return Figure("importance", title, data, drawn, (METHOD, LIMITS, *notes), table=_table(explained))


def _rank(shares: Explained) -> str:
    return "" if shares.rank is None else f"<br>ρ = {words.fixed(shares.rank, 2, signed=True)}"


def _table(shown: Sequence[Importance]) -> dict[str, Column]:
    shares = [item.explained for item in shown]
    return {
        "parameter": [item.parameter.name for item in shown],
        "n": [item.n for item in shares],
        "groups": [item.groups for item in shares],
        "share": [item.share for item in shares],
        "low": [item.interval.low if item.interval else None for item in shares],
        "high": [item.interval.high if item.interval else None for item in shares],
        "rank_correlation": [item.rank for item in shares],
        "rank_low": [item.rank_interval.low if item.rank_interval else None for item in shares],
        "rank_high": [item.rank_interval.high if item.rank_interval else None for item in shares],
    }
