"""Audit a stored study."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from seedspread.context import Context
from seedspread.core.audit import ArmSeeding, AuditArm, AuditRun, AuditStudy, Finding, arm_seeding, findings
from seedspread.core.manifest import canonical
from seedspread.core.repeat import coarse
from seedspread.core.report import FailureKind, FingerprintKind
from seedspread.core.sentences import STUDY_DECIDED
from seedspread.core.sources import Policy, Source
from seedspread.core.states import RunState
from seedspread.storage import measured, recipes, replays, series, studies
from seedspread.storage.tables import ArmRow, StudyRow


def audit(ctx: Context, study_id: int) -> tuple[Finding, ...]:
    """Return every finding on the study, errors first.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.reading() as session:
        row = studies.require(session, study_id)
        question = ("findings", study_id, measured.revision(session, study_id))
        return ctx.cache.get(question, lambda: findings(as_audited(session, row)))


def seeding(ctx: Context, study_id: int) -> tuple[ArmSeeding, ...]:
    """Describe the effect of seeding on each arm of the study.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.reading() as session:
        row = studies.require(session, study_id)
        question = ("seeding", study_id, measured.revision(session, study_id))
        return ctx.cache.get(question, lambda: _seeding(session, row))


def _seeding(session: Session, study: StudyRow) -> tuple[ArmSeeding, ...]:
    recipe = recipes.by_digest(session, study.recipe, study.source_digest)
    metric = recipe.metric(study.metric) if recipe else None
    runs: dict[int, list[AuditRun]] = defaultdict(list)
    for run in as_audited(session, study).runs:
        runs[run.arm].append(run)
    values: dict[int, list[float]] = defaultdict(list)
    for row in measured.runs(session, study.id, study.metric, study.summary):
        if row.state is RunState.FINISHED and row.excluded_reason is None and row.number is not None:
            values[row.arm].append(row.number)
    return tuple(
        arm_seeding(
            arm.position,
            arm.name,
            arm.policies,
            runs[arm.position],
            values[arm.position],
            metric=study.metric,
            unit=metric.unit if metric else "",
        )
        for arm in studies.arms(session, [study.id])[study.id]
    )


def as_audited(session: Session, study: StudyRow) -> AuditStudy:
    """Return the study in the form that an audit reads."""
    arms = studies.arms(session, [study.id])[study.id]
    places = {arm.id: position for position, arm in enumerate(arms)}
    prints = replays.fingerprints(session, study.id)
    runs = [
        _run(row, places[row.arm_id], study.source_digest, prints.get(row.id, {}))
        for row in replays.audited(session, study.id)
    ]
    digests = {run.environment for run in runs if run.environment is not None}
    return AuditStudy(
        arms=tuple(AuditArm(arm.name, _inputs_digest(arm, study)) for arm in arms),
        runs=tuple(run for run in runs if run.replay_of is None),
        replays=tuple(run for run in runs if run.replay_of is not None),
        environments=replays.environments(session, sorted(digests)),
        diverged_replays=replays.diverged(session, study.id),
        coarse=_coarse(session, runs),
    )


def _coarse(session: Session, runs: Sequence[AuditRun]) -> frozenset[str]:
    """Return the digests of shared series whose values are all fractions.

    Series of runs with recorded weights are left out: the weights tell those apart.
    """
    by_digest: dict[str, list[AuditRun]] = defaultdict(list)
    for run in runs:
        if run.outcome is not None and not run.weights_recorded and run.replay_of is None:
            by_digest[run.outcome[1]].append(run)
    shared = {same[0].id: digest for digest, same in by_digest.items() if len(same) > 1}
    values = series.read(session, list(shared))
    return frozenset(digest for run_id, digest in shared.items() if run_id in values and coarse(values[run_id]))


def _run(
    row: Row[*tuple[Any, ...]], arm: int, source_digest: str, fingerprints: Mapping[FingerprintKind, str]
) -> AuditRun:
    sources = {source: row.sources[source] for source in Source if source in row.sources}
    return AuditRun(
        id=row.id,
        arm=arm,
        seed=row.seed,
        # A run that no worker could train says nothing about its arm: it is in no statistics of failures.
        state=RunState.CANCELLED if row.failure == FailureKind.INFRASTRUCTURE else RunState(row.state),
        values={source: assigned["value"] for source, assigned in sources.items()},
        varying=frozenset(
            source
            for source, assigned in sources.items()
            if assigned["policy"] != Policy.FIXED or assigned.get("level") is not None
        ),
        fingerprints=fingerprints,
        source_digest=row.source_digest or row.arm_digest or source_digest,
        environment=row.environment,
        diverged=row.diverged,
        excluded=row.excluded_reason is not None,
        unneeded=row.state == RunState.CANCELLED and row.reason == STUDY_DECIDED,
        replay_of=row.replay_of,
    )


def _inputs_digest(arm: ArmRow, study: StudyRow) -> str:
    """Return a digest of an arm's parameters and data.

    Arms with equal digests have the same inputs.
    """
    return hashlib.sha256(canonical([arm.parameters, study.data.get(str(arm.position), {})])).hexdigest()
