"""Series, and the event stream of a study.

Server-sent events list what changed, so that the page fetches only that.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from seedspread.api.http.access import holder
from seedspread.api.http.dependencies import MAX_ID, Ctx, RunId, StudyId
from seedspread.api.http.errors import responses
from seedspread.api.http.hub import Hub, Update
from seedspread.api.http.json import Columns, encode
from seedspread.core.states import RunState
from seedspread.observe import runs as observe_runs
from seedspread.storage import studies
from seedspread.views.numbers import View
from seedspread.views.runs import RunSeries, StudySeries
from seedspread.views.studies import LEFT, RATE

event_router = APIRouter(tags=["studies"])

RETRY_MS = 2000  # a browser reconnects after this pause, so that a restart meets no crowd


class RunsEvent(View):
    """Data of a `runs` event.

    The first event of a stream has every run, later ones only those that changed. If the study is deleted, one event
    named `gone` ends the stream.
    """

    revision: int = Field(description="rises with every event, also over restarts of the service; the event's id")
    counts: dict[RunState, int] = Field(description="runs by state, replays left out")
    runs: list[tuple[int, RunState, int, int, int]] = Field(
        description="id, state, attempt, epochs done, last stored step; replays are among them",
        examples=[[[481, "running", 1, 6, 6]]],
    )
    rate_per_s: float | None = Field(description=RATE)
    left_s: float | None = Field(description=LEFT)


def _exists(ctx: Ctx, study_id: StudyId) -> int:
    with ctx.database.reading() as session:
        studies.require(session, study_id)
    return study_id


@event_router.get(
    "/studies/{study_id}/events",
    response_class=EventSourceResponse,
    responses={200: {"model": RunsEvent, "description": "A stream of `runs` events."}, **responses(404, 503)},
)
async def stream_events(
    request: Request,
    study_id: Annotated[int, Depends(_exists)],
    last_event_id: Annotated[str | None, Header(description="the id of the last event that was heard")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Stream the changes of a study as server-sent events.

    A stream resumes after `Last-Event-ID`. It ends when the token that it was asked for with is revoked.
    """
    hub: Hub = request.app.state.hub
    after = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else None
    async for update in hub.listen(study_id, after, holder(request)):
        yield _event(update)


def _event(update: Update) -> ServerSentEvent:
    if update.runs is None:
        return ServerSentEvent(event="gone", raw_data="{}")
    data = {
        "revision": update.revision,
        "counts": update.counts,
        "runs": [(run.id, run.state, run.attempt, run.epoch, run.step) for run in update.runs],
        "rate_per_s": update.pace.rate_per_s,
        "left_s": update.pace.left_s,
    }
    return ServerSentEvent(event="runs", id=str(update.revision), raw_data=encode(data).decode(), retry=RETRY_MS)


router = APIRouter(tags=["series"])

FromStep = Annotated[int | None, Query(ge=-MAX_ID, le=MAX_ID, description="leave out points before this step")]


@router.get("/runs/{run_id}/series", response_model=RunSeries, responses={**responses(404, 422, 503)})
def read_run_series(
    ctx: Ctx,
    run_id: RunId,
    metric: Annotated[list[str] | None, Query(max_length=200, description="only these metrics; default: all")] = None,
    from_step: FromStep = None,
) -> Columns:
    """Return every metric of a run's counting attempt, in columns.

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
    """Return one metric of a study's runs, in columns.

    Runs without a point are absent.
    """
    return Columns(
        observe_runs.series_of_study(ctx, study_id, metric, run_ids=run, from_step=from_step, max_points=max_points)
    )
