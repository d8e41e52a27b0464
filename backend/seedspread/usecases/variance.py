"""Where a study's spread comes from: crossed sources, or sources varied one at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedspread.errors import InvalidInput
from seedspread.figures.variance import Share, alone_shares, crossed_shares
from seedspread.stats import question_rng
from seedspread.stats.factorial import crossed_table
from seedspread.stats.one_at_a_time import OneAtATime, one_at_a_time
from seedspread.stats.variance import variance_components
from seedspread.storage import measured as stored
from seedspread.usecases.compare import arm_view, exclusions
from seedspread.usecases.context import Context
from seedspread.usecases.measured import Arm, Measured, measure
from seedspread.usecases.views.statistics import VarianceView

Floats = NDArray[np.float64]

FEWEST_TO_DIVIDE = 10
"""Seeds per arm below which the shares of sources varied one at a time are not worth dividing the spread by."""


@dataclass(frozen=True)
class SourceArms:
    """The arms of one variant that tell its sources apart: positions by what varies in them.

    alone: by the only source that varies; repeats: nothing varies; together: every source varies.
    """

    variant: str
    alone: dict[str, int]
    repeats: int | None
    together: int | None


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


def shares_of(view: VarianceView) -> tuple[Share, ...]:
    """The shares of one variant as they are drawn."""
    if view.components is not None:
        return crossed_shares(view.components)
    return alone_shares(view.alone) if view.alone is not None else ()


def tells_sources_apart(found: Measured) -> bool:
    """Whether the study's design can say where the spread comes from."""
    return any("levels" in arm.policies.values() for arm in found.arms) or bool(source_arms(found.arms))


def source_arms(arms: Sequence[Arm]) -> list[SourceArms]:
    """The variants with at least one arm in which a single source varies, read from the arms' policies."""
    groups: dict[str, list[Arm]] = defaultdict(list)
    for arm in arms:
        groups[repr(sorted(arm.differs.items(), key=str))].append(arm)
    found = []
    for group in groups.values():
        varying = {arm.position: [s for s, policy in arm.policies.items() if policy == "vary"] for arm in group}
        still = {arm.position: set(arm.policies.values()) <= {"fixed", "vary"} for arm in group}
        alone = {names[0]: at for at, names in varying.items() if len(names) == 1 and still[at]}
        many = len(group[0].policies)
        if alone and many > 1:
            repeats = next((at for at, names in varying.items() if not names and still[at]), None)
            together = next((at for at, names in varying.items() if len(names) == many), None)
            variant = ", ".join(f"{name} {value}" for name, value in group[0].differs.items()) or "base"
            found.append(SourceArms(variant, alone, repeats, together))
    return found


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
        why = f"No shares yet: {refusal.value}, where {refusal.expected} is needed. {refusal.hint or ''}"
        return VarianceView.model_validate(shape | {"sentence": f"{why.strip()} {left_out}".strip(), "n": len(runs)})
    told = _told(crossed_shares(components))
    cells = " × ".join(f"{count} {source}" for source, count in zip(sources, components.levels, strict=True))
    sentence = f"{told} of the variance of {found.metric.name} ({components.n} runs, {cells} levels). {left_out}"
    return VarianceView.model_validate(
        shape | {"sentence": sentence.strip(), "n": components.n, "components": components}
    )


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
        told += f" ({result.together_n} runs); one source at a time, {_floor(result.floor, result.floor_n)}."
        if result.unexplained is not None and result.unexplained < 0:
            told += " The shares add up to more than the whole: so few runs leave them this uncertain."
    else:
        told = "No shares yet: they need runs in which every source varies and runs in which one does."
    return VarianceView(
        kind="sources",
        variant=group.variant,
        sources=list(group.alone),
        metric=found.metric.name,
        sentence=f"{told} {left_out}".strip(),
        n=sum(int(found.values[at].sample().usable.size) for at in positions),
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


def _floor(floor: float | None, n: int) -> str:
    if floor is None:
        return "without repeats to take a noise floor from"
    if floor == 0:
        return f"repeats with nothing varied agree exactly (n = {n})"
    return f"above a noise floor of {floor:.2g} (n = {n})"
