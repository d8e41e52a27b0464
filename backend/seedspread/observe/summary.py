"""Summarise a study in a few words: verdict, progress or measurement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from seedspread.analysis.audit import audit
from seedspread.analysis.compare import compare_all, design_answer
from seedspread.analysis.measured import Measured, measure, why_empty
from seedspread.context import Context
from seedspread.core.audit import Finding, Severity
from seedspread.core.states import RunState
from seedspread.errors import InvalidInput, NotFound, SeedspreadError, Unavailable
from seedspread.stats.decision.sentences import POINTS, quoted
from seedspread.stats.inference.means import mean_interval, moments
from seedspread.storage import runs, studies
from seedspread.storage.runs import Counted
from seedspread.views.adaptive import AdaptiveView
from seedspread.views.glance import AttentionView, Glances, GlanceView, Standing
from seedspread.views.statistics import ComparisonView, FamilyView

NAMED = 3
"""How many arms, or sources, a short statement names."""

REFUSED = {
    "no_values": "an arm has no value",
    "identical": "the arms gave the same values",
    "same_difference": "the same difference in every seed",
    "no_variation": "no spread to judge by",
    "standing_apart": "seeds stand apart",
}


@dataclass(frozen=True)
class Said:
    """Short statement about a study.

    The fields are those of `StudySummaryView`.
    """

    standing: Standing
    short: str
    sentence: str
    better: int | None = None
    compared: int = 0
    decided: int = 0
    more_seeds: int | None = None


def waits_for(stored: Mapping[str, Any] | None, counted: Counted) -> Said | None:
    """Return what the study waits for.

    None once it can be judged.

    While runs are to come nothing is said of what is in by chance: that would be a look nobody paid for. An adaptive
    study's looks are paid for, and it says how the last one came out.

    Args:
        stored: the study's plan as the database has it; None for one without an adaptive rule.
    """
    plan = AdaptiveView.model_validate(stored) if stored and "pairs" in stored else None
    if plan is not None and plan.open:
        return _between_looks(plan)
    open_runs = counted.states[RunState.QUEUED] + counted.states[RunState.RUNNING]
    if open_runs:
        short = f"waits for {open_runs:,} run{'s' if open_runs != 1 else ''}"
        ended = f"{counted.total - open_runs:,} of {counted.total:,} runs have ended"
        return Said("waiting", short, f"{ended}; the study is judged once all have.")
    return None


def said(context: Context, measured: Measured) -> Said:
    """Summarise a study whose runs have ended.

    Raises:
        InvalidInput, NotFound: as `compare_all` and `variance`.
    """
    if not any(arm.values.size for arm in measured.values):
        reason = why_empty(measured, range(len(measured.arms))) or "no run gave a value"
        return Said("nothing", reason, f"{reason[0].upper()}{reason[1:]}.")
    if len(measured.arms) > 1:
        family = compare_all(context, measured.study_id)
        return Said("measured", family.short, family.headline) if family.answers else _compared(family)
    by_design = design_answer(context, measured)
    return Said("measured", by_design.short, " ".join(by_design.sentences)) if by_design.sentences else _alone(measured)


def _between_looks(plan: AdaptiveView) -> Said:
    seeds_so_far = [pair.looks[-1].n for pair in plan.pairs if pair.looks]
    ahead = "" if plan.next_at is None else f" look at {plan.next_at} seeds per arm"
    short = f"undecided at {max(seeds_so_far)} seeds; next{ahead}" if seeds_so_far else f"first{ahead}"
    return Said("waiting", short, plan.sentence, compared=len(plan.pairs))


def _alone(measured: Measured) -> Said:
    """Summarise one arm: its mean with CI, and the spread of its seeds."""
    values = measured.values[0].sample().usable
    name = measured.metric.name
    if not values.size:
        return Said("nothing", "no finite value", f"No run gave a finite value of {name}.")
    statistics = moments(values)
    interval = mean_interval(statistics, measured.spec.rule.level)
    seeds = f"{statistics.n} seed{'s' if statistics.n != 1 else ''}"
    if interval is None or statistics.n < 3:
        return Said(
            "measured", f"{statistics.mean:.4g} over {seeds}", f"{name} {statistics.mean:.4g} on average over {seeds}."
        )
    half_width = interval.width() / 2
    # One digit of the half-width, two where that is a 1: as the page rounds a mean.
    digits = half_width if f"{half_width:e}"[0] == "1" else 10 * half_width
    mean, half = quoted(statistics.mean, digits), quoted(half_width, digits)
    low, high = quoted(interval.low, digits), quoted(interval.high, digits)
    share = f"{interval.stated_level} interval of the mean"
    spread = f"standard deviation {statistics.std:.2g}"
    return Said(
        "measured",
        f"{mean} ± {half} over {seeds}",
        f"{name} {mean} on average ({share} {low} to {high}, {seeds}), {spread}. One arm: nothing to compare it with.",
    )


def _compared(family: FamilyView) -> Said:
    views = [member.comparison for member in family.comparisons]
    won = [view.b for view in views if _winner(view) == view.b.name]
    lost = [view.b for view in views if _winner(view) == view.a.name]
    equal = [view for view in views if view.comparison.verdict.outcome == "no_difference"]
    decided = len(won) + len(lost) + len(equal)
    still_open = [view for view in views if view.comparison.verdict.outcome == "undecided"]
    better: int | None = None
    if len(views) == 1:
        short = _of_pair(views[0])
        better = won[0].position if won else (views[0].a.position if lost else None)
    elif len(lost) == len(views):
        short, better = f"{family.baseline} better than all {len(views)} others", views[0].a.position
    elif len(won) == 1:
        short, better = _of_pair(next(view for view in views if view.b is won[0]), than=True), won[0].position
    elif won:
        short = f"{len(won)} of {len(views)} better than {family.baseline}: {_named([arm.name for arm in won])}"
    elif lost:
        short = f"{family.baseline} better than {_named([arm.name for arm in lost])}"
    elif len(equal) == len(views):
        short = f"all practically equal to {family.baseline}"
    else:
        short = _open(still_open)
    if len(views) > 1 and still_open and (won or lost):
        short += f"; {len(still_open)} of {len(views)} open"
    return Said(
        "decided" if decided == len(views) else "undecided",
        short,
        family.headline,
        better,
        len(views),
        decided,
        _more_seeds(still_open),
    )


def _winner(view: ComparisonView) -> str | None:
    verdict = view.comparison.verdict
    return verdict.winner if verdict.outcome == "better" else None


def _of_pair(view: ComparisonView, *, than: bool = False) -> str:
    """Phrase the verdict on two arms: `wide better by 0.9 points`."""
    verdict, mean = view.comparison.verdict, view.comparison.difference.mean
    if verdict.outcome == "no_difference":
        return "practically equal"
    winner = _winner(view)
    if winner is None:
        return _open([view])
    other = f" than {view.a.name if winner == view.b.name else view.b.name}" if than else ""
    if mean is None or verdict.interval is None:
        return f"{winner} better{other}"
    scale = POINTS if view.unit == "share" else 1.0
    size = quoted(abs(mean) * scale, verdict.interval.width() * scale)
    unit = "points" if view.unit == "share" else view.unit
    return f"{winner} better{other} by {size} {unit}".rstrip()


def _open(views: Sequence[ComparisonView]) -> str:
    """Explain why comparisons are undecided, and what would decide them."""
    verdicts = [view.comparison.verdict for view in views]
    refused = [verdict for verdict in verdicts if verdict.refused]
    if len(refused) == len(verdicts):
        return f"no verdict: {REFUSED.get(refused[0].reason, 'the numbers cannot be judged')}"
    more = _more_seeds(views)
    leaning = verdicts[0].leaning if len(verdicts) == 1 else None
    start = f"leans to {leaning}" if leaning is not None else "undecided"
    return start if not more else f"{start}; about {more:,} more seeds per arm"


def _more_seeds(views: Sequence[ComparisonView]) -> int | None:
    """Return the seeds per arm that undecided comparisons still need.

    The largest of their needs; None where none is known.
    """
    needed = [view.comparison.verdict.seeds_needed for view in views]
    counts = [need.additional for need in needed if need is not None and need.additional]
    return max(counts, default=None)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


Plan = dict[str, Any]

MOST_STUDIES = 100
"""How many studies are looked at in one go."""

log = structlog.get_logger(__name__)


def glances(context: Context, ids: Sequence[int]) -> Glances:
    """Summarise studies: verdict, progress, and what needs attention.

    A study that cannot be compared says so itself; the others are not concerned.

    Raises:
        InvalidInput: no ids, or more than `MOST_STUDIES`.
        Unavailable: the database is away.
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
        revision = (touched.get(study_id), *_numbers(counted[study_id]), _looks(plan))
        summary = _glance(context, study_id, plan, counted[study_id], revision)
        if summary is not None:
            items.append(summary)
    summarised = {item.study_id for item in items}
    return Glances(items=items, unknown=[study_id for study_id in study_ids if study_id not in summarised])


def _glance(
    context: Context, study_id: int, plan: Plan | None, counted: Counted, revision: Hashable
) -> GlanceView | None:
    """Summarise one study.

    None for one that was deleted in the meantime.
    """
    question = ("glance", study_id)
    try:
        return context.cache.get(question, lambda: _look(context, study_id, plan, counted), of=revision)
    except NotFound:
        return None


def _look(context: Context, study_id: int, plan: Plan | None, counted: Counted) -> GlanceView:
    statement = _said(context, study_id, plan, counted)
    try:
        findings: Sequence[Finding] = audit(context, study_id)
        first = findings[0].sentence if findings else None
    except (Unavailable, NotFound):
        raise
    except Exception as error:  # whatever one study's runs look like, the list is shown
        log.exception("a study could not be audited", study=study_id)
        findings, first = (), f"The study could not be audited: {_told(error)}"
    by_severity = Counter(finding.severity for finding in findings)
    return GlanceView(
        study_id=study_id,
        standing=statement.standing,
        short=statement.short,
        sentence=statement.sentence,
        better=statement.better,
        compared=statement.compared,
        decided=statement.decided,
        more_seeds=statement.more_seeds,
        attention=AttentionView(
            errors=by_severity[Severity.ERROR],
            warnings=by_severity[Severity.WARNING],
            notices=by_severity[Severity.NOTICE],
            first=first,
            failed=counted.states[RunState.FAILED],
            diverged=counted.diverged,
            excluded=counted.excluded,
        ),
    )


def _said(context: Context, study_id: int, plan: Plan | None, counted: Counted) -> Said:
    try:
        waiting = waits_for(plan, counted)
        return waiting or said(context, measure(context, study_id))
    except (Unavailable, NotFound):
        raise
    except Exception as error:  # whatever one study's numbers look like, the list is shown
        if not isinstance(error, SeedspreadError):
            log.exception("a study could not be looked at", study=study_id)
        return Said("unknown", "cannot be compared", f"The study could not be compared: {_told(error)}")


def _told(error: Exception) -> str:
    return error.message if isinstance(error, SeedspreadError) else f"{type(error).__name__}: {error}"


def _numbers(counted: Counted) -> tuple[int, ...]:
    return (*counted.states.values(), counted.excluded, counted.diverged)


def _looks(plan: Plan | None) -> tuple[int, bool]:
    """Count an adaptive study's interim looks.

    And tell whether more are to come.
    """
    stored = plan or {}
    return sum(len(pair["looks"]) for pair in stored.get("pairs", ())), bool(stored.get("open"))
