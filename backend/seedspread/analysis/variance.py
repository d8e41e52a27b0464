"""Sources of a study's spread: factorial, or varied one at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedspread.analysis import sentences
from seedspread.analysis.design import SourceArms, source_arms
from seedspread.analysis.measured import Arm, Measured, arm_view, exclusions, measure
from seedspread.analysis.spread import sources_answer
from seedspread.errors import InvalidInput
from seedspread.figures.variance import alone_shares, crossed_shares
from seedspread.stats import crossed_components, intraclass_correlation, question_rng
from seedspread.stats.data.finite import countable
from seedspread.stats.spread.components import FEWEST_LEVELS, VarianceComponents
from seedspread.stats.spread.one_at_a_time import OneAtATime, one_at_a_time
from seedspread.views.statistics import VarianceView

if TYPE_CHECKING:
    from seedspread.context import Context

CrossedRun = tuple[Sequence[str | int], float]

MOST_SOURCES = 6  # interactions double with each further source
MOST_RUNS = 100_000


def variance_of_numbers(
    runs: Sequence[CrossedRun], sources: Sequence[str], *, metric: str = "the metric", level: float = 0.95
) -> VarianceView:
    """Return the shares of crossed sources from plain numbers.

    Each run has a level of every source, and a value.

    Raises:
        InvalidInput: fewer than two sources, one named twice, or too few cells to separate the sources.
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
    """Return the shares in numbers and words.

    With two sources and one run in every cell, the view includes intraclass correlations. Tables with failed cells are
    estimated by REML.

    Raises:
        InvalidInput: too few cells with a finite value to separate the sources.
    """
    components, table = crossed_components(runs, sources, rng, level=level)
    few, shares = _few_levels(components), crossed_shares(components)
    return VarianceView(
        kind="factorial",
        variant=variant,
        sources=list(sources),
        metric=metric,
        headline=sentences.crossed_headline(metric, components, shares, few),
        detail=[
            *sentences.crossed_detail(components, shares, FEWEST_LEVELS, few),
            *sentences.levels_without_values(_levels_without_values(runs, sources)),
        ],
        n=components.n,
        components=components,
        shares=[] if few else list(shares),
        # Its formulas need one run in every cell.
        icc=None
        if table is None or table.shape[-1] > 1 or len(sources) != 2
        else intraclass_correlation(table[..., 0], level),
    )


def _few_levels(components: VarianceComponents) -> str:
    """Return the sources with too few levels for a share.

    The text is empty if all have enough.
    """
    few = zip(components.sources, components.levels, strict=True)
    return ", ".join(f"{count} of {source}" for source, count in few if count < FEWEST_LEVELS)


def _levels_without_values(runs: Sequence[CrossedRun], sources: Sequence[str]) -> dict[str, list[str | int]]:
    """Return the levels of each source without a usable run."""
    usable = countable(np.array([value for _, value in runs], dtype=np.float64))
    absent: dict[str, list[str | int]] = {}
    for axis, source in enumerate(sources):
        named = dict.fromkeys(at[axis] for at, _ in runs)
        kept = {at[axis] for (at, _), counts in zip(runs, usable, strict=True) if counts}
        if missing := [level for level in named if level not in kept]:
            absent[source] = missing
    return absent


Floats = NDArray[np.float64]

FEWEST_TO_DIVIDE = 10
"""Seeds per arm below which the shares of sources varied one at a time are not worth dividing the spread by."""


def variance(
    context: Context, study_id: int, *, metric: str | None = None, summary: str | None = None
) -> list[VarianceView]:
    """Return the shares of the sources, by variant or factorial arm.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no such metric, or a study that neither crosses its sources nor varies them one at a time.
    """
    measured = measure(context, study_id, metric, summary)
    question = ("variance", study_id, measured.metric.name, measured.summary)
    return context.cache.get(question, lambda: _variance(context, measured), of=measured.revision)


def _variance(context: Context, measured: Measured) -> list[VarianceView]:
    crossed = [arm for arm in measured.arms if "levels" in arm.policies.values()]
    if crossed:
        from seedspread.storage import measured as stored

        with context.database.reading() as session:
            levels = stored.levels(session, measured.study_id)
        return [_crossed(measured, arm, levels) for arm in crossed]
    groups = source_arms(measured.arms)
    if not groups:
        raise InvalidInput(
            "study",
            measured.study_id,
            "a study that crosses its sources or varies each alone",
            hint="submit one with the preset 'sources' or 'factorial'",
        )
    return [_alone(measured, group) for group in groups]


def _crossed(measured: Measured, arm: Arm, levels: dict[int, dict[str, int]]) -> VarianceView:
    sources = [source for source, policy in arm.policies.items() if policy == "levels"]
    values = measured.values[arm.position]
    rng = question_rng("variance", measured.study_id, arm.position, measured.metric.name, measured.summary)
    runs = [
        ([levels[int(run)][source] for source in sources], float(value))
        for run, value in zip(values.runs, values.values, strict=True)
        if int(run) in levels
    ]
    left_out = exclusions([arm_view(measured, values)])
    # Cells without a value span the table too, and a level whose runs all failed is named.
    used = {int(run) for run in values.runs}
    lost = [run for run in measured.runs if run.arm == arm.position and run.id not in used and run.id in levels]
    runs += [([levels[run.id][source] for source in sources], math.nan) for run in lost]
    try:
        if measured.pending and lost:
            # Which cells will be empty is not known yet, and shares of a part of the table would mislead.
            raise InvalidInput("runs", f"{len(runs) - len(lost)} of {len(runs)} runs", "all of them")
        view = crossed_view(
            runs, sources, rng, variant=arm.name, metric=measured.metric.name, level=measured.spec.rule.level
        )
    except InvalidInput as refusal:
        # A cell that has not finished, or was excluded, is a state of the study and no fault of who asks.
        short_of = f"{refusal.value}, expected {refusal.expected}. {refusal.hint or ''}"
        why = sentences.no_shares(short_of.strip(), pending=bool(measured.pending))
        view = VarianceView(
            kind="factorial",
            variant=arm.name,
            sources=sources,
            metric=measured.metric.name,
            headline=why,
            n=len(runs) - len(lost),
        )
    return view.model_copy(update={"detail": [*view.detail, *([left_out] if left_out else [])]})


def _alone(measured: Measured, group: SourceArms) -> VarianceView:
    rng = question_rng("sources", measured.study_id, group.variant, measured.metric.name, measured.summary)

    def usable(position: int | None) -> Floats | None:
        return None if position is None else measured.values[position].sample().usable

    result = one_at_a_time(
        {source: measured.values[position].sample().usable for source, position in group.alone.items()},
        rng,
        repeats=usable(group.repeats),
        together=usable(group.together),
        level=measured.spec.rule.level,
    )
    positions = [at for at in (*group.alone.values(), group.repeats, group.together) if at is not None]
    left_out = exclusions([arm_view(measured, measured.values[at]) for at in positions])
    shares = alone_shares(result)
    answer = sources_answer(measured, group)
    detail = sentences.alone_shares_detail(
        measured.metric.name,
        shares,
        result.together_n,
        too_few=any(share.share is not None for share in shares) and _too_few(result),
        exceeds=result.unexplained is not None and result.unexplained < 0,
        pending=bool(measured.pending),
    )
    return VarianceView(
        kind="sources",
        variant=group.variant,
        sources=list(group.alone),
        metric=measured.metric.name,
        headline=answer.headline,
        detail=[*answer.detail, *detail, *([left_out] if left_out else [])],
        n=sum(int(measured.values[at].sample().usable.size) for at in positions),
        shares=list(shares),
        spreads=answer.spreads,
        spread_tests=answer.tests,
        alone=result,
    )


def _too_few(measured: OneAtATime) -> bool:
    """Return whether the shares say next to nothing.

    That is so with few seeds in an arm, or an interval wider than the whole.
    """
    counts = [measured.together_n, *(item.n for item in measured.sources)]
    widths = [item.share_interval.width() for item in measured.sources if item.share_interval is not None]
    return min(counts) < FEWEST_TO_DIVIDE or max(widths, default=0.0) > 1
