"""Where the spread comes from: each source's share of the variance, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedspread.figures.kit.figure import Column, Figure, Trace, empty_figure, layout
from seedspread.figures.kit.look import role
from seedspread.figures.kit.marks import dots, line, tick_axis
from seedspread.figures.kit.sentences import label
from seedspread.stats.data.results import Interval
from seedspread.stats.spread.components import VarianceComponents
from seedspread.stats.spread.one_at_a_time import OneAtATime

THICK = 16


@dataclass(frozen=True)
class Share:
    """One source, or several together: its share of the variance (0 to 1, None where unknown) and what to say of it.

    remainder: what is left over (noise, interactions) rather than a source.
    """

    name: str
    share: float | None
    interval: Interval | None
    told: str
    remainder: bool = False


def crossed_shares(found: VarianceComponents) -> tuple[Share, ...]:
    """The components of crossed sources, largest first, then the residual."""
    parts = [
        Share(
            " × ".join(one.sources),
            one.share,
            one.share_interval,
            f"variance {one.component:.3g}, {one.freedom} degrees of freedom",
        )
        for one in found.components
    ]
    ordered = sorted(parts, key=lambda one: -(one.share or 0.0))
    rest = Share("rest", found.residual_share, None, f"{found.residual_is}: {found.residual:.3g}", remainder=True)
    return (*ordered, rest)


def alone_shares(found: OneAtATime) -> tuple[Share, ...]:
    """The sources varied one at a time, largest first, then what they leave unexplained."""
    parts = [
        Share(
            one.source,
            one.share,
            one.share_interval,
            one.reason or f"n = {one.n}" + ("" if one.above_noise else ", not above the noise floor"),
        )
        for one in found.sources
    ]
    ordered = sorted(parts, key=lambda one: -(one.share or 0.0))
    # Below 0 there is no rest to show: the shares add up to more than all, which chance does to few runs.
    if found.unexplained is None or found.unexplained <= 0:
        return tuple(ordered)
    told = "interactions: what the sources do together and none does alone"
    return (*ordered, Share("together", found.unexplained, None, told, remainder=True))


def draw_shares(shares: Sequence[Share], title: str, notes: Sequence[str] = (), why_none: str = "") -> Figure:
    """The figure of the shares, one bar a source with its interval."""
    known = [one for one in shares if one.share is not None]
    if not known:
        why = why_none or "Shares appear as soon as the runs of every source have finished."
        return empty_figure("variance", title, why, notes)
    data: list[Trace] = []
    for place, one in enumerate(known):
        at, share = -float(place), one.share or 0.0
        colour = role("muted", 0.45) if one.remainder else role("text", 0.7)
        bar = {"color": colour, "width": THICK, "dash": "solid"}
        data.append(line("share", 0, [0.0, share], [at, at], line=bar, hoverinfo="skip"))
        spoken = f"{100 * share:.3g} % of the variance"
        if one.interval is not None:
            low, high = one.interval.low, one.interval.high
            spoken += f"<br>{one.interval.stated_level} interval {100 * low:.3g} to {100 * high:.3g} %"
            thin = {"color": role("text"), "width": 1.5, "dash": "solid"}
            data.append(line("interval", 0, [low, high], [at, at], line=thin, hoverinfo="skip"))
        mark = {"color": role("text"), "symbol": "circle", "size": 7}
        spoken += f"<br>{label(one.told, 120)}<extra>{label(one.name)}</extra>"
        data.append(dots("mean", 0, [share], [at], marker=mark, hovertemplate=spoken))
    names = [f"{label(one.name, 28)}<br>{100 * (one.share or 0):.0f} %" for one in known]
    drawn = layout(
        title,
        "share of the variance",
        "",
        showlegend=False,
        xaxis={"tickformat": ".0%", "rangemode": "tozero"},
        yaxis=tick_axis([-float(place) for place in range(len(known))], names)
        | {"range": [-len(known) + 0.4, 0.6], "showgrid": False, "fixedrange": True},
    )
    table: dict[str, Column] = {
        "source": [one.name for one in known],
        "share": [one.share for one in known],
        "low": [one.interval.low if one.interval else None for one in known],
        "high": [one.interval.high if one.interval else None for one in known],
    }
    return Figure("variance", title, data, drawn, tuple(notes), table=table)
