"""Studies at a glance: one short statement each, kept until the study moves, and never an error for the whole list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import structlog

from seedspread.analysis.audit import audit
from seedspread.analysis.measured import measure
from seedspread.context import Context
from seedspread.core.audit import Finding, Severity
from seedspread.core.states import RunState
from seedspread.errors import InvalidInput, NotFound, SeedspreadError, Unavailable
from seedspread.observe import summary as glance_words
from seedspread.observe.summary import Said
from seedspread.storage import runs, studies
from seedspread.storage.runs import Counted
from seedspread.views.glance import AttentionView, Glances, GlanceView

Plan = dict[str, Any]

MOST_STUDIES = 100
"""How many studies are looked at in one go."""

log = structlog.get_logger(__name__)


def glances(context: Context, ids: Sequence[int]) -> Glances:
    """What is decided in each study, or what it waits for, and what needs attention.

    A study that cannot be compared says so itself; the others are not concerned.

    Raises:
        InvalidInput: no ids, or more than `MOST_STUDIES`.
        Unavailable: the database is away.
    """
    asked = list(dict.fromkeys(ids))
    if not 1 <= len(asked) <= MOST_STUDIES:
        raise InvalidInput("ids", len(asked), f"1 to {MOST_STUDIES} studies")
    with context.database.reading() as session:
        plans = studies.plans(session, asked)
        known = [study_id for study_id in asked if study_id in plans]
        counted = runs.counts(session, known)
        touched = runs.touched(session, known)
    items = []
    for study_id in known:
        plan = plans[study_id]
        revision = (touched.get(study_id), *_numbers(counted[study_id]), _looks(plan))
        found = _glance(context, study_id, plan, counted[study_id], revision)
        if found is not None:
            items.append(found)
    there = {item.study_id for item in items}
    return Glances(items=items, unknown=[study_id for study_id in asked if study_id not in there])


def _glance(
    context: Context, study_id: int, plan: Plan | None, counted: Counted, revision: Hashable
) -> GlanceView | None:
    """The study at a glance; None for one that was deleted in the meantime."""
    question = ("glance", study_id)
    try:
        return context.answers.get(question, lambda: _look(context, study_id, plan, counted), of=revision)
    except NotFound:
        return None


def _look(context: Context, study_id: int, plan: Plan | None, counted: Counted) -> GlanceView:
    said = _said(context, study_id, plan, counted)
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
        standing=said.standing,
        short=said.short,
        sentence=said.sentence,
        better=said.better,
        compared=said.compared,
        decided=said.decided,
        more_seeds=said.more_seeds,
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
        waiting = glance_words.waits_for(plan, counted)
        return waiting or glance_words.said(context, measure(context, study_id))
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
    """How many looks an adaptive study has taken, and whether more are to come."""
    stored = plan or {}
    return sum(len(pair["looks"]) for pair in stored.get("pairs", ())), bool(stored.get("open"))
