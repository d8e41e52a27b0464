"""Draw figures of a study or of any arms, by name.

The last ones are cached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from seedspread.analysis import sentences
from seedspread.analysis.figures import drawings as drawings  # registers the figures
from seedspread.analysis.figures import parameter_drawings as parameter_drawings  # registers more
from seedspread.analysis.figures.chosen import ArmRef, Chosen, arms_of_study, choose
from seedspread.analysis.figures.registry import FIGURES, FigureKind, Options, describe_option, kind_of
from seedspread.analysis.measured import Measured, measure
from seedspread.analysis.rules import decision_rule
from seedspread.context import Context
from seedspread.errors import InvalidInput
from seedspread.figures.kit.figure import Figure, empty_figure
from seedspread.stats.decision.ranking import centre_of

__all__ = ["FIGURES", "FigureKind", "Options", "describe_option", "draw", "draw_arms", "kind_of"]

MOST_TOGETHER = 50
"""Number of arms that one figure of several studies may draw, unless it draws every arm of a study."""


def draw(
    context: Context,
    study_id: int,
    name: str,
    options: Options,
    *,
    metric: str | None = None,
    summary: str | None = None,
    at: str | None = None,
) -> Figure:
    """Draw a study's figure by name, in roles instead of colours.

    Args:
        at: the study's revision, where it has been read already.

    Raises:
        NotFound: no such study or figure.
        InvalidInput: an arm, metric or option there is not.
    """
    kind = kind_of(name)
    measured = measure(context, study_id, metric, summary, at=at)
    return _drawn(context, kind, Chosen(arms_of_study(measured, _positions(kind, measured, options))), options)


def draw_arms(
    context: Context,
    arms: Sequence[ArmRef],
    name: str,
    options: Options,
    *,
    beside: Sequence[ArmRef] = (),
    metric: str | None = None,
    summary: str | None = None,
    at: Mapping[int, str] | None = None,
) -> Figure:
    """Draw a figure of arms of any studies.

    It is in roles instead of colours. A figure of a pair compares the second arm with the first.

    Args:
        beside: the arms of the figures that this one stands beside: they share colours, names and one range of values.
        at: revisions of the studies, where they have been read already.

    Raises:
        NotFound: no such figure, or a study that does not exist (any more).
        InvalidInput: no arms or too many, or an arm, metric or option there is not.
    """
    kind = kind_of(name)
    if kind.subject == "study":
        raise InvalidInput("arms", ",".join(map(str, arms)), f"a whole study for the figure {name}")
    most = max(MOST_TOGETHER, kind.most_arms)
    if not 1 <= len({*arms, *beside}) <= most:
        raise InvalidInput("arms", ",".join(map(str, arms)), f"1 to {most} arms")
    return _drawn(context, kind, choose(context, arms, beside, metric=metric, summary=summary, at=at), options)


def _positions(kind: FigureKind, measured: Measured, options: Options) -> tuple[int, ...]:
    """Return the positions of the arms that a study's figure draws.

    Raises:
        InvalidInput: the study has no such arm, or a and b are one.
    """
    for position in options.arms or ():
        measured.arm(position, "arms")
    if kind.subject != "pair":
        return options.arms or _usual(measured, kind.most_arms)
    if len(measured.arms) < 2:
        return (measured.arms[0].position,)
    a, b = measured.arm(options.a, "a"), measured.arm(options.b, "b")
    if a == b:
        raise InvalidInput("b", options.b, "another arm than a")
    return a, b


def _usual(measured: Measured, most: int) -> tuple[int, ...]:
    """Return the arms that are drawn where nobody names any.

    Of too many they are the best, in the study's order. While runs are to come they are the first ones, so that no
    chart changes its arms under the reader's hand.
    """
    positions = tuple(arm.position for arm in measured.arms)
    if len(positions) <= most or measured.pending > 0:
        return positions[:most]
    rule, worst = decision_rule(measured, "auto"), float("inf")
    sign = 1.0 if rule.direction == "minimize" else -1.0
    samples = [(position, measured.values[position].sample()) for position in positions]
    costs = {at: sign * centre_of(sample, rule) if sample.usable.size else worst for at, sample in samples}
    return tuple(sorted(sorted(positions, key=costs.__getitem__)[:most]))


def _drawn(context: Context, kind: FigureKind, chosen: Chosen, options: Options) -> Figure:
    # The arms are in the key by themselves: two ways to name them are one question.
    question = (
        "figure",
        kind.name,
        chosen.key,
        replace(options, arms=None, b=0, a=options.a if kind.subject == "study" else 0),
    )
    return context.cache.get(
        question, lambda: _finished(kind, chosen, _draw(context, kind, chosen, options)), of=chosen.revisions
    )


def _draw(context: Context, kind: FigureKind, chosen: Chosen, options: Options) -> Figure:
    if len(chosen.arms) < kind.fewest_arms:
        return empty_figure(kind.name, kind.title, sentences.MORE_ARMS)
    return kind.draw(context, chosen, options)


def _finished(kind: FigureKind, chosen: Chosen, figure: Figure) -> Figure:
    """Add why the figure is empty, and the studies of its rows."""
    enough = len(chosen.arms) >= kind.fewest_arms
    why = chosen.why_empty() if figure.empty and enough else None
    if why is not None:
        return empty_figure(figure.name, figure.title, f"{why[:1].upper()}{why[1:]}.", figure.notes)
    if len(chosen.studies) == 1 or "arm" not in figure.table:
        return figure
    ids = {arm.name: arm.measured.study_id for arm in chosen.arms}
    return replace(figure, table={"study": [ids[name] for name in figure.table["arm"]], **figure.table})
