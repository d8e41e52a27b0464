"""Plan seeds from a difference that matters and a spread.

The spread is passed in or taken from a study.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy import stats as sps

from seedspread.analysis import sentences
from seedspread.analysis.measured import Measured, measure
from seedspread.analysis.rules import decision_rule, pairing
from seedspread.context import Context
from seedspread.core.recipe import MetricInfo
from seedspread.errors import MISSING, InvalidInput
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.planning import (
    detectable_paired,
    detectable_unpaired,
    fewest_for_verdict,
    seeds_anytime,
    seeds_paired,
    seeds_unpaired,
)
from seedspread.stats.inference.means import moments
from seedspread.views.statistics import DifferenceRow, SeedPlanView, SeedsRow

FEWEST = 3  # below three values an SD says next to nothing about the seeds needed
MOST_COMPARISONS = 100_000


@dataclass(frozen=True)
class Spread:
    """Standard deviation above 0 and the n it comes from.

    It is the SD of the paired differences, or of the runs.
    """

    std: float
    paired: bool
    n: int
    comparisons: int = 1


def spread_of(measured: Measured, a: int | str, b: int | str | None) -> Spread | None:
    """Return the spread of two arms, or of one.

    Return None below 3 seeds or without variation.
    """
    if b is None:
        return spread_within(measured, measured.arm(a, "a"))
    return spread_between(measured, measured.arm(a, "a"), measured, measured.arm(b, "b"))


def spread_within(measured: Measured, arm: int) -> Spread | None:
    """Return the spread of one arm, by position.

    None below 3 seeds or without variation.
    """
    values = measured.values[arm].sample().usable
    statistics = moments(values) if values.size >= FEWEST else None
    return None if statistics is None or statistics.constant else Spread(statistics.std, False, statistics.n)


def spread_between(first: Measured, a: int, second: Measured, b: int) -> Spread | None:
    """Return the spread of two arms, of one study or of two.

    a, b: positions. None below 3 seeds or without variation.
    """
    rule = decision_rule(first, pairing(first, a, second, b))
    evidence = gather(first.values[a].sample(), second.values[b].sample(), rule)
    if evidence.n < FEWEST:
        return None
    if evidence.difference is not None:
        gaps = evidence.difference
        return None if gaps.constant else Spread(gaps.std, True, gaps.n)
    moments_a, moments_b = evidence.moments_a, evidence.moments_b
    if moments_a is None or moments_b is None or (moments_a.constant and moments_b.constant):
        return None
    return Spread(math.sqrt((moments_a.var + moments_b.var) / 2), False, evidence.n)


_SIZES = (3, 5, 8, 10, 15, 20, 30, 50, 100)  # what people can afford, so that a row of the table fits their budget
# Of the difference asked about: how the cost grows if it is smaller than hoped.
_FACTORS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
_PLAUSIBLE = 0.8  # one-sided: the true spread is above this limit in one pilot of five


@dataclass(frozen=True)
class SeedQuestion:
    """Difference to detect, in the metric's units, and the spread.

    `std` states the spread; without it, it is taken from arms `a` and `b` of the study (from arm `a` alone if `b` is
    None). `paired` tells whether arms share seeds; None takes that from the study, else unpaired. `comparisons` are
    those that the verdict will be corrected for; None takes them from the study, else 1.
    """

    difference: float | None = None
    power: float = 0.8
    level: float = 0.95
    std: float | None = None
    paired: bool | None = None
    study_id: int | None = None
    a: str | int = 0
    b: str | int | None = None
    comparisons: int | None = None


def plan_seeds(question: SeedQuestion, context: Context | None = None) -> SeedPlanView:
    """Return the number of seeds that a question needs.

    `context` is needed if the spread comes from a study.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no difference, no spread (or one of 0), or numbers out of their range.
    """
    _check(question)
    measured, difference, metric = _basis(question, context)
    paired = measured.paired if question.paired is None else question.paired
    comparisons = question.comparisons or measured.comparisons
    power, level = question.power, 1 - (1 - question.level) / comparisons
    fewest = fewest_for_verdict(round(1 - level, 12), paired=paired)
    needed = _seeds(difference / measured.std, paired, power, level)
    cautious = None
    if measured.n:
        degrees = (measured.n - 1) * (1 if paired else 2)
        stretch = math.sqrt(degrees / float(sps.chi2.ppf(1 - _PLAUSIBLE, degrees)))
        cautious = _seeds(difference / (measured.std * stretch), paired, power, level)
    now = measured.n or None
    enough = None if needed is None else max(needed, fewest)
    headline, detail = sentences.seed_plan(
        difference,
        needed,
        cautious,
        measured.std,
        measured.n,
        paired=paired,
        power=power,
        level=question.level,
        comparisons=comparisons,
        unit=metric.unit if metric is not None else "",
        at_least=fewest,
    )
    return SeedPlanView(
        headline=headline,
        detail=detail,
        seeds=needed,
        for_verdict=enough,
        cautious=cautious,
        anytime=seeds_anytime(difference / (measured.std if paired else math.sqrt(2) * measured.std), power, level),
        paired=paired,
        std=measured.std,
        std_n=now,
        power=power,
        level=question.level,
        comparisons=comparisons,
        difference=difference,
        unit=metric.unit if metric is not None else "",
        now=now,
        additional=None if enough is None or now is None else max(0, enough - now),
        by_difference=[
            DifferenceRow(
                difference=factor * difference, seeds=_seeds(factor * difference / measured.std, paired, power, level)
            )
            for factor in _FACTORS
        ],
        by_seeds=[SeedsRow(seeds=n, detectable=measured.std * _effect(n, paired, power, level)) for n in _SIZES],
    )


def _check(question: SeedQuestion) -> None:
    for name, value in (("difference", question.difference), ("std", question.std)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise InvalidInput(name, value, "a number above 0")
    for name, share in (("power", question.power), ("level", question.level)):
        if not 0.5 <= share < 1:
            raise InvalidInput(name, share, "a number from 0.5 to below 1")
    if question.comparisons is not None and not 1 <= question.comparisons <= MOST_COMPARISONS:
        raise InvalidInput("comparisons", question.comparisons, f"1 to {MOST_COMPARISONS:,}")
    if (question.std is None) == (question.study_id is None):
        provided = MISSING if question.std is None else question.std
        raise InvalidInput("std", provided, "a standard deviation, or a study to take it from (one of the two)")


def _basis(question: SeedQuestion, context: Context | None) -> tuple[Spread, float, MetricInfo | None]:
    """Return the spread, the difference and the study's metric."""
    if question.std is not None:
        if question.difference is None:
            raise InvalidInput("difference", MISSING, "the smallest difference that matters")
        return Spread(question.std, bool(question.paired), 0), question.difference, None
    if context is None or question.study_id is None:
        raise InvalidInput("study_id", question.study_id, "a study, where no standard deviation is given")
    measured = measure(context, question.study_id)
    difference = question.difference or measured.spec.smallest_difference
    if difference is None:
        raise InvalidInput("difference", MISSING, "the smallest difference that matters: the study states none")
    other = question.b if question.b is not None else (1 if len(measured.arms) > 1 and question.a == 0 else None)
    spread = spread_of(measured, question.a, other)
    if spread is None:
        raise InvalidInput("study_id", question.study_id, "a study with 3 finished seeds that differ")
    if question.paired is False and spread.paired and (alone := spread_of(measured, question.a, None)) is not None:
        spread = alone
    comparisons = (
        measured.looked_at(measured.arm(question.a, "a"), measured.arm(other, "b")) if other is not None else 1
    )
    return replace(spread, comparisons=comparisons), difference, measured.metric


def _seeds(effect: float, paired: bool, power: float, level: float) -> int | None:
    return (seeds_paired if paired else seeds_unpaired)(effect, power, level)


def _effect(n: int, paired: bool, power: float, level: float) -> float:
    return detectable_paired(n, power, level) if paired else detectable_unpaired(n, n, power, level)
