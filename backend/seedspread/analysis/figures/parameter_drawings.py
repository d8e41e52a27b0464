"""Drawings of arms by their parameters.

They draw every arm, not the first eight: a sweep is what they are for.
"""

from __future__ import annotations

from seedspread.analysis.figures.chosen import Chosen
from seedspread.analysis.figures.registry import Option, Options, figure
from seedspread.context import Context
from seedspread.errors import InvalidInput
from seedspread.figures.kit.figure import Figure
from seedspread.figures.parameters.against import draw_against
from seedspread.figures.parameters.importance import draw_importance, importance
from seedspread.figures.parameters.parallel import draw_parallel
from seedspread.figures.parameters.values import Parameter, ParameterRuns, parameter_runs

EVERY_ARM = 1_000
"""At most so many arms of a study are drawn by their parameters."""

PARAMETER = Option("parameter", "Parameter", values="parameters")


@figure(
    "parameter",
    "Metric against a parameter",
    fewest_arms=2,
    options=(PARAMETER,),
    shown="parameters",
    most_arms=EVERY_ARM,
)
def _parameter(_: Context, chosen: Chosen, options: Options) -> Figure:
    level = chosen.first.spec.rule.level
    runs = _runs(chosen)
    return draw_against(runs, _chosen(runs, options.parameter, level), chosen.first.shown, level)


@figure("parallel", "Parallel coordinates", fewest_arms=2, shown="parameters", most_arms=EVERY_ARM)
def _parallel(_: Context, chosen: Chosen, __: Options) -> Figure:
    return draw_parallel(_runs(chosen), chosen.first.shown)


@figure("importance", "Parameter importance", fewest_arms=2, shown="parameters", most_arms=EVERY_ARM)
def _importance(_: Context, chosen: Chosen, __: Options) -> Figure:
    runs = _runs(chosen)
    return draw_importance(importance(runs, chosen.first.spec.rule.level), runs, chosen.first.shown)


def _runs(chosen: Chosen) -> ParameterRuns:
    return parameter_runs(chosen.values(), [arm.measured.arms[arm.at].parameters for arm in chosen.arms])


def _chosen(runs: ParameterRuns, name: str | None, level: float) -> Parameter | None:
    """Return the parameter of that name, by default the most important.

    Raises:
        InvalidInput: the arms do not differ in it.
    """
    if name is None:
        return next((item.parameter for item in importance(runs, level)), None)
    for parameter in runs.parameters:
        if parameter.name == name:
            return parameter
    names = ", ".join(parameter.name for parameter in runs.parameters) or "none"
    raise InvalidInput("parameter", name, f"a parameter in which the arms differ: {names}")
