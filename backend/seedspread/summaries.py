"""Summary values: which number of a run's series statistics use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

LAST: Final = "last"
BEST: Final = "best"
AREA: Final = "area"
SUMMARIES: Final = (LAST, BEST, AREA)
EXPECTED: Final = " or ".join([", ".join(SUMMARIES[:-1]), SUMMARIES[-1]])
PATTERN: Final = f"^({'|'.join(SUMMARIES)})$"


def area(steps: Sequence[float], values: Sequence[float]) -> float:
    """Return the area under a curve, divided by its length.

    This is the mean of the curve by the trapezoidal rule, so it is in the metric's units. Of equal steps the later
    point counts. A value that is not finite makes the area NaN: a run that diverged is not scored by its better part.
    A curve of one point has that value.

    Args:
        steps, values: of equal length, at least one point, in any order.
    """
    points = sorted(dict(zip(steps, values, strict=True)).items())
    if not all(math.isfinite(step) and math.isfinite(value) for step, value in points):
        return math.nan
    length = points[-1][0] - points[0][0]
    if len(points) == 1 or not length:
        return points[-1][1]
    # From the lowest value on, so that a constant curve has exactly that value.
    lowest = min(value for _, value in points)
    pairs = pairwise(points)
    try:
        surface = math.fsum(
            (step - before) * ((value - lowest) + (earlier - lowest)) / 2 for (before, earlier), (step, value) in pairs
        )
    except OverflowError:
        return math.inf
    return float(lowest + surface / length)


def value_used(summary: str, step: str = "") -> str:
    """Return a summary value in words.

    Examples: `last epoch`, `best value`, `area under the curve`.
    """
    return "area under the curve" if summary == AREA else f"{summary} {step or 'value'}"


def value_of(summary: str, metric: str) -> str:
    """Return a summary value of a metric in words.

    Examples: `last accuracy`, `area under the curve of accuracy`.
    """
    return f"{value_used(summary)} of {metric}" if summary == AREA else f"{summary} {metric}"


def named(summary: str, metric: str) -> str:
    """Return a metric as sentences name it.

    The summary value is named if it is not one of the values of the series.
    """
    return value_of(summary, metric) if summary == AREA else metric
