"""Summaries of studies: what is decided, and what needs attention."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from seedspread.api.http.dependencies import MAX_ID, Ctx
from seedspread.api.http.errors import responses
from seedspread.errors import InvalidInput
from seedspread.observe import summary
from seedspread.views.study_summary import StudySummaries

router = APIRouter(tags=["studies"])


@router.get("/studies/summaries", responses={**responses(422, 503)})
def read_study_summaries(
    ctx: Ctx,
    ids: Annotated[
        str,
        Query(max_length=2000, description=f"ids of studies, at most {summary.MOST_STUDIES}", examples=["1,2,3"]),
    ],
) -> StudySummaries:
    """Summarise studies: verdict, progress, and what needs attention.

    Meant to stand beside a page of the list. An answer is kept until its study moves; a study that cannot be compared
    says so in its own place, and ids that are no study are named in `unknown`.
    """
    return summary.study_summaries(ctx, [_id(part) for part in ids.split(",")])


def _id(text: str) -> int:
    number = int(text) if text.strip().isdecimal() and text.isascii() and len(text) < 18 else 0
    if not 1 <= number <= MAX_ID:
        raise InvalidInput("ids", text, "ids of studies with commas between them, such as 1,2,3")
    return number
