"""Every route of the API, on one page."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.routing import Match

from seedspread.api import diffs, findings, series
from seedspread.api.http.dependencies import PREFIX
from seedspread.api.http.errors import responses
from seedspread.api.routes import comparisons, datasets, figures, metrics, replays, reports, runs, service, studies
from seedspread.api.routes import findings as planning
from seedspread.api.routes import series as events
from seedspread.api.routes import studies_summary as glances

TAGS = [
    {"name": "studies", "description": "Questions: recipe, arms, seeds, the metric that decides."},
    {"name": "runs", "description": "One training of one arm under one seed each."},
    {"name": "series", "description": "Curves: steps and values, in columns."},
    {"name": "figures", "description": "What a study's numbers look like, as plotly draws it."},
    {"name": "statistics", "description": "Comparisons with their verdicts, shares of the spread, plans."},
    {"name": "replays", "description": "Runs that repeat another, and whether they did, bit for bit."},
    {"name": "reports", "description": "What a study says, to take away: reports and the numbers under them."},
    {"name": "service", "description": "What can be trained, who trains, how the parts are."},
]

ROUTERS: tuple[APIRouter, ...] = (
    service.router,
    datasets.router,
    glances.router,  # before studies: /studies/glances is no study
    studies.router,
    events.router,
    findings.router,
    diffs.router,  # before runs: /runs/diff is no run
    runs.router,
    replays.router,
    series.router,
    figures.router,
    comparisons.router,
    planning.router,
    reports.router,
)


def add_routes(app: FastAPI) -> None:
    """Give the application its routes; what is under /api and nobody's is answered as an error in JSON."""
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX, responses=responses(422))
    app.include_router(metrics.router)
    app.add_api_route(
        "/api/{rest:path}", _nothing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
    )


def _nothing(request: Request) -> None:
    known = any(route.matches(request.scope)[0] is Match.PARTIAL for route in request.app.routes)
    raise HTTPException(405 if known else 404)
