"""Store studies that were trained elsewhere.

Each part of a study is stored exactly once.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from seedspread.core.manifest import canonical
from seedspread.core.recipe import IMPORTED, MetricInfo, RecipeInfo, RecipeKind
from seedspread.core.states import TERMINAL, RunState
from seedspread.core.study import StudySpec
from seedspread.errors import Conflict
from seedspread.recording.parts import PackedSeries, RunPart
from seedspread.storage import datasets, recipes, runs, series
from seedspread.storage.tables import (
    ArmRow,
    AttemptRow,
    ChunkRow,
    DataFileRow,
    ExamplesRow,
    PartRow,
    RunFileRow,
    RunRow,
    StudyRow,
    SummaryRow,
)
from seedspread.summaries import first_step

_PLAIN = {"synchronize_session": False}


def study_id_of(session: Session, external_id: str) -> int | None:
    """Return the id of the study that goes by this id elsewhere."""
    return session.scalar(select(StudyRow.id).where(StudyRow.external_id == external_id))


def insert_study(
    session: Session,
    spec: StudySpec,
    metric: MetricInfo,
    external_id: str,
    origin: Mapping[str, Any],
    now: datetime,
    created_by: str | None = None,
) -> int:
    """Store a study without runs and return its id.

    Its recipe only describes its metric.

    Raises:
        sqlalchemy.exc.IntegrityError: another process stored the study in the meantime.
    """
    info = _published(session, metric, external_id, now)
    row = {
        "name": spec.name,
        "recipe": info.name,
        "source_digest": info.source_digest,
        "spec": spec.model_dump(mode="json"),
        "metric": metric.name,
        "direction": metric.direction,
        "summary": spec.summary,
        "settings": spec.settings.model_dump(mode="json"),
        "tags": list(spec.tags),
        "notes": spec.notes,
        "data": {},
        "created_at": now,
        "adaptive": None,
        "request_digest": info.source_digest,
        "idempotency_key": None,
        "external_id": external_id,
        "origin": dict(origin),
        "created_by": created_by,
    }
    return session.execute(insert(StudyRow).values(row).returning(StudyRow.id)).scalar_one()


def correct_metric(
    session: Session, study_id: int, metric: MetricInfo, summary: str, external_id: str, now: datetime
) -> None:
    """Replace a study's metric if no run has a value of it.

    It was named before any run reported it, and was another's name. A metric with values stays: a verdict by it may
    have been seen.
    """
    row = session.get(StudyRow, study_id, with_for_update=True)
    if row is None or row.metric == metric.name:
        return
    of_study = select(SummaryRow.run_id).join(RunRow, RunRow.id == SummaryRow.run_id).where(RunRow.study_id == study_id)
    if session.scalar(of_study.where(SummaryRow.metric == row.metric).limit(1)) is not None:
        return
    info = _published(session, metric, external_id, now)
    row.source_digest, row.metric = info.source_digest, metric.name
    row.direction, row.summary = metric.direction, summary
    row.spec = {**row.spec, "metric": metric.name, "direction": metric.direction, "summary": summary}
    session.flush()


def _published(session: Session, metric: MetricInfo, external_id: str, now: datetime) -> RecipeInfo:
    """Publish the recipe that describes the metric of such a study."""
    facts = {"metric": metric.model_dump(mode="json"), "external_id": external_id}
    info = RecipeInfo(
        name=IMPORTED,
        version="",
        kind=RecipeKind.FREE,
        parameters={"type": "object", "properties": {}},
        sources=(),
        metrics=(metric,),
        source_digest=hashlib.sha256(canonical(facts)).hexdigest(),
    )
    recipes.publish(session, [info], now)
    return info


def note_looks(
    session: Session, study_id: int, planned: int, looks: Sequence[tuple[int, int]], rule: Mapping[str, Any]
) -> None:
    """Store a study's planned seeds, looks and changed rule.

    Looks are kept once, whichever were sent before: a look is never undone.

    Args:
        session: in which to store.
        study_id: of the study.
        planned: seeds per arm; 0 without a plan.
        looks: seeds per arm and planned seeds of each look.
        rule: fields of the decision rule that where it was trained may change.
    """
    row = session.get(StudyRow, study_id, with_for_update=True)
    if row is None:
        return
    merged = sorted({*((look["seeds"], look["planned"]) for look in (row.looks or {}).get("taken", [])), *looks})
    listed = [{"seeds": seeds, "planned": of} for seeds, of in merged]
    stored = {"planned": planned, "taken": listed, "rule": dict(rule)}
    if row.looks != stored:
        row.looks = stored
    if any(row.spec["rule"].get(name) != value for name, value in rule.items()):
        row.spec = {**row.spec, "rule": {**row.spec["rule"], **rule}}
    session.flush()


def add_arms(session: Session, study_id: int, arms: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Store the arms that the study does not have yet."""
    names = list(session.scalars(select(ArmRow.name).where(ArmRow.study_id == study_id).order_by(ArmRow.position)))
    rows = [
        {
            "study_id": study_id,
            "position": len(names) + at,
            "name": name,
            "parameters": dict(parameters),
            "differs": dict(parameters),
            "policies": {},
        }
        for at, (name, parameters) in enumerate((name, values) for name, values in arms if name not in names)
    ]
    if rows:
        session.execute(insert(ArmRow), rows)


def received(session: Session, study_id: int) -> dict[str, tuple[int, str, str]]:
    """Return parts, last digest and state of each run, by external id."""
    query = (
        select(RunRow.external_id, PartRow.sequence, PartRow.digest, RunRow.state)
        .join(PartRow, (PartRow.run_id == RunRow.id) & (PartRow.attempt == RunRow.attempt))
        .where(RunRow.study_id == study_id, RunRow.external_id.is_not(None))
        .order_by(RunRow.id, PartRow.sequence)
    )
    return {
        str(external_id): (sequence + 1, digest, state)
        for external_id, sequence, digest, state in session.execute(query)
    }


def store_part(session: Session, study: StudyRow, arm_ids: Mapping[str, int], part: RunPart, now: datetime) -> bool:
    """Store one part of a run; False if it is stored already.

    Raises:
        Conflict: the part differs from the stored one, an earlier part is missing, or the run belongs elsewhere.
    """
    record = part.record
    run = _run(session, study, arm_ids, record, now)
    digests = dict(
        session.execute(
            select(PartRow.sequence, PartRow.digest).where(PartRow.run_id == run.id, PartRow.attempt == run.attempt)
        ).all()
    )
    if part.sequence in digests:
        if digests[part.sequence] == part.digest:
            return False
        raise Conflict(
            f"part {part.sequence} of run {record['run_id']} is here already with other values",
            hint="the folder was edited after it was sent: delete the study here and send it again",
        )
    if part.sequence != len(digests) or run.state in TERMINAL:
        raise Conflict(f"run {record['run_id']} waits for part {len(digests)}, not {part.sequence}")
    if not digests:
        _clear(session, run)  # what the run showed while it was being written
    _store_series(session, run, part.series)
    digest_row = {"sequence": part.sequence, "digest": part.digest, "points": part.points}
    session.execute(insert(PartRow), [{"run_id": run.id, "attempt": run.attempt, **digest_row}])
    if part.final:
        _end(session, run, record, now)
    return True


def store_live(
    session: Session,
    study: StudyRow,
    arm_ids: Mapping[str, int],
    record: Mapping[str, Any],
    series_of_run: Sequence[PackedSeries],
    now: datetime,
) -> bool:
    """Store a run's progress; return False if it has ended here.

    It takes the place of whatever the run showed before, so that it can be repeated.

    Raises:
        Conflict: the run is another one.
    """
    run = _run(session, study, arm_ids, record, now)
    parts = select(func.count()).where(PartRow.run_id == run.id, PartRow.attempt == run.attempt)
    if run.state in TERMINAL or session.scalar(parts):
        return False
    _clear(session, run)
    _store_series(session, run, series_of_run)
    _summarise(session, run)
    run.log_tail, run.cells, run.touched_at = record.get("log_tail") or "", record.get("cells"), now
    _keep_usage(session, run, record)
    session.flush()
    return True


def _store_series(session: Session, run: RunRow, listed: Sequence[PackedSeries]) -> None:
    rows = [
        {
            "run_id": run.id,
            "attempt": run.attempt,
            "metric": item.metric,
            "first_step": int.from_bytes(item.steps[:8], "little", signed=True),
            "count": item.count,
            "fractional": item.fractional,
            "steps": item.steps,
            "values": item.values,
        }
        for item in listed
        if item.count
    ]
    if rows:
        session.execute(insert(ChunkRow), rows)


def _clear(session: Session, run: RunRow) -> None:
    """Delete the series of a run's present attempt."""
    session.execute(
        delete(ChunkRow).where(ChunkRow.run_id == run.id, ChunkRow.attempt == run.attempt), execution_options=_PLAIN
    )
    session.execute(delete(SummaryRow).where(SummaryRow.run_id == run.id), execution_options=_PLAIN)


def _summarise(session: Session, run: RunRow) -> None:
    """Merge a run's series and store their summaries."""
    merged = series.merge(session, run.id, run.attempt)
    better = recipes.directions(session, run.id, list(merged)) if merged else {}
    summaries = {metric: series.summarise(points, better[metric]) for metric, points in merged.items()}
    if summaries:
        rows = [{"run_id": run.id, "metric": metric, **asdict(summary)} for metric, summary in summaries.items()]
        session.execute(insert(SummaryRow), rows)
    # Never to have met a condition is no divergence.
    run.diverged = any(summary.non_finite for name, summary in summaries.items() if first_step(name) is None)
    run.step = int(max((summary.last_step for summary in summaries.values()), default=-1))


def _run(
    session: Session, study: StudyRow, arm_ids: Mapping[str, int], record: Mapping[str, Any], now: datetime
) -> RunRow:
    """Return the run of a record; start it if it is new.

    A newer attempt replaces an older one.
    """
    run = session.scalar(select(RunRow).where(RunRow.external_id == record["run_id"]))
    if run is not None:
        if run.study_id != study.id:
            raise Conflict(f"run {record['run_id']} belongs to study {run.study_id}")
        return run
    arm_id = arm_ids[record["arm"]]
    last = session.scalar(select(func.max(RunRow.position)).where(RunRow.arm_id == arm_id))
    position = 0 if last is None else last + 1
    seed = record.get("seed")
    if seed is not None:
        earlier = session.scalar(select(RunRow).where(RunRow.arm_id == arm_id, RunRow.seed == seed))
        if earlier is not None:
            return _next_attempt(session, earlier, record, now)
    started = _instant(record.get("started")) or now
    run = RunRow(
        study_id=study.id,
        arm_id=arm_id,
        position=position if record.get("position") is None else record["position"],
        seed=position if seed is None else seed,
        sources={},
        queue=study.settings["device"],
        state=RunState.RUNNING,
        attempt=record.get("attempt", 1),
        # Together, as runs that were all planned at once: nothing is known of seeds added because of a result.
        created_at=study.created_at,
        started_at=started,
        touched_at=now,
        external_id=record["run_id"],
        cells=record.get("cells"),
    )
    session.add(run)
    session.flush()
    _begin(session, run, started)
    return run


def _next_attempt(session: Session, run: RunRow, record: Mapping[str, Any], now: datetime) -> RunRow:
    if record.get("attempt", 1) <= run.attempt:
        raise Conflict(
            f"arm {record['arm']!r}, seed {run.seed} is here already from another run",
            hint="each arm has each seed once; send studies of other trainings under another name",
        )
    run.attempt, run.external_id, run.state = record["attempt"], record["run_id"], RunState.RUNNING
    run.finished_at, run.reason, run.diverged, run.touched_at = None, None, False, now
    run.cells = record.get("cells")
    session.execute(delete(SummaryRow).where(SummaryRow.run_id == run.id), execution_options=_PLAIN)
    session.flush()
    _begin(session, run, _instant(record.get("started")) or now)
    return run


def _begin(session: Session, run: RunRow, started: datetime) -> None:
    attempt = {"run_id": run.id, "number": run.attempt, "state": "running", "worker": "elsewhere"}
    session.execute(insert(AttemptRow), [attempt | {"started_at": started}])


def _end(session: Session, run: RunRow, record: Mapping[str, Any], now: datetime) -> None:
    _summarise(session, run)
    _keep_files(session, run, record)
    _keep_usage(session, run, record)
    ended = _instant(record.get("ended")) or now
    run.state, run.finished_at, run.touched_at = RunState(record["state"]), ended, now
    run.reason = record.get("reason")
    run.log_tail, run.cells = record.get("log_tail") or "", record.get("cells")
    if record.get("started") is not None and record.get("ended") is not None:
        run.duration_s = max(0.0, record["ended"] - record["started"])
    if record.get("excluded_reason"):
        run.excluded_reason, run.excluded_at = record["excluded_reason"], now
    session.flush()
    session.execute(
        update(AttemptRow)
        .where(AttemptRow.run_id == run.id, AttemptRow.number == run.attempt)
        .values(state=run.state, reason=run.reason, ended_at=ended),
        execution_options=_PLAIN,
    )


def _keep_files(session: Session, run: RunRow, record: Mapping[str, Any]) -> None:
    """Store the list of a run's files, and its results per example.

    Raises:
        Conflict: the content of a file has not arrived.
    """
    files = record.get("files") or []
    lacking = datasets.lacking_files(session, [file["sha256"] for file in files if file["sent"]])
    if lacking:
        path = next(file["path"] for file in files if file["sha256"] == lacking[0])
        raise Conflict(f"{path} of run {record['run_id']} has not arrived", hint="send the file, then the run again")
    mine = {"run_id": run.id, "attempt": run.attempt}
    rows = [mine | {"path": file["path"], "sha256": file["sha256"], "size_bytes": file["bytes"]} for file in files]
    if rows:
        session.execute(insert(RunFileRow), rows)
    examples = record.get("examples")
    if examples is not None:
        correct = base64.b64decode(examples["correct"])
        session.execute(insert(ExamplesRow), [mine | {"count": examples["count"], "correct": correct, "scores": None}])


def _keep_usage(session: Session, run: RunRow, record: Mapping[str, Any]) -> None:
    if record.get("usage") is not None:
        runs.put_usage(session, run.id, run.attempt, record["usage"])


def files_of(session: Session, run_id: int) -> list[tuple[RunFileRow, bool]]:
    """Return a run's files by path; True if their content is stored."""
    query = (
        select(RunFileRow, DataFileRow.sha256)
        .join(RunRow, (RunRow.id == RunFileRow.run_id) & (RunRow.attempt == RunFileRow.attempt))
        .outerjoin(DataFileRow, DataFileRow.sha256 == RunFileRow.sha256)
        .where(RunFileRow.run_id == run_id)
        .order_by(RunFileRow.path)
    )
    return [(row, stored is not None) for row, stored in session.execute(query)]


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
