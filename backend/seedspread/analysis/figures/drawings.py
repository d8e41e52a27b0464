"""Drawings of arms: what each figure needs is measured, counted and drawn.

A new figure is one function here under `@figure`; its route, CSV, SVG, place on the page and tests follow from that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from seedspread.analysis import sentences
from seedspread.analysis.design import tells_sources_apart
from seedspread.analysis.figures.changed import STEP_NAMES, changed_series, curve_notes
from seedspread.analysis.figures.chosen import Chosen, series_of
from seedspread.analysis.figures.registry import Choice, Option, Options, figure
from seedspread.analysis.planning import spread_between, spread_within
from seedspread.analysis.rules import among, conditions, decision_rule, last_look, pairing
from seedspread.analysis.spread import correctness
from seedspread.analysis.variance import variance
from seedspread.context import Context
from seedspread.core.recipe import MetricInfo
from seedspread.figures.best_of_k import best_of_k, draw_best_of_k, draw_winner_flip, winner_flip
from seedspread.figures.churn import churn, draw_churn
from seedspread.figures.curves import ArmCurve, Centre, curves
from seedspread.figures.curves_drawing import curves_range, draw_curves
from seedspread.figures.distribution import distribution
from seedspread.figures.distribution_drawing import Kind, distribution_range, draw_distribution
from seedspread.figures.kit.figure import Figure, empty_figure
from seedspread.figures.kit.sentences import metric_words
from seedspread.figures.pairs.arrival import arrival, draw_arrival
from seedspread.figures.pairs.differences import Kind as PairKind
from seedspread.figures.pairs.differences import differences, draw_differences
from seedspread.figures.pairs.improvement import draw_improvements, improvements
from seedspread.figures.pairs.power import draw_planner, planner
from seedspread.figures.profile import draw_profiles, profiles
from seedspread.figures.variance import draw_shares
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.decision.comparison import interim_rule
from seedspread.stats.decision.rule import DecisionRule


def _choices(values: tuple[str, ...], labels: Mapping[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(value, labels[value]) for value in values)


_CENTRE = Option(
    "centre",
    "Center and band",
    _choices(get_args(Centre), {"median": "Median and IQR", "mean": "Mean and 95% CI"}),
)
_LOG = Option("log", "Logarithmic axis", values="switch")
SMOOTH = Option(
    "smooth",
    "Smoothing",
    (Choice("0", "Not smoothed"), Choice("0.6", "Light"), Choice("0.9", "Medium"), Choice("0.97", "Strong")),
)
X = Option("x", "Horizontal axis", (Choice("logged", "As logged"), Choice("epoch", "Epoch"), Choice("time", "Time")))
_KIND = Option(
    "kind",
    "Chart type",
    _choices(
        get_args(Kind),
        {
            "box": "Box",
            "violin": "Violin",
            "histogram": "Histogram",
            "points": "Points",
            "ecdf": "Cumulative (ECDF)",
        },
    ),
)
_PAIRS = Option("kind", "Chart type", _choices(get_args(PairKind), {"dots": "Differences", "slopes": "Pairs"}))


@figure(
    "curves",
    "Curves",
    runs=True,
    options=(_CENTRE, SMOOTH, X, _LOG),
    shown="always",
    reports=("means", "sources"),
)
def _curves(context: Context, chosen: Chosen, options: Options) -> Figure:
    centre: Centre = "mean" if _CENTRE.chosen(options.centre) == "mean" else "median"
    first, level = chosen.first, chosen.first.spec.rule.level
    weight, along = SMOOTH.chosen(options.smooth), X.chosen(options.x)
    numbers = _curve_numbers(context, chosen, centre, level, (weight, along))
    visible = [curve for curve, arm in zip(numbers, chosen.ranged, strict=True) if arm in chosen.arms]
    names = {study.step_name for study in chosen.studies}
    return draw_curves(
        visible,
        first.curve,
        centre=centre,
        level=level,
        step_name=STEP_NAMES.get(along) or (first.step_name if len(names) == 1 else "step"),
        log=options.log,
        more_notes=curve_notes(weight, along, first.step_name),
        span=curves_range(numbers, first.curve, log=options.log) if chosen.beside else None,
        every_run=options.every_run,
    )


def _curve_numbers(
    context: Context, chosen: Chosen, centre: Centre, level: float, changed: tuple[str, str]
) -> tuple[ArmCurve, ...]:
    def numbers() -> tuple[ArmCurve, ...]:
        arms = changed_series(context, series_of(context, chosen.ranged), *changed)
        return curves(arms, chosen.first.curve.direction, centre=centre, level=level)

    if not chosen.beside:
        return numbers()
    # Every figure that stands beside the others needs all their numbers for the one range.
    question = ("curves", tuple(arm.ref for arm in chosen.beside), chosen.key[-2:], centre, changed)
    return context.cache.get(question, numbers, of=chosen.revisions)


@figure("distribution", "Distribution", options=(_KIND,), shown="always", reports=("means", "sources"))
def _distribution(_: Context, chosen: Chosen, options: Options) -> Figure:
    level = chosen.first.spec.rule.level
    span = None
    if chosen.beside:
        span = distribution_range(distribution([arm.values() for arm in chosen.beside], level), chosen.first.shown)
    first = chosen.first
    when = f"{first.summary} {first.step_name}" if first.shown == first.curve else ""
    return distribution_of(chosen.values(), chosen.first.shown, options, level, when, span)


def distribution_of(
    arms: Sequence[ArmValues],
    metric: MetricInfo,
    options: Options,
    level: float,
    when: str,
    span: tuple[float, float] | None = None,
) -> Figure:
    """Draw the distributions of arms, whichever they are.

    Args:
        when: the summary in words, such as `last epoch`; empty if the metric's name says it.
        span: range of the values' axis, if it is shared with other figures.

    Raises:
        InvalidInput: there is no such kind.
    """
    requested = _KIND.chosen(options.kind)
    kind = next(kind for kind in get_args(Kind) if kind == requested)
    numbers = distribution(arms, level, outlines=kind == "violin")
    return draw_distribution(numbers, metric, kind=kind, when=when, span=span)


@figure("differences", "Differences by seed", subject="pair", options=(_PAIRS,), shown="always", reports=("means",))
def _differences(_: Context, chosen: Chosen, options: Options) -> Figure:
    kind = _PAIRS.chosen(options.kind)
    return draw_differences(
        differences(*_pair(chosen)),
        chosen.first.shown,
        kind="slopes" if kind == "slopes" else "dots",
        directed=_directed(chosen),
    )


@figure("power", "Seeds needed", subject="pair", fewest_arms=1)
def _power(_: Context, chosen: Chosen, __: Options) -> Figure:
    first, (a, *others) = chosen.first, chosen.arms
    spread = spread_between(first, a.at, others[0].measured, others[0].at) if others else spread_within(first, a.at)
    if spread is None:
        return draw_planner(None, first.shown)
    numbers = planner(
        spread.std,
        paired=spread.paired,
        level=first.spec.rule.level,
        difference=first.spec.smallest_difference if first.deciding else None,
        now=spread.n,
    )
    return draw_planner(numbers, first.shown)


@figure("arrival", "Difference over seeds", subject="pair", reports=("means",))
def _arrival(_: Context, chosen: Chosen, __: Options) -> Figure:
    first = chosen.first
    return draw_arrival(
        arrival(*_pair(chosen)),
        first.shown,
        first.spec.smallest_difference if first.deciding else None,
        directed=_directed(chosen),
    )


@figure("winner", "Would fewer seeds name the same winner?", subject="pair")
def _winner(_: Context, chosen: Chosen, __: Options) -> Figure:
    return draw_winner_flip(winner_flip(*_pair(chosen)), chosen.first.shown)


@figure("improvement", "Probability of improvement", fewest_arms=2)
def _improvement(_: Context, chosen: Chosen, __: Options) -> Figure:
    first, *others = chosen.arms
    pairs = [
        item
        for other in others
        for item in improvements(
            [first.values(), other.values()],
            decision_rule(first.measured, pairing(first.measured, first.at, other.measured, other.at)),
            first.measured.metric.direction,
        )
    ]
    return draw_improvements(pairs, first.measured.metric)


@figure("best-of-k", "Best of k seeds", reports=("means",))
def _best_of_k(_: Context, chosen: Chosen, __: Options) -> Figure:
    metric = chosen.first.shown
    return draw_best_of_k(best_of_k(chosen.values(), metric.direction), metric)


@figure("profile", "Performance profile")
def _profile(_: Context, chosen: Chosen, __: Options) -> Figure:
    metric = chosen.first.shown
    return draw_profiles(profiles(chosen.values(), metric.direction, chosen.first.spec.rule.level), metric)


@figure("churn", "Prediction churn")
def _churn(context: Context, chosen: Chosen, __: Options) -> Figure:
    numbers, reasons = [], []
    for arm in chosen.arms:
        matrix, reason = correctness(context, arm.measured, arm.measured.values[arm.at])
        if matrix is not None:
            numbers.append(churn(arm.position, arm.name, matrix))
        elif reason is not None:
            reasons.append(reason)
    return draw_churn(numbers, reasons[0] if reasons else sentences.NOTHING_REPORTED)


@figure("variance", "Where the spread comes from", subject="study", shown="never", reports=("sources",))
def _variance(context: Context, chosen: Chosen, options: Options) -> Figure:
    measured = chosen.first
    title = sentences.spread_comes_from(metric_words(measured.metric.name))
    if not tells_sources_apart(measured.arms):
        return empty_figure("variance", title, sentences.VARY_TOGETHER)
    views = variance(context, measured.study_id, metric=measured.metric.name, summary=measured.summary)
    # `a` counts variants here: arms of one variant belong together.
    view = views[min(options.a, len(views) - 1)]
    others = [f"{len(views)} variants; this is {view.variant}."] if len(views) > 1 else []
    return draw_shares(view.shares, title, [view.headline, *view.detail, *others], why_none=view.headline)


def _pair(chosen: Chosen) -> tuple[ArmValues, ArmValues, DecisionRule]:
    """Return the two arms and the rule between them.

    Of an adaptive study they are those of the pair's last look.
    """
    a, b = chosen.first_pair()
    together = a.measured is b.measured
    n = last_look(a.measured, a.at, b.at) if together else None
    rule = interim_rule(
        decision_rule(a.measured, pairing(a.measured, a.at, b.measured, b.at)),
        conditions(a.measured, a.at, b.measured, b.at),
    )
    rule = among(rule, a.measured.looked_at(a.at, b.at) if together else 1)
    return a.values(n), b.values(n), rule


def _directed(chosen: Chosen) -> bool:
    """Return whether one of the two arms may be called better.

    Of one variant neither may.
    """
    a, b = chosen.first_pair()
    same_study = a.measured is b.measured
    return not same_study or a.measured.arms[a.at].parameters != b.measured.arms[b.at].parameters
