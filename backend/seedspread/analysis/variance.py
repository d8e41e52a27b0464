"""Where a study's spread comes from: crossed sources, or sources varied one at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedspread.analysis.design import SourceArms, source_arms
from seedspread.analysis.measured import Arm, Measured, arm_view, exclusions, measure
from seedspread.analysis.spread import sources_answer
from seedspread.context import Context
from seedspread.errors import InvalidInput
from seedspread.figures.variance import Share, alone_shares, crossed_shares
from seedspread.stats import crossed_table, intraclass_correlation, question_rng
from seedspread.stats.spread.components import FEWEST_LEVELS, VarianceComponents, variance_components
from seedspread.stats.spread.one_at_a_time import OneAtATime, one_at_a_time
from seedspread.storage import measured as stored
from seedspread.views.statistics import VarianceView

CrossedRun = tuple[Sequence[str | int], float]

MOST_SOURCES = 6
MOST_RUNS = 100_000


def variance_of_numbers(
    runs: Sequence[CrossedRun], sources: Sequence[str], *, metric: str = "the metric", level: float = 0.95
) -> VarianceView:
    """The shares of crossed sources from plain numbers: a level of each source, and a value, per run.

    Raises:
        InvalidInput: fewer than two sources, one named twice, or a table with missing or unequal cells.
    """
    if not 2 <= len(sources) <= MOST_SOURCES or len(set(sources)) < len(sources):
        raise InvalidInput("sources", list(sources), f"2 to {MOST_SOURCES} sources, each once")
    if not 1 <= len(runs) <= MOST_RUNS:
        raise InvalidInput("runs", len(runs), f"1 to {MOST_RUNS:,} runs")
    if not 0.5 <= level < 1:
        raise InvalidInput("level", level, "a number from 0.5 to below 1")
    rng = question_rng("variance of numbers", metric, *sources)
    return crossed_view(runs, sources, rng, variant="numbers", metric=metric, level=level)


def crossed_view(
    runs: Sequence[CrossedRun],
    sources: Sequence[str],
    rng: np.random.Generator,
    *,
    variant: str,
    metric: str,
    level: float,
) -> VarianceView:
    """The shares in numbers and words; with two sources and one run a cell, intraclass correlations too.

    Raises:
        InvalidInput: a cell is missing, not finite, or has another number of runs than the rest.
    """
    table, _ = crossed_table(runs, sources)
    replicated = table.shape[-1] > 1
    once = table if replicated else table[..., 0]
    components = variance_components(once, sources, rng, replicated=replicated, level=level)
    headline = _headline(metric, components)
    return VarianceView(
        kind="factorial",
        variant=variant,
        sources=list(sources),
        metric=metric,
        headline=headline,
        sentence=headline,
        n=components.n,
        components=components,
        shares=[] if _few_levels(components) else list(crossed_shares(components)),
        icc=None if replicated or len(sources) != 2 else intraclass_correlation(once, level),
    )


def told_shares(shares: Sequence[Share]) -> str:
    """The largest shares in words: `split 61 % (20 to 93 %), init 30 % (4 to 70 %)`."""
    return ", ".join(f"{one.name} {100 * one.share:.0f} %{_range(one)}" for one in shares[:6] if one.share is not None)


def _range(one: Share) -> str:
    return "" if one.interval is None else f" ({100 * one.interval.low:.0f} to {100 * one.interval.high:.0f} %)"


def _headline(metric: str, components: VarianceComponents) -> str:
    cells = " × ".join(f"{n} {source}" for source, n in zip(components.sources, components.levels, strict=True))
    basis = f"{components.n} runs, {cells} levels"
    few = _few_levels(components)
    if few:
        return f"No shares: {few}, where {FEWEST_LEVELS} levels are the least for one. Look at the points ({basis})."
    shares = [one for one in crossed_shares(components) if one.share is not None]
    if not shares:
        return f"Nothing to divide: {metric} is the same in every cell ({basis})."
    return f"{told_shares(shares)} of the variance of {metric} ({basis})."


def _few_levels(components: VarianceComponents) -> str:
    """The sources with too few levels for a share; empty where all have enough."""
    few = zip(components.sources, components.levels, strict=True)
    return ", ".join(f"{count} of {source}" for source, count in few if count < FEWEST_LEVELS)


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
    return context.cache.get(question, lambda: _variance(context, found), of=found.revision)


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
