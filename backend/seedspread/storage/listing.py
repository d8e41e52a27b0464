"""Lists of studies and runs: filtered, sorted, by the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from seedspread.core.query import Match, Term
from seedspread.errors import InvalidInput
from seedspread.storage import search as filters
from seedspread.storage.tables import ArmRow, RunRow, StudyRow

MAX_PER_PAGE = 1000


@dataclass(frozen=True)
class Slice:
    """Which part of a list, and in what order; `sort` is one of the list's keys, or `metric:NAME`."""

    sort: str
    descending: bool = False
    page: int = 1
    per_page: int = 50


Keys = dict[str, Callable[[], ColumnElement[Any]]]

STUDY_KEYS: Keys = {
    "created_at": lambda: StudyRow.created_at.expression,
    "name": lambda: func.lower(StudyRow.name),
    "recipe": lambda: func.lower(StudyRow.recipe),
    "id": lambda: StudyRow.id.expression,
    "runs": lambda: select(func.count()).where(RunRow.study_id == StudyRow.id).correlate(StudyRow).scalar_subquery(),
    "metric": lambda: filters.mean_of("metric"),
}

RUN_KEYS: Keys = {
    "id": lambda: RunRow.id.expression,
    "arm": lambda: ArmRow.position.expression,
    "seed": lambda: RunRow.seed.expression,
    "position": lambda: RunRow.position.expression,
    "state": lambda: RunRow.state.expression,
    "attempt": lambda: RunRow.attempt.expression,
    "epoch": lambda: RunRow.epoch.expression,
    "started_at": lambda: RunRow.started_at.expression,
    "finished_at": lambda: RunRow.finished_at.expression,
    "duration_s": lambda: RunRow.duration_s.expression,
    "cpu_s": lambda: RunRow.cpu_s.expression,
    "worker": lambda: RunRow.worker.expression,
    "metric": lambda: filters.number_of("metric"),
}

RUN_COLUMNS = (
    RunRow.id,
    RunRow.study_id,
    ArmRow.position.label("arm"),
    ArmRow.name.label("arm_name"),
    RunRow.position,
    RunRow.seed,
    RunRow.state,
    RunRow.attempt,
    RunRow.queue,
    RunRow.worker,
    RunRow.epoch,
    RunRow.epochs,
    RunRow.step,
    RunRow.diverged,
    RunRow.cancel_requested,
    RunRow.created_at,
    RunRow.started_at,
    RunRow.finished_at,
    RunRow.duration_s,
    RunRow.cpu_s,
    RunRow.reason,
    RunRow.excluded_reason,
    RunRow.excluded_at,
    RunRow.replay_of,
)
"""What lists show of a run; the wide columns (sources, manifest, log) are left alone."""


def studies(
    session: Session, terms: Sequence[Term], part: Slice, *, recipe: str | None = None, tag: str | None = None
) -> tuple[list[StudyRow], int]:
    """The studies on one page, and how many there are on all.

    Raises:
        InvalidInput: a sort key that does not exist.
    """
    dialect = session.get_bind().dialect.name
    conditions = filters.studies_where(terms, dialect)
    if recipe is not None:
        conditions.append(StudyRow.recipe == recipe)
    if tag is not None:
        conditions.append(filters.tagged(tag, dialect))
    total = session.scalar(select(func.count()).select_from(StudyRow).where(*conditions)) or 0
    query = select(StudyRow).where(*conditions)
    return list(session.scalars(_cut(query, STUDY_KEYS, part, StudyRow.id.expression))), total


def runs(
    session: Session,
    study_id: int,
    terms: Sequence[Term],
    part: Slice,
    *,
    arm: int | None = None,
    states: Sequence[str] = (),
) -> tuple[list[Row[*tuple[Any, ...]]], int]:
    """The runs of a study on one page, as rows of `RUN_COLUMNS`, and how many there are on all.

    Replays are left out unless the search names them (`is:replay`, `-is:replay`, `id:N`).

    Raises:
        InvalidInput: a sort key that does not exist.
    """
    conditions = [RunRow.study_id == study_id, *filters.runs_where(terms)]
    if not any(isinstance(term, Match) and (term.field == "id" or term.value == "replay") for term in terms):
        conditions.append(RunRow.replay_of.is_(None))
    if arm is not None:
        conditions.append(ArmRow.position == arm)
    if states:
        conditions.append(RunRow.state.in_(states))
    total = session.scalar(_joined(select(func.count()).select_from(RunRow)).where(*conditions)) or 0
    query = _joined(select(*RUN_COLUMNS).select_from(RunRow)).where(*conditions)
    return list(session.execute(_cut(query, RUN_KEYS, part, RunRow.id.expression))), total


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.join(ArmRow, ArmRow.id == RunRow.arm_id).join(StudyRow, StudyRow.id == RunRow.study_id)


def _cut(
    query: Select[*tuple[Any, ...]],
    keys: dict[str, Callable[[], ColumnElement[Any]]],
    part: Slice,
    tie: ColumnElement[int],
) -> Select[*tuple[Any, ...]]:
    if part.sort.startswith("metric:") and "metric" in keys:
        of = filters.number_of if keys is RUN_KEYS else filters.mean_of
        key = of(part.sort.removeprefix("metric:"))
    elif part.sort in keys:
        key = keys[part.sort]()
    else:
        raise InvalidInput("sort", part.sort, f"one of {', '.join(keys)} or metric:NAME")
    order = (key.desc() if part.descending else key.asc()).nulls_last()
    by_id = tie.desc() if part.descending else tie.asc()
    return query.order_by(order, by_id).limit(part.per_page).offset((part.page - 1) * part.per_page)
