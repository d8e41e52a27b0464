"""GET /metrics for Prometheus: runs, queues, workers, requests."""

from __future__ import annotations

import time
from collections.abc import Iterable

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedspread.api.http.dependencies import Ctx
from seedspread.api_prefix import PREFIX
from seedspread.context import Context
from seedspread.errors import Unavailable
from seedspread.observe import workers
from seedspread.storage import runs

router = APIRouter(tags=["service"])

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# The defaults of the Go client of Prometheus, so that dashboards made for other services fit.
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def read_metrics(ctx: Ctx, request: Request) -> Response:
    """Return run counts, queues, workers and durations for Prometheus."""
    measured: Requests = request.app.state.requests
    current = CollectorRegistry()
    current.register(_Stored(ctx))
    return Response(generate_latest(current) + generate_latest(measured.registry), media_type=CONTENT_TYPE)


class Requests:
    """Durations of an application's requests."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.duration = Histogram(
            "seedspread_request_duration_seconds",
            "How long requests took, event streams left out",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=_BUCKETS_S,
        )


class Timing:
    """Measures every request that reaches a route of the API."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self.app = app
        self.requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sent)
        finally:
            route = _template(scope)
            if route and not route.endswith("/events"):
                labels = self.requests.duration.labels(scope["method"], route, str(status))
                labels.observe(time.perf_counter() - begun)


def _template(scope: Scope) -> str | None:
    """Return the route's path template: one time series per route.

    The template is `/api/v1/studies/{study_id}`, not the path of the request.
    """
    route: str | None = getattr(scope.get("route"), "path", None)
    # A route of an included router knows its path without the prefix.
    inside = route is not None and scope["path"].startswith(PREFIX) and not route.startswith("/api/")
    return f"{PREFIX}{route}" if inside else route


class _Stored(Collector):
    """Metrics from the database and the broker.

    Those of an unavailable part are left out.
    """

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("seedspread_database_up", "Whether the database answers")
        try:
            families = [self._runs(), *self._queues()]
            up.add_metric([], 1)
        except Unavailable:
            families = []
            up.add_metric([], 0)
        return [up, *families]

    def _runs(self) -> Metric:
        family = GaugeMetricFamily("seedspread_runs", "Runs by state", labels=["state"])
        with self.ctx.database.reading() as session:
            for state, count in runs.by_state(session).items():
                family.add_metric([state.value], count)
        return family

    def _queues(self) -> list[Metric]:
        waiting = GaugeMetricFamily("seedspread_queued_runs", "Runs that wait, by queue", labels=["queue"])
        messages = GaugeMetricFamily("seedspread_queue_messages", "Messages the broker holds", labels=["queue"])
        alive = GaugeMetricFamily("seedspread_workers", "Workers that beat lately", labels=["queue"])
        for queue in workers.list_queues(self.ctx):
            waiting.add_metric([queue.name], sum(count for state, count in queue.runs.items() if state == "queued"))
            alive.add_metric([queue.name], queue.workers)
            if queue.messages is not None:
                messages.add_metric([queue.name], queue.messages)
        return [waiting, messages, alive]
