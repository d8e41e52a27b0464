"""Convert the terms of a search to SQL conditions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from seedspread.core.query import Bound, Match, Term, Words
from seedspread.core.states import TERMINAL, RunState, StudyState
from seedspread.errors import InvalidInput
from seedspread.storage.tables import ArmRow, RunRow, StudyRow, SummaryRow
from seedspread.summaries import AREA, BEST, spellings

Condition = ColumnElement[bool]

_OPERATORS: dict[str, Callable[[Any, Any], Condition]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}

DECIDING = case(
    (StudyRow.summary == BEST, SummaryRow.best), (StudyRow.summary == AREA, SummaryRow.area), else_=SummaryRow.last
)
"""The number of a summary that decides; needs both tables in the query."""

COUNTS = and_(RunRow.state == RunState.FINISHED, RunRow.excluded_reason.is_(None), RunRow.replay_of.is_(None))
"""Whether a run counts in statistics."""


def studies_where(terms: Sequence[Term], dialect: str) -> list[Condition]:
    """Return conditions on `StudyRow` for a search."""
    return [_negated(term, _study(term, dialect)) for term in terms]


def runs_where(terms: Sequence[Term], dialect: str) -> list[Condition]:
    """Return conditions on `RunRow` for a search.

    The query must join `ArmRow` and `StudyRow`.
    """
    return [_negated(term, _run(term, dialect)) for term in terms]


def contains(column: ColumnElement[Any] | InstrumentedAttribute[Any], text: str) -> Condition:
    """Return the condition that a column contains a text, ignoring case."""
    return column.icontains(text, autoescape=True)


def tagged(tag: str, dialect: str, tags: InstrumentedAttribute[Any] = StudyRow.tags) -> Condition:
    """Return the condition that a study or run carries a tag."""
    unfold = func.json_array_elements_text if dialect == "postgresql" else func.json_each
    each = unfold(tags).table_valued("value")
    return exists(select(1).select_from(each).where(func.lower(each.c.value) == tag.lower()))


def _negated(term: Term, condition: Condition) -> Condition:
    # coalesce: a comparison with NULL is neither true nor false, and "not" must not lose those rows.
    return not_(func.coalesce(condition, False)) if term.negated else condition


def _compared(column: Any, sign: str, value: float) -> Condition:
    # Spelt as a float: PostgreSQL would round it where the column holds whole numbers.
    return _OPERATORS[sign](column, literal(value, Float(53)))


def _study(term: Term, dialect: str) -> Condition:
    match term:
        case Words(text):
            in_tags = contains(cast(StudyRow.tags, Text), text)
            return or_(contains(StudyRow.name, text), contains(StudyRow.notes, text), in_tags)
        case Match("recipe", value):
            return func.lower(StudyRow.recipe) == value.lower()
        case Match("tag", value):
            return tagged(value, dialect)
        case Match("project", value):
            return func.lower(StudyRow.project) == value.lower()
        case Match("name", value):
            return contains(StudyRow.name, value)
        case Match("id", value):
            return StudyRow.id == int(value)
        case Match(_, value):
            return _study_is(value)
        case Bound(name, sign, value, metric=True):
            return _compared(_mean_named(name), sign, value)
        case Bound("runs", sign, value):
            runs = select(func.count()).where(RunRow.study_id == StudyRow.id, RunRow.replay_of.is_(None))
            return _compared(runs.scalar_subquery(), sign, value)
        case Bound(name, sign, value):
            return _compared(mean_of(name), sign, value)


def mean_of(metric: str) -> ColumnElement[float]:
    """Return the mean of a study's numbers over the runs that count.

    `metric` is a metric's name; the name `metric` means the deciding one.
    """
    return _mean_named(StudyRow.metric if metric == "metric" else metric)


def _mean_named(name: str | InstrumentedAttribute[str]) -> ColumnElement[float]:
    return (
        select(func.avg(DECIDING))
        .select_from(SummaryRow)
        .join(RunRow, RunRow.id == SummaryRow.run_id)
        .where(RunRow.study_id == StudyRow.id, _named(name), COUNTS)
        .correlate(StudyRow)
        .scalar_subquery()
    )


def _named(name: str | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Select the summaries of a metric, a first step in any spelling."""
    return SummaryRow.metric.in_(spellings(name)) if isinstance(name, str) else SummaryRow.metric == name


def _study_is(state: str) -> Condition:
    def has(*conditions: Condition) -> Condition:
        return exists(
            select(1).where(RunRow.study_id == StudyRow.id, RunRow.replay_of.is_(None), *conditions).correlate(StudyRow)
        )

    running = has(RunRow.state == RunState.RUNNING)
    queued = has(RunRow.state == RunState.QUEUED)
    ended = has(RunRow.state.in_(TERMINAL))
    cancelled = and_(has(RunRow.state == RunState.CANCELLED), not_(has(RunRow.state.in_(("finished", "failed")))))
    over = and_(not_(running), not_(queued))
    more_to_come = func.coalesce(StudyRow.adaptive["open"].as_boolean(), false())
    conditions: dict[str, Condition] = {
        StudyState.RUNNING: or_(running, and_(queued, ended), and_(over, more_to_come)),
        StudyState.QUEUED: and_(not_(running), queued, not_(ended)),
        StudyState.CANCELLED: and_(over, not_(more_to_come), cancelled),
        StudyState.FINISHED: and_(over, not_(more_to_come), not_(cancelled)),
        "pinned": StudyRow.pinned_at.is_not(None),
        "archived": StudyRow.archived_at.is_not(None),
        "failed": has(RunRow.state == RunState.FAILED),
        "diverged": has(RunRow.diverged.is_(True)),
        "excluded": has(RunRow.excluded_reason.is_not(None)),
    }
    return conditions[state]


_RUN_NUMBERS: dict[str, InstrumentedAttribute[Any]] = {
    "seed": RunRow.seed,
    "epoch": RunRow.epoch,
    "attempt": RunRow.attempt,
    "duration": RunRow.duration_s,
    "cpu": RunRow.cpu_s,
    "id": RunRow.id,
}


def _run(term: Term, dialect: str) -> Condition:
    match term:
        case Words(text):
            where = (ArmRow.name, RunRow.worker, RunRow.reason, RunRow.excluded_reason, RunRow.notes)
            return or_(*(contains(column, text) for column in where))
        case Match("arm", value):
            return contains(ArmRow.name, value)
        case Match("tag", value):
            return tagged(value, dialect, RunRow.tags)
        case Match("worker", value):
            return contains(RunRow.worker, value)
        case Match("reason", value):
            return or_(contains(RunRow.reason, value), contains(RunRow.excluded_reason, value))
        case Match("seed" | "id" as name, value):
            return _RUN_NUMBERS[name] == int(value)
        case Match(_, value):
            return _run_is(value)
        case Bound(name, sign, value, metric=True):
            return _compared(_summary_of(name), sign, value)
        case Bound(name, sign, value) if name in _RUN_NUMBERS:
            return _compared(_RUN_NUMBERS[name], sign, value)
        case Bound(name, sign, value):
            return _compared(number_of(name), sign, value)


def number_of(metric: str) -> ColumnElement[float]:
    """Return a run's deciding number; `metric` is the deciding metric."""
    return _summary_of(StudyRow.metric if metric == "metric" else metric)


def _summary_of(name: str | InstrumentedAttribute[str]) -> ColumnElement[float]:
    return (
        select(DECIDING)
        .select_from(SummaryRow)
        .where(SummaryRow.run_id == RunRow.id, _named(name))
        .correlate(RunRow, StudyRow)
        .scalar_subquery()
    )


def _run_is(state: str) -> Condition:
    flags: dict[str, Condition] = {
        "diverged": RunRow.diverged.is_(True),
        "excluded": RunRow.excluded_reason.is_not(None),
        "replay": RunRow.replay_of.is_not(None),
    }
    return flags.get(state, RunRow.state == state)


MAX_PER_PAGE = 1000  # a page of rows must stay an answer that is quick to make and to draw


@dataclass(frozen=True)
class Slice:
    """Page of a list and its order.

    `sort` is one of the list's keys, or `metric:NAME`.
    """

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
    "metric": lambda: mean_of("metric"),
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
    "metric": lambda: number_of("metric"),
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
    RunRow.failure,
    RunRow.excluded_reason,
    RunRow.excluded_at,
    RunRow.excluded_by,
    RunRow.replay_of,
)
"""What lists show of a run; the wide columns (sources, manifest, log) are left alone."""


def studies(
    session: Session, terms: Sequence[Term], part: Slice, *, recipe: str | None = None, tag: str | None = None
) -> tuple[list[StudyRow], int]:
    """Return one page of studies, and the number on all pages.

    Pinned studies come first. Archived ones are left out unless the search names them (`is:archived`, `-is:archived`,
    `id:N`).

    Raises:
        InvalidInput: a sort key that does not exist.
    """
    dialect = session.get_bind().dialect.name
    conditions = studies_where(terms, dialect)
    if recipe is not None:
        conditions.append(StudyRow.recipe == recipe)
    if tag is not None:
        conditions.append(tagged(tag, dialect))
    if not any(isinstance(term, Match) and (term.field == "id" or term.value == "archived") for term in terms):
        conditions.append(StudyRow.archived_at.is_(None))
    total = session.scalar(select(func.count()).select_from(StudyRow).where(*conditions)) or 0
    query = select(StudyRow).where(*conditions).order_by(StudyRow.pinned_at.is_(None))
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
    """Return one page of a study's runs, and their total number.

    Rows have the columns `RUN_COLUMNS`. Replays are left out unless the search names them (`is:replay`, `-is:replay`,
    `id:N`).

    Raises:
        InvalidInput: a sort key that does not exist.
    """
    dialect = session.get_bind().dialect.name
    conditions = [RunRow.study_id == study_id, *runs_where(terms, dialect)]
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
        of = number_of if keys is RUN_KEYS else mean_of
        key = of(part.sort.removeprefix("metric:"))
    elif part.sort in keys:
        key = keys[part.sort]()
    else:
        raise InvalidInput("sort", part.sort, f"one of {', '.join(keys)} or metric:NAME")
    order = (key.desc() if part.descending else key.asc()).nulls_last()
    by_id = tie.desc() if part.descending else tie.asc()
    return query.order_by(order, by_id).limit(part.per_page).offset((part.page - 1) * part.per_page)
