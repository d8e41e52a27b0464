"""Diffs: what two runs do not share."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from seedspread.api.http.dependencies import MAX_ID, Ctx
from seedspread.api.http.errors import responses
from seedspread.core.diff import RunDiff
from seedspread.studies import diff

router = APIRouter(tags=["runs"])


@router.get("/runs/diff", responses={**responses(404, 422, 503)})
def diff_runs(
    ctx: Ctx,
    a: Annotated[int, Query(ge=1, le=MAX_ID, description="a run's id")],
    b: Annotated[int, Query(ge=1, le=MAX_ID, description="another run's id, of any study")],
) -> RunDiff:
    """What differs between two runs and nothing else, by group; code as unified diffs."""
    return diff.diff(ctx, a, b)
