"""Receive studies trained elsewhere, from a run folder or an import."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from seedspread.analysis.measured import measure
from seedspread.context import Context
from seedspread.core.recipe import IMPORTED, MetricInfo
from seedspread.core.states import TERMINAL, RunState
from seedspread.core.study import AdaptivePlan, ArmSpec, RuleSpec, SeedRange, StudySpec
from seedspread.core.validation import from_pydantic
from seedspread.errors import Conflict, InvalidInput, NotFound
from seedspread.notebook.cells import Cell, cells_from_events
from seedspread.recording.parts import PackedSeries, RunPart
from seedspread.storage import datasets, imports, recipes, runs, studies
from seedspread.storage.tables import ArmRow
from seedspread.studies.adaptive import with_looks
from seedspread.views.imports import (
    ImportedRun,
    ImportedStudy,
    ReceivedParts,
    ReceivedRun,
    ReceivedStudy,
    RunFile,
)


def receive_study(ctx: Context, external_id: str, study: ImportedStudy, by: str | None = None) -> ReceivedStudy:
    """Store a study trained elsewhere, or add its new arms and looks.

    Return what is stored of its runs.

    Raises:
        InvalidInput: two arms have the same name.
    """
    direction = study.direction or recipes.by_name(study.metric)
    metric = MetricInfo(name=study.metric, direction=direction, unit=study.unit)
    names = [arm.name for arm in study.arms]
    if len(set(names)) < len(names):
        raise InvalidInput("arms", names, "names that differ")
    rule_spec = RuleSpec(
        level=study.level,
        centre=study.centre,
        paired=study.paired if study.seeded else False,
        adaptive=None if study.at_most is None else AdaptivePlan(max_seeds=study.at_most),
    )
    spec = StudySpec(
        name=study.name,
        recipe=IMPORTED,
        arms=tuple(ArmSpec(name=arm.name, parameters=arm.parameters) for arm in study.arms),
        seeds=SeedRange(count=1),
        metric=study.metric,
        direction=direction,
        summary=study.summary,
        smallest_difference=study.smallest_difference,
        rule=rule_spec,
        tags=tuple(study.tags),
        notes=study.notes,
    )
    created = False
    try:
        with ctx.database.session() as session:
            study_id = imports.study_id_of(session, external_id)
            if study_id is None:
                origin = {**study.origin, "seeded": study.seeded}
                study_id = imports.insert_study(session, spec, metric, external_id, origin, ctx.clock(), by)
                created = True
            else:
                imports.correct_metric(session, study_id, metric, study.summary, external_id, ctx.clock())
            imports.add_arms(session, study_id, [(arm.name, arm.parameters) for arm in study.arms])
            rule = rule_spec.model_dump(mode="json", include={"paired", "adaptive"})
            looks = [(look.seeds, look.planned) for look in study.looks]
            imports.note_looks(session, study_id, study.planned, looks, rule)
    except IntegrityError:
        # Somebody else was faster with the same study.
        return receive_study(ctx, external_id, study, by)
    if study.at_most is not None:
        take_looks(ctx, study_id)
    return read_study(ctx, external_id).model_copy(update={"created": created})


def read_study(ctx: Context, external_id: str) -> ReceivedStudy:
    """Return the stored parts of runs, so that a sender can continue.

    Raises:
        NotFound: no study has this id.
    """
    with ctx.database.reading() as session:
        study_id = imports.study_id_of(session, external_id)
        if study_id is None:
            raise NotFound("study", external_id)
        rows = imports.received(session, study_id)
    runs = {
        run: ReceivedRun(parts=parts, digest=digest, state=RunState(state))
        for run, (parts, digest, state) in rows.items()
    }
    return ReceivedStudy(study_id=study_id, runs=runs)


def receive_parts(ctx: Context, external_id: str, parts: Sequence[RunPart]) -> ReceivedParts:
    """Store parts of runs, all of them or none.

    Parts that are stored already are skipped.

    Raises:
        NotFound: no study has this id.
        InvalidInput: an invalid run, an arm that the study does not have, or an invalid end.
        Conflict: a part that differs from the stored one, or that arrives before an earlier part.
    """
    for part in parts:
        _check(part)
    stored = points = 0
    try:
        with ctx.database.session() as session:
            study_id = imports.study_id_of(session, external_id)
            if study_id is None:
                raise NotFound("study", external_id)
            row = studies.require(session, study_id)
            arm_ids = dict(session.execute(select(ArmRow.name, ArmRow.id).where(ArmRow.study_id == study_id)).all())
            for part in parts:
                if part.record["arm"] not in arm_ids:
                    raise InvalidInput("run.arm", part.record["arm"], f"an arm of the study: {', '.join(arm_ids)}")
                if imports.store_part(session, row, arm_ids, part, ctx.clock()):
                    stored += 1
                    points += part.points
    except IntegrityError:
        raise Conflict(
            "the same runs are being sent by somebody else", hint="wait until they are done, then send again"
        ) from None
    take_looks(ctx, study_id)
    return ReceivedParts(stored=stored, repeated=len(parts) - stored, points=points)


def take_looks(ctx: Context, study_id: int) -> None:
    """Take the looks that are due at a received study.

    They follow from the runs that are stored, so it may be repeated. Nothing is queued: the study is trained elsewhere.
    """
    measured = measure(ctx, study_id)
    plan = None if measured.spec.rule.adaptive is None else with_looks(replace(measured, adaptive=None), ctx.clock())
    if plan is None:
        return
    with ctx.database.session() as session:
        closed = plan.model_copy(update={"open": False})
        studies.edit(session, study_id, {"adaptive": closed.model_dump(mode="json")})


def _check(part: RunPart) -> None:
    try:
        run = ImportedRun.model_validate(part.record)
    except ValidationError as error:
        raise from_pydantic(error) from None
    if part.final and run.state not in TERMINAL:
        raise InvalidInput("run.state", str(run.state), "finished, failed or cancelled with the final part")
    if part.sequence < 0:
        raise InvalidInput("sequence", part.sequence, "a whole number from 0")
    for series in part.series:
        if not 0 < len(series.metric) <= 200 or "\x00" in series.metric:
            raise InvalidInput("series.metric", series.metric, "a name of 1 to 200 characters")


def is_stored(ctx: Context, external_id: str) -> bool:
    """Return True if a study goes by this id."""
    with ctx.database.reading() as session:
        return imports.study_id_of(session, external_id) is not None


def receive_live(ctx: Context, external_id: str, record: Mapping[str, Any], series: Sequence[PackedSeries]) -> bool:
    """Store a run's progress; return False if it has ended here.

    Raises:
        NotFound: no study goes by this id.
        Conflict: the run is another one.
    """
    with ctx.database.session() as session:
        study_id = imports.study_id_of(session, external_id)
        if study_id is None:
            raise NotFound("study", external_id)
        row = studies.require(session, study_id)
        arm_ids = dict(session.execute(select(ArmRow.name, ArmRow.id).where(ArmRow.study_id == study_id)).all())
        return imports.store_live(session, row, arm_ids, record, series, ctx.clock())


def lacking_files(ctx: Context, digests: Sequence[str]) -> list[str]:
    """Return those of the digests whose contents are not here."""
    with ctx.database.reading() as session:
        return datasets.lacking_files(session, digests)


def receive_file(ctx: Context, sha256: str, content: bytes) -> None:
    """Store the content of a run's file, unless it is here already.

    Raises:
        InvalidInput: the content has another digest.
    """
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise InvalidInput("body", digest, f"content with the SHA-256 {sha256}; was it damaged on the way?")
    pieces = [content[at : at + datasets.PART_BYTES] for at in range(0, len(content), datasets.PART_BYTES)]
    with ctx.database.session() as session:
        datasets.put_file(session, sha256, "", len(content), pieces, ctx.clock())


def files_of(ctx: Context, run_id: int) -> list[RunFile]:
    """Return the files that came with a run.

    Raises:
        NotFound: there is no such run.
    """
    with ctx.database.reading() as session:
        if runs.get(session, run_id) is None:
            raise NotFound("run", run_id)
        return [
            RunFile(path=row.path, sha256=row.sha256, bytes=row.size_bytes, stored=stored)
            for row, stored in imports.files_of(session, run_id)
        ]


def file_content(ctx: Context, run_id: int, path: str) -> bytes:
    """Return the content of a run's file.

    Raises:
        NotFound: the run has no such file, or only its digest is here.
    """
    file = next((file for file in files_of(ctx, run_id) if file.path == path), None)
    if file is None or not file.stored:
        why = None if file is None else "It was too large to be sent, or gone; only its digest is here."
        raise NotFound("file", path, hint=why)
    with ctx.database.reading() as session:
        return b"".join(datasets.file_parts(session, file.sha256))


def cells_of(ctx: Context, run_id: int) -> list[Cell]:
    """Return the notebook cells of a run, as they ran.

    Raises:
        NotFound: there is no such run, or it was not recorded in a notebook.
    """
    with ctx.database.reading() as session:
        row = runs.get(session, run_id)
        if row is None:
            raise NotFound("run", run_id)
        events = row.cells
    if not events:
        hint = "Record cells with `%load_ext seedspread`, then `seedspread push FOLDER`."
        raise NotFound("notebook of run", run_id, hint=hint)
    return cells_from_events(events)
