"""Replays: started, judged; and the file that repeats a run elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from seedspread.api.http.dependencies import MAX_ID, Ctx, RunId
from seedspread.api.http.errors import responses
from seedspread.api.http.json import LargeRoute
from seedspread.core.diff import RunDiff
from seedspread.core.manifest import ManifestFile
from seedspread.studies import diff, replay
from seedspread.views.replays import ReplaysStarted, ReplaysView

router = APIRouter(tags=["replays"], route_class=LargeRoute)


class ReplayRequest(BaseModel):
    """Options of a replay."""

    model_config = ConfigDict(extra="forbid")

    times: int = Field(1, ge=1, le=replay.MAX_TIMES, strict=True, description="how often")
    worker: str | None = Field(
        None, max_length=300, description="the name of a worker or host; null: another than the run's, if there is one"
    )
    allow_changed: bool = Field(False, description="go on where the recipe's code has changed since")


@router.post("/runs/{run_id}/replays", status_code=201, responses={**responses(404, 409, 422, 503)})
def start_replays(ctx: Ctx, run_id: RunId, request: ReplayRequest) -> ReplaysStarted:
    """Train a finished run again from its manifest.

    A fresh trainer trains it, on another worker if there is one.
    """
    return replay.start(ctx, run_id, times=request.times, worker=request.worker, allow_changed=request.allow_changed)


@router.get("/runs/{run_id}/replays", responses={**responses(404, 503)})
def list_replays(ctx: Ctx, run_id: RunId) -> ReplaysView:
    """List the replays of a run, with their verdicts.

    A verdict says that the two runs are identical in every bit, or where they diverge.
    """
    return replay.listed(ctx, run_id)


@router.get("/runs/{run_id}/export", responses={**responses(404, 409, 503)})
def export_run(ctx: Ctx, run_id: RunId) -> ManifestFile:
    """Export a run's sealed manifest and record.

    `seedspread replay FILE` repeats it on any machine, without a server.
    """
    return replay.export(ctx, run_id)


diff_router = APIRouter(tags=["runs"])


@diff_router.get("/runs/diff", responses={**responses(404, 422, 503)})
def diff_runs(
    ctx: Ctx,
    a: Annotated[int, Query(ge=1, le=MAX_ID, description="a run's id")],
    b: Annotated[int, Query(ge=1, le=MAX_ID, description="another run's id, of any study")],
) -> RunDiff:
    """Compare two runs: only their differences, by group.

    Code is shown as unified diffs.
    """
    return diff.diff(ctx, a, b)
