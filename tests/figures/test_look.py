"""Colours of arms: seen against the ground in either theme."""

from __future__ import annotations

import pytest

from seedspread.figures.kit.look import ARM_COLOURS, THEMES

LEAST_CONTRAST = 3.0


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB` (WCAG 2.2)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["ground", "surface"])
@pytest.mark.parametrize("arm", range(ARM_COLOURS))
def test_an_arm_stands_out_from_the_ground(theme: str, ground: str, arm: int) -> None:
    assert contrast(THEMES[theme][f"arm{arm}"], THEMES[theme][ground]) >= LEAST_CONTRAST
