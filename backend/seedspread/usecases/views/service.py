"""The service itself as it is shown: health, workers, queues."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from seedspread.core.states import RunState
from seedspread.usecases.views.numbers import View


class PartView(View):
    """A part that the service needs."""

    ok: bool
    kind: str = Field(description="what it is", examples=["sqlite"])
    problem: str | None = Field(None, description="what is wrong and what to do, where it is not well")


class HealthView(View):
    """How the service is; `degraded` where the database or the broker does not answer."""

    status: Literal["ok", "degraded"]
    version: str = Field(examples=["0.1.0"])
    database: PartView
    broker: PartView
    workers: int = Field(description="workers that beat lately", examples=[2])
    page: bool = Field(description="whether the built dashboard is there to be served")


class WorkerView(View):
    """A worker process, with one trainer."""

    name: str = Field(examples=["host:4242/1"])
    host: str
    pid: int
    queue: str = Field(examples=["cpu"])
    started_at: datetime
    beat_at: datetime
    alive: bool = Field(description="whether it beat lately")
    run_id: int | None = Field(description="what it trains now")
    study_id: int | None
    runs: int = Field(description="runs it has ended since it started")


class QueueView(View):
    """A queue: what waits in the database, what the broker holds, who takes from it."""

    name: str = Field(examples=["cpu"])
    runs: dict[RunState, int] = Field(description="queued and running runs of this queue")
    messages: int | None = Field(description="messages that the broker holds; null where it does not answer")
    workers: int = Field(description="workers of this queue that beat lately")
    blocked: str | None = Field(description="why nothing moves, where runs wait and nobody takes them")
