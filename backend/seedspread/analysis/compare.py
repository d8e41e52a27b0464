"""Compare arms of studies, or plain numbers.

Pairing follows the design; p-values are corrected for the comparisons looked at; exclusions are reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from seedspread import words
from seedspread.analysis import sentences
from seedspread.analysis.design import asks, source_arms, variants
from seedspread.analysis.measured import Measured, arm_of, arm_view, exclusions, measure
from seedspread.analysis.rules import conditions, decision_rule, first_seeds, last_look, pairing
from seedspread.analysis.spread import SpreadAnswer, rounds_answer, sources_answer
from seedspread.analysis.test_set import with_test_set
from seedspread.analysis.variance import variance
from seedspread.core.recipe import Direction
from seedspread.core.study import Centre, Preset
from seedspread.errors import InvalidInput
from seedspread.stats import Conditions, DecisionRule, Sample, question_rng
from seedspread.stats.data.arms import LeftOut
from seedspread.stats.decision.comparison import Comparison, Family, compare_many
from seedspread.stats.decision.ranking import Ranking, rank_arms
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL
from seedspread.views.statistics import (
    ArmSpread,
    ComparedArm,
    ComparisonView,
    DifferingSource,
    ExcludedRun,
    FamilyView,
    MeasuredArm,
    SpreadTest,
    VarianceView,
    VariantAnswer,
)

if TYPE_CHECKING:
    from seedspread.context import Context


@dataclass(frozen=True)
class DesignAnswer:
    """Answers, one per variant, and the numbers they are based on.

    `short` is the first answer in a few words.
    """

    asks: Preset
    answers: list[VariantAnswer] = field(default_factory=list)
    short: str = ""
    spreads: list[ArmSpread] = field(default_factory=list)
    tests: list[SpreadTest] = field(default_factory=list)


def design_answer(context: Context, measured: Measured, compared: Sequence[ComparisonView] = ()) -> DesignAnswer:
    """Return what the study answers by its design.

    There are no answers if the design asks about means.

    Args:
        compared: every arm against the first, needed for arms that are all the same.
    """
    question = asks(measured.arms)
    match question:
        case Preset.FACTORIAL:
            return _crossed(variance(context, measured.study_id, metric=measured.metric.name, summary=measured.summary))
        case Preset.SOURCES:
            groups = source_arms(measured.arms)
            return _spread(question, {group.variant: sources_answer(measured, group) for group in groups})
        case Preset.ROUNDS:
            return _spread(
                question, {group[0].name: rounds_answer(measured, group) for group in variants(measured.arms)}
            )
        case Preset.AA:
            return _alike(compared, measured.spec.rule.level)
    return DesignAnswer(question)


def _crossed(views: Sequence[VarianceView]) -> DesignAnswer:
    answers = [
        VariantAnswer(variant=view.variant if len(views) > 1 else "", headline=view.headline, detail=view.detail)
        for view in views
    ]
    return DesignAnswer(Preset.FACTORIAL, answers, sentences.shares_short(views[0].shares))


def _spread(question: Preset, by_variant: dict[str, SpreadAnswer]) -> DesignAnswer:
    first, *others = by_variant.values()
    more = f"; {words.counted(len(others), 'more variant')}" if others else ""
    answers = [
        VariantAnswer(variant=variant if others else "", headline=answer.headline, detail=list(answer.detail))
        for variant, answer in by_variant.items()
    ]
    return DesignAnswer(
        question,
        answers,
        f"{first.short}{more}",
        [spread for answer in by_variant.values() for spread in answer.spreads],
        [test for answer in by_variant.values() for test in answer.tests],
    )


def _alike(compared: Sequence[ComparisonView], level: float) -> DesignAnswer:
    """Judge equal arms: does luck alone look like a difference?"""
    outcomes = [view.state for view in compared]
    reasons = {view.reason for view in compared}
    answers = [
        VariantAnswer(headline=view.headline, state=view.state, detail=view.detail, caveats=view.caveats)
        for view in compared
    ]
    if "better" in outcomes:
        # Of so many comparisons of equal arms, one is wrong.
        rare = sentences.luck_is_rare(round(1 / (1 - level)))
        answers = [answer.model_copy(update={"detail": [rare, *answer.detail]}) for answer in answers]
        short = sentences.LUCK_LOOKS_REAL
    elif reasons <= {"interval_covers_zero", "inside_smallest_difference"}:
        short = sentences.LUCK_SHOWS_NOTHING
    else:
        short = sentences.LUCK_UNJUDGED
    return DesignAnswer(Preset.AA, answers, short)


Values = Mapping[int, float | None] | Sequence[float | None]

MOST_VALUES = 1_000_000  # the numbers come in one request, and resampling takes a multiple of their memory


@dataclass(frozen=True)
class ArmOfStudy:
    """Arm by its study and its name or position."""

    study_id: int
    arm: str | int


def compare_arms(
    context: Context, a: ArmOfStudy, b: ArmOfStudy, *, metric: str | None = None, summary: str | None = None
) -> ComparisonView:
    """Compare arm B with arm A, of one study or of two.

    A verdict on two of k arms of one study is corrected for the k − 1 comparisons with a baseline that was named
    beforehand, else for all pairs.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no such arm or metric, the same arm twice, or metrics with different directions.
    """
    first = measure(context, a.study_id, metric, summary)
    second = first if a.study_id == b.study_id else measure(context, b.study_id, first.metric.name, first.summary)
    at, to = first.arm(a.arm, "a"), second.arm(b.arm, "b")
    if first is second and at == to:
        raise InvalidInput("b", b.arm, "another arm than a")
    if first.metric.direction is not second.metric.direction:
        raise InvalidInput("metric", first.metric.name, "a metric that gets better the same way in both studies")
    question = ("comparison", first.study_id, at, second.study_id, to, first.metric.name, first.summary)
    revisions = (first.revision, second.revision)

    def compared() -> ComparisonView:
        view = _compare(first, at, second, to)[0]
        return with_test_set(context, first, at, to, view) if first is second else view

    return context.cache.get(question, compared, of=revisions)


def compare_all(
    context: Context, study_id: int, *, metric: str | None = None, summary: str | None = None
) -> FamilyView:
    """Return every arm of a study against its first, Holm-corrected.

    The answer to the question of the study's design comes first.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no such metric, or a study of one arm.
    """
    measured = measure(context, study_id, metric, summary)
    if len(measured.arms) < 2:
        raise InvalidInput("study", study_id, "a study of two arms or more")
    question = ("comparisons", study_id, measured.metric.name, measured.summary)
    return context.cache.get(question, lambda: _answer_all(context, measured), of=measured.revision)


def compare_numbers(
    groups: Mapping[str, Values],
    *,
    metric: str = "the metric",
    direction: Direction | None = None,
    smallest_difference: float | None = None,
    level: float = 0.95,
    paired: bool | None = None,
    looked_at: int | None = None,
    baseline: str | None = None,
    minimum_seeds: int | None = None,
    centre: Centre = "mean",
    left_out: Mapping[str, LeftOut] | None = None,
    conditions: Conditions | None = None,
) -> FamilyView:
    """Compare groups of plain numbers: every group against the first.

    Args:
        groups: two or more, by name: values in any order, or by seed.
        paired: None pairs groups that are given by seed and share most of them.
        looked_at: number of comparisons made in all, including those that are not passed here.
        baseline: the group the others are compared with, named before the results; None compares with the first and
            corrects for all pairs.
        minimum_seeds: fewest values per group for a verdict; None: as few as exact tests allow.
        centre: value of a group that decides, chosen before the results.
        left_out: by group, failed and excluded runs, which are not among the values.
        conditions: pending runs and added seeds; None: the numbers are seen once, and complete.

    Raises:
        InvalidInput: fewer than two groups, a value that is not a number, or groups that cannot be paired as requested.
    """
    if len(groups) < 2:
        raise InvalidInput("groups", list(groups), "two groups of numbers or more")
    total = sum(len(values) for values in groups.values())
    if total > MOST_VALUES:
        raise InvalidInput("groups", total, f"at most {MOST_VALUES:,} numbers")
    aside = {name: (left_out or {}).get(name, LeftOut()) for name in groups}
    samples = [Sample.of(name, values, failures=aside[name].failures) for name, values in groups.items()]
    rule = DecisionRule(
        smallest_difference=smallest_difference,
        direction=direction,
        level=level,
        pairing="auto" if paired is None else ("paired" if paired else "separate"),
        minimum_seeds=minimum_seeds or FEWEST_FOR_INTERVAL,
        centre=centre,
    )
    pair_conditions = conditions or Conditions(metric=metric)
    if looked_at is None:
        looked_at = len(samples) - 1 if baseline is not None else len(samples) * (len(samples) - 1) // 2
    rng = question_rng("numbers", metric, *groups)
    family = compare_many(
        samples, rule, rng, baseline=baseline or samples[0].arm, looked_at=looked_at, conditions=pair_conditions
    )
    arms = {sample.arm: _with_excluded(arm_of(sample), aside[sample.arm]) for sample in samples}
    views = [
        _comparison_view(
            comparison,
            (arms[a], arms[b]),
            pair_conditions,
            _Frame(metric=metric, direction=direction, level=level, smallest_difference=smallest_difference),
            Corrected.of(family, position),
        )
        for position, ((a, b), comparison) in enumerate(zip(family.pairs, family.comparisons, strict=True))
    ]
    ranking = _ranking(samples, rule, rng, [pair_conditions])
    return family_view(family.baseline or samples[0].arm, family.adjusted.m, "Holm", views, ranking)


def _with_excluded(arm: ComparedArm, left_out: LeftOut) -> ComparedArm:
    excluded = [ExcludedRun(seed=seed, reason=reason) for seed, reason in left_out.excluded.items()]
    return arm.model_copy(update={"excluded": excluded})


def _compare(first: Measured, at: int, second: Measured, to: int) -> tuple[ComparisonView, Family]:
    rule = decision_rule(first, pairing(first, at, second, to))
    # An adaptive study is judged on the seeds of its last look, not on those that came in since.
    n = last_look(first, at, to) if first is second else None
    item, two = first_seeds(first, at, n), first_seeds(second, to, n)
    a, b = item.sample(), two.sample()
    if first is not second and a.arm == b.arm:
        a, b = (replace(s, arm=f"{s.arm} (study {m.study_id})") for s, m in ((a, first), (b, second)))
    looked_at = first.looked_at(at, to) if first is second else 1
    names = (first.study_id, at, second.study_id, to, first.metric.name, first.summary)
    pair_conditions = conditions(first, at, second, to)
    family = compare_many(
        [a, b], rule, question_rng("compare", *names), looked_at=looked_at, conditions=pair_conditions
    )
    arms = (arm_view(first, item), arm_view(second, two))
    return _view(first, second, arms, family.comparisons[0], pair_conditions, Corrected.of(family, 0)), family


def _answer_all(context: Context, measured: Measured) -> FamilyView:
    family = _compare_all(measured)
    others = [position for position in measured.compared if position != measured.baseline]
    views = [
        with_test_set(context, measured, measured.baseline, other, view)
        for other, view in zip(others, family.comparisons, strict=True)
    ]
    family = family.model_copy(update={"comparisons": views, "caveats": views[0].caveats})
    by_design = design_answer(context, measured, family.comparisons)
    own = by_design.answers[0] if by_design.answers else None
    update: dict[str, object] = {
        "asks": by_design.asks,
        "answers": by_design.answers,
        "short": by_design.short,
        "spreads": by_design.spreads,
        "spread_tests": by_design.tests,
    }
    if own is not None:
        update |= {"headline": own.headline, "state": own.state, "detail": own.detail, "caveats": own.caveats}
    return family.model_copy(update=update)


def _compare_all(measured: Measured) -> FamilyView:
    base = measured.baseline
    others = [position for position in measured.compared if position != base]
    if measured.deciding and measured.spec.rule.adaptive is not None:
        # Each pair is judged at its own last look, and they share the error rate evenly.
        views = [_compare(measured, base, measured, other)[0] for other in others]
        return family_view(measured.arms[base].name, len(measured.arms) - 1, "Bonferroni", views)
    ways = {pairing(measured, base, measured, other) for other in others}
    # One rule for the family: where some pair has no shared randomness, none is judged as if it had.
    rule = decision_rule(measured, ways.pop() if len(ways) == 1 else "separate")
    chosen = [measured.values[position] for position in measured.compared]
    samples, at = [values.sample() for values in chosen], measured.compared.index(base)
    pair_conditions = [conditions(measured, base, measured, other) for other in others]
    rng = question_rng("family", measured.study_id, measured.metric.name, measured.summary)
    looked_at = max(measured.looked_at(base, other) for other in others)
    family = compare_many(samples, rule, rng, baseline=samples[at].arm, looked_at=looked_at, conditions=pair_conditions)
    arms = {position: arm_view(measured, measured.values[position]) for position in measured.compared}
    views = [
        _view(measured, measured, (arms[base], arms[other]), comparison, under, Corrected.of(family, position))
        for position, (other, comparison, under) in enumerate(
            zip(others, family.comparisons, pair_conditions, strict=True)
        )
    ]
    ranking = _ranking(samples, rule, rng, pair_conditions)
    # Interim verdicts share the error rate evenly.
    correction = "Bonferroni" if any(under.interim for under in pair_conditions) else "Holm"
    return family_view(family.baseline or samples[at].arm, family.adjusted.m, correction, views, ranking)


def _ranking(
    samples: Sequence[Sample], rule: DecisionRule, rng: np.random.Generator, pair_conditions: Sequence[Conditions]
) -> Ranking | None:
    """Return the ranking of three or more arms.

    Return None for two arms, and while results are interim.
    """
    if len(samples) < 3 or any(under.interim for under in pair_conditions) or rule.adaptive:
        return None
    return rank_arms(samples, rule, rng, pair_conditions[0])


def family_view(
    baseline: str, m: int, correction: str, views: list[ComparisonView], ranking: Ranking | None = None
) -> FamilyView:
    first = views[0]
    return FamilyView(
        headline=first.headline,
        state=first.state if len({view.state for view in views}) == 1 else None,
        detail=first.detail,
        caveats=first.caveats,
        baseline=baseline,
        m=m,
        correction=correction if m > 1 else "none needed",
        comparisons=views,
        ranking=ranking,
    )


@dataclass(frozen=True)
class Corrected:
    """P-value of one comparison of several, plain and corrected.

    `holm` and `bh` are corrected for `m` comparisons.
    """

    p: float
    holm: float
    bh: float
    m: int

    @classmethod
    def of(cls, family: Family, position: int) -> Corrected:
        """Return those of the family's comparison at this place."""
        adjusted = family.adjusted
        return cls(adjusted.p[position], adjusted.holm[position], adjusted.bh[position], adjusted.m)


@dataclass(frozen=True)
class _Frame:
    """Context of a comparison: what the study says beside its two arms."""

    metric: str
    unit: str = ""
    direction: Direction | None = None
    summary: str | None = None
    level: float = 0.95
    smallest_difference: float | None = None
    pending: int = 0


def _view(
    first: Measured,
    second: Measured,
    arms: tuple[ComparedArm, ComparedArm],
    measured: Comparison,
    pair_conditions: Conditions,
    corrected: Corrected,
) -> ComparisonView:
    frame = _Frame(
        metric=first.metric.name,
        unit=first.metric.unit,
        direction=first.metric.direction,
        summary=first.summary,
        level=first.spec.rule.level,
        smallest_difference=first.spec.smallest_difference if first.deciding else None,
        pending=first.pending + (second.pending if second is not first else 0),
    )
    return _comparison_view(measured, arms, pair_conditions, frame, corrected)


def _comparison_view(
    comparison: Comparison,
    arms: tuple[ComparedArm, ComparedArm],
    pair_conditions: Conditions,
    frame: _Frame,
    corrected: Corrected,
) -> ComparisonView:
    """Lay the verdict and the statistics flat beside each other."""
    verdict = comparison.verdict
    a, b = (
        MeasuredArm(**dict(arm), values=summary, apart=apart, failed=failed)
        for arm, summary, apart, failed in (
            (arms[0], comparison.a, comparison.apart_a, comparison.failed_a),
            (arms[1], comparison.b, comparison.apart_b, comparison.failed_b),
        )
    )
    left_out = exclusions((a, b))
    return ComparisonView(
        headline=verdict.headline,
        state=verdict.state,
        detail=[*verdict.detail, *([left_out] if left_out else [])],
        caveats=list(verdict.caveats),
        reason=verdict.reason,
        winner=verdict.winner,
        leaning=verdict.leaning,
        interval=verdict.interval,
        method=verdict.method,
        n=verdict.n,
        paired=verdict.paired,
        check=verdict.check,
        check_p=verdict.check_p,
        rank_p=verdict.rank_p,
        worst_rank_p=verdict.worst_rank_p,
        fails_more=verdict.fails_more,
        interim=verdict.interim,
        outliers=list(verdict.outliers),
        seeds_needed=verdict.seeds_needed,
        look=verdict.look,
        p=corrected.p,
        p_corrected=corrected.holm,
        p_exploratory=corrected.bh,
        looked_at=corrected.m,
        a=a,
        b=b,
        varied=list(pair_conditions.varied),
        fixed=list(pair_conditions.fixed),
        free=list(pair_conditions.free),
        differing=[DifferingSource(source=source, a=in_a, b=in_b) for source, in_a, in_b in pair_conditions.differing],
        same_variant=pair_conditions.same_variant,
        difference=comparison.difference,
        tests=list(comparison.tests),
        effects=comparison.effects,
        probability=comparison.probability,
        share_of_seeds=comparison.share_of_seeds,
        wrong_winner=comparison.wrong_winner,
        detectable=comparison.detectable,
        spread=comparison.spread,
        failures_p=comparison.failures_p,
        bootstrap=comparison.bootstrap,
        posterior=comparison.posterior,
        robust=comparison.robust,
        centre=verdict.centre,
        estimate=verdict.estimate,
        outlook_a=comparison.outlook_a,
        outlook_b=comparison.outlook_b,
        **{name: getattr(frame, name) for name in _FRAME},
    )


_FRAME = ("metric", "unit", "direction", "summary", "level", "smallest_difference", "pending")
