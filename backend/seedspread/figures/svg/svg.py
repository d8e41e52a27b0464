"""Draw figures as SVG for reports, without browser or JavaScript.

It draws the elements of our figures (lines, markers, areas, horizontal boxes, grouped bars, reference lines) from the
same data and layout that plotly draws, and understands nothing else of plotly's language.
"""

from __future__ import annotations

import base64
import html
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread.figures.kit.figure import Figure, Trace
from seedspread.figures.kit.look import THEMES
from seedspread.figures.svg.glyphs import DASHES, glyph, text
from seedspread.figures.svg.scales import Scale, scale

Floats = NDArray[np.float64]

TOP, RIGHT, BOTTOM = 34, 18, 46
TOP_WITHOUT_LEGEND = 14
LEGEND_LINE = 18
TITLE_LINE = 14
LETTER = 6.4
"""Pixels that a letter of ordinary text takes, generously: without a browser nobody measures it."""
MOST_MARKERS = 4000  # beyond, a file of megabytes looks the same
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}


def draw_svg(
    figure: Figure, width: int = 720, height: int = 360, theme: str = "light", *, scale_in: float | None = None
) -> str:
    """Draw the figure as one `<svg>` element of that size in pixels.

    The title is left out, because reports print it above the figure.

    scale_in: inches per pixel, for print; None leaves the size in pixels.
    """
    coloured, palette = figure.themed(theme), THEMES[theme]
    page = _Page(coloured, palette, width, height)
    parts = [*page.axes(), *page.shapes(), *page.traces(), *page.legend(), *page.annotations()]
    size = (
        (f"{width}", f"{height}") if scale_in is None else (f"{width * scale_in:.4g}in", f"{height * scale_in:.4g}in")
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{size[0]}" height="{size[1]}" '
        f'role="img" aria-label="{_attribute(figure.title)}" font-family="system-ui, sans-serif">{"".join(parts)}</svg>'
    )


def unpacked(values: Any) -> Floats:
    """Decode a plotly array, listed or packed, as float64; shape (n,)."""
    if isinstance(values, Mapping):
        kind = np.dtype(str(values["dtype"])).newbyteorder("<")
        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=kind).astype(np.float64)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


class _Page:
    """One drawing in progress: the figure, and the scale of each axis."""

    def __init__(self, figure: Figure, palette: Mapping[str, str], width: int, height: int) -> None:
        self.figure, self.palette = figure, palette
        self.left, self.right, self.top, self.bottom = 0, width - RIGHT, TOP, height - BOTTOM
        self.width = width
        names = [name for name in figure.layout if name.startswith(("xaxis", "yaxis"))]
        upright = [self._scale(name) for name in names if name.startswith("y")]
        # Only now is it known how much room the words beside the upright axis take.
        words = (
            part
            for axis in upright
            if axis.visible
            for _, label_text in axis.ticks
            for part in html.unescape(label_text).split("<br>")
        )
        # In a narrow figure long names give way, so that the data keep more than half of the width.
        self.left = min(200, round(0.45 * width), 34 + 7 * max(map(len, words), default=0))
        self.entries = list(self._entries())
        self.top += LEGEND_LINE * max((line for _, line, _ in self.entries), default=0)
        if not self.entries:
            self.top = TOP_WITHOUT_LEGEND
        titles = {name: figure.layout[name].get("title", {}).get("text", "") for name in names}
        self.titles = {
            name: _wrapped(title, width - 2 * RIGHT if name.startswith("x") else self.bottom - self.top)
            for name, title in titles.items()
        }
        lines = {name[0]: title.count("<br>") for name, title in self.titles.items() if title}
        self.bottom -= TITLE_LINE * lines.get("x", 0)
        self.left += TITLE_LINE * lines.get("y", 0)
        self.scales = {name: self._scale(name) for name in names}

    def axes(self) -> Iterator[str]:
        """Return gridlines, tick labels and titles of the visible axes."""
        muted, grid = self.palette["muted"], self.palette["grid"]
        for name, axis in self.scales.items():
            if not axis.visible:
                continue
            for value, words in axis.ticks:
                at = float(axis.pixels(value))
                if name.startswith("x"):
                    yield _line(at, self.top, at, self.bottom, f'stroke="{grid}"')
                    yield text(words, at, self.bottom + 14, colour=muted)
                else:
                    yield _line(self.left, at, self.right, at, f'stroke="{grid}"')
                    yield text(words, self.left - 8, at, anchor="end", colour=muted)
            yield self._axis_title(name, axis, muted)

    def shapes(self) -> Iterator[str]:
        """Return reference lines; `paper` means the whole plot."""
        for shape in self.figure.layout.get("shapes", ()):
            x = [self._paper(shape, "x", end) for end in ("x0", "x1")]
            y = [self._paper(shape, "y", end) for end in ("y0", "y1")]
            yield _line(x[0], y[0], x[1], y[1], _stroke(shape["line"]))

    def traces(self) -> Iterator[str]:
        """Return everything that holds data."""
        bars = [trace for trace in self.figure.data if trace["type"] == "bar"]
        for trace in self.figure.data:
            x, y = self._axes_of(trace)
            if trace["type"] == "box":
                yield from _box(trace, x, y)
            elif trace["type"] == "bar":
                yield from _bars(trace, x, y, bars.index(trace), len(bars))
            elif trace["type"] == "scatter":
                yield from _scatter(trace, x, y)

    def legend(self) -> Iterator[str]:
        """Draw one legend entry per named trace.

        The entries take as many lines above the plot as they need.
        """
        for x, line, trace in self.entries:
            y = 16 + LEGEND_LINE * line
            marker = trace.get("marker", {})
            colour = marker.get("color") or trace.get("fillcolor") or trace.get("line", {}).get("color")
            if "line" in trace and "fillcolor" not in trace:
                yield _line(x, y, x + 24, y, _stroke(trace["line"]))
            yield glyph(marker.get("symbol", "square"), x + 12, y, 8, f'fill="{colour}"')
            yield text(trace["name"], x + 30, y, anchor="start", colour=self.palette["text"])

    def _entries(self) -> Iterator[tuple[float, int, Trace]]:
        """Return the position and line of each legend entry, with its trace."""
        if not self.figure.layout.get("showlegend", True):
            return
        x, line = float(self.left), 0
        for trace in self.figure.data:
            if not trace.get("name") or trace.get("showlegend") is False:
                continue
            room = 36 + 6.6 * len(html.unescape(trace["name"]))
            if x > self.left and x + room > self.right + RIGHT:
                x, line = float(self.left), line + 1
            yield x, line, trace
            x += room + 12

    def annotations(self) -> Iterator[str]:
        """Return sentences on the plot itself."""
        for note in self.figure.layout.get("annotations", ()):
            x = self.left + note["x"] * (self.right - self.left)
            y = self.bottom - note["y"] * (self.bottom - self.top)
            font, anchor = note["font"], _ANCHORS[note.get("xanchor", "center")]
            yield text(
                note["text"], x + note.get("xshift", 0), y, anchor=anchor, size=font["size"], colour=font["color"]
            )

    def _scale(self, name: str) -> Scale:
        axis = self.figure.layout[name]
        low, high = axis.get("domain", (0, 1))
        if name.startswith("x"):
            span = self.right - self.left
            start, stop = self.left + low * span, self.left + high * span
        else:
            span = self.bottom - self.top
            start, stop = self.bottom - low * span, self.bottom - high * span
        if "overlaying" in axis:
            over = self.figure.layout[f"{name[0]}axis"].get("domain", (0, 1))
            if name.startswith("y"):
                start, stop = self.bottom - over[0] * span, self.bottom - over[1] * span
        drawn = [values for trace in self.figure.data for values in self._data(trace, name)]
        return scale(axis, [*drawn, *self._references(name)], start, stop)

    def _references(self, name: str) -> Iterator[Floats]:
        """Return the crossings of reference lines with an axis."""
        letter = name[0]
        for shape in self.figure.layout.get("shapes", ()):
            if name == f"{letter}axis" and shape.get(f"{letter}ref") != "paper":
                yield np.array([shape[f"{letter}0"], shape[f"{letter}1"]], dtype=np.float64)

    def _data(self, trace: Trace, name: str) -> Iterator[Floats]:
        letter = name[0]
        if trace.get(f"{letter}axis", letter) != name.replace("axis", ""):
            return
        if trace["type"] == "box" and letter == "x":
            yield unpacked([trace[key][0] for key in ("lowerfence", "upperfence", "q1", "q3")])
        elif letter in trace:
            yield unpacked(trace[letter])
        if trace["type"] == "bar" and letter == "y":
            yield np.zeros(1)

    def _axes_of(self, trace: Trace) -> tuple[Scale, Scale]:
        x, y = trace.get("xaxis", "x"), trace.get("yaxis", "y")
        return self.scales[f"xaxis{x[1:]}"], self.scales[f"yaxis{y[1:]}"]

    def _paper(self, shape: Mapping[str, Any], letter: str, end: str) -> float:
        value = float(shape[end])
        if shape.get(f"{letter}ref") != "paper":
            return float(self.scales[f"{letter}axis"].pixels(value))
        if letter == "x":
            return self.left + value * (self.right - self.left)
        return self.bottom - value * (self.bottom - self.top)

    def _axis_title(self, name: str, axis: Scale, colour: str) -> str:
        title = self.titles[name]
        middle = (axis.start + axis.stop) / 2
        more = TITLE_LINE / 2 * title.count("<br>")
        if name.startswith("x"):
            # Below its axis, but inside of the drawing.
            half = LETTER / 2 * max(map(len, html.unescape(title).split("<br>")))
            middle = max(min(middle, self.width - half - 4), half + 4) if 2 * half < self.width else self.width / 2
            return text(title, middle, self.bottom + 34 + more, colour=colour)
        turned = f'transform="rotate(-90 {14 + more:.0f} {middle:.1f})"'
        return text(title, 14 + more, middle, colour=colour, more=turned)


def _wrapped(title: str, room: float) -> str:
    """Break a title into lines of at most so many pixels."""
    most = max(12, int(room / LETTER))
    lines = [html.unescape(line) for line in title.split("<br>")]
    # Titles broken for a card's height fit one line of a higher figure, and need more of a lower one.
    joined = " ".join(lines)
    if len(joined) <= most:
        return html.escape(joined)
    return (
        title
        if len(lines) > 1 and max(map(len, lines)) <= most
        else "<br>".join(map(html.escape, textwrap.wrap(joined, most)))
    )


def _scatter(trace: Trace, x: Scale, y: Scale) -> Iterator[str]:
    across, up = x.pixels(unpacked(trace["x"])), y.pixels(unpacked(trace["y"]))
    opacity = f' opacity="{trace["opacity"]:.2f}"' if "opacity" in trace else ""
    if "fill" in trace:
        outline = f'stroke="{trace["line"].get("color", "none")}" stroke-width="{trace["line"]["width"]}"'
        yield f'<path d="{_path(across, up, closed=True)}" fill="{trace["fillcolor"]}" {outline}/>'
        return
    if "lines" in trace["mode"]:
        across_line, up_line = _stepped(across, up, trace["line"].get("shape", "linear"))
        yield f'<path d="{_path(across_line, up_line)}" fill="none" {_stroke(trace["line"])}{opacity}/>'
    if "markers" in trace["mode"]:
        yield from _markers(trace["marker"], across, up)


def _markers(marker: Mapping[str, Any], across: Floats, up: Floats) -> Iterator[str]:
    outline = marker.get("line", {})
    style = f'fill="{marker["color"]}" stroke="{outline.get("color", "none")}" opacity="{marker.get("opacity", 1)}"'
    if marker["symbol"].endswith("-open"):
        style = f'stroke="{marker["color"]}"'
    finite = np.flatnonzero(np.isfinite(across) & np.isfinite(up))
    most = marker.get("maxdisplayed", MOST_MARKERS)
    for index in finite[:: max(1, -(-finite.size // most))]:
        yield glyph(marker["symbol"], across[index], up[index], marker["size"], style)


def _box(trace: Trace, x: Scale, y: Scale) -> Iterator[str]:
    low, first, middle, third, high = (
        float(x.pixels(trace[key][0])) for key in ("lowerfence", "q1", "median", "q3", "upperfence")
    )
    at, half = float(y.pixels(trace["y"][0])), abs(float(y.pixels(0)) - float(y.pixels(trace["width"]))) / 2
    stroke = _stroke(trace["line"])
    yield _line(low, at, first, at, stroke)
    yield _line(third, at, high, at, stroke)
    size = f'width="{max(third - first, 0.5):.1f}" height="{2 * half:.1f}"'
    yield f'<rect x="{first:.1f}" y="{at - half:.1f}" {size} fill="{trace["fillcolor"]}" {stroke}/>'
    yield _line(middle, at - half, middle, at + half, stroke)


def _bars(trace: Trace, x: Scale, y: Scale, index: int, groups: int) -> Iterator[str]:
    centres, heights = unpacked(trace["x"]), unpacked(trace["y"])
    step = float(np.min(np.diff(centres))) if centres.size > 1 else 1.0
    width = 0.85 * abs(float(x.pixels(step)) - float(x.pixels(0)))
    floor = y.start
    for centre, top in zip(x.pixels(centres), y.pixels(heights), strict=True):
        if not np.isfinite(top):
            continue
        left = centre - width / 2 + index * width / groups
        size = f'width="{width / groups:.1f}" height="{max(floor - top, 0):.1f}"'
        yield f'<rect x="{left:.1f}" y="{top:.1f}" {size} fill="{trace["marker"]["color"]}"/>'


def _stepped(across: Floats, up: Floats, shape: str) -> tuple[Floats, Floats]:
    """Return the corners of a staircase, or the line itself.

    The shape `hv` goes across, then up; `vh` goes up, then across.
    """
    if shape == "linear" or across.size < 2:
        return across, up
    first, second = np.repeat(across, 2), np.repeat(up, 2)
    return (first[1:], second[:-1]) if shape == "hv" else (first[:-1], second[1:])


def _path(across: Floats, up: Floats, *, closed: bool = False) -> str:
    """Return lines through the points, broken where one has no place."""
    parts: list[str] = []
    drawing = False
    end = "Z" if closed else ""
    for x, y in zip(across.tolist(), up.tolist(), strict=True):
        if x != x or y != y:  # NaN
            parts.append(end if drawing else "")
            drawing = False
            continue
        parts.append(f"{'L' if drawing else 'M'}{x:.1f} {y:.1f}")
        drawing = True
    return "".join([*parts, end if drawing else ""])


def _line(x0: float, y0: float, x1: float, y1: float, style: str) -> str:
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" {style}/>'


def _stroke(line: Mapping[str, Any]) -> str:
    dashes = DASHES.get(line.get("dash", "solid"))
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'stroke="{line["color"]}" stroke-width="{line["width"]}"{dashed}'


def _attribute(words: str) -> str:
    return words.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
