"""Replays as rows, and the records that an audit reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from seedspread.core.manifest import Manifest
from seedspread.core.report import FingerprintKind
from seedspread.core.states import RunState
from seedspread.storage.tables import ArmRow, EnvironmentRow, FingerprintRow, RunRow


def add(
    session: Session, original: RunRow, manifest: Manifest, wanted: Sequence[str | None], now: datetime
) -> list[int]:
    """Queue one replay of `original` per entry of `wanted`.

    An entry is the worker that should train it, or None for any. Return the replays' ids.
    """
    shared = {
        "study_id": original.study_id,
        "arm_id": original.arm_id,
        "position": original.position,
        "seed": original.seed,
        "sources": original.sources,
        "queue": original.queue,
        "state": RunState.QUEUED,
        "attempt": 1,
        "created_at": now,
        "touched_at": now,
        "replay_of": original.id,
        "manifest": manifest.model_dump(mode="json"),
    }
    rows = [shared | {"wanted_worker": worker} for worker in wanted]
    statement = insert(RunRow).returning(RunRow.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, rows))


def of_run(session: Session, run_id: int) -> list[RunRow]:
    """Return the runs that repeat this one, oldest first."""
    return list(session.scalars(select(RunRow).where(RunRow.replay_of == run_id).order_by(RunRow.id)))


def audited(session: Session, study_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the columns that an audit reads of a study's runs.

    Rows are ordered by id and include replays.
    """
    columns = (
        RunRow.id,
        RunRow.arm_id,
        RunRow.seed,
        RunRow.state,
        RunRow.sources,
        RunRow.environment,
        RunRow.diverged,
        RunRow.excluded_reason,
        RunRow.reason,
        RunRow.failure,
        RunRow.replay_of,
        RunRow.manifest["source_digest"].as_string().label("source_digest"),
        ArmRow.source_digest.label("arm_digest"),
    )
    return session.execute(
        select(*columns).join(ArmRow, ArmRow.id == RunRow.arm_id).where(RunRow.study_id == study_id).order_by(RunRow.id)
    ).all()


def fingerprints(session: Session, study_id: int) -> dict[int, dict[FingerprintKind, str]]:
    """Return the digests of the attempts that count, by run and kind.

    The weights after each epoch are left out.
    """
    query = (
        select(FingerprintRow.run_id, FingerprintRow.kind, FingerprintRow.digest)
        .join(RunRow, (RunRow.id == FingerprintRow.run_id) & (RunRow.attempt == FingerprintRow.attempt))
        .where(RunRow.study_id == study_id, FingerprintRow.kind != FingerprintKind.WEIGHTS)
    )
    kinds = {kind.value: kind for kind in FingerprintKind}
    by_run: dict[int, dict[FingerprintKind, str]] = {}
    for run_id, kind, digest in session.execute(query):
        by_run.setdefault(run_id, {})[kinds[kind]] = digest
    return by_run


def diverged(session: Session, study_id: int) -> frozenset[int]:
    """Return the study's replays that differ from their original anywhere.

    A kind of fingerprint that only one of the two recorded is not compared: recipes and releases differ in what they
    record.
    """
    pairs = session.execute(
        select(RunRow.id, RunRow.replay_of).where(RunRow.study_id == study_id, RunRow.replay_of.is_not(None))
    ).all()
    ids = {number for pair in pairs for number in pair}
    query = (
        select(FingerprintRow.run_id, FingerprintRow.kind, FingerprintRow.step, FingerprintRow.digest)
        .join(RunRow, (RunRow.id == FingerprintRow.run_id) & (RunRow.attempt == FingerprintRow.attempt))
        .where(FingerprintRow.run_id.in_(ids))
    )
    digests: dict[int, dict[tuple[str, int], str]] = {}
    for run_id, kind, step, digest in session.execute(query) if ids else ():
        digests.setdefault(run_id, {})[kind, step] = digest
    return frozenset(
        replay for replay, original in pairs if _differ(digests.get(replay, {}), digests.get(original or 0, {}))
    )


def _differ(a: dict[tuple[str, int], str], b: dict[tuple[str, int], str]) -> bool:
    shared = {kind for kind, _ in a} & {kind for kind, _ in b}
    return any(a.get(key) != b.get(key) for key in {*a, *b} if key[0] in shared)


def environments(session: Session, digests: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return environments by digest."""
    rows = session.scalars(select(EnvironmentRow).where(EnvironmentRow.digest.in_(digests)))
    return {row.digest: row.content for row in rows}
