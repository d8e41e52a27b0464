"""Notice a study's first failure and divergence, and its verdict.

Each is stored once; a webhook, where one is set, gets it once (`webhook`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Text, cast, exists, func, not_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from seedspread.alerts import sentences
from seedspread.analysis.compare import compare_all
from seedspread.analysis.measured import measure
from seedspread.context import Context
from seedspread.core.states import TERMINAL, RunState
from seedspread.errors import NotFound, SeedspreadError, Unavailable
from seedspread.storage.tables import AlertRow, RunRow, StudyRow
from seedspread.views.numbers import Page
from seedspread.views.service import AlertView
from seedspread.views.statistics import FamilyView

log = structlog.get_logger(__name__)

FAILED, DIVERGED, DECIDED = "failed", "diverged", "decided"
MOST_PER_ROUND = 500
"""Studies that one query looks at."""
ROUND_S = 0.5
"""Processor time that verdicts may take in a round; the rest waits for the next one."""

MARGIN = timedelta(minutes=5)
"""Largest difference allowed between the clocks of two machines."""


class Watch:
    """Step of the reconciler that stores alerts."""

    def __init__(self, round_s: float = ROUND_S) -> None:
        self._since: datetime | None = None
        self._round_s = round_s
        self._later: dict[int, None] = {}

    def __call__(self, ctx: Context, now: datetime) -> None:
        """Take one round over the studies that moved.

        The first looks at every study. Verdicts that would take the processor from requests for long, or keep the
        service from stopping, wait for the next rounds.

        Raises:
            Unavailable: the database is away.
        """
        with ctx.database.reading() as session:
            moved = _moved(session, self._since)
        self._later |= dict.fromkeys(moved)
        self._since = now - MARGIN
        until = time.thread_time() + self._round_s
        waiting = list(self._later)
        for start in range(0, len(waiting), MOST_PER_ROUND):
            for study_id in notice(
                ctx, waiting[start : start + MOST_PER_ROUND], now, lambda: time.thread_time() < until
            ):
                del self._later[study_id]
            if time.thread_time() > until:
                return


def notice(
    ctx: Context, study_ids: Sequence[int], now: datetime, has_time: Callable[[], bool] = lambda: True
) -> list[int]:
    """Store the alerts that studies lack.

    Return the studies that lack none afterwards.

    Args:
        has_time: asked after each verdict; once it is False, the other verdicts are left for later.

    Raises:
        Unavailable: the database is away.
    """
    with ctx.database.reading() as session:
        failed = _first_runs(session, FAILED, RunRow.study_id.in_(study_ids), RunRow.state == RunState.FAILED)
        diverged = _first_runs(session, DIVERGED, RunRow.study_id.in_(study_ids), RunRow.diverged.is_(True))
        over = _over(session, study_ids)
    for kind, runs in ((FAILED, failed), (DIVERGED, diverged)):
        for study_id, run_id in runs:
            _store(ctx, study_id, kind, "", run_id, _of_run(ctx, kind, study_id, run_id), now)
    left = dict(over)
    for study_id, runs_in_all in over:
        _store(ctx, study_id, DECIDED, str(runs_in_all), None, _verdict(ctx, study_id), now)
        del left[study_id]
        if not has_time():
            break
    return [study_id for study_id in study_ids if study_id not in left]


def list_alerts(ctx: Context, page: int, per_page: int) -> Page[AlertView]:
    """Return alerts, the newest first."""
    is_visible = AlertRow.text != ""
    query = (
        select(AlertRow, StudyRow.name)
        .join(StudyRow, StudyRow.id == AlertRow.study_id)
        .where(is_visible)
        .order_by(AlertRow.id.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    with ctx.database.reading() as session:
        total = session.scalar(select(func.count()).select_from(AlertRow).where(is_visible)) or 0
        items = [
            AlertView(
                id=row.id,
                study_id=row.study_id,
                study=name,
                kind=row.kind,
                run_id=row.run_id,
                text=row.text,
                created_at=row.created_at,
                delivery=row.delivery,
            )
            for row, name in session.execute(query)
        ]
    return Page(items=items, total=total, page=page, per_page=per_page)


def _unnoticed(kind: str) -> ColumnElement[bool]:
    mine = select(1).where(AlertRow.study_id == RunRow.study_id, AlertRow.kind == kind)
    return not_(exists(mine.correlate(RunRow)))


def _moved(session: Session, since: datetime | None) -> list[int]:
    """Return the studies of which a run changed since.

    It takes one step into an index for each study.
    """
    newest = select(func.max(RunRow.touched_at)).where(RunRow.study_id == StudyRow.id).scalar_subquery()
    query = select(StudyRow.id).order_by(StudyRow.id)
    return list(session.scalars(query if since is None else query.where(newest >= since)))


def _first_runs(session: Session, kind: str, *conditions: ColumnElement[bool]) -> list[tuple[int, int]]:
    """Return (study, its first such run) of studies without an alert.

    Replays are no news.
    """
    query = (
        select(RunRow.study_id, func.min(RunRow.id))
        .where(*conditions, RunRow.replay_of.is_(None), _unnoticed(kind))
        .group_by(RunRow.study_id)
    )
    return [(study_id, run_id) for study_id, run_id in session.execute(query)]


def _over(session: Session, study_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return (study, runs) of studies that ended since the last look."""
    mine = (RunRow.study_id == StudyRow.id, RunRow.replay_of.is_(None))
    number = select(func.count()).where(*mine).correlate(StudyRow).scalar_subquery()
    looked_at = select(func.max(AlertRow.id)).where(AlertRow.study_id == StudyRow.id, AlertRow.kind == DECIDED)
    subject = select(AlertRow.subject).where(AlertRow.id == looked_at.correlate(StudyRow).scalar_subquery())
    open_runs = exists(select(1).where(*mine, RunRow.state.not_in(TERMINAL)).correlate(StudyRow))
    finished = exists(select(1).where(*mine, RunRow.state == RunState.FINISHED).correlate(StudyRow))
    last = subject.scalar_subquery()
    query = (
        select(StudyRow.id, number)
        .where(
            StudyRow.id.in_(study_ids),
            finished,
            not_(open_runs),
            or_(StudyRow.adaptive.is_(None), not_(func.coalesce(StudyRow.adaptive["open"].as_boolean(), False))),
            or_(last.is_(None), last != cast(number, Text)),
        )
        .order_by(StudyRow.id)
    )
    return [(study_id, runs) for study_id, runs in session.execute(query)]


def _of_run(ctx: Context, kind: str, study_id: int, run_id: int) -> str:
    with ctx.database.reading() as session:
        run = session.get(RunRow, run_id)
        seed, reason = (None, None) if run is None else (run.seed, run.reason)
    return sentences.diverged(run_id, seed) if kind == DIVERGED else sentences.failed(run_id, seed, reason)


def _verdict(ctx: Context, study_id: int) -> str:
    """Return the verdict of a study; empty if it is undecided."""
    try:
        measured = measure(ctx, study_id)
        return "" if len(measured.arms) < 2 else _decided(compare_all(ctx, study_id))
    except (Unavailable, NotFound):
        raise
    except Exception as error:  # whatever one study's numbers look like, the others are looked at
        if not isinstance(error, SeedspreadError):
            log.exception("a verdict could not be looked at", study=study_id)
        return ""


def _decided(family: FamilyView) -> str:
    if family.answers:
        return ""
    views: Sequence[object] = family.comparisons
    if len(views) == 1:
        return family.headline if family.state in ("better", "equivalent") else ""
    arms = family.ranking.arms if family.ranking is not None else []
    tied = [arm.arm for arm in arms if arm.with_best]
    return sentences.best(tied[0], len(arms)) if len(tied) == 1 else ""


def _store(ctx: Context, study_id: int, kind: str, subject: str, run_id: int | None, text: str, now: datetime) -> None:
    due = text != "" and ctx.settings.webhook_url is not None
    row = AlertRow(
        study_id=study_id,
        kind=kind,
        subject=subject,
        run_id=run_id,
        text=text,
        created_at=now,
        delivery="due" if due else "none",
        tries=0,
        due_at=now if due else None,
    )
    try:
        with ctx.database.session() as session:
            session.add(row)
    except IntegrityError:
        log.debug("another process was faster, or the study is gone", study=study_id, kind=kind)
