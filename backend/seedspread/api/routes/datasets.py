"""Data sets and files: list them, and check a file before training."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from seedspread.api.http.dependencies import Ctx
from seedspread.api.http.errors import responses
from seedspread.api.http.json import StrictRoute
from seedspread.studies import datasets
from seedspread.views.datasets import CheckedFile, DatasetsView

router = APIRouter(tags=["service"], route_class=StrictRoute)


class FileToCheck(BaseModel):
    """A data file by its path on the service's machine."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, max_length=4096, examples=["/data/wine.csv"])
    kind: Literal["table", "text", "arrays"] | None = Field(None, description="null: whatever it reads as")
    target: str = Field("", max_length=200, description="for a table, the column of the class; empty for the last one")


@router.get("/datasets", responses={**responses(503)})
def list_datasets(ctx: Ctx) -> DatasetsView:
    """List bundled data sets and the files that studies trained on.

    Each file with its present state.
    """
    return datasets.datasets(ctx)


@router.post("/datasets/check", responses={**responses(422, 503)})
def check_file(ctx: Ctx, wanted: FileToCheck) -> CheckedFile:
    """Check a data file: contents, fitting recipes, earlier use.

    Nothing is stored.
    """
    return datasets.check(ctx, wanted.path, wanted.kind, wanted.target)
