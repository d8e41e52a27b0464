"""The stream of a study: server-sent events that say what moved, so that the page fetches only that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from seedspread.api.http.dependencies import Ctx, StudyId
from seedspread.api.http.errors import responses
from seedspread.api.http.hub import Hub, Told
from seedspread.api.http.json import encode
from seedspread.core.states import RunState
from seedspread.observe import studies as observe
from seedspread.views.numbers import View
from seedspread.views.studies import LEFT, RATE

router = APIRouter(tags=["studies"])

RETRY_MS = 2000


class RunsEvent(View):
    """The data of an event named `runs`; in the first one of a stream stands every run, later only what moved.

    Of a study that was deleted comes one event named `gone`, and the stream ends.
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
        observe.existing(session, study_id)
    return study_id


@router.get(
    "/studies/{study_id}/events",
    response_class=EventSourceResponse,
    responses={200: {"model": RunsEvent, "description": "A stream of `runs` events."}, **responses(404, 503)},
)
async def stream_events(
    request: Request,
    study_id: Annotated[int, Depends(_exists)],
    last_event_id: Annotated[str | None, Header(description="the id of the last event that was heard")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """What moves in a study, as server-sent events; resumed after `Last-Event-ID`."""
    hub: Hub = request.app.state.hub
    after = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else None
    async for told in hub.listen(study_id, after):
        yield _event(told)


def _event(told: Told) -> ServerSentEvent:
    if told.runs is None:
        return ServerSentEvent(event="gone", raw_data="{}")
    data = {
        "revision": told.revision,
        "counts": told.counts,
        "runs": [(run.id, run.state, run.attempt, run.epoch, run.step) for run in told.runs],
        "rate_per_s": told.pace.rate_per_s,
        "left_s": told.pace.left_s,
    }
    return ServerSentEvent(event="runs", id=str(told.revision), raw_data=encode(data).decode(), retry=RETRY_MS)
