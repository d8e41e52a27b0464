"""Data sets and files: list them, and check a file before training."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from seedspread.api.http.dependencies import Ctx
from seedspread.api.http.errors import responses
from seedspread.api.http.json import StrictRoute
from seedspread.core.manifest import DataDigest
from seedspread.studies import datasets
from seedspread.views.datasets import CheckedFile, DatasetsView

router = APIRouter(tags=["service"], route_class=StrictRoute)


class FileToCheck(BaseModel):
    """Data file by its path below one of the data folders."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, max_length=4096, examples=["/data/wine.csv"])
    kind: Literal["table", "text", "arrays"] | None = Field(None, description="null: whatever it reads as")
    target: str = Field("", max_length=200, description="for a table, the column of the class; empty for the last one")


@router.get("/datasets", responses={**responses(503)})
def list_datasets(ctx: Ctx) -> DatasetsView:
    """List bundled data sets and the files that studies trained on.

    Each file is listed with its present state.
    """
    return datasets.datasets(ctx)


@router.post("/datasets/check", responses={**responses(422, 503)})
def check_file(ctx: Ctx, wanted: FileToCheck) -> CheckedFile:
    """Check a data file: its contents, matching recipes, earlier use.

    Nothing is stored.
    """
    return datasets.check(ctx, wanted.path, wanted.kind, wanted.target)


FileName = Annotated[str, Query(description="its file name, with its ending", max_length=200)]


@router.get("/datasets/uploads/{sha256}", responses={**responses(404, 422)})
def find_upload(ctx: Ctx, sha256: str, name: FileName) -> DataDigest:
    """Find an uploaded data file by its SHA-256."""
    return datasets.uploaded(ctx, sha256, name)


@router.put("/datasets/uploads/{sha256}", responses={**responses(413, 422)})
async def upload(ctx: Ctx, request: Request, sha256: str, name: FileName) -> DataDigest:
    """Upload a data file as `application/octet-stream`.

    Studies refer to it by the path in the response.
    """
    return await datasets.upload(ctx, sha256, name, request.stream())
