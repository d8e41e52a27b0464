"""Find rows that contradict each other or a rule."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, aliased

from seedspread.core.states import TERMINAL, RunState
from seedspread.core.study import StudySpec
from seedspread.storage.database import Database
from seedspread.storage.tables import (
    ArmRow,
    AttemptRow,
    Base,
    ChunkRow,
    DataFileRow,
    DataPartRow,
    ExamplesRow,
    RunFileRow,
    RunRow,
    StudyRow,
)
from seedspread.storage.upkeep import sentences

_EXAMPLES = 3  # how many rows of a kind a contradiction names


@dataclass(frozen=True)
class Contradiction:
    """Rule that rows break: how many, and the first few."""

    rule: str
    rows: int
    examples: tuple[str, ...]


def damaged_pages(database: Database) -> list[str]:
    """Return what SQLite's own check of the file finds; empty for PostgreSQL.

    Raises:
        Unavailable: the database cannot be read.
    """
    if database.dialect != "sqlite":
        return []
    try:
        with database.reading() as session:
            lines = [str(row[0]) for row in session.execute(text("PRAGMA integrity_check(5)"))]
    except DatabaseError as error:
        return [str(error.orig)]
    return [] if lines == ["ok"] else lines


def contradictions(database: Database) -> list[Contradiction]:
    """Return what contradicts a rule; the schema must be the newest.

    Raises:
        Unavailable: the database cannot be read.
    """
    with database.reading() as session:
        results = [
            *_dangling(session),
            *_broken_rules(session),
            *_unreadable_studies(session),
            *_changed_files(session),
        ]
    return [result for result in results if result.rows]


def _dangling(session: Session) -> Iterator[Contradiction]:
    """Yield, for each foreign key, rows whose referenced row is missing."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            target = aliased(key.column.table)
            column = key.parent
            missing = ~exists().where(target.c[key.column.name] == column)
            query = select(*table.primary_key.columns).where(column.is_not(None), missing)
            rule = sentences.refers(f"{table.name}.{column.name}", key.column.table.name)
            yield _result(session, rule, query)


def _broken_rules(session: Session) -> Iterator[Contradiction]:
    own = RunRow.external_id.is_(None)  # the others are trained elsewhere, without a lease
    trying = exists().where(
        AttemptRow.run_id == RunRow.id, AttemptRow.number == RunRow.attempt, AttemptRow.state == RunState.RUNNING
    )
    of_run = and_(ChunkRow.run_id == RunRow.id, ChunkRow.attempt == RunRow.attempt)
    rules: list[tuple[str, ColumnElement[bool]]] = [
        (sentences.STATE, RunRow.state.not_in(list(RunState))),
        (
            sentences.LEASE,
            and_(own, RunRow.state == RunState.RUNNING, or_(RunRow.worker.is_(None), RunRow.lease_until.is_(None))),
        ),
        (sentences.TRYING, and_(RunRow.state == RunState.RUNNING, ~trying)),
        (sentences.NO_LEASE, and_(RunRow.state != RunState.RUNNING, RunRow.lease_until.is_not(None))),
        (sentences.ENDED, and_(RunRow.state.in_(TERMINAL), RunRow.finished_at.is_(None))),
        (sentences.QUEUED, and_(RunRow.state == RunState.QUEUED, RunRow.finished_at.is_not(None))),
    ]
    for rule, broken in rules:
        yield _result(session, rule, select(RunRow.id).where(broken))
    other = select(RunRow.id).join(ArmRow, ArmRow.id == RunRow.arm_id).where(ArmRow.study_id != RunRow.study_id)
    yield _result(session, sentences.ONE_STUDY, other)
    running = AttemptRow.state == RunState.RUNNING
    attempts = select(AttemptRow.run_id, AttemptRow.number).join(RunRow, RunRow.id == AttemptRow.run_id)
    late = or_(
        AttemptRow.number > RunRow.attempt,
        and_(running, or_(RunRow.state != RunState.RUNNING, AttemptRow.number != RunRow.attempt)),
    )
    yield _result(session, sentences.EARLIER, attempts.where(late))
    sizes = or_(func.length(ChunkRow.steps) != 8 * ChunkRow.count, func.length(ChunkRow.values) != 8 * ChunkRow.count)
    chunks = select(ChunkRow.run_id, ChunkRow.metric, ChunkRow.first_step)
    yield _result(session, sentences.SERIES, chunks.where(sizes))
    several = (
        select(RunRow.id, ChunkRow.metric)
        .join(ChunkRow, of_run)
        .where(RunRow.state.in_(TERMINAL))
        .group_by(RunRow.id, ChunkRow.metric)
        .having(func.count() > 1)
    )
    yield _result(session, sentences.MERGED, several)
    sized = select(RunFileRow.run_id, RunFileRow.path).join(DataFileRow, DataFileRow.sha256 == RunFileRow.sha256)
    yield _result(session, sentences.FILE_SIZE, sized.where(RunFileRow.size_bytes != DataFileRow.size_bytes))
    wrong = or_(
        func.length(ExamplesRow.correct) != (ExamplesRow.count + 7) // 8,
        func.length(ExamplesRow.scores) % func.nullif(ExamplesRow.count, 0) != 0,
    )
    examples = select(ExamplesRow.run_id, ExamplesRow.attempt).where(wrong)
    yield _result(session, sentences.EXAMPLES, examples)


def _unreadable_studies(session: Session) -> Iterator[Contradiction]:
    broken = []
    for study_id, spec in session.execute(select(StudyRow.id, StudyRow.spec).execution_options(yield_per=100)):
        try:
            StudySpec.model_validate(spec)
        except ValidationError as error:
            broken.append(f"{study_id} ({error.error_count()} faults)")
    yield Contradiction(sentences.SPECIFICATION, len(broken), tuple(broken[:_EXAMPLES]))


def _changed_files(session: Session) -> Iterator[Contradiction]:
    """Yield files stored by their content whose content is another one."""
    broken = []
    stored = session.execute(select(DataFileRow.sha256, DataFileRow.name, DataFileRow.size_bytes)).all()
    for sha256, name, size_bytes in stored:
        hasher, size = hashlib.sha256(), 0
        parts = select(DataPartRow.content).where(DataPartRow.sha256 == sha256).order_by(DataPartRow.part)
        for content in session.scalars(parts.execution_options(yield_per=4)):
            hasher.update(content)
            size += len(content)
        if size != size_bytes or hasher.hexdigest() != sha256:
            broken.append(f"{name} ({sha256[:12]})")
    yield Contradiction(sentences.CONTENT, len(broken), tuple(broken[:_EXAMPLES]))


def _result(session: Session, rule: str, query: Select[*tuple[Any, ...]]) -> Contradiction:
    rows = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if not rows:
        return Contradiction(rule, 0, ())
    listed = session.execute(query.limit(_EXAMPLES)).all()
    return Contradiction(rule, rows, tuple(", ".join(map(str, row)) for row in listed))
