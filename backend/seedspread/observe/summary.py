"""Summarise a study in a few words: verdict, progress or measurement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from seedspread import words
from seedspread.analysis import sentences
from seedspread.analysis.audit import audit
from seedspread.analysis.compare import compare_all, design_answer
from seedspread.analysis.measured import Measured, measure, why_empty
from seedspread.context import Context
from seedspread.core.audit import FindingCode, Severity
from seedspread.core.states import AdaptiveState, RunState
from seedspread.errors import InvalidInput, NotFound, SeedspreadError, Unavailable
from seedspread.observe import sentences as reasons
from seedspread.stats.inference.means import summarise
from seedspread.storage import runs, studies
from seedspread.storage.runs import Counted
from seedspread.views.adaptive import AdaptiveView
from seedspread.views.statistics import ComparisonView, FamilyView
from seedspread.views.study_summary import AttentionView, Standing, StudySummaries, StudySummaryView


@dataclass(frozen=True)
class Statement:
    """Short statement about a study.

    The fields are those of `StudySummaryView`.
    """

    standing: Standing
    short: str
    headline: str
    better: int | None = None
    compared: int = 0
    decided: int = 0
    more_seeds: int | None = None


def waits_for(stored: Mapping[str, Any] | None, counted: Counted) -> Statement | None:
    """Return what the study waits for, None once it is judged.

    While runs are pending, their early results are not shown: that would be an uncorrected interim look. An adaptive
    study's looks are corrected for, so the last one is shown.

    Args:
        stored: the study's stored plan; None for a study without an adaptive rule.
    """
    plan = AdaptiveView.model_validate(stored) if stored and "pairs" in stored else None
    if plan is not None and plan.open:
        return _between_looks(plan)
    open_runs = counted.states[RunState.QUEUED] + counted.states[RunState.RUNNING]
    if open_runs:
        headline = sentences.waiting(counted.total - open_runs, counted.total)
        return Statement("waiting", sentences.waiting_short(open_runs), headline)
    return None


def ended_statement(context: Context, measured: Measured) -> Statement:
    """Return the statement of a study whose runs have ended.

    Raises:
        InvalidInput, NotFound: as for `compare_all` and `variance`.
    """
    if not any(arm.values.size for arm in measured.values):
        why = why_empty(measured, range(len(measured.arms))) or reasons.NO_VALUE
        return Statement("nothing", why, words.sentence(why))
    if len(measured.arms) > 1:
        family = compare_all(context, measured.study_id)
        return Statement("measured", family.short, family.headline) if family.answers else _compared(family)
    by_design = design_answer(context, measured)
    if by_design.answers:
        return Statement("measured", by_design.short, " ".join(answer.headline for answer in by_design.answers))
    return _alone(measured)


def _between_looks(plan: AdaptiveView) -> Statement:
    last_looks = [pair.looks[-1].n for pair in plan.pairs if pair.looks]
    short = sentences.between_looks_short(max(last_looks, default=None), plan.next_at)
    return Statement("waiting", short, plan.sentence, compared=len(plan.pairs))


def _alone(measured: Measured) -> Statement:
    """Return the mean of one arm with its CI."""
    summary = summarise(measured.values[0].sample(), measured.spec.rule.level)
    headline, _ = sentences.one_arm(measured.metric.name, summary)
    if summary.mean is None:
        return Statement("nothing", reasons.NO_FINITE_VALUE, headline)
    interval = summary.mean_interval if summary.n > 2 else None
    half_width = None if interval is None else interval.width() / 2
    return Statement("measured", sentences.measured_mean(summary.mean, half_width, summary.n), headline)


def _compared(family: FamilyView) -> Statement:
    views = family.comparisons
    won = [view.b for view in views if _winner(view) == view.b.name]
    lost = [view.b for view in views if _winner(view) == view.a.name]
    equal = sum(view.state == "equivalent" for view in views)
    decided = len(won) + len(lost) + equal
    still_open = [view for view in views if view.state in ("undecided", "cannot_be_judged")]
    better: int | None = None
    if len(views) == 1:
        short = sentences.pair_short(views[0])
        better = won[0].position if won else (views[0].a.position if lost else None)
    elif len(won) == 1:
        short = sentences.pair_short(next(view for view in views if view.b is won[0]), named=True)
        short += sentences.open_count(len(still_open), len(views))
        better = won[0].position
    else:
        better_arms, worse_arms = ([arm.name for arm in arms] for arms in (won, lost))
        ranked = [] if family.ranking is None else family.ranking.arms
        best = next((arm for arm in won if ranked and arm.name == ranked[0].arm), None)
        named = None if best is None else best.name
        short = sentences.family_short(family.baseline, better_arms, worse_arms, equal, still_open, len(views), named)
        better = views[0].a.position if len(lost) == len(views) else None if best is None else best.position
    return Statement(
        "decided" if decided == len(views) else "undecided",
        short,
        " ".join(view.headline for view in views[:3]),
        better,
        len(views),
        decided,
        sentences.more_seeds(still_open),
    )


def _winner(view: ComparisonView) -> str | None:
    return view.winner if view.state == "better" else None


Plan = dict[str, Any]

MOST_STUDIES = 100
"""How many studies are looked at in one go."""

log = structlog.get_logger(__name__)


def study_summaries(context: Context, ids: Sequence[int]) -> StudySummaries:
    """Summarise studies: verdict, progress, and what needs attention.

    A study that cannot be compared says so in its own summary and does not affect the others.

    Raises:
        InvalidInput: no ids, or more than `MOST_STUDIES`.
        Unavailable: the database is unavailable.
    """
    study_ids = list(dict.fromkeys(ids))
    if not 1 <= len(study_ids) <= MOST_STUDIES:
        raise InvalidInput("ids", len(study_ids), f"1 to {MOST_STUDIES} studies")
    with context.database.reading() as session:
        plans = studies.plans(session, study_ids)
        existing = [study_id for study_id in study_ids if study_id in plans]
        counted = runs.counts(session, existing)
        touched = runs.touched(session, existing)
    items = []
    for study_id in existing:
        plan = plans[study_id]
        revision = (touched.get(study_id), *_numbers(counted[study_id]), AdaptiveState.of(plan))
        summary = _study_summary(context, study_id, plan, counted[study_id], revision)
        if summary is not None:
            items.append(summary)
    summarised = {item.study_id for item in items}
    return StudySummaries(items=items, unknown=[study_id for study_id in study_ids if study_id not in summarised])


def _study_summary(
    context: Context, study_id: int, plan: Plan | None, counted: Counted, revision: Hashable
) -> StudySummaryView | None:
    """Summarise one study.

    Return None for a study that was deleted in the meantime.
    """
    question = ("study_summary", study_id)
    try:
        return context.cache.get(question, lambda: _look(context, study_id, plan, counted), of=revision)
    except NotFound:
        return None


def _look(context: Context, study_id: int, plan: Plan | None, counted: Counted) -> StudySummaryView:
    statement = _statement(context, study_id, plan, counted)
    try:
        audited = audit(context, study_id)
        # Gaps are counted apart: every study that was not replayed has one, and the list has no room for all of them.
        findings = [item for item in audited if item.code is not FindingCode.NOT_EXAMINED]
        not_examined = len(audited) - len(findings)
        first = findings[0].sentence if findings else None
    except (Unavailable, NotFound):
        raise
    except Exception as error:  # whatever one study's runs look like, the list is shown
        log.exception("a study could not be audited", study=study_id)
        findings, not_examined, first = [], 0, reasons.not_audited(_message(error))
    by_severity = Counter(finding.severity for finding in findings)
    return StudySummaryView(
        study_id=study_id,
        standing=statement.standing,
        short=statement.short,
        headline=statement.headline,
        better=statement.better,
        compared=statement.compared,
        decided=statement.decided,
        more_seeds=statement.more_seeds,
        attention=AttentionView(
            errors=by_severity[Severity.ERROR],
            warnings=by_severity[Severity.WARNING],
            notices=by_severity[Severity.NOTICE],
            not_examined=not_examined,
            first=first,
            failed=counted.states[RunState.FAILED],
            diverged=counted.diverged,
            excluded=counted.excluded,
        ),
    )


def _statement(context: Context, study_id: int, plan: Plan | None, counted: Counted) -> Statement:
    try:
        waiting = waits_for(plan, counted)
        return waiting or ended_statement(context, measure(context, study_id))
    except (Unavailable, NotFound):
        raise
    except Exception as error:  # whatever one study's numbers look like, the list is shown
        if not isinstance(error, SeedspreadError):
            log.exception("a study could not be looked at", study=study_id)
        return Statement("unknown", reasons.NOT_COMPARED, reasons.not_compared(_message(error)))


def _message(error: Exception) -> str:
    return error.message if isinstance(error, SeedspreadError) else f"{type(error).__name__}: {error}"


def _numbers(counted: Counted) -> tuple[int, ...]:
    return (*counted.states.values(), counted.excluded, counted.diverged)
