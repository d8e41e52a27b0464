"""Views of runs: lists, details, columns and series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Row
from sqlalchemy.orm import Session

from seedspread.context import Context
from seedspread.core import query
from seedspread.core.manifest import Manifest
from seedspread.core.recipe import Direction
from seedspread.core.states import RunState
from seedspread.errors import InvalidInput, NotFound
from seedspread.observe.studies import known_metric
from seedspread.observe.usage import peak_columns
from seedspread.storage import manifests, recipes, runs, search, series, studies
from seedspread.storage.recipes import directions
from seedspread.storage.series import Series
from seedspread.storage.tables import RunRow, SummaryRow
from seedspread.summaries import SUMMARIES, logged
from seedspread.views.numbers import Page
from seedspread.views.runs import (
    AttemptView,
    CompactRuns,
    FingerprintView,
    LogView,
    ManifestView,
    RunDetail,
    RunView,
    SummaryView,
)


def list_runs(
    ctx: Context,
    study_id: int,
    text: str,
    part: search.Slice,
    *,
    arm: int | None = None,
    states: Sequence[RunState] = (),
) -> Page[RunView]:
    """Return one page of a study's runs.

    A run in progress includes what it has reported so far.

    Raises:
        NotFound: there is no such study.
        InvalidInput: a search that cannot be understood, or a sort key that does not exist.
    """
    terms = query.parse(text, query.RUNS)
    with ctx.database.reading() as session:
        studies.require(session, study_id)
        rows, total = search.runs(session, study_id, terms, part, arm=arm, states=states)
        items = _views(session, rows)
    return Page(items=items, total=total, page=part.page, per_page=part.per_page)


def run(ctx: Context, run_id: int) -> RunDetail:
    """Return one run with its full record.

    Raises:
        NotFound: there is no such run.
    """
    with ctx.database.reading() as session:
        listed = runs.listed(session, run_id)
        manifest = manifests.read(session, run_id)
        if listed is None or manifest is None:
            raise NotFound("run", run_id)
        row = session.get_one(RunRow, run_id)
        study = studies.require(session, row.study_id)
        arm = studies.arms(session, [study.id])[study.id][listed.arm]
        recipe = recipes.by_digest(session, study.recipe, study.source_digest)
        described = recipe.metric(study.metric) if recipe else None
        return RunDetail(
            **dict(_views(session, [listed])[0]),
            study_name=study.name,
            recipe=manifest.recipe,
            source_digest=manifest.source_digest,
            metric=study.metric,
            direction=study.direction,
            unit=described.unit if described else "",
            parameters=manifest.parameters,
            differs=arm.differs,
            sources=manifest.sources,
            data=manifest.data,
            manifest_sha256=manifest.digest(),
            has_notebook=bool(row.cells),
            attempts=[_attempt(attempt) for attempt in runs.attempts(session, run_id)],
            fingerprints=[
                _fingerprint(row_of_digest) for row_of_digest in runs.fingerprints(session, run_id, row.attempt)
            ],
            environment=runs.environment(session, row.environment) if row.environment else None,
            environment_sha256=row.environment,
            tags=row.tags or [],
            notes=row.notes,
            log_tail=row.log_tail,
            replays=runs.replays(session, run_id),
        )


def manifest_of(ctx: Context, run_id: int) -> ManifestView:
    """Return the manifest of a run.

    Raises:
        NotFound: there is no such run.
    """
    with ctx.database.reading() as session:
        manifest: Manifest | None = manifests.read(session, run_id)
    if manifest is None:
        raise NotFound("run", run_id)
    return ManifestView(manifest=manifest, sha256=manifest.digest())


def log_of(ctx: Context, run_id: int) -> LogView:
    """Return the end of the run's log.

    Raises:
        NotFound: there is no such run.
    """
    with ctx.database.reading() as session:
        row = runs.get(session, run_id)
    if row is None:
        raise NotFound("run", run_id)
    return LogView(run_id=run_id, attempt=row.attempt, text=row.log_tail)


def series_of_run(
    ctx: Context, run_id: int, metrics: Sequence[str] | None = None, from_step: int | None = None
) -> dict[str, Any]:
    """Return the series of a run's current attempt.

    The result is shaped as `views.runs.RunSeries`, with arrays in place of lists.

    Args:
        metrics: None for all.
        from_step: leave out points before this step.

    Raises:
        NotFound: there is no such run.
    """
    with ctx.database.reading() as session:
        row = runs.get(session, run_id)
        if row is None:
            raise NotFound("run", run_id)
        by_metric = series.read(session, [run_id], metrics).get(run_id, {})
    columns = {metric: _from(points, from_step)._asdict() for metric, points in by_metric.items()}
    return {"run_id": run_id, "attempt": row.attempt, "state": row.state, "step": row.step, "series": columns}


def series_of_study(
    ctx: Context,
    study_id: int,
    metric: str | None = None,
    *,
    run_ids: Sequence[int] | None = None,
    from_step: int | None = None,
    max_points: int | None = None,
) -> dict[str, Any]:
    """Return one metric of a study's runs.

    The result is shaped as `views.runs.StudySeries`, with arrays in place of lists.

    Args:
        metric: None for the deciding one.
        run_ids: restricts the result to these runs; None for all but replays.
        from_step: leave out points before this step.
        max_points: thin a longer series to about this many points, including its last one.

    Raises:
        NotFound: there is no such study.
        InvalidInput: a metric that the study does not have.
    """
    with ctx.database.reading() as session:
        row = studies.require(session, study_id)
        recipe = recipes.by_digest(session, row.recipe, row.source_digest)
        try:
            chosen = known_metric(session, row, recipe, metric)
        except InvalidInput:
            # A metric that only runs in progress report has no summary yet.
            chosen = _live_metric(session, study_id, metric)
        wanted = None if run_ids is None else set(run_ids)
        rows = [run for run in runs.labels(session, study_id) if wanted is None or run.id in wanted]
        chosen = logged(chosen)
        by_run = series.read(session, [run.id for run in rows], [chosen])
    rows = [run for run in rows if run.id in by_run]
    cut = [_thinned(_from(by_run[run.id][chosen], from_step), max_points) for run in rows]
    return {
        "metric": chosen,
        "run_ids": [run.id for run in rows],
        "arms": [run.arm for run in rows],
        "seeds": [run.seed for run in rows],
        "attempts": [run.attempt for run in rows],
        "steps": [points.steps for points in cut],
        "values": [points.values for points in cut],
    }


def compact(ctx: Context, study_id: int) -> dict[str, Any]:
    """Return every run of a study, as columns.

    The result is shaped as `views.runs.CompactRuns`.

    Raises:
        NotFound: there is no such study.
    """
    with ctx.database.reading() as session:
        studies.require(session, study_id)
        rows = runs.columns(session, study_id)
        going = [row.id for row in rows if row.state == RunState.RUNNING]
        summaries = [*runs.summary_columns(session, study_id), *_so_far(session, going)]
        peaks = {run_id: (memory, gpu) for run_id, memory, gpu in runs.peaks_of_study(session, study_id)}
    peaks_of = peak_columns(peaks, [row.id for row in rows])
    names = CompactRuns.model_fields.keys() - {"study_id", "total", "annotations", "metrics", *peaks_of}
    # Transposed at once: an attribute of 10,000 rows, name by name, took half of the answer's time.
    values = dict(zip(rows[0]._fields, zip(*rows, strict=True), strict=True)) if rows else {}
    columns: dict[str, Any] = {name: values.get(name, ()) for name in names}
    for name in ("started_at", "finished_at"):
        columns[name] = [_epoch_s(moment) for moment in columns[name]]
    index_of = {run_id: index for index, run_id in enumerate(columns["id"])}
    metrics: dict[str, dict[str, list[float | None]]] = {}
    for run_id, metric, *numbers in summaries:
        into = metrics.setdefault(metric, {name: [None] * len(rows) for name in SUMMARIES})
        if run_id in index_of:
            for name, number in zip(SUMMARIES, numbers, strict=True):
                into[name][index_of[run_id]] = number
    columns |= peaks_of
    annotated = written(ctx, study_id)
    return {"study_id": study_id, "total": len(rows), **columns, "annotations": annotated, "metrics": metrics}


def written(ctx: Context, study_id: int) -> dict[str, dict[str, Any]]:
    """Return the tags and start of notes of annotated runs, by id."""
    with ctx.database.reading() as session:
        annotated = runs.annotated(session, study_id)
    return {str(run_id): {"tags": tags or [], "notes": notes} for run_id, tags, notes in annotated}


def _views(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[RunView]:
    ids = [row.id for row in rows]
    stored = {run_id: _shown(summaries) for run_id, summaries in runs.summaries(session, ids).items()}
    going = [row.id for row in rows if row.state == RunState.RUNNING]
    live = {run_id: _live(session, run_id, by_metric) for run_id, by_metric in series.read(session, going).items()}
    return [RunView(**row._mapping, metrics=live.get(row.id) or stored.get(row.id, {})) for row in rows]


def _shown(summaries: Mapping[str, SummaryRow]) -> dict[str, SummaryView]:
    names = tuple(SummaryView.model_fields)
    return {
        metric: SummaryView(**{name: getattr(summary, name) for name in names}) for metric, summary in summaries.items()
    }


def _live(session: Session, run_id: int, by_metric: Mapping[str, Series]) -> dict[str, SummaryView]:
    better = directions(session, run_id, list(by_metric))
    return {
        metric: SummaryView(**vars(series.summarise(points, better[metric]))) for metric, points in by_metric.items()
    }


def _so_far(session: Session, going: Sequence[int]) -> Iterator[tuple[int, str, float, float, float]]:
    """Yield (run id, metric, last, best, area) of runs in progress."""
    better: dict[str, Direction] = {}
    for run_id, by_metric in series.read(session, going).items():
        if by_metric.keys() - better.keys():
            better |= directions(session, run_id, list(by_metric))
        for metric, points in by_metric.items():
            summary = series.summarise(points, better[metric])
            yield run_id, metric, summary.last, summary.best, summary.area


def _live_metric(session: Session, study_id: int, metric: str | None) -> str:
    if metric is not None and series.has(session, study_id, metric):
        return metric
    listed = ", ".join(runs.metrics(session, study_id))
    raise InvalidInput("metric", metric, f"one of the study's metrics: {listed}")


def _from(points: Series, step: int | None) -> Series:
    if step is None:
        return points
    start = int(np.searchsorted(points.steps, step))
    return Series(points.steps[start:], points.values[start:])


def _thinned(points: Series, at_most: int | None) -> Series:
    size = len(points.steps)
    if at_most is None or size <= at_most:
        return points
    places = np.unique(np.linspace(0, size - 1, at_most).round().astype(np.int64))
    return Series(points.steps[places], points.values[places])


def _epoch_s(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _attempt(row: Any) -> AttemptView:
    return AttemptView(**{name: getattr(row, name) for name in AttemptView.model_fields})


def _fingerprint(row: Any) -> FingerprintView:
    return FingerprintView(**{name: getattr(row, name) for name in FingerprintView.model_fields})
