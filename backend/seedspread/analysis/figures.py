"""Figures of a study by name.

What each needs is measured, counted and drawn; the last ones are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, get_args

from seedspread.analysis.design import tells_sources_apart
from seedspread.analysis.measured import Measured, measure, measured_series, why_empty
from seedspread.analysis.planning import spread_of
from seedspread.analysis.rules import among, conditions, decision_rule, first_seeds, last_look, pairing
from seedspread.analysis.spread import NOTHING_REPORTED, correctness
from seedspread.analysis.variance import variance
from seedspread.context import Context
from seedspread.errors import InvalidInput, NotFound
from seedspread.figures.arrival import arrival, draw_arrival
from seedspread.figures.best_of_k import best_of_k, draw_best_of_k, draw_winner_flip, winner_flip
from seedspread.figures.churn import churn, draw_churn
from seedspread.figures.curves import Centre, curves
from seedspread.figures.curves_drawing import draw_curves
from seedspread.figures.differences import differences, draw_differences
from seedspread.figures.distribution import distribution
from seedspread.figures.distribution_drawing import Kind, draw_distribution
from seedspread.figures.improvement import draw_improvements, improvements
from seedspread.figures.kit.figure import Figure, empty_figure
from seedspread.figures.kit.sentences import metric_words
from seedspread.figures.power import draw_planner, planner
from seedspread.figures.profile import draw_profiles, profiles
from seedspread.figures.variance import draw_shares
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.decision.comparison import interim_rule
from seedspread.stats.decision.rule import DecisionRule

MOST_ARMS = 8
"""So many arms are drawn where nobody says which: as many as there are colours."""

Word = TypeVar("Word", bound=str)

_OF_PAIRS = ("differences", "winner", "arrival")


@dataclass(frozen=True)
class Options:
    """Options of a figure; it ignores those it does not know.

    arms: positions, None for the first eight. a, b: the two arms that are compared. kind, centre: how it is drawn.
    """

    arms: tuple[int, ...] | None = None
    a: int = 0
    b: int = 1
    kind: str | None = None
    centre: str = "median"
    log: bool = False


def draw(
    context: Context,
    study_id: int,
    name: str,
    options: Options,
    *,
    metric: str | None = None,
    summary: str | None = None,
) -> Figure:
    """Draw a study's figure by name, in roles instead of colours.

    Raises:
        NotFound: no such study or figure.
        InvalidInput: an arm, metric or kind there is not.
    """
    drawing = DRAWINGS.get(name)
    if drawing is None:
        raise NotFound("figure", name, hint=f"there are {', '.join(DRAWINGS)}")
    measured = measure(context, study_id, metric, summary)
    _check_arms(measured, options)
    question = ("figure", study_id, measured.metric.name, measured.summary, name, options)
    return context.cache.get(
        question, lambda: _explained(drawing(context, measured, options), measured, options), of=measured.revision
    )


def _explained(figure: Figure, measured: Measured, options: Options) -> Figure:
    """Return the figure.

    An empty one of arms that hold nothing any more says why.
    """
    positions = (options.a, options.b) if figure.name in _OF_PAIRS else _positions(measured, options)
    why = why_empty(measured, [at for at in positions if at < len(measured.arms)]) if figure.empty else None
    if why is None:
        return figure
    return empty_figure(figure.name, figure.title, f"{why[:1].upper()}{why[1:]}.", figure.notes)


def _check_arms(measured: Measured, options: Options) -> None:
    for position in options.arms or ():
        measured.arm(position, "arms")


def _positions(measured: Measured, options: Options) -> tuple[int, ...]:
    return options.arms or tuple(arm.position for arm in measured.arms[:MOST_ARMS])


def _shown(measured: Measured, options: Options) -> list[ArmValues]:
    return [measured.values[position] for position in _positions(measured, options)]


def _pair(measured: Measured, options: Options) -> tuple[ArmValues, ArmValues, DecisionRule]:
    """Return the two arms asked for, and the rule between them.

    Raises:
        InvalidInput: the study has no such two arms.
    """
    a, b = measured.arm(options.a, "a"), measured.arm(options.b, "b")
    if a == b:
        raise InvalidInput("b", options.b, "another arm than a")
    n = last_look(measured, a, b)
    rule = interim_rule(
        decision_rule(measured, pairing(measured, a, measured, b)), conditions(measured, a, measured, b)
    )
    rule = among(rule, measured.looked_at(a, b))
    return first_seeds(measured, a, n), first_seeds(measured, b, n), rule


def _directed(measured: Measured, options: Options) -> bool:
    """Return whether one of the two arms may be called better.

    Of one variant neither may.
    """
    a, b = measured.arms[measured.arm(options.a, "a")], measured.arms[measured.arm(options.b, "b")]
    return a.parameters != b.parameters


def _when(measured: Measured) -> str:
    return f"{measured.summary} {measured.step_name}"


def _curves(context: Context, measured: Measured, options: Options) -> Figure:
    centre = _one_of("centre", options.centre, get_args(Centre))
    level = measured.spec.rule.level
    series = measured_series(context, measured, _positions(measured, options))
    numbers = curves(series, measured.metric.direction, centre="mean" if centre == "mean" else "median", level=level)
    return draw_curves(
        numbers,
        measured.metric,
        centre="mean" if centre == "mean" else "median",
        level=level,
        step_name=measured.step_name,
        log=options.log,
    )


def _distribution(_: Context, measured: Measured, options: Options) -> Figure:
    kinds: tuple[Kind, ...] = get_args(Kind)
    requested = _one_of("kind", options.kind or "box", kinds)
    kind = next(kind for kind in kinds if kind == requested)
    numbers = distribution(_shown(measured, options), measured.spec.rule.level, outlines=kind == "violin")
    return draw_distribution(numbers, measured.metric, kind=kind, when=_when(measured))


def _differences(_: Context, measured: Measured, options: Options) -> Figure:
    if len(measured.arms) < 2:
        return _single("differences", "The difference between two arms")
    kind = _one_of("kind", options.kind or "dots", ("dots", "slopes"))
    return draw_differences(
        differences(*_pair(measured, options)),
        measured.metric,
        kind="slopes" if kind == "slopes" else "dots",
        directed=_directed(measured, options),
    )


def _improvement(_: Context, measured: Measured, options: Options) -> Figure:
    if len(measured.arms) < 2:
        return _single("improvement", "How often a run beats one of another arm")
    first, *others = _shown(measured, options)
    pairs = [
        item
        for other in others
        for item in improvements(
            [first, other],
            decision_rule(measured, pairing(measured, first.position, measured, other.position)),
            measured.metric.direction,
        )
    ]
    return draw_improvements(pairs, measured.metric)


def _profile(_: Context, measured: Measured, options: Options) -> Figure:
    return draw_profiles(
        profiles(_shown(measured, options), measured.metric.direction, measured.spec.rule.level), measured.metric
    )


def _best_of_k(_: Context, measured: Measured, options: Options) -> Figure:
    return draw_best_of_k(best_of_k(_shown(measured, options), measured.metric.direction), measured.metric)


def _winner(_: Context, measured: Measured, options: Options) -> Figure:
    if len(measured.arms) < 2:
        return _single("winner", "How often fewer seeds would name the other winner")
    return draw_winner_flip(winner_flip(*_pair(measured, options)), measured.metric)


def _arrival(_: Context, measured: Measured, options: Options) -> Figure:
    if len(measured.arms) < 2:
        return _single("arrival", "The difference between two arms as seeds arrive")
    return draw_arrival(
        arrival(*_pair(measured, options)),
        measured.metric,
        measured.spec.smallest_difference if measured.deciding else None,
        directed=_directed(measured, options),
    )


def _power(_: Context, measured: Measured, options: Options) -> Figure:
    choices = spread_of(measured, options.a, options.b if len(measured.arms) > 1 else None)
    if choices is None:
        return draw_planner(None, measured.metric)
    numbers = planner(
        choices.std,
        paired=choices.paired,
        level=measured.spec.rule.level,
        difference=measured.spec.smallest_difference if measured.deciding else None,
        now=choices.n,
    )
    return draw_planner(numbers, measured.metric)


def _churn(context: Context, measured: Measured, options: Options) -> Figure:
    numbers, reasons = [], []
    for arm in _shown(measured, options):
        matrix, reason = correctness(context, measured, arm)
        if matrix is not None:
            numbers.append(churn(arm.position, arm.name, matrix))
        elif reason is not None:
            reasons.append(reason)
    return draw_churn(numbers, reasons[0] if reasons else NOTHING_REPORTED)


def _variance(context: Context, measured: Measured, options: Options) -> Figure:
    title = f"Where the spread of {metric_words(measured.metric.name)} comes from"
    if not tells_sources_apart(measured.arms):
        why = "Sources vary together here: a study of the preset 'sources' or 'factorial' tells them apart."
        return empty_figure("variance", title, why)
    views = variance(context, measured.study_id, metric=measured.metric.name, summary=measured.summary)
    # `a` counts variants here: arms of one variant belong together.
    view = views[min(options.a, len(views) - 1)]
    others = [f"{len(views)} variants; this is {view.variant}."] if len(views) > 1 else []
    return draw_shares(view.shares, title, [view.headline, *view.detail, *others], why_none=view.headline)


def _single(name: str, title: str) -> Figure:
    return empty_figure(name, title, "This study has one arm: add another to compare it with.")


def _one_of(field: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InvalidInput(field, value, f"one of {', '.join(choices)}")
    return value


DRAWINGS: dict[str, Callable[[Context, Measured, Options], Figure]] = {
    "curves": _curves,
    "distribution": _distribution,
    "differences": _differences,
    "improvement": _improvement,
    "profile": _profile,
    "best-of-k": _best_of_k,
    "winner": _winner,
    "variance": _variance,
    "power": _power,
    "arrival": _arrival,
    "churn": _churn,
}
"""Every figure by the name it is asked for."""
