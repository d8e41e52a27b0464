"""Receive studies that were trained elsewhere, with a write token."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from seedspread.access import tokens
from seedspread.access.roles import Role
from seedspread.api.http.access import Author, holder
from seedspread.api.http.dependencies import MAX_ID, Ctx, RunId
from seedspread.api.http.errors import responses
from seedspread.api.http.json import LargeRoute
from seedspread.api.http.sentences import cells_title
from seedspread.errors import Unauthorized
from seedspread.notebook.cells import difference, order_warnings, to_notebook
from seedspread.recording.parts import MEDIA_TYPE, decode_parts
from seedspread.studies import ingest
from seedspread.views.imports import (
    ImportedCell,
    ImportedStudy,
    Lacking,
    ReceivedParts,
    ReceivedStudy,
    RunCells,
    RunFile,
)

Authorization = Annotated[str | None, Header(description="`Bearer` and a token of `seedspread token create`")]


def _authorized(ctx: Ctx, request: Request, authorization: Authorization = None) -> None:
    """Check that a request carries a token that may send runs.

    Raises:
        Unauthorized: the request carries no token, or one that is unknown, revoked or only reads.
    """
    signed_in = holder(request)
    scheme, _, token = (authorization or "").partition(" ")
    if signed_in is None and scheme.lower() == "bearer" and token.strip():
        signed_in = tokens.holder_of(ctx, token.strip())
    if signed_in is None or signed_in.role is Role.VIEWER:
        raise Unauthorized(
            "sending runs takes a valid write token",
            hint="`seedspread token create NAME` on the service's machine, then SEEDSPREAD_TOKEN",
        )


cells_router = APIRouter(tags=["runs"])
"""Reads what was imported, for which no token is needed."""

NOTEBOOK_TYPE = "application/x-ipynb+json"


@cells_router.get("/runs/{run_id}/cells", responses={**responses(404, 503)})
def read_cells(ctx: Ctx, run_id: RunId) -> RunCells:
    """Return the notebook cells of a run, as they ran."""
    cells = ingest.cells_of(ctx, run_id)
    views = [ImportedCell.model_validate(cell.to_event()) for cell in cells]
    return RunCells(cells=views, warnings=order_warnings(cells))


@cells_router.get("/runs/{run_id}/cells/diff", responses={**responses(404, 503)})
def diff_cells(
    ctx: Ctx, run_id: RunId, other: Annotated[int, Query(ge=1, le=MAX_ID, description="another run's id")]
) -> list[str]:
    """Return a unified diff of the cells of two runs."""
    names = (f"run {run_id}", f"run {other}")
    return difference(ingest.cells_of(ctx, run_id), ingest.cells_of(ctx, other), names)


@cells_router.get("/runs/{run_id}/files", responses={**responses(404, 503)})
def list_files(ctx: Ctx, run_id: RunId) -> list[RunFile]:
    """List the files that came with a run that was trained elsewhere.

    These are its log, its results per example, and artifacts.
    """
    return ingest.files_of(ctx, run_id)


@cells_router.get(
    "/runs/{run_id}/files/content",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "The file."}, **responses(404, 503)},
)
def download_file(
    ctx: Ctx, run_id: RunId, path: Annotated[str, Query(max_length=4096, description="as in the list of files")]
) -> Response:
    """Download a file that came with a run."""
    content = ingest.file_content(ctx, run_id, path)
    name = quote(path.rpartition("/")[2])
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


@cells_router.get(
    "/runs/{run_id}/notebook",
    response_class=Response,
    responses={200: {"content": {NOTEBOOK_TYPE: {}}, "description": "A notebook."}, **responses(404, 503)},
)
def download_notebook(ctx: Ctx, run_id: RunId) -> Response:
    """Download a notebook that repeats a run cell by cell."""
    text = to_notebook(ingest.cells_of(ctx, run_id), title=cells_title(run_id))
    headers = {"Content-Disposition": f'attachment; filename="run-{run_id}.ipynb"'}
    return Response(text, media_type=NOTEBOOK_TYPE, headers=headers)


router = APIRouter(tags=["import"], route_class=LargeRoute, dependencies=[Depends(_authorized)])

Sent = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="the study's id where it was trained, as in study.json")
]


@router.put("/imports/{external_id}", responses={**responses(401, 422, 503)})
def send_study(ctx: Ctx, external_id: Sent, study: ImportedStudy, by: Author = None) -> ReceivedStudy:
    """Announce a study that was trained elsewhere.

    The response lists which parts of its runs are stored already.
    """
    return ingest.receive_study(ctx, external_id, study, by)


@router.get("/imports/{external_id}", responses={**responses(401, 404, 503)})
def read_import(ctx: Ctx, external_id: Sent) -> ReceivedStudy:
    """Return which parts of which runs are stored.

    A sender continues from there.
    """
    return ingest.read_study(ctx, external_id)


class Digests(BaseModel):
    """Digests of files that a sender has."""

    model_config = ConfigDict(extra="forbid")

    sha256: list[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(max_length=1000)


@router.post("/imports/{external_id}/files/lacking", responses={**responses(401, 422, 503)})
def list_lacking_files(ctx: Ctx, external_id: Sent, digests: Digests) -> Lacking:
    """Return which contents the service lacks, so that each is sent once."""
    del external_id  # contents are shared by all studies
    return Lacking(sha256=ingest.lacking_files(ctx, digests.sha256))


@router.put("/imports/{external_id}/files/{sha256}", status_code=204, responses={**responses(401, 413, 422, 503)})
async def send_file(
    ctx: Ctx, request: Request, external_id: Sent, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
) -> None:
    """Send the content of a run's file as `application/octet-stream`.

    It arrives before the final part of the run that lists it. Content that is here already is left alone.
    """
    del external_id
    body = await request.body()
    await run_in_threadpool(lambda: ingest.receive_file(ctx, sha256, body))


@router.post("/imports/{external_id}/parts", responses={**responses(401, 404, 409, 413, 422, 503)})
async def send_parts(ctx: Ctx, request: Request, external_id: Sent) -> ReceivedParts:
    """Send parts of runs as `application/octet-stream`; all are stored or none.

    The body is `SSP1`, the length of a JSON header (uint32, little-endian), the header, then for each series of each
    part its steps (int64, float64 if fractional) and values (float64). The header is `{"parts": [{"run": {"run_id",
    "arm", "seed", "state", …}, "sequence", "final", "digest", "series": [{"metric", "count", "fractional"}]}]}`. A
    part that is stored already (same run, sequence and digest) is skipped, so an interrupted request can be repeated.
    """
    body = await request.body()
    return await run_in_threadpool(lambda: ingest.receive_parts(ctx, external_id, decode_parts(body)))
