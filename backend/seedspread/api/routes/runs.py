"""Runs: listed, read, cancelled, retried, excluded."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from seedspread.analysis.measured import revision
from seedspread.api.http.access import Author
from seedspread.api.http.dependencies import Ctx, Order, PageNumber, PerPage, RunId, StudyId, part
from seedspread.api.http.errors import responses
from seedspread.api.http.json import StrictRoute, encode
from seedspread.core.states import RunState
from seedspread.core.study import Tag
from seedspread.observe import runs as observe_runs
from seedspread.observe import usage as observe_usage
from seedspread.studies import change
from seedspread.views.numbers import Page
from seedspread.views.runs import CompactRuns, LogView, ManifestView, RunDetail, RunUsage, RunView
from seedspread.views.studies import Changed

router = APIRouter(tags=["runs"], route_class=StrictRoute)


class Reason(BaseModel):
    """Reason for an exclusion."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=change.MAX_REASON, examples=["the machine ran out of memory"])


class RunEdit(BaseModel):
    """Changes of what somebody wrote on a run.

    Fields that are left out stay as they are.
    """

    model_config = ConfigDict(extra="forbid")

    tags: list[Tag] | None = Field(None, max_length=change.MOST_TAGS)
    notes: str | None = Field(None, max_length=20_000)


@router.get("/studies/{study_id}/runs", responses={**responses(404, 422, 503)})
def list_runs(
    ctx: Ctx,
    study_id: StudyId,
    query: Annotated[
        str,
        Query(
            description="A search: words of arm, worker and reasons, `arm:`, `is:` (queued, running, finished, failed, "
            "cancelled, diverged, excluded, replay), `tag:`, `seed:`, `id:`, `worker:`, `reason:`, and comparisons: "
            "`val_accuracy>0.93`, `metric<0.9` (the deciding metric), `epoch`, `attempt`, `duration`, `cpu`, `seed`.",
            examples=["arm:wide is:finished val_accuracy>0.93 seed:7"],
        ),
    ] = "",
    arm: Annotated[int | None, Query(ge=0, le=10_000, description="only this arm, by its position")] = None,
    state: Annotated[list[RunState] | None, Query(description="only runs in one of these states")] = None,
    sort: Annotated[
        str,
        Query(
            max_length=210,
            description="id, arm, seed, position, state, attempt, epoch, started_at, finished_at, duration_s, cpu_s, "
            "worker, metric (the deciding one), or metric:NAME; runs without the value come last",
        ),
    ] = "id",
    order: Order = "asc",
    page: PageNumber = 1,
    per_page: PerPage = 100,
) -> Page[RunView]:
    """List a study's runs with their summaries: searched, sorted, by the page."""
    where = part(sort, order, page, per_page)
    return observe_runs.list_runs(ctx, study_id, query, where, arm=arm, states=state or ())


@router.get("/studies/{study_id}/runs/compact", response_model=CompactRuns, responses={**responses(404, 503)})
def read_compact_runs(ctx: Ctx, request: Request, study_id: StudyId) -> Response:
    """Return every run of a study, in columns.

    The columns are meant for tables of 10,000 rows. Replays are left out; excluded runs have their reasons. The
    response carries an ETag that changes with the study's runs, their tags and notes.
    """
    # Read before the rows: what moves in between makes the next answer anew.
    state = (revision(ctx, study_id), observe_runs.written(ctx, study_id))
    tag = f'"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    body = ctx.cache.get(("compact", study_id), lambda: encode(observe_runs.compact(ctx, study_id)), of=tag)
    return Response(body, media_type="application/json", headers=headers)


@router.get("/runs/{run_id}", responses={**responses(404, 503)})
def read_run(ctx: Ctx, run_id: RunId) -> RunDetail:
    """Return one run with its full record.

    The record has source values, attempts, fingerprints, environment and log.
    """
    return observe_runs.run(ctx, run_id)


@router.get("/runs/{run_id}/manifest", responses={**responses(404, 503)})
def read_manifest(ctx: Ctx, run_id: RunId) -> ManifestView:
    """Return the manifest of a run.

    The manifest has recipe, digest of the source code, parameters, seed, source values, settings and data.
    """
    return observe_runs.manifest_of(ctx, run_id)


@router.get("/runs/{run_id}/log", responses={**responses(404, 503)})
def read_log(ctx: Ctx, run_id: RunId) -> LogView:
    """Return the end of the run's log.

    It grows while the run trains.
    """
    return observe_runs.log_of(ctx, run_id)


@router.get("/runs/{run_id}/usage", responses={**responses(404, 503)})
def read_usage(
    ctx: Ctx,
    run_id: RunId,
    attempt: Annotated[
        int | None, Query(ge=1, le=2_000_000_000, description="default: the attempt that counts")
    ] = None,
) -> RunUsage:
    """Return the CPU, memory, disk and GPU that a run used.

    It is sampled from outside of the training, also of attempts that were killed, and no statistic uses it.
    """
    return observe_usage.usage_of(ctx, run_id, attempt)


@router.patch("/runs/{run_id}", responses={**responses(404, 422, 503)})
def edit_run(ctx: Ctx, run_id: RunId, edit: RunEdit) -> RunDetail:
    """Change the tags or notes of a run."""
    change.edit_run(ctx, run_id, tags=edit.tags, notes=edit.notes)
    return observe_runs.run(ctx, run_id)


@router.post("/runs/{run_id}/cancel", responses={**responses(404, 409, 503)})
def cancel_run(ctx: Ctx, run_id: RunId) -> Changed:
    """Cancel a run that waits or runs."""
    return change.cancel_run(ctx, run_id)


@router.post("/runs/{run_id}/retry", responses={**responses(404, 409, 503)})
def retry_run(ctx: Ctx, run_id: RunId) -> Changed:
    """Train a failed or cancelled run again, as its next attempt."""
    return change.retry_run(ctx, run_id)


@router.put("/runs/{run_id}/exclusion", responses={**responses(404, 422, 503)})
def exclude_run(ctx: Ctx, run_id: RunId, body: Reason, by: Author = None) -> RunDetail:
    """Exclude a run from statistics.

    The reason appears wherever the numbers are quoted.
    """
    change.exclude_run(ctx, run_id, body.reason, by)
    return observe_runs.run(ctx, run_id)


@router.delete("/runs/{run_id}/exclusion", responses={**responses(404, 503)})
def include_run(ctx: Ctx, run_id: RunId) -> RunDetail:
    """Count a run again."""
    change.include_run(ctx, run_id)
    return observe_runs.run(ctx, run_id)
