"""A run with everything that is known of it, put together for diffs, replays and exports."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from seedspread.core.diff import RunFacts
from seedspread.core.manifest import Manifest
from seedspread.core.record import Record, points
from seedspread.core.report import Fingerprint, FingerprintKind
from seedspread.errors import NotFound
from seedspread.storage import manifests, recipes, runs, series
from seedspread.storage.tables import RunRow


def existing_run(session: Session, run_id: int) -> tuple[RunRow, Manifest]:
    """The run's row and manifest.

    Raises:
        NotFound: there is no such run.
    """
    row = runs.get(session, run_id)
    manifest = None if row is None else manifests.read(session, run_id)
    if row is None or manifest is None:
        raise NotFound("run", run_id)
    return row, manifest


def record_of(session: Session, row: RunRow, manifest: Manifest) -> Record:
    """What the run's attempt that counts left behind, with the source code it was trained by."""
    recipe = recipes.by_digest(session, manifest.recipe, manifest.source_digest)
    return Record(
        fingerprints=tuple(
            Fingerprint(FingerprintKind(found.kind), found.digest, found.step)
            for found in runs.fingerprints(session, row.id, row.attempt)
        ),
        series={name: points(*held) for name, held in series.read(session, [row.id]).get(row.id, {}).items()},
        environment=(runs.environment(session, row.environment) if row.environment else None) or {},
        source_files=recipe.source_files if recipe else {},
    )


def facts_of(session: Session, run_id: int) -> RunFacts:
    """The run as it is compared with another.

    Raises:
        NotFound: there is no such run.
    """
    row, manifest = existing_run(session, run_id)
    results: dict[str, Any] = {"state": row.state}
    for metric, summary in runs.summaries(session, [run_id]).get(run_id, {}).items():
        results |= {f"{metric}, last": summary.last, f"{metric}, best": summary.best}
    return RunFacts(manifest, record_of(session, row, manifest), results)
