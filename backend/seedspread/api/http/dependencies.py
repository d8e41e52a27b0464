"""Dependencies of routes: the context, list pages, ids."""

from __future__ import annotations

from typing import Annotated, Literal, get_args, get_origin

from fastapi import Depends, Path, Query, Request
from fastapi.dependencies.models import Dependant

from seedspread.context import Context
from seedspread.errors import InvalidInput
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


async def refuse_repeated(request: Request) -> None:
    """Refuse a query parameter that is there twice and takes one value.

    Which of the two counts is up to each library; the sender meant one of them.

    Raises:
        InvalidInput: naming the parameter.
    """
    values: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        values.setdefault(name, []).append(value)
    repeated = [name for name, items in values.items() if len(items) > 1]
    if repeated:
        taken_as_lists = _lists_of(getattr(request.scope.get("route"), "dependant", None))
        faults = [
            InvalidInput(name, values[name], "this parameter once") for name in repeated if name not in taken_as_lists
        ]
        if faults:
            raise InvalidInput.all_of(faults)


def _lists_of(dependant: Dependant | None) -> set[str]:
    """Return the query parameters of a route that take several values."""
    if dependant is None:
        return set()
    inner = (name for further in dependant.dependencies for name in _lists_of(further))
    return {field.alias for field in dependant.query_params if _is_list(field.field_info.annotation)} | {*inner}


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) in (list, tuple, set) or any(map(_is_list, get_args(annotation)))


Ctx = Annotated[Context, Depends(context)]


def part(sort: str, order: Order, page: int, per_page: int) -> Slice:
    """Return the page and order of a list from query parameters."""
    return Slice(sort, order == "desc", page, per_page)
