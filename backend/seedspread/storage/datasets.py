"""Query the data that studies train on: parameters and digests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from seedspread.storage.database import upsert
from seedspread.storage.tables import ArmRow, DataFileRow, DataPartRow, RunFileRow, RunRow, StudyRow


@dataclass(frozen=True)
class TrainedArm:
    """Arm of a study with its parameters, data files and runs.

    `data` holds a `DataDigest` as JSON for each parameter that names a file.
    """

    study_id: int
    study: str
    recipe: str
    created_at: datetime
    parameters: dict[str, Any]
    data: dict[str, dict[str, Any]]
    runs: int


def trained(session: Session) -> list[TrainedArm]:
    """Return every arm of every study, newest study first.

    Replays do not count as runs.
    """
    counted = (
        select(RunRow.arm_id, func.count().label("runs")).where(RunRow.replay_of.is_(None)).group_by(RunRow.arm_id)
    ).subquery()
    query = (
        select(
            StudyRow.id,
            StudyRow.name,
            StudyRow.recipe,
            StudyRow.created_at,
            StudyRow.data,
            ArmRow.position,
            ArmRow.parameters,
            func.coalesce(counted.c.runs, 0),
        )
        .join(ArmRow, ArmRow.study_id == StudyRow.id)
        .outerjoin(counted, counted.c.arm_id == ArmRow.id)
        .order_by(StudyRow.id.desc(), ArmRow.position)
    )
    return [
        TrainedArm(study_id, name, recipe, created_at, parameters, data.get(str(position), {}), runs)
        for study_id, name, recipe, created_at, data, position, parameters, runs in session.execute(query)
    ]


PART_BYTES = 2**20
"""Size of the pieces in which a data file is stored."""


def has_file(session: Session, sha256: str) -> bool:
    """Check whether a data file is stored."""
    return session.get(DataFileRow, sha256) is not None


def put_file(session: Session, sha256: str, name: str, size_bytes: int, parts: Iterable[bytes], now: datetime) -> None:
    """Store a data file in pieces of `PART_BYTES`.

    A file that is stored already is left as it is.
    """
    row = {"sha256": sha256, "name": name, "size_bytes": size_bytes, "stored_at": now}
    upsert(session, DataFileRow, [row], keys=("sha256",), replace=False)
    for number, content in enumerate(parts):
        piece = {"sha256": sha256, "part": number, "content": content}
        upsert(session, DataPartRow, [piece], keys=("sha256", "part"), replace=False)


def lacking_files(session: Session, digests: Collection[str]) -> list[str]:
    """Return those of the digests whose contents are not stored, in order."""
    stored = set(session.scalars(select(DataFileRow.sha256).where(DataFileRow.sha256.in_(list(digests)))))
    return [sha256 for sha256 in dict.fromkeys(digests) if sha256 not in stored]


def file_name(session: Session, sha256: str) -> str | None:
    """Return the name of a stored data file, or None."""
    return session.scalar(select(DataFileRow.name).where(DataFileRow.sha256 == sha256))


def file_parts(session: Session, sha256: str) -> Iterator[bytes]:
    """Yield the pieces of a stored data file in order."""
    numbers = session.scalars(select(DataPartRow.part).where(DataPartRow.sha256 == sha256).order_by(DataPartRow.part))
    for number in numbers.all():
        row = session.execute(
            select(DataPartRow.content).where(DataPartRow.sha256 == sha256, DataPartRow.part == number)
        ).one()
        yield row.content


def drop_files(session: Session, kept: Collection[str], before: datetime) -> None:
    """Delete old data files that are not needed any more.

    A file is deleted if it was stored before a time, is not in `kept`, and belongs to no run's own files.
    """
    old = select(DataFileRow.sha256).where(
        DataFileRow.stored_at < before, DataFileRow.sha256.not_in(select(RunFileRow.sha256))
    )
    for sha256 in set(session.scalars(old)) - set(kept):
        session.execute(delete(DataPartRow).where(DataPartRow.sha256 == sha256))
        session.execute(delete(DataFileRow).where(DataFileRow.sha256 == sha256))
