"""Where a study's spread comes from: crossed sources, or sources varied one at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedspread.errors import InvalidInput
from seedspread.figures.variance import Share, alone_shares, crossed_shares
from seedspread.stats import question_rng
from seedspread.stats.factorial import crossed_table
from seedspread.stats.one_at_a_time import OneAtATime, one_at_a_time
from seedspread.stats.variance import FEWEST_LEVELS, VarianceComponents, variance_components
from seedspread.storage import measured as stored
from seedspread.usecases.compared import arm_view, exclusions
from seedspread.usecases.context import Context
from seedspread.usecases.design import SourceArms, source_arms
from seedspread.usecases.measured import Arm, Measured, measure
from seedspread.usecases.spread_answers import sources_answer
from seedspread.usecases.views.statistics import VarianceView

Floats = NDArray[np.float64]

FEWEST_TO_DIVIDE = 10
"""Seeds per arm below which the shares of sources varied one at a time are not worth dividing the spread by."""


def variance(
    context: Context, study_id: int, *, metric: str | None = None, summary: str | None = None
) -> list[VarianceView]:
    """The shares of the sources, for every variant (or crossed arm) of the study.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no such metric, or a study that neither crosses its sources nor varies them one at a time.
    """
    found = measure(context, study_id, metric, summary)
    question = ("variance", study_id, found.metric.name, found.summary)
    return context.answers.get(question, lambda: _variance(context, found), of=found.revision)


def _variance(context: Context, found: Measured) -> list[VarianceView]:
    crossed = [arm for arm in found.arms if "levels" in arm.policies.values()]
    if crossed:
        with context.database.reading() as session:
            levels = stored.levels(session, found.study_id)
        return [_crossed(found, arm, levels) for arm in crossed]
    groups = source_arms(found.arms)
    if not groups:
        raise InvalidInput(
            "study",
            found.study_id,
            "a study that crosses its sources or varies each alone",
            hint="submit one with the preset 'sources' or 'factorial'",
        )
    return [_alone(found, group) for group in groups]


def _crossed(found: Measured, arm: Arm, levels: dict[int, dict[str, int]]) -> VarianceView:
    sources = [source for source, policy in arm.policies.items() if policy == "levels"]
    values = found.values[arm.position]
    rng = question_rng("variance", found.study_id, arm.position, found.metric.name, found.summary)
    runs = [
        ([levels[int(run)][source] for source in sources], float(value))
        for run, value in zip(values.runs, values.values, strict=True)
        if int(run) in levels
    ]
    left_out = exclusions([arm_view(found, values)])
    shape = {"kind": "factorial", "variant": arm.name, "sources": sources, "metric": found.metric.name}
    try:
        table, _ = crossed_table(runs, sources)
        replicated = table.shape[-1] > 1
        components = variance_components(
            table if replicated else table[..., 0], sources, rng, replicated=replicated, level=found.spec.rule.level
        )
    except InvalidInput as refusal:
        # A cell that has not finished, or was excluded, is a state of the study and no fault of who asks.
        why = (
            f"No shares{_yet(found)}: {refusal.value}, where {refusal.expected} is needed. {refusal.hint or ''}".strip()
        )
        told = {"headline": why, "sentence": f"{why} {left_out}".strip(), "n": len(runs)}
        return VarianceView.model_validate(shape | told)
    headline = _crossed_headline(found, components)
    told = {"headline": headline, "sentence": f"{headline} {left_out}".strip()}
    shares = () if _few_levels(components) else crossed_shares(components)
    known = {"n": components.n, "components": components, "shares": shares}
    return VarianceView.model_validate(shape | told | known)


def _yet(found: Measured) -> str:
    return " yet" if found.pending else ""


def _crossed_headline(found: Measured, components: VarianceComponents) -> str:
    cells = " × ".join(f"{n} {source}" for source, n in zip(components.sources, components.levels, strict=True))
    basis = f"{components.n} runs, {cells} levels"
    few = _few_levels(components)
    if few:
        return f"No shares: {few}, where {FEWEST_LEVELS} levels are the least for one. Look at the points ({basis})."
    shares = [one for one in crossed_shares(components) if one.share is not None]
    if not shares:
        return f"Nothing to divide: {found.metric.name} is the same in every cell ({basis})."
    return f"{_told(shares)} of the variance of {found.metric.name} ({basis})."


def _few_levels(components: VarianceComponents) -> str:
    """The sources with too few levels for a share; empty where all have enough."""
    few = zip(components.sources, components.levels, strict=True)
    return ", ".join(f"{count} of {source}" for source, count in few if count < FEWEST_LEVELS)


def _alone(found: Measured, group: SourceArms) -> VarianceView:
    rng = question_rng("sources", found.study_id, group.variant, found.metric.name, found.summary)

    def usable(position: int | None) -> Floats | None:
        return None if position is None else found.values[position].sample().usable

    result = one_at_a_time(
        {source: found.values[position].sample().usable for source, position in group.alone.items()},
        rng,
        repeats=usable(group.repeats),
        together=usable(group.together),
        level=found.spec.rule.level,
    )
    positions = [at for at in (*group.alone.values(), group.repeats, group.together) if at is not None]
    left_out = exclusions([arm_view(found, found.values[at]) for at in positions])
    shares = alone_shares(result)
    if any(one.share is not None for one in shares):
        told = "Too few seeds to divide the spread: " if _too_few(result) else ""
        told += f"{_told(shares)} of the variance of {found.metric.name} with all sources varying"
        told += f" ({result.together_n} runs), one source at a time."
        if result.unexplained is not None and result.unexplained < 0:
            told += " The shares add up to more than the whole: so few runs leave them this uncertain."
    else:
        told = f"No shares{_yet(found)}: they need runs in which every source varies and runs in which one does."
    answer = sources_answer(found, group)
    return VarianceView(
        kind="sources",
        variant=group.variant,
        sources=list(group.alone),
        metric=found.metric.name,
        headline=answer.sentence,
        sentence=f"{answer.sentence} {told} {left_out}".strip(),
        n=sum(int(found.values[at].sample().usable.size) for at in positions),
        shares=list(shares),
        spreads=answer.spreads,
        spread_tests=answer.tests,
        alone=result,
    )


def _too_few(found: OneAtATime) -> bool:
    """Whether the shares say next to nothing: few seeds in an arm, or an interval wider than the whole."""
    counts = [found.together_n, *(one.n for one in found.sources)]
    widths = [one.share_interval.width() for one in found.sources if one.share_interval is not None]
    return min(counts) < FEWEST_TO_DIVIDE or max(widths, default=0.0) > 1


def _told(shares: Sequence[Share]) -> str:
    return ", ".join(f"{one.name} {100 * one.share:.0f} %{_range(one)}" for one in shares[:6] if one.share is not None)


def _range(one: Share) -> str:
    return "" if one.interval is None else f" ({100 * one.interval.low:.0f} to {100 * one.interval.high:.0f} %)"
