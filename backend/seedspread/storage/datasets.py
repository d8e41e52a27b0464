"""Query the data that studies train on: parameters and digests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from seedspread.storage.tables import ArmRow, RunRow, StudyRow


@dataclass(frozen=True)
class TrainedArm:
    """Arm of a study with its parameters, data files and runs.

    Data files are `DataDigest`s by parameter.
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
