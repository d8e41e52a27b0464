"""Dependencies of routes: the context, list pages, ids."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request

from seedspread.context import Context
from seedspread.storage.search import MAX_PER_PAGE, Slice

MAX_ID = 2**53 - 1  # larger whole numbers lose digits in JavaScript

StudyId = Annotated[int, Path(ge=1, le=MAX_ID, description="a study's id")]
RunId = Annotated[int, Path(ge=1, le=MAX_ID, description="a run's id")]
Order = Literal["asc", "desc"]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="which page, from 1")]
PerPage = Annotated[int, Query(ge=1, le=MAX_PER_PAGE, description="how many a page")]


def context(request: Request) -> Context:
    """Return the context that the application was built with."""
    app_context: Context = request.app.state.context
    return app_context


Ctx = Annotated[Context, Depends(context)]


def part(sort: str, order: Order, page: int, per_page: int) -> Slice:
    """Return the page and order of a list from query parameters."""
    return Slice(sort, order == "desc", page, per_page)
