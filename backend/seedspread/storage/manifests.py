"""Assemble a run's manifest from run, arm, study and recipe."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from seedspread.core.manifest import Manifest
from seedspread.storage.tables import ArmRow, RecipeRow, RunRow, StudyRow


def read(session: Session, run_id: int) -> Manifest | None:
    """Return the run's manifest, or None if there is no such run.

    A replay has its own copy of the manifest.
    """
    row = session.execute(_parts().where(RunRow.id == run_id)).one_or_none()
    if row is None:
        return None
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


def _parts() -> Select[*tuple[Any, ...]]:
    code = func.coalesce(ArmRow.source_digest, StudyRow.source_digest)
    return (
        select(
            RunRow.manifest,
            RunRow.seed,
            RunRow.sources,
            ArmRow.parameters,
            ArmRow.position,
            StudyRow.recipe,
            code.label("source_digest"),
            StudyRow.settings,
            StudyRow.data,
            RecipeRow.version,
        )
        .join(ArmRow, ArmRow.id == RunRow.arm_id)
        .join(StudyRow, StudyRow.id == RunRow.study_id)
        .join(RecipeRow, (RecipeRow.source_digest == code) & (RecipeRow.name == StudyRow.recipe))
    )
