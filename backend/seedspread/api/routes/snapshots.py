"""Several answers about a study, all of one moment."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import quote, unquote

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.types import Message, Scope

from seedspread.analysis.measured import revision
from seedspread.api.http.access import holder, refused_to_link
from seedspread.api.http.dependencies import Ctx, StudyId
from seedspread.api.http.errors import responses, unforeseen
from seedspread.api.http.json import StrictRoute, encode
from seedspread.api_prefix import PREFIX
from seedspread.errors import InvalidInput
from seedspread.storage import measured
from seedspread.views.numbers import View

router = APIRouter(tags=["studies"], route_class=StrictRoute)

MOST_PARTS = 50
_READ = re.compile(
    r"|best-of-k|comparisons?|distribution|figures/[^/]+|findings|plan|runs|runs/compact|seeding|series"
    r"|test-set-noise|variance"
)
_COMPUTED = re.compile("groups")
_EXPECTED = "what GET answers in JSON below the study: figures/curves?metric=loss, runs/compact, comparisons, …"


class Part(BaseModel):
    """One answer that is wanted of a study."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(
        max_length=8000,
        description="path and query below the study's own; empty: the study itself",
        examples=["figures/curves?metric=val_accuracy"],
    )
    body: dict[str, Any] | None = Field(None, description="of `groups`: what is posted to it")


class Parts(BaseModel):
    """Answers that are wanted of one moment of a study."""

    model_config = ConfigDict(extra="forbid")

    parts: list[Part] = Field(min_length=1, max_length=MOST_PARTS)


class PartAnswer(View):
    """Answer to one part."""

    status: int = Field(description="the HTTP status that the part would have alone", examples=[200])
    answer: Any = Field(description="its JSON; of other statuses than 200 the error")


class Snapshot(View):
    """Answers of one moment, in the order of the parts."""

    revision: str = Field(description="changes with every change of the study's runs")
    settled: str = Field(description="changes with runs that ended or were edited, not with those that train")
    parts: list[PartAnswer]


@router.post("/studies/{study_id}/snapshot", response_model=Snapshot, responses={**responses(404, 422, 503)})
async def read_snapshot(ctx: Ctx, request: Request, study_id: StudyId, wanted: Parts) -> Response:
    """Answer several reads of a study from one moment.

    Whatever ends meanwhile is in all of the answers or in none of them.
    """
    addresses = [_checked(part, f"parts[{index}].address") for index, part in enumerate(wanted.parts)]
    with ctx.database.snapshot():
        tokens = await run_in_threadpool(_tokens, ctx, study_id)
        answers = [
            await _answer(request, f"{PREFIX}/studies/{study_id}", path, query, part.body)
            for part, (path, query) in zip(wanted.parts, addresses, strict=True)
        ]
    parts = b",".join(b'{"status":%d,"answer":%b}' % answer for answer in answers)
    names = b'"revision":%b,"settled":%b' % tuple(orjson.dumps(_short(token)) for token in tokens)
    return Response(b'{%b,"parts":[%b]}' % (names, parts), media_type="application/json")


def _checked(part: Part, field: str) -> tuple[str, str]:
    """Return path and query of a part."""
    path, _, query = part.address.partition("?")
    path = unquote(path)
    if not (_READ if part.body is None else _COMPUTED).fullmatch(path):
        raise InvalidInput(field, part.address, _EXPECTED)
    return path, query


def _tokens(ctx: Ctx, study_id: int) -> tuple[str, str]:
    # The first reading of a snapshot is its moment.
    now = revision(ctx, study_id)
    with ctx.database.reading() as session:
        return now, measured.settled_revision(session, study_id)


def _short(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]


async def _answer(
    request: Request, study: str, path: str, query: str, body: dict[str, Any] | None
) -> tuple[int, bytes]:
    """Return status and JSON of one part, asked for alone."""
    address = f"{study}/{path}".rstrip("/")
    scope: Scope = {
        **request.scope,
        "method": "GET" if body is None else "POST",
        "path": address,
        "raw_path": quote(address).encode(),
        "query_string": query.encode(),
        "headers": [(b"content-type", b"application/json")],
        "path_params": {},
    }
    part = Request(scope)
    reader = holder(request)
    refusal = refused_to_link(reader.study, part) if reader is not None and reader.study is not None else None
    if refusal is not None:
        return refusal.status_code, bytes(refusal.body)
    sent: list[Message] = []
    content = [b"" if body is None else encode(body)]

    async def receive() -> Message:
        if content:
            return {"type": "http.request", "body": content.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    try:
        await request.app.router(scope, receive, send)
    except Exception as error:  # noqa: BLE001 - one part that fails leaves the others, as it would alone
        failure: JSONResponse = await unforeseen(part, error)
        return failure.status_code, bytes(failure.body)
    start, *chunks = sent
    kinds = {name.lower(): value for name, value in start["headers"]}
    if not kinds.get(b"content-type", b"").startswith(b"application/json"):
        raise InvalidInput("parts", f"{path}?{query}", _EXPECTED)
    return start["status"], b"".join(chunk.get("body", b"") for chunk in chunks)
