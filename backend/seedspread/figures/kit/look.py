"""Visual language shared by all figures: roles of colours, markers, dashes.

Figures name colours as `role:NAME` or `role:NAME/ALPHA`; the viewer replaces them by its theme's colours (`themed` does
so here). An arm has a role, a marker and a dash by its position in the study, so that it looks the same in every figure
and can be told apart in greyscale. The page reads all of this from `frontend/src/lib/shared.json`, which `make openapi`
writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MARKERS = ("circle", "square", "diamond", "triangle-up", "x", "pentagon", "star", "hexagon", "cross", "hourglass")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
ARM_COLOURS = 8  # more hues cannot be told apart by people with any colour vision

# Okabe and Ito's eight hues, blue first and the red-like vermillion late, each at 3:1 or more against both grounds of
# its theme.
_LIGHT_ARMS = ("#005A9C", "#B87700", "#008F68", "#B8608F", "#2F8FC9", "#D55E00", "#6B6B00", "#000000")
_DARK_ARMS = ("#3D9FE0", "#E69F00", "#19B98C", "#D98FB8", "#7CC7F0", "#F07A2B", "#F0E442", "#F2F2F2")


def _palette(arms: tuple[str, ...], **roles: str) -> dict[str, str]:
    return roles | {f"arm{index}": colour for index, colour in enumerate(arms)}


THEMES: Mapping[str, Mapping[str, str]] = {
    "light": _palette(
        _LIGHT_ARMS,
        text="#14171c",
        muted="#565e6b",
        grid="#e8ebef",
        ground="#ffffff",
        surface="#f7f8fa",
        fail="#b3261e",
    ),
    "dark": _palette(
        _DARK_ARMS,
        text="#e8eaee",
        muted="#a4acb9",
        grid="#252a34",
        ground="#0f1115",
        surface="#171a21",
        fail="#ff8078",
    ),
}

_ROLE = re.compile(r"^role:(\w+)(?:/([\d.]+))?$")


def role(name: str, alpha: float | None = None) -> str:
    """Return the token of a role, with an optional opacity.

    The opacity is 0 to 1.
    """
    return f"role:{name}" if alpha is None else f"role:{name}/{alpha:g}"


def arm_role(position: int, alpha: float | None = None) -> str:
    """Return the token of an arm's colour.

    Arms eight positions apart share it and differ in marker and dash.
    """
    return role(f"arm{position % ARM_COLOURS}", alpha)


def marker(position: int) -> str:
    """Return the marker of an arm."""
    return MARKERS[position % len(MARKERS)]


def dash(position: int) -> str:
    """Return the dash of an arm's lines."""
    return DASHES[position % len(DASHES)]


def themed(value: Any, palette: Mapping[str, str]) -> Any:
    """Replace the roles in a figure's data or layout by colours.

    `value` is plain JSON; a copy is returned.

    Raises:
        KeyError: a role that the palette lacks.
    """
    if isinstance(value, dict):
        return {key: themed(item, palette) if key != "roles" else item for key, item in value.items()}
    if isinstance(value, list):
        # Numbers need no look: lists of colours or of nested objects start with text, an object or a list.
        return [themed(item, palette) for item in value] if value and not isinstance(value[0], int | float) else value
    if isinstance(value, str):
        return _colour(value, palette)
    return value


def _colour(text: str, palette: Mapping[str, str]) -> str:
    match = _ROLE.match(text)
    if match is None:
        return text
    colour = palette[match[1]]
    if match[2] is None:
        return colour
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{match[2]})"
