"""Traces that make up figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread.core.recipe import MetricInfo
from seedspread.figures.kit.figure import Trace, listed, packed
from seedspread.figures.kit.look import arm_role, dash, marker, role
from seedspread.stats.data.resolution import is_constant

HOVER = ".5~g"
EXACT = f":{HOVER}"
"""Five significant digits in plotly's number format: what a tooltip shows; the CSV has every digit."""


def line(kind: str, position: int, x: Any, y: Any, **more: Any) -> Trace:
    """Draw a line in an arm's colour and dash.

    `kind` is the trace's role in the figure, stored in its `meta`.
    """
    style = {"color": arm_role(position), "width": 2, "dash": dash(position)} | more.pop("line", {})
    return _trace(kind, position, x, y, **({"mode": "lines", "line": style} | more))


def dots(kind: str, position: int, x: Any, y: Any, **more: Any) -> Trace:
    """Return points in an arm's colour and marker."""
    style = {"color": arm_role(position), "symbol": marker(position), "size": 7} | more.pop("marker", {})
    return _trace(kind, position, x, y, **({"mode": "markers", "marker": style} | more))


def neutral(kind: str, x: Any, y: Any, **more: Any) -> Trace:
    """Draw a thin line that belongs to no arm.

    It marks zero, a reference or a target.
    """
    style = {"color": role("muted"), "width": 1, "dash": "dot"} | more.pop("line", {})
    defaults = {"mode": "lines", "line": style, "hoverinfo": "skip", "showlegend": False}
    return {"type": "scatter", "x": packed(x), "y": packed(y), "meta": {"role": kind}} | defaults | more


def area(kind: str, position: int, x: NDArray[Any], low: NDArray[Any], high: NDArray[Any], **more: Any) -> Trace:
    """Draw the band between low and high in an arm's colour.

    `x`, `low` and `high` have shape (n,). The band has a gap where either end is NaN.
    """
    outline_x, outline_y = _outline(x, low, high)
    return {
        "type": "scatter",
        "x": packed(outline_x),
        "y": packed(outline_y),
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": arm_role(position, 0.22),
        "hoverinfo": "skip",
        "showlegend": False,
        "meta": {"role": kind, "arm": position},
    } | more


def at_edge(position: int, x: Any, y: Any, count: int, **more: Any) -> Trace:
    """Return marks at the figure's edge for values that are not finite."""
    style = {
        "symbol": "triangle-up",
        "size": 10,
        "color": arm_role(position),
        "line": {"color": role("text"), "width": 1},
    }
    defaults = {"marker": style, "cliponaxis": False, "showlegend": False, "name": f"{count} not finite"}
    return _trace("non_finite", position, x, y, mode="markers", **(defaults | more))


def identities(*columns: NDArray[Any]) -> Any:
    """Build the `customdata` rows (run id, seed, …) of points.

    There is a row for each element of the columns.
    """
    integers = all(column.dtype.kind in "iu" for column in columns)
    if integers or columns[0].size * len(columns) > 600:
        return packed(np.stack(columns, axis=1))
    return [list(row) for row in zip(*(listed(column) for column in columns), strict=True)]


def tick_axis(places: Sequence[float], names: Sequence[str]) -> dict[str, Any]:
    """Build an axis with a name at each position."""
    return {"tickmode": "array", "tickvals": list(places), "ticktext": list(names)}


def _trace(kind: str, position: int, x: Any, y: Any, **more: Any) -> Trace:
    return {
        "type": "scatter",
        "x": packed(x),
        "y": packed(y),
        "meta": {"role": kind, "arm": position},
        "legendgroup": f"arm{position}",
    } | more


def _outline(x: NDArray[Any], low: NDArray[Any], high: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Trace the outline of a band.

    It follows the high side and returns along the low one. A NaN separates its stretches.
    """
    inside = np.isfinite(low) & np.isfinite(high)
    cuts = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    xs: list[NDArray[Any]] = []
    ys: list[NDArray[Any]] = []
    gap = np.array([np.nan])
    for start, stop in zip(cuts[::2], cuts[1::2], strict=True):
        xs += [x[start:stop], x[start:stop][::-1], gap]
        ys += [high[start:stop], low[start:stop][::-1], gap]
    if not xs:
        return np.empty(0), np.empty(0)
    return np.concatenate(xs), np.concatenate(ys)


Floats = NDArray[np.float64]


def around(values: Floats) -> tuple[float, float] | None:
    """Return the range of the finite values, with 5% room.

    None without any.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    room = 0.05 * ((high - low) or abs(high) or 1.0)
    return low - room, high + room


_SHARES = ("acc", "auc", "f1", "precision", "recall", "iou", "dice", "r2")


def is_share(metric: MetricInfo, values: Floats) -> bool:
    """Return whether a metric's axis ends at 0 and 1.

    Metrics without a declared unit are judged by their names, and only while every value lies in [0, 1].
    """
    by_name = not metric.unit and any(word in metric.name.lower() for word in _SHARES)
    finite = values[np.isfinite(values)]
    within = bool(finite.size == 0 or (finite.min() >= 0 and finite.max() <= 1))
    return within and (metric.unit == "share" or by_name)


def share_axis(metric: MetricInfo, values: Floats) -> dict[str, Any]:
    """Return what keeps the axis of a share within [0, 1].

    Empty for any other metric.
    """
    # Beyond 1 there is nothing: a tick of 1.05 would suggest that there could be.
    return {"autorangeoptions": {"clipmin": 0, "clipmax": 1}} if is_share(metric, values) else {}


def within_share(metric: MetricInfo, values: Floats, span: tuple[float, float]) -> tuple[float, float]:
    """Return a range of values, cut to [0, 1] for a share."""
    return (max(0.0, span[0]), min(1.0, span[1])) if is_share(metric, values) else span


ROBUST_RATIO = 20.0
"""Ratio of the full range to the central 99% above which an axis leaves out the most extreme values."""


def robust_range(values: Floats) -> tuple[float, float] | None:
    """Return the range of the central 99% of the values.

    It has 5% room, and is used if a few values dwarf it. A diverging loss would press everything else into a line.
    None if the whole range can be read. `values` has any shape; non-finite ones are ignored.
    """
    finite = values[np.isfinite(values)]
    if finite.size < 4:
        return None
    low, high = np.quantile(finite, [0.005, 0.995])
    with np.errstate(over="ignore"):
        if not high > low or finite.max() - finite.min() <= ROBUST_RATIO * (high - low):
            return None
    return around(finite[(finite >= low) & (finite <= high)])


BINS = 48
MOST_WEIGHED = 2_000  # a density does not change visibly with more values, but its cost does
REACH = 0.34
"""How far a point may stand from its arm's line; arms are 1 apart."""


def offsets(values: Floats, low: float, high: float) -> Floats:
    """Compute each value's offset from its line, in [−REACH, REACH].

    The first value of a bin has offset 0, the others alternate between the two sides. `values` are finite, shape (n,).
    `low` and `high` are the figure's whole range, so that all arms are binned alike.
    """
    span = high - low
    if values.size == 0:
        return np.empty(0)
    with np.errstate(over="ignore", invalid="ignore"):
        share = (values - low) / span if span > 0 and np.isfinite(span) else np.zeros(values.size)
    bins = np.clip((share * BINS).astype(int), 0, BINS - 1)
    order = np.lexsort((values, bins))
    first = np.searchsorted(bins[order], np.arange(BINS))
    rank = np.empty(values.size, dtype=int)
    rank[order] = np.arange(values.size) - first[bins[order]]
    side = np.where(rank % 2 == 1, 1, -1) * ((rank + 1) // 2)
    most = max(int(np.abs(side).max()), 1)
    placed: Floats = side * min(0.07, REACH / most)
    return placed


def violin(values: Floats, points: int = 96) -> tuple[Floats, Floats] | None:
    """Compute the outline of a Gaussian density over the values' range.

    Return positions and half-widths (largest: REACH), or None without variation. The bandwidth is Scott's, std ×
    n^(−1/5). Above 2,000 values, evenly spaced quantiles represent them.
    """
    if values.size < 2 or is_constant(values):
        return None
    spread = float(np.std(values, ddof=1))
    if not np.isfinite(spread) or spread == 0:
        return None
    sample = values if values.size <= MOST_WEIGHED else np.quantile(values, np.linspace(0, 1, MOST_WEIGHED))
    places = np.linspace(values.min(), values.max(), points)
    away = (places[:, None] - sample[None, :]) / (spread * values.size ** (-1 / 5))
    density = np.exp(-0.5 * away**2).sum(axis=1)
    return places, REACH * density / density.max()


Ints = NDArray[np.int64]


def kept(values: Floats, points: int) -> Ints:
    """Return the columns to draw of each line, ascending.

    `values` has shape (lines, steps); non-finite ones are skipped. At most `points` (at least 4) columns are kept of
    each line. The result has shape (lines, k): the first and last step, and the lowest and highest value of each
    stretch between them; all steps if there are few enough.
    """
    lines, steps = values.shape
    if steps <= max(points, 4):
        return np.broadcast_to(np.arange(steps), (lines, steps))
    stretches = (max(points, 4) - 2) // 2
    width = -(-(steps - 2) // stretches)
    stretches = -(-(steps - 2) // width)
    starts = 1 + width * np.arange(stretches)
    lowest = _extreme(values, np.argmin, np.inf, stretches, width)
    highest = _extreme(values, np.argmax, -np.inf, stretches, width)
    pair = np.sort(np.stack([lowest, highest], axis=2), axis=2) + starts[None, :, None]
    inner = np.minimum(pair.reshape(lines, 2 * stretches), steps - 2)
    ends = np.zeros((lines, 1), dtype=np.int64), np.full((lines, 1), steps - 1, dtype=np.int64)
    return np.concatenate([ends[0], inner, ends[1]], axis=1)


def evenly(count: int, most: int) -> Ints:
    """Return at most `most` (2 or more) evenly spaced indices below `count`.

    Both ends, 0 and count − 1, are included.
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _extreme(values: Floats, pick: np.ufunc | object, filler: float, stretches: int, width: int) -> Ints:
    lines, steps = values.shape
    padded = np.full((lines, stretches * width), filler)
    inner = values[:, 1 : steps - 1]
    padded[:, : steps - 2] = np.where(np.isfinite(inner), inner, filler)
    extreme: Ints = pick(padded.reshape(lines, stretches, width), axis=2)  # type: ignore[operator]
    return extreme
