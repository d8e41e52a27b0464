"""Build the application from its settings.

Importing this module builds nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.routing import Match

from seedspread.alerts.noticing import Watch
from seedspread.alerts.webhook import deliver
from seedspread.api.http.access import Access
from seedspread.api.http.background import at_work
from seedspread.api.http.compression import Compression
from seedspread.api.http.dependencies import refuse_repeated
from seedspread.api.http.errors import add_handlers, responses
from seedspread.api.http.guard import Guard, names_of
from seedspread.api.http.hub import Hub
from seedspread.api.http.page import STATIC, add_docs, add_page
from seedspread.api.routes import (
    comparisons,
    datasets,
    figures,
    findings,
    ingest,
    replays,
    reports,
    runs,
    series,
    snapshots,
    studies,
)
from seedspread.api.routes.operation import access, metrics, service
from seedspread.api.routes.operation.metrics import Requests, Timing
from seedspread.api_prefix import PREFIX
from seedspread.cache import Rounds
from seedspread.context import Broker, Clock, Context, utc_now
from seedspread.floors.files import import_files
from seedspread.floors.store import FloorStore
from seedspread.queue.app import make_celery
from seedspread.queue.dispatch import Dispatcher
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from seedspread.studies.adaptive import look_after

log = structlog.get_logger(__name__)

TAGS = [
    {"name": "studies", "description": "Questions: recipe, arms, seeds, the metric that decides."},
    {"name": "runs", "description": "One training of one arm under one seed each."},
    {"name": "series", "description": "Curves: steps and values, in columns."},
    {"name": "figures", "description": "What a study's numbers look like, as plotly draws it."},
    {"name": "statistics", "description": "Comparisons with their verdicts, shares of the spread, plans."},
    {"name": "replays", "description": "Runs that repeat another, and whether they did, bit for bit."},
    {"name": "reports", "description": "What a study says, to take away: reports and the numbers under them."},
    {"name": "import", "description": "Studies that were trained elsewhere, sent with a write token."},
    {"name": "access", "description": "Sign-in, tokens with their roles, and the log of changes."},
    {"name": "service", "description": "What can be trained, who trains, how the parts are."},
]

ROUTERS: tuple[APIRouter, ...] = (
    service.router,
    access.router,
    access.share_router,
    datasets.router,
    studies.summary_router,  # before studies: /studies/summaries is no study
    studies.router,
    series.event_router,
    snapshots.router,
    findings.audit_router,
    replays.diff_router,  # before runs: /runs/diff is no run
    runs.router,
    replays.router,
    series.router,
    figures.router,
    comparisons.router,
    findings.planning_router,
    reports.router,
    ingest.router,
    ingest.cells_router,
)


def add_routes(app: FastAPI) -> None:
    """Register the routes.

    Unknown paths under /api get a JSON error.
    """
    for router in ROUTERS:
        app.include_router(
            router, prefix=PREFIX, responses=responses(422, 429), dependencies=[Depends(refuse_repeated)]
        )
    app.include_router(metrics.router)
    app.include_router(access.shared_router)
    app.add_api_route(
        "/api/{rest:path}", _nothing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
    )


def _nothing(request: Request) -> None:
    path_exists = any(route.matches(request.scope)[0] is Match.PARTIAL for route in request.app.routes)
    raise HTTPException(405 if path_exists else 404)


def _import_floors(ctx: Context) -> None:
    """Store the noise floors that an earlier version left as files."""
    for problem in import_files(FloorStore(ctx.database), ctx.settings.data_dir):
        log.warning(problem)


BROKER_TIMEOUT_S = 2.0
"""How long a request waits for a broker that accepted the connection and then says nothing."""

MAX_BODY_BYTES = 64 * 1024 * 1024
"""The largest body: a manifest file with the series of a long run fits, a data set does not."""

DESCRIPTION = (
    f"""\
Seed-variance studies: is this result real, or is it seed luck?

Submit a **study** (`POST {PREFIX}/studies`): a recipe, arms, seeds, and the metric that decides. Its **runs** train on
the workers; listen to `GET {PREFIX}/studies/{{study_id}}/events` to hear what moves, and fetch only that.

"""
    """\
Every answer that is not a success has one shape: `{"error": {"code", "message", "hint", "faults": [{"field", "value",
"expected"}]}}`, with 422 for what cannot be used, 404 for what is not there, 409 for what is in another state, and 503
(with `Retry-After`) while the database or the broker is away. Numbers that are not finite are the strings `"NaN"`,
`"Infinity"` and `"-Infinity"`. Times are UTC; durations end in `_s`.
"""
)


def create_app(
    settings: AppSettings,
    *,
    broker: Broker | None = None,
    clock: Clock = utc_now,
    steps: tuple[Callable[[Context, datetime], object], ...] = (look_after,),
    watches: tuple[Callable[[Context], object], ...] = (),
    page: Path = STATIC,
) -> FastAPI:
    """Build the application: the API and the page.

    Args:
        broker: receives the runs; default: Celery over the settings' broker.
        clock: returns the time; default: this machine's clock.
        steps: steps that a round of the reconciler runs after its own work and before alerts; default: the
            looks of adaptive studies.
        watches: called periodically, each in a loop of its own, such as a watch over folders.
        page: the folder of the built dashboard.
    """
    requests = Requests()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        ctx = Context(
            database=Database(settings.resolved_database_url),
            broker=broker or Dispatcher(make_celery(settings, socket_timeout_s=BROKER_TIMEOUT_S)),
            settings=settings,
            clock=clock,
            steps=(*steps, Watch(), deliver),
        )
        app.state.context = ctx
        app.state.hub = Hub(ctx)
        async with at_work(ctx, app.state.hub, watches, _import_floors):
            yield
        ctx.database.dispose()

    app = FastAPI(
        title="Seedspread",
        version=version("seedspread"),
        summary="Is this result real, or is it seed luck?",
        description=DESCRIPTION,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        openapi_tags=TAGS,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.requests = requests
    app.state.rounds = Rounds()
    add_handlers(app)
    add_docs(app, page)
    add_routes(app)
    app.state.has_page = add_page(app, page)
    app.add_middleware(Compression)
    app.add_middleware(Access, required=settings.requires_token, requests_per_s=settings.requests_per_s)
    names = names_of(settings.host, settings.allowed_hosts)
    app.add_middleware(
        Guard,
        max_body_bytes=MAX_BODY_BYTES,
        names=names,
        larger_bodies={f"{PREFIX}/datasets/uploads/": settings.max_upload_bytes},
    )
    app.add_middleware(Timing, requests=requests)
    return app
