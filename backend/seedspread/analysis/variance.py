"""Where a study's spread comes from: crossed sources, or sources varied one at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedspread.analysis.design import SourceArms, source_arms
from seedspread.analysis.measured import Arm, Measured, measure
from seedspread.analysis.spread import sources_answer
from seedspread.context import Context
from seedspread.errors import InvalidInput
from seedspread.figures.variance import alone_shares
from seedspread.stats import question_rng
from seedspread.stats.spread.one_at_a_time import OneAtATime, one_at_a_time
from seedspread.storage import measured as stored
from seedspread.usecases.compared import arm_view, exclusions
from seedspread.usecases.crossed import crossed_view, told_shares
from seedspread.views.statistics import VarianceView

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
    try:
        view = crossed_view(runs, sources, rng, variant=arm.name, metric=found.metric.name, level=found.spec.rule.level)
    except InvalidInput as refusal:
        # A cell that has not finished, or was excluded, is a state of the study and no fault of who asks.
        short_of = f"{refusal.value}, where {refusal.expected} is needed. {refusal.hint or ''}"
        why = f"No shares{_yet(found)}: {short_of}".strip()
        view = VarianceView(
            kind="factorial",
            variant=arm.name,
            sources=sources,
            metric=found.metric.name,
            headline=why,
            sentence=why,
            n=len(runs),
        )
    return view.model_copy(update={"sentence": f"{view.sentence} {left_out}".strip()})


def _yet(found: Measured) -> str:
    return " yet" if found.pending else ""


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
        told += f"{told_shares(shares)} of the variance of {found.metric.name} with all sources varying"
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
