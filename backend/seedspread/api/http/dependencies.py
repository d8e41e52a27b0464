"""What routes ask for: the context, a place in a list, ids."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request

from seedspread.context import Context
from seedspread.storage.search import MAX_PER_PAGE, Slice

PREFIX = "/api/v1"
"""Where the API's routes lie."""

MAX_ID = 2**53 - 1

StudyId = Annotated[int, Path(ge=1, le=MAX_ID, description="a study's id")]
RunId = Annotated[int, Path(ge=1, le=MAX_ID, description="a run's id")]
Order = Literal["asc", "desc"]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="which page, from 1")]
PerPage = Annotated[int, Query(ge=1, le=MAX_PER_PAGE, description="how many a page")]


def context(request: Request) -> Context:
    """The surroundings that the application was made with."""
    found: Context = request.app.state.context
    return found


Ctx = Annotated[Context, Depends(context)]


def part(sort: str, order: Order, page: int, per_page: int) -> Slice:
    """A place in a list, from its parameters."""
    return Slice(sort, order == "desc", page, per_page)
