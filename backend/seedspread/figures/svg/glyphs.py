"""Markers, dashes and text of static drawings.

Markers and dashes have plotly's names.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

FONT_SIZE = 12
"""Pixels of ordinary text."""
DASHES = {"dash": "9 5", "dot": "2 4", "dashdot": "9 4 2 4", "longdash": "15 6", "longdashdot": "15 5 2 5"}


def _regular(corners: int, turn: float = -90.0) -> list[tuple[float, float]]:
    angles = [math.radians(turn + 360 * corner / corners) for corner in range(corners)]
    return [(math.cos(angle), math.sin(angle)) for angle in angles]


def _star() -> list[tuple[float, float]]:
    radii = [1.2 if corner % 2 == 0 else 0.5 for corner in range(10)]
    angles = [math.radians(-90 + 36 * corner) for corner in range(10)]
    return [(radius * math.cos(angle), radius * math.sin(angle)) for radius, angle in zip(radii, angles, strict=True)]


_CROSS = [(1, 3), (3, 3), (3, 1)]
_PLUS = [
    (a * x / 3, b * y / 3)
    for a, b, turn in ((1, 1, 1), (1, -1, -1), (-1, -1, 1), (-1, 1, -1))
    for x, y in _CROSS[::turn]
]
# Corners around (0, 0), for a marker of radius 1; what is not here is a circle.
CORNERS: dict[str, Sequence[tuple[float, float]]] = {
    "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    "diamond": _regular(4),
    "triangle-up": _regular(3),
    "pentagon": _regular(5),
    "hexagon": _regular(6),
    "star": _star(),
    "cross": [(x, -y) for x, y in _PLUS],
    "x": [((x - y) * 0.71, (x + y) * 0.71) for x, y in _PLUS],
    "hourglass": [(-0.9, -0.9), (0.9, -0.9), (-0.9, 0.9), (0.9, 0.9)],
}


def glyph(symbol: str, x: float, y: float, size: float, style: str) -> str:
    """Return one marker of that diameter at a place, as SVG."""
    radius = size / 2
    if symbol.endswith("-open"):
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="none" stroke-width="2" {style}/>'
    corners = CORNERS.get(symbol)
    if corners is None:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {style}/>'
    points = " ".join(f"{x + radius * dx:.1f},{y + radius * dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{points}" {style}/>'


def text(
    content: str, x: float, y: float, *, anchor: str = "middle", size: int = FONT_SIZE, colour: str, more: str = ""
) -> str:
    """Draw text that may contain `<br>` and entities, as plotly's may.

    Its lines are centred on y.
    """
    lines = [html.escape(html.unescape(line), quote=True) for line in content.split("<br>")]
    start = y - (len(lines) - 1) * size * 0.6 + size * 0.35
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{start + index * size * 1.2:.1f}">{line}</tspan>' for index, line in enumerate(lines)
    )
    return f'<text text-anchor="{anchor}" font-size="{size}" fill="{colour}" {more}>{spans}</text>'
