"""Shares of the spread: no part is drawn or written beyond the whole."""

from __future__ import annotations

from seedspread.figures.kit.figure import Figure
from seedspread.figures.variance import Share, draw_shares
from seedspread.stats.data.results import Interval


def drawn(share: float, low: float, high: float) -> Figure:
    """A figure of one source's share."""
    interval = Interval(low=low, high=high, level=0.95, method="bootstrap")
    return draw_shares([Share("init", share, interval, "n = 4")], "Where the spread comes from")


def test_an_estimate_above_the_whole_ends_at_it() -> None:
    figure = drawn(1.45, 0.6, 3.1)
    assert max(value for trace in figure.data for value in trace["x"]) == 1.0
    assert figure.layout["yaxis"]["ticktext"] == ["init<br>≥100%"]
    spoken = figure.data[-1]["hovertemplate"]
    assert spoken.startswith("≥100% of the variance<br>95% CI 60% to 100%")
    assert figure.table["share"] == [1.45], "the numbers are as they were estimated"


def test_other_shares_stay_as_they_are() -> None:
    figure = drawn(0.43, 0.12, 0.7)
    assert figure.layout["yaxis"]["ticktext"] == ["init<br>43%"]
    assert figure.data[0]["x"] == [0.0, 0.43]
