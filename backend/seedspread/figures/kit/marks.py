"""The traces that figures are put together from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread.figures.kit.figure import Trace, listed, packed
from seedspread.figures.kit.look import arm_role, dash, marker, role

EXACT = ":.15~g"
"""All the digits a float64 surely has, in plotly's number format."""


def line(kind: str, position: int, x: Any, y: Any, **more: Any) -> Trace:
    """A line in an arm's colour and dash; `kind` is the trace's role in the figure, kept in its `meta`."""
    style = {"color": arm_role(position), "width": 2, "dash": dash(position)} | more.pop("line", {})
    return _trace(kind, position, x, y, **({"mode": "lines", "line": style} | more))


def dots(kind: str, position: int, x: Any, y: Any, **more: Any) -> Trace:
    """Points in an arm's colour and marker."""
    style = {"color": arm_role(position), "symbol": marker(position), "size": 7} | more.pop("marker", {})
    return _trace(kind, position, x, y, **({"mode": "markers", "marker": style} | more))


def neutral(kind: str, x: Any, y: Any, **more: Any) -> Trace:
    """A thin line that belongs to no arm: a zero, a reference, an aim."""
    style = {"color": role("muted"), "width": 1, "dash": "dot"} | more.pop("line", {})
    defaults = {"mode": "lines", "line": style, "hoverinfo": "skip", "showlegend": False}
    return {"type": "scatter", "x": packed(x), "y": packed(y), "meta": {"role": kind}} | defaults | more


def area(kind: str, position: int, x: NDArray[Any], low: NDArray[Any], high: NDArray[Any], **more: Any) -> Trace:
    """The band between low and high in an arm's colour, open where either is NaN.

    x, low, high: shape (n,).
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
    """Flagged marks for what has no place in the figure: non-finite values, drawn at its edge."""
    style = {
        "symbol": "triangle-up",
        "size": 10,
        "color": arm_role(position),
        "line": {"color": role("text"), "width": 1},
    }
    defaults = {"marker": style, "cliponaxis": False, "showlegend": False, "name": f"{count} not finite"}
    return _trace("non_finite", position, x, y, mode="markers", **(defaults | more))


def identities(*columns: NDArray[Any]) -> Any:
    """`customdata` rows (run id, seed, …) for as many points as the columns are long."""
    integers = all(column.dtype.kind in "iu" for column in columns)
    if integers or columns[0].size * len(columns) > 600:
        return packed(np.stack(columns, axis=1))
    return [list(row) for row in zip(*(listed(column) for column in columns), strict=True)]


def tick_axis(places: Sequence[float], names: Sequence[str]) -> dict[str, Any]:
    """An axis with a name at each place, as used for arms and sources."""
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
    """Up along the high side and back along the low one, stretch by stretch, with a NaN between stretches."""
    held = np.isfinite(low) & np.isfinite(high)
    cuts = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(int)))
    xs: list[NDArray[Any]] = []
    ys: list[NDArray[Any]] = []
    gap = np.array([np.nan])
    for start, stop in zip(cuts[::2], cuts[1::2], strict=True):
        xs += [x[start:stop], x[start:stop][::-1], gap]
        ys += [high[start:stop], low[start:stop][::-1], gap]
    if not xs:
        return np.empty(0), np.empty(0)
    return np.concatenate(xs), np.concatenate(ys)
