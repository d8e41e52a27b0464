"""Series: the curves of one run, or one metric of many, in columns."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from seedspread.api.http.dependencies import MAX_ID, Ctx, RunId, StudyId
from seedspread.api.http.errors import responses
from seedspread.api.http.json import Columns
from seedspread.observe import runs as observe_runs
from seedspread.views.runs import RunSeries, StudySeries

router = APIRouter(tags=["series"])

FromStep = Annotated[int | None, Query(ge=-MAX_ID, le=MAX_ID, description="leave out points before this step")]


@router.get("/runs/{run_id}/series", response_model=RunSeries, responses={**responses(404, 422, 503)})
def read_run_series(
    ctx: Ctx,
    run_id: RunId,
    metric: Annotated[list[str] | None, Query(max_length=200, description="only these metrics; default: all")] = None,
    from_step: FromStep = None,
) -> Columns:
    """Every metric of a run's attempt that counts, in columns.

    Numbers that are not finite are the strings "NaN", "Infinity" and "-Infinity".
    """
    return Columns(observe_runs.series_of_run(ctx, run_id, metric, from_step))


@router.get("/studies/{study_id}/series", response_model=StudySeries, responses={**responses(404, 422, 503)})
def read_study_series(
    ctx: Ctx,
    study_id: StudyId,
    metric: Annotated[str | None, Query(max_length=200, description="default: the metric that decides")] = None,
    run: Annotated[
        list[Annotated[int, Query(ge=1, le=MAX_ID)]] | None,
        Query(max_length=10_000, description="only these runs; default: all but replays"),
    ] = None,
    from_step: FromStep = None,
    max_points: Annotated[int | None, Query(ge=2, le=1_000_000, description="thin longer series to this many")] = None,
) -> Columns:
    """One metric of a study's runs, in columns; runs without a point are absent."""
    return Columns(
        observe_runs.series_of_study(ctx, study_id, metric, run_ids=run, from_step=from_step, max_points=max_points)
    )
