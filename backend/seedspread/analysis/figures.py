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
from seedspread.analysis.test_set import NOTHING_REPORTED, correctness
from seedspread.analysis.variance import variance
from seedspread.context import Context
from seedspread.errors import InvalidInput, NotFound
from seedspread.figures.arrival import arrival, draw_arrival
from seedspread.figures.best_of_k import best_of_k, draw_best_of_k
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
from seedspread.figures.winner import draw_winner_flip, winner_flip
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
    found = measure(context, study_id, metric, summary)
    _check_arms(found, options)
    question = ("figure", study_id, found.metric.name, found.summary, name, options)
    return context.cache.get(
        question, lambda: _explained(drawing(context, found, options), found, options), of=found.revision
    )


def _explained(figure: Figure, found: Measured, options: Options) -> Figure:
    """Return the figure.

    An empty one of arms that hold nothing any more says why.
    """
    positions = (options.a, options.b) if figure.name in _OF_PAIRS else _positions(found, options)
    why = why_empty(found, [at for at in positions if at < len(found.arms)]) if figure.empty else None
    if why is None:
        return figure
    return empty_figure(figure.name, figure.title, f"{why[:1].upper()}{why[1:]}.", figure.notes)


def _check_arms(found: Measured, options: Options) -> None:
    for position in options.arms or ():
        found.arm(position, "arms")


def _positions(found: Measured, options: Options) -> tuple[int, ...]:
    return options.arms or tuple(arm.position for arm in found.arms[:MOST_ARMS])


def _shown(found: Measured, options: Options) -> list[ArmValues]:
    return [found.values[position] for position in _positions(found, options)]


def _pair(found: Measured, options: Options) -> tuple[ArmValues, ArmValues, DecisionRule]:
    """Return the two arms asked for, and the rule between them.

    Raises:
        InvalidInput: the study has no such two arms.
    """
    a, b = found.arm(options.a, "a"), found.arm(options.b, "b")
    if a == b:
        raise InvalidInput("b", options.b, "another arm than a")
    n = last_look(found, a, b)
    rule = interim_rule(decision_rule(found, pairing(found, a, found, b)), conditions(found, a, found, b))
    rule = among(rule, found.looked_at(a, b))
    return first_seeds(found, a, n), first_seeds(found, b, n), rule


def _directed(found: Measured, options: Options) -> bool:
    """Return whether one of the two arms may be called better.

    Of one variant neither may.
    """
    a, b = found.arms[found.arm(options.a, "a")], found.arms[found.arm(options.b, "b")]
    return a.parameters != b.parameters


def _when(found: Measured) -> str:
    return f"{found.summary} {found.step_name}"


def _curves(context: Context, found: Measured, options: Options) -> Figure:
    centre = _one_of("centre", options.centre, get_args(Centre))
    level = found.spec.rule.level
    series = measured_series(context, found, _positions(found, options))
    numbers = curves(series, found.metric.direction, centre="mean" if centre == "mean" else "median", level=level)
    return draw_curves(
        numbers,
        found.metric,
        centre="mean" if centre == "mean" else "median",
        level=level,
        step_name=found.step_name,
        log=options.log,
    )


def _distribution(_: Context, found: Measured, options: Options) -> Figure:
    kinds: tuple[Kind, ...] = get_args(Kind)
    asked = _one_of("kind", options.kind or "box", kinds)
    kind = next(kind for kind in kinds if kind == asked)
    numbers = distribution(_shown(found, options), found.spec.rule.level, outlines=kind == "violin")
    return draw_distribution(numbers, found.metric, kind=kind, when=_when(found))


def _differences(_: Context, found: Measured, options: Options) -> Figure:
    if len(found.arms) < 2:
        return _single("differences", "The difference between two arms")
    kind = _one_of("kind", options.kind or "dots", ("dots", "slopes"))
    return draw_differences(
        differences(*_pair(found, options)),
        found.metric,
        kind="slopes" if kind == "slopes" else "dots",
        directed=_directed(found, options),
    )


def _improvement(_: Context, found: Measured, options: Options) -> Figure:
    if len(found.arms) < 2:
        return _single("improvement", "How often a run beats one of another arm")
    first, *others = _shown(found, options)
    pairs = [
        one
        for other in others
        for one in improvements(
            [first, other],
            decision_rule(found, pairing(found, first.position, found, other.position)),
            found.metric.direction,
        )
    ]
    return draw_improvements(pairs, found.metric)


def _profile(_: Context, found: Measured, options: Options) -> Figure:
    return draw_profiles(profiles(_shown(found, options), found.metric.direction, found.spec.rule.level), found.metric)


def _best_of_k(_: Context, found: Measured, options: Options) -> Figure:
    return draw_best_of_k(best_of_k(_shown(found, options), found.metric.direction), found.metric)


def _winner(_: Context, found: Measured, options: Options) -> Figure:
    if len(found.arms) < 2:
        return _single("winner", "How often fewer seeds would name the other winner")
    return draw_winner_flip(winner_flip(*_pair(found, options)), found.metric)


def _arrival(_: Context, found: Measured, options: Options) -> Figure:
    if len(found.arms) < 2:
        return _single("arrival", "The difference between two arms as seeds arrive")
    return draw_arrival(
        arrival(*_pair(found, options)),
        found.metric,
        found.spec.smallest_difference if found.deciding else None,
        directed=_directed(found, options),
    )


def _power(_: Context, found: Measured, options: Options) -> Figure:
    known = spread_of(found, options.a, options.b if len(found.arms) > 1 else None)
    if known is None:
        return draw_planner(None, found.metric)
    numbers = planner(
        known.std,
        paired=known.paired,
        level=found.spec.rule.level,
        difference=found.spec.smallest_difference if found.deciding else None,
        now=known.n,
    )
    return draw_planner(numbers, found.metric)


def _churn(context: Context, found: Measured, options: Options) -> Figure:
    numbers, reasons = [], []
    for arm in _shown(found, options):
        matrix, reason = correctness(context, found, arm)
        if matrix is not None:
            numbers.append(churn(arm.position, arm.name, matrix))
        elif reason is not None:
            reasons.append(reason)
    return draw_churn(numbers, reasons[0] if reasons else NOTHING_REPORTED)


def _variance(context: Context, found: Measured, options: Options) -> Figure:
    title = f"Where the spread of {metric_words(found.metric.name)} comes from"
    if not tells_sources_apart(found.arms):
        why = "Sources vary together here: a study of the preset 'sources' or 'factorial' tells them apart."
        return empty_figure("variance", title, why)
    views = variance(context, found.study_id, metric=found.metric.name, summary=found.summary)
    # `a` counts variants here: arms of one variant belong together.
    view = views[min(options.a, len(views) - 1)]
    others = [f"{len(views)} variants; this is {view.variant}."] if len(views) > 1 else []
    return draw_shares(view.shares, title, [view.headline, *view.detail, *others], why_none=view.headline)


def _single(name: str, title: str) -> Figure:
    return empty_figure(name, title, "This study has one arm: add another to compare it with.")


def _one_of(field: str, given: str, known: tuple[str, ...]) -> str:
    if given not in known:
        raise InvalidInput(field, given, f"one of {', '.join(known)}")
    return given


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
