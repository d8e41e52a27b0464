"""Sources of the spread: shares of the variance, with their CIs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedspread import words
from seedspread.figures.kit import sentences
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
    """Share of the variance of one source, or of several together.

    `share` is 0 to 1, or None if unknown. `remainder` marks what no source explains (noise, interactions).
    """

    name: str
    share: float | None
    interval: Interval | None
    detail: str
    remainder: bool = False


def crossed_shares(result: VarianceComponents) -> tuple[Share, ...]:
    """Return the components of crossed sources, largest first, then the residual."""
    parts = [
        Share(
            " × ".join(item.sources),
            item.share,
            item.share_interval,
            f"variance {words.number(item.component)}, {words.counted(item.freedom, 'degree')} of freedom",
        )
        for item in result.components
    ]
    ordered = sorted(parts, key=lambda item: -(item.share or 0.0))
    residual = Share(
        "rest", result.residual_share, None, f"{result.residual_is}: {words.number(result.residual)}", remainder=True
    )
    return (*ordered, residual)


def alone_shares(result: OneAtATime) -> tuple[Share, ...]:
    """Return the sources varied one at a time, largest first.

    The unexplained share comes last.
    """
    parts = [
        Share(
            item.source,
            item.share,
            item.share_interval,
            item.reason or sentences.share_note(item.n, above_noise=item.above_noise),
        )
        for item in result.sources
    ]
    ordered = sorted(parts, key=lambda item: -(item.share or 0.0))
    # Below 0 there is no rest to show: the shares add up to more than all, which chance does to few runs.
    if result.unexplained is None or result.unexplained <= 0:
        return tuple(ordered)
    text = sentences.INTERACTIONS
    return (*ordered, Share("together", result.unexplained, None, text, remainder=True))


def draw_shares(shares: Sequence[Share], title: str, notes: Sequence[str] = (), why_none: str = "") -> Figure:
    """Draw the shares, one bar per source with its interval."""
    known_shares = [item for item in shares if item.share is not None]
    if not known_shares:
        why = why_none or sentences.SHARES_AFTER_RUNS
        return empty_figure("variance", title, why, notes)
    data: list[Trace] = []
    for index, item in enumerate(known_shares):
        # Estimates above the whole are drawn up to it, as they are written.
        at, share = -float(index), min(item.share or 0.0, 1.0)
        colour = role("muted", 0.45) if item.remainder else role("text", 0.7)
        bar = {"color": colour, "width": THICK, "dash": "solid"}
        data.append(line("share", 0, [0.0, share], [at, at], line=bar, hoverinfo="skip"))
        spoken = sentences.share_hover(item.share, item.interval)
        if item.interval is not None:
            low, high = item.interval.low, item.interval.high
            spoken += f"<br>{words.level(item.interval.level)} CI {words.part_span(low, high)}"
            thin = {"color": role("text"), "width": 1.5, "dash": "solid"}
            data.append(line("interval", 0, [min(low, 1.0), min(high, 1.0)], [at, at], line=thin, hoverinfo="skip"))
        mark = {"color": role("text"), "symbol": "circle", "size": 7}
        spoken += f"<br>{label(item.detail, 120)}<extra>{label(item.name)}</extra>"
        data.append(dots("mean", 0, [share], [at], marker=mark, hovertemplate=spoken))
    names = [f"{label(item.name, 28)}<br>{words.part(item.share)}" for item in known_shares]
    drawn = layout(
        title,
        sentences.SHARE_OF_VARIANCE,
        "",
        showlegend=False,
        xaxis={"tickformat": ".0%", "rangemode": "tozero"},
        yaxis=tick_axis([-float(index) for index in range(len(known_shares))], names)
        | {"range": [-len(known_shares) + 0.4, 0.6], "showgrid": False, "fixedrange": True},
    )
    table: dict[str, Column] = {
        "source": [item.name for item in known_shares],
        "share": [item.share for item in known_shares],
        "low": [item.interval.low if item.interval else None for item in known_shares],
        "high": [item.interval.high if item.interval else None for item in known_shares],
    }
    return Figure("variance", title, data, drawn, tuple(notes), table=table)
