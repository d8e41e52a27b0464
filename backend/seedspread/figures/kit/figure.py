"""Figures, and the JSON of their arrays and layouts.

Figures are plain data and do not pass through plotly's validation.
"""

from __future__ import annotations

import base64
import html
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from seedspread import words
from seedspread.figures.kit.look import THEMES, role, themed
from seedspread.figures.kit.sentences import escaped

Trace = dict[str, Any]
Column = Sequence[Any] | NDArray[Any]

_LISTED = 600  # numbers; longer arrays travel as bytes
_INT32 = np.iinfo(np.int32).max
_UPRIGHT_LINE = 28  # letters that fit the height of a card's figure with a strip below it


@dataclass(frozen=True, eq=False)
class Figure:
    """Figure in plotly's format, with its title, notes and table.

    `title` is a plain sentence. `notes` list what was left out and other caveats. `empty` marks a figure without data,
    which says what it would show. `table` holds the numbers as columns of equal length.
    """

    name: str
    title: str
    data: list[Trace]
    layout: dict[str, Any]
    notes: tuple[str, ...] = ()
    empty: bool = False
    table: Mapping[str, Column] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return the served form: plain JSON without the table.

        The table is served separately.
        """
        return {
            "name": self.name,
            "title": self.title,
            "notes": list(self.notes),
            "empty": self.empty,
            "data": self.data,
            "layout": self.layout,
        }

    def themed(self, theme: str) -> Figure:
        """Return the figure in a theme's colours (`light` or `dark`)."""
        palette = THEMES[theme]
        return replace(self, data=themed(self.data, palette), layout=themed(self.layout, palette))

    def json(self) -> bytes:
        """Return the served form as JSON.

        orjson writes NaN as null.
        """
        return orjson.dumps(self.plain(), option=orjson.OPT_SERIALIZE_NUMPY)


def packed(values: NDArray[Any] | Sequence[float]) -> Any:
    """Return an array in plotly's format.

    A short one is a list with null for NaN, a long one typed bytes. `values` has shape (n,) or (n, k). 64-bit integers
    become int32, or float64 if they are too large for it.
    """
    array = np.asarray(values)
    if array.size <= _LISTED:
        return listed(array)
    if array.dtype.kind in "iu":
        small = bool(array.size == 0 or np.abs(array).max() <= _INT32)
        array = array.astype("<i4" if small else "<f8")
    else:
        array = array.astype("<f8", copy=False)
    kind = array.dtype.str[1:]
    encoded = {"dtype": kind, "bdata": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")}
    if array.ndim > 1:
        encoded["shape"] = ", ".join(map(str, array.shape))
    return encoded


def listed(values: NDArray[Any]) -> list[Any]:
    """Return the array as a list, with null for non-finite values."""
    if values.dtype.kind != "f":
        return list(values.tolist())
    plain = values.astype(object)
    plain[~np.isfinite(values)] = None
    return list(plain.tolist())


def layout(title: str, x: str, y: str, **more: Any) -> dict[str, Any]:
    """Return the layout that all figures share.

    It has a transparent background, light gridlines, no frame, and a sentence as title. `x` and `y` are axis titles
    that are safe already. `more` adds to the layout; its `xaxis` and `yaxis` are merged into the shared ones.
    """
    axis = {
        "gridcolor": role("grid"),
        "linecolor": role("grid"),
        "zerolinecolor": role("grid"),
        "zeroline": False,
        "automargin": True,
        "tickfont": {"color": role("muted"), "size": 12},
        "exponentformat": "power",
    }
    shared: dict[str, Any] = {
        "title": {
            "text": escaped(words.short(title, 160)),
            "font": {"size": 14, "color": role("text")},
            "x": 0,
            "xref": "container",
            "y": 0.99,
            "yanchor": "top",
        },
        "font": {"family": "system-ui, -apple-system, 'Segoe UI', sans-serif", "size": 12, "color": role("text")},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 56, "r": 16, "t": 64 if more.get("showlegend", True) else 40, "b": 48},
        "hovermode": "closest",
        "hoverlabel": {"font": {"size": 12}, "namelength": -1},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "xanchor": "left"},
        "xaxis": axis | {"title": _axis_title(x)} | more.pop("xaxis", {}),
        "yaxis": axis | {"title": _axis_title(_upright(y))} | more.pop("yaxis", {}),
        "meta": {"roles": {name: dict(palette) for name, palette in THEMES.items()}} | more.pop("meta", {}),
    }
    return shared | more


def _upright(title: str) -> str:
    """Break a long title of an upright axis into lines.

    A card is not high enough for more: plotly would draw the line beyond the figure's edge.
    """
    lines = textwrap.wrap(html.unescape(title), _UPRIGHT_LINE, break_long_words=False)
    return title if "<br>" in title or len(lines) < 2 else "<br>".join(html.escape(line, quote=False) for line in lines)


def _axis_title(text: str) -> dict[str, Any]:
    return {"text": text, "font": {"size": 12, "color": role("muted")}}


def empty_figure(name: str, title: str, why: str, notes: Sequence[str] = ()) -> Figure:
    """Build an empty figure that says what it will show.

    It has axes without ticks, and one sentence in the middle.
    """
    hidden = {"visible": False, "range": [0, 1]}
    drawn = layout(
        title,
        "",
        "",
        xaxis=hidden,
        yaxis=hidden,
        showlegend=False,
        annotations=[centred(why)],
    )
    return Figure(name, title, [], drawn, tuple(notes), empty=True)


def centred(text: str) -> dict[str, Any]:
    """Place a sentence in the middle of a figure, as an annotation.

    Its lines are short enough for the narrowest card.
    """
    lines = textwrap.wrap(words.short(text, 300), 40)
    return {
        "text": "<br>".join(escaped(line) for line in lines),
        "x": 0.5,
        "y": 0.5,
        "xref": "paper",
        "yref": "paper",
        "showarrow": False,
        "font": {"size": 14, "color": role("muted")},
    }
