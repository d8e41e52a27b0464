"""Studies as rows: inserted with all their runs, edited, extended, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy import insert as insert_into
from sqlalchemy.orm import Session

from seedspread.core.manifest import DataDigest
from seedspread.core.plan import RunPlan
from seedspread.core.recipe import RecipeInfo
from seedspread.core.sources import Policy
from seedspread.core.states import RunState
from seedspread.core.study import ArmSpec, StudySpec
from seedspread.errors import NotFound
from seedspread.storage import looks
from seedspread.storage.tables import ArmRow, RunRow, StudyRow

_PLAIN = {"synchronize_session": False}


def insert(
    session: Session,
    spec: StudySpec,
    recipe: RecipeInfo,
    runs: Sequence[RunPlan],
    data: Mapping[int, Mapping[str, DataDigest]],
    now: datetime,
    request_digest: str,
    idempotency_key: str | None,
    created_by: str | None = None,
) -> int:
    """Store a study with its arms and queued runs; return its id.

    Args:
        spec: expanded, with metric and direction filled in and parameters checked.
        data: the digests of data files, by arm position and parameter.

    Raises:
        sqlalchemy.exc.IntegrityError: another request used the idempotency key in the meantime.
    """
    row = {
        "name": spec.name,
        "recipe": recipe.name,
        "source_digest": recipe.source_digest,
        "spec": spec.model_dump(mode="json"),
        "metric": spec.metric,
        "direction": spec.direction,
        "summary": spec.summary,
        "settings": spec.settings.model_dump(mode="json"),
        "project": spec.project,
        "tags": list(spec.tags),
        "notes": spec.notes,
        "data": _digests(data),
        "created_at": now,
        "adaptive": None if spec.rule.adaptive is None else looks.NEW,
        "request_digest": request_digest,
        "idempotency_key": idempotency_key,
        "created_by": created_by,
    }
    study_id = session.execute(insert_into(StudyRow).values(row).returning(StudyRow.id)).scalar_one()
    arms = [_arm(study_id, position, arm, recipe) for position, arm in enumerate(spec.arms)]
    session.execute(insert_into(ArmRow), arms)
    insert_runs(session, study_id, runs, spec.device, now)
    return study_id


def insert_runs(session: Session, study_id: int, runs: Sequence[RunPlan], queue: str, now: datetime) -> None:
    """Store more runs of a study.

    Runs planned without a position (-1) follow their arm's last one.
    """
    if not runs:
        return
    arm_ids = dict(session.execute(select(ArmRow.position, ArmRow.id).where(ArmRow.study_id == study_id)).all())
    after = {
        arm_id: last + 1
        for arm_id, last in session.execute(
            select(RunRow.arm_id, func.max(RunRow.position)).where(RunRow.study_id == study_id).group_by(RunRow.arm_id)
        )
    }
    shared = {
        "study_id": study_id,
        "queue": queue,
        "state": RunState.QUEUED,
        "attempt": 1,
        "created_at": now,
        "touched_at": now,
    }
    rows = []
    for run in runs:
        arm_id = arm_ids[run.arm]
        position = run.position
        if position < 0:
            position = after.get(arm_id, 0)
            after[arm_id] = position + 1
        rows.append(shared | {"arm_id": arm_id, "position": position, "seed": run.seed, "sources": _sources(run)})
    session.execute(insert_into(RunRow), rows)


def add_arms(
    session: Session, row: StudyRow, arms: Sequence[ArmSpec], copied: Sequence[int], recipe: RecipeInfo
) -> None:
    """Append arms to a study, trained by the code of `recipe`.

    Args:
        copied: for each arm, the position of the arm whose data files it trains on.
    """
    spec = StudySpec.model_validate(row.spec)
    first = len(spec.arms)
    rows = [
        _arm(row.id, position, arm, recipe) | {"source_digest": recipe.source_digest}
        for position, arm in enumerate(arms, start=first)
    ]
    session.execute(insert_into(ArmRow), rows)
    data = row.data | {
        str(position): row.data[str(source)]
        for position, source in enumerate(copied, start=first)
        if str(source) in row.data
    }
    extended = spec.model_copy(update={"arms": (*spec.arms, *arms)})
    edit(session, row.id, {"spec": extended.model_dump(mode="json"), "data": data})


def by_key(session: Session, idempotency_key: str) -> tuple[int, str] | None:
    """Return the study submitted under this key, with its digest.

    Return None if the key is unused.
    """
    query = select(StudyRow.id, StudyRow.request_digest).where(StudyRow.idempotency_key == idempotency_key)
    row = session.execute(query).one_or_none()
    return None if row is None else (row.id, row.request_digest)


def get(session: Session, study_id: int) -> StudyRow | None:
    """Return the study's row, or None."""
    return session.get(StudyRow, study_id)


def require(session: Session, study_id: int) -> StudyRow:
    """Return the study's row.

    Raises:
        NotFound: there is no such study.
    """
    row = get(session, study_id)
    if row is None:
        raise NotFound("study", study_id)
    return row


def plans(session: Session, study_ids: Sequence[int]) -> dict[int, dict[str, Any] | None]:
    """Return the stored plans of existing studies, by study.

    The plan of a study without an adaptive rule is None.
    """
    return dict(session.execute(select(StudyRow.id, StudyRow.adaptive).where(StudyRow.id.in_(study_ids))).all())


def arms(session: Session, study_ids: Sequence[int]) -> dict[int, list[ArmRow]]:
    """Return the arms of studies in order, by study."""
    by_study: dict[int, list[ArmRow]] = {study_id: [] for study_id in study_ids}
    query = select(ArmRow).where(ArmRow.study_id.in_(study_ids)).order_by(ArmRow.study_id, ArmRow.position)
    for arm in session.scalars(query):
        by_study[arm.study_id].append(arm)
    return by_study


def seeds(session: Session, study_id: int) -> list[int]:
    """Return every seed that a run of the study has used, ascending."""
    query = select(RunRow.seed).where(RunRow.study_id == study_id, RunRow.replay_of.is_(None)).distinct()
    return list(session.scalars(query.order_by(RunRow.seed)))


def size(session: Session, study_id: int) -> int:
    """Count the study's runs, replays excluded."""
    query = select(func.count()).where(RunRow.study_id == study_id, RunRow.replay_of.is_(None))
    return session.scalar(query) or 0


def edit(session: Session, study_id: int, values: Mapping[str, Any]) -> bool:
    """Change name, tags or notes.

    Return False if the study does not exist.
    """
    statement = update(StudyRow).where(StudyRow.id == study_id).values(**values).returning(StudyRow.id)
    return session.execute(statement, execution_options=_PLAIN).one_or_none() is not None


def projects(session: Session) -> list[tuple[str, int, int]]:
    """Return (name, studies, archived studies of them) of every project, by name."""
    query = select(StudyRow.project, func.count(), func.count(StudyRow.archived_at)).where(StudyRow.project != "")
    rows = session.execute(query.group_by(StudyRow.project).order_by(func.lower(StudyRow.project)))
    return [(name, studies, archived) for name, studies, archived in rows]


def every(session: Session, study_ids: Sequence[int]) -> list[StudyRow]:
    """Return the rows of studies, locked until the transaction ends.

    Raises:
        NotFound: one of them does not exist.
    """
    # Locked in the order of ids, so that two changes of overlapping selections cannot wait for each other.
    query = select(StudyRow).where(StudyRow.id.in_(study_ids)).order_by(StudyRow.id).with_for_update()
    rows = list(session.scalars(query))
    missing = set(study_ids) - {row.id for row in rows}
    if missing:
        raise NotFound("study", min(missing))
    return rows


def remove(session: Session, study_id: int) -> bool:
    """Delete a study and its runs; False if it does not exist.

    Workers that train one of the runs find their claim lost.
    """
    statement = delete(StudyRow).where(StudyRow.id == study_id).returning(StudyRow.id)
    return session.execute(statement, execution_options=_PLAIN).one_or_none() is not None


def policies_of(arm: ArmSpec, recipe: RecipeInfo) -> dict[str, str]:
    """Return the policy of each of the recipe's sources in the arm."""
    return {s: "levels" if s in arm.levels else arm.policies.get(s, Policy.VARY) for s in recipe.sources}


def _arm(study_id: int, position: int, arm: ArmSpec, recipe: RecipeInfo) -> dict[str, Any]:
    defaults = recipe.defaults()
    complete = defaults | arm.parameters
    return {
        "study_id": study_id,
        "position": position,
        "name": arm.name,
        "parameters": complete,
        "differs": {key: value for key, value in complete.items() if key not in defaults or defaults[key] != value},
        "policies": policies_of(arm, recipe),
    }


def _digests(data: Mapping[int, Mapping[str, DataDigest]]) -> dict[str, Any]:
    return {
        str(position): {name: digest.model_dump(mode="json") for name, digest in files.items()}
        for position, files in data.items()
    }


def _sources(run: RunPlan) -> dict[str, Any]:
    # By hand rather than model_dump: a study may hold 100,000 runs with seven sources each.
    return {
        source: {"policy": value.policy, "value": value.value, "seed": value.seed, "level": value.level}
        for source, value in run.sources.items()
    }
