"""Assemble a run's manifest from run, arm, study and recipe."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, Update, bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from seedspread.core.manifest import Manifest
from seedspread.storage.tables import ArmRow, RecipeRow, RunRow, StudyRow


def read(session: Session, run_id: int) -> Manifest | None:
    """Return the run's manifest, or None if there is no such run.

    A replay has its own copy of the manifest.
    """
    row = session.execute(_parts(RunRow.__table__.c).where(RunRow.id == run_id)).one_or_none()
    return None if row is None else manifest_of(row)


def claimed(session: Session, statement: Update, values: Mapping[str, Any]) -> Row[Any] | None:
    """Claim a run by updating its row; return its manifest's parts.

    Return None if the update changed nothing. The row also has `study_id`, `replay_of`, the name of the `arm` and
    `time_limit_s`.

    Args:
        statement: updates the row of the run `of_run`; the same object every time.
        values: its parameters.
    """
    update, query = _claims(statement, in_one=session.get_bind().dialect.name == "postgresql")
    if update is not None and session.execute(update, values).one_or_none() is None:
        return None
    return session.execute(query, values).one_or_none()


@cache
def _claims(statement: Update, *, in_one: bool) -> tuple[ReturningUpdate[Any] | None, Select[*tuple[Any, ...]]]:
    """Return the update and the query after it.

    With `in_one` there is no update: the query contains it, which saves a message there and back.
    """
    run = RunRow.__table__.c
    if not in_one:
        return statement.returning(run.id), _parts(run, for_claim=True).where(run.id == bindparam("of_run"))
    columns = (run.id, run.study_id, run.arm_id, run.replay_of, run.manifest, run.seed, run.sources)
    changed = statement.returning(*columns).cte("changed")
    return None, _parts(changed.c, for_claim=True).select_from(changed)


def manifest_of(row: Row[Any]) -> Manifest:
    """Return the manifest that a row of parts describes."""
    run_manifest: dict[str, Any] | None = row.manifest
    if run_manifest is not None:
        return Manifest.model_validate(run_manifest)
    return Manifest.model_validate(
        {
            "recipe": row.recipe,
            "recipe_version": row.version,
            "source_digest": row.source_digest,
            "parameters": row.parameters,
            "seed": row.seed,
            "sources": row.sources,
            "settings": row.settings,
            "data": row.data.get(str(row.position), {}),
        }
    )


def _parts(run: Any, *, for_claim: bool = False) -> Select[*tuple[Any, ...]]:
    """Select what manifests are made of.

    Args:
        run: columns of the runs.
        for_claim: select too what a claim needs beside the manifest.
    """
    arm, study, recipe = ArmRow.__table__.c, StudyRow.__table__.c, RecipeRow.__table__.c
    code = func.coalesce(arm.source_digest, study.source_digest)
    limit = study.spec["time_limit_s"].as_float().label("time_limit_s")
    further = (run.study_id, run.replay_of, arm.name.label("arm"), limit) if for_claim else ()
    return (
        select(
            *further,
            run.manifest,
            run.seed,
            run.sources,
            arm.parameters,
            arm.position,
            study.recipe,
            code.label("source_digest"),
            study.settings,
            study.data,
            recipe.version,
        )
        .join(ArmRow.__table__, arm.id == run.arm_id)
        .join(StudyRow.__table__, study.id == run.study_id)
        .join(RecipeRow.__table__, (recipe.source_digest == code) & (recipe.name == study.recipe))
    )
