"""Summary values: which number of a run's series statistics use."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from seedspread.errors import InvalidInput

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
    if first_step(metric) is not None:
        return metric
    return f"{value_used(summary)} of {metric}" if summary == AREA else f"{summary} {metric}"


def named(summary: str, metric: str) -> str:
    """Return a metric as sentences name it.

    The summary value is named if it is not one of the values of the series.
    """
    return value_of(summary, metric) if summary == AREA else metric


_FIRST_STEP = re.compile(r"\s*first_step\s*\((.*)\)\s*", re.DOTALL)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_CONDITION = re.compile(rf"(.+?)\s*(>=|<=|>|<)\s*({_NUMBER})(?:\s*,\s*(\d+\.?\d*))?", re.DOTALL)


@dataclass(frozen=True)
class FirstStep:
    """First step at which a metric meets a condition, such as `first_step(val_acc>=0.9)`.

    It is a metric of its own, computed from the series of `metric`; fewer steps are better. A run that ends without
    meeting the condition is censored at its last step. Its value is infinite: it counts as slower than every run that
    met it (worst rank: Lachin, Control Clin Trials 20, 1999). With a `horizon`, runs that reach it unmet count as the
    horizon, so that the mean is a restricted mean time (Royston and Parmar, BMC Med Res Methodol 13, 2013).
    """

    metric: str
    relation: str
    threshold: str
    horizon: str = ""

    @property
    def name(self) -> str:
        """Name of this metric, always written the same way."""
        within = f", {self.horizon}" if self.horizon else ""
        return f"first_step({self.metric}{self.relation}{self.threshold}{within})"

    def value(self, steps: Iterable[float], values: Iterable[float]) -> float:
        """Return the first step that meets the condition, or infinity.

        Values that are not numbers meet no condition. Of equal steps the later point counts.

        Args:
            steps, values: of equal length, in any order.
        """
        level = float(self.threshold)
        points = dict(zip(steps, values, strict=True))
        first = min((float(step) for step, value in points.items() if self._meets(value, level)), default=math.inf)
        horizon = float(self.horizon or math.inf)
        return horizon if points and first > horizon and max(points) >= horizon else first

    def _meets(self, value: float, level: float) -> bool:
        if self.relation == ">=":
            return value >= level
        if self.relation == "<=":
            return value <= level
        return value > level if self.relation == ">" else value < level


def first_step(metric: str) -> FirstStep | None:
    """Return the condition that a metric's name states, or None.

    Any other name is that of a metric that somebody logs, however it begins.
    """
    match = _FIRST_STEP.fullmatch(metric)
    condition = None if match is None else _CONDITION.fullmatch(match[1].strip())
    if condition is None:
        return None
    horizon = "" if condition[4] is None else _shortest(condition[4])
    return FirstStep(condition[1], condition[2], _shortest(condition[3]), horizon)


def _shortest(number: str) -> str:
    """Return a number in one spelling: `0.9` for `9e-1`."""
    return repr(float(number) + 0.0).removesuffix(".0")


def spellings(metric: str) -> tuple[str, ...]:
    """Return the names under which a metric may be stored.

    First steps are stored with their condition written in one way; earlier versions kept the digits as typed.
    """
    condition = first_step(metric)
    if condition is None:
        return (metric,)
    typed = "".join(metric.split()).replace(",", ", ")
    return tuple(dict.fromkeys((metric, condition.name, typed)))


def logged(metric: str) -> str:
    """Return the metric that runs log.

    It is the metric itself, or the one that a first step's condition is about.
    """
    condition = first_step(metric)
    return metric if condition is None else condition.metric


def check_direction(metric: str, direction: str | None, field: str) -> None:
    """Refuse to maximize the first step at which a condition is met.

    Raises:
        InvalidInput: more of such a metric was said to be better.
    """
    if direction == "maximize" and first_step(metric) is not None:
        raise InvalidInput(field, metric, "minimize: the earlier a run meets the condition, the better")


def unusable(metric: str) -> str:
    """Return how runs without a finite value ended, in words: `not finite`."""
    return "not finite" if first_step(metric) is None else "never met the condition"


def why_identical(metric: str) -> str:
    """Return why all numbers of two arms may be the same."""
    condition = first_step(metric)
    if condition is not None and condition.horizon:
        return "Either no run meets the condition before the horizon, or the change has no effect."
    return "Either the same runs were entered twice, or the change has no effect."
