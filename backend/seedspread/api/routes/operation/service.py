"""Health, recipes, workers and queues."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from seedspread.alerts.noticing import list_alerts
from seedspread.api.http.dependencies import Ctx, PageNumber, PerPage
from seedspread.api.http.errors import responses
from seedspread.api.http.json import StrictRoute
from seedspread.observe import service, workers
from seedspread.saved.saved_views import delete_view, list_views, save_view
from seedspread.views.numbers import Page
from seedspread.views.service import (
    AlertView,
    HealthView,
    QueueView,
    RecipeView,
    SavedView,
    SavedViewOrder,
    WorkerView,
)

router = APIRouter(tags=["service"], route_class=StrictRoute)


@router.get("/health")
def read_health(ctx: Ctx, request: Request) -> HealthView:
    """Return the health of the service: database, broker, disk, event streams, workers.

    The status is always 200 if the service itself responds.
    """
    state = request.app.state
    return service.health(ctx, page=state.has_page, events_problem=state.hub.problem)


@router.get("/recipes", responses={**responses(503)})
def list_recipes(ctx: Ctx) -> list[RecipeView]:
    """List the recipes that workers have published.

    Each has the JSON Schema of its parameters.
    """
    return service.list_recipes(ctx)


@router.get("/recipes/{name}", responses={**responses(404, 503)})
def read_recipe(ctx: Ctx, name: Annotated[str, Path(max_length=200)]) -> RecipeView:
    """Return one recipe, with its source code."""
    return service.recipe(ctx, name)


@router.get("/workers", responses={**responses(503)})
def list_workers(ctx: Ctx) -> list[WorkerView]:
    """List the workers: their runs and how busy they are."""
    return workers.list_workers(ctx)


@router.get("/alerts", responses={**responses(422, 503)})
def read_alerts(ctx: Ctx, page: PageNumber = 1, per_page: PerPage = 50) -> Page[AlertView]:
    """List alerts, the newest first.

    They tell of first failures and divergences of studies, and of verdicts.
    """
    return list_alerts(ctx, page, per_page)


PageName = Annotated[str, Query(max_length=100, description="`studies`, or `study-3`")]


@router.get("/views", responses={**responses(422, 503)})
def list_saved_views(ctx: Ctx, page: PageName) -> list[SavedView]:
    """List the views of a page that people saved."""
    return list_views(ctx, page)


@router.put("/views", responses={**responses(409, 422, 503)})
def put_saved_view(ctx: Ctx, order: SavedViewOrder) -> SavedView:
    """Save a view of a page under a name, for all."""
    return save_view(ctx, order)


@router.delete("/views", status_code=204, responses={**responses(404, 422, 503)})
def delete_saved_view(ctx: Ctx, page: PageName, name: Annotated[str, Query(max_length=100)]) -> Response:
    """Delete a view of a page by its name."""
    delete_view(ctx, page, name)
    return Response(status_code=204)


@router.get("/queues", responses={**responses(503)})
def list_queues(ctx: Ctx) -> list[QueueView]:
    """List the queues: what waits, and why nothing is training."""
    return workers.list_queues(ctx)
