"""Draw noise floors."""

from __future__ import annotations

from seedspread.analysis.figures.draw import Options, kind_of
from seedspread.analysis.figures.drawings import distribution_of
from seedspread.core.recipe import Direction, MetricInfo
from seedspread.errors import InvalidInput
from seedspread.figures.kit.figure import Figure
from seedspread.floors.store import Floor
from seedspread.stats.data.arms import LeftOut, arm_values
from seedspread.summaries import value_used

MOST_CANDIDATES = 7
"""Candidates beside the floor: together as many as there are colours."""


def draw_floor(floor: Floor, name: str, options: Options) -> Figure:
    """Draw a floor beside the last candidates judged against it.

    It is in roles instead of colours. Marks stand for no stored runs: their ids are seeds, or counts.

    Raises:
        NotFound: no such figure.
        InvalidInput: a figure that is not drawn of floors, or an option that there is not.
    """
    if kind_of(name).name != "distribution":
        raise InvalidInput("floor", floor.name, "the figure distribution, which alone is drawn of a floor")
    arms = [arm_values(0, floor.name, floor.values, seeds=floor.seeds, left_out=LeftOut(failures=floor.failures))]
    for position, judged in enumerate(floor.judged[-MOST_CANDIDATES:], start=1):
        look = judged.looks[-1]
        arms.append(arm_values(position, judged.candidate, look.values, left_out=LeftOut(failures=look.failures)))
    metric = MetricInfo(name=floor.metric, direction=Direction(floor.direction), unit=floor.unit)
    when = value_used(str(floor.conditions["summary"])) if "summary" in floor.conditions else "a value a run"
    return distribution_of(arms, metric, options, 0.95, when)
