"""Views of the service itself: health, workers, queues."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from seedspread import words
from seedspread.core.recipe import RecipeInfo
from seedspread.core.states import RunState
from seedspread.views.numbers import View


class PartView(View):
    """Part that the service needs."""

    ok: bool
    kind: str = Field(description="what it is", examples=["sqlite"])
    problem: str | None = Field(None, description="what is wrong and what to do, where it is not well")


class HealthView(View):
    """Health of the service.

    The status is `degraded` if the database or the broker does not respond, if nothing can be written to the data
    directory, or if event streams fail.
    """

    status: Literal["ok", "degraded"]
    version: str = Field(examples=["0.2.0"])
    database: PartView
    broker: PartView
    disk: PartView = Field(description="the data directory")
    events: PartView = Field(description="the last round of the event streams, in the process that answers")
    workers: int = Field(description="workers that beat lately", examples=[2])
    page: bool = Field(description="whether the built dashboard is there to be served")


class RecipeView(RecipeInfo):
    """Recipe, and whether a worker can train it now."""

    workers: int = Field(0, description="live workers that offer it with this code")
    missing: str | None = Field(
        None, description="why no live worker can train it now; null: one can", examples=["No worker offers it."]
    )


LATELY_S = 300.0
"""How far back `lately` reaches, in seconds."""

WorkerState = Literal["training", "idle", "silent"]


class TrainingView(View):
    """Run that a worker trains now."""

    run_id: int
    study_id: int
    study: str = Field(description="the study's name")
    arm: str
    arm_position: int
    seed: int
    epoch: int = Field(description="epochs, or steps, done")
    epochs: int | None = Field(description="of how many, where known")
    started_at: datetime | None
    replay: bool = Field(description="whether it repeats another run")


class WorkerView(View):
    """Worker process, with one trainer."""

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
    state: WorkerState = Field(description="`silent` where it has not beaten lately")
    beat_age_s: float = Field(description="since its last sign of life, in seconds by the service's clock")
    training: TrainingView | None
    ended_lately: int = Field(description=f"attempts that it ended in the last {words.duration(LATELY_S)}")
    device: str = Field("", description="the GPU it trains on; empty for the CPU", examples=["GPU 0: NVIDIA H200"])
    recipes: dict[str, str] | None = Field(description="source digest by recipe it can train; null while it starts")
    problems: list[str] = Field(description="recipe modules that it could not load, with the reason")
    lacks: list[str] = Field(description="what it was found to lack, a reason each; it takes no runs that need it")
    busy: float | None = Field(
        description=f"share of the last {words.duration(LATELY_S)} that it trained, 0 to 1; null if silent"
    )


class WaitingView(View):
    """Study with runs to come."""

    study_id: int
    study: str = Field(description="the study's name")
    queued: int
    running: int
    blocked: str | None = Field(None, description="why no live worker can train its queued runs; null: one can")


class QueueView(View):
    """Queue: what waits in the database, what the broker holds, its workers."""

    name: str = Field(examples=["cpu"])
    runs: dict[RunState, int] = Field(description="queued and running runs of this queue")
    messages: int | None = Field(description="messages that the broker holds; null where it does not answer")
    workers: int = Field(description="workers of this queue that beat lately")
    busy: int = Field(description="workers of this queue that train now")
    blocked: str | None = Field(description="why nothing moves, where runs wait and nobody takes them")
    why: list[str] = Field(description="what else keeps runs waiting, or is worth knowing, a phrase each")
    ended_lately: int = Field(description=f"attempts of its runs that ended in the last {words.duration(LATELY_S)}")
    rate_per_s: float | None = Field(description="attempts ended a second lately; null where that says nothing")
    left_s: float | None = Field(description="until its runs have ended, at that rate")
    waiting: list[WaitingView] = Field(description="studies with runs to come, longest waiting first, at most 20")
    waiting_studies: int


class AlertView(View):
    """Event in a study: its first failure or divergence, or its verdict."""

    id: int
    study_id: int
    study: str = Field(description="the study's name")
    kind: Literal["failed", "diverged", "decided"]
    run_id: int | None = Field(description="the first run it is about; null: it is about the study")
    text: str = Field(examples=["wide beats base by 2.1 points (95% CI 1.4 to 2.7, 24 paired seeds)."])
    created_at: datetime
    delivery: Literal["none", "due", "sending", "sent", "refused", "unknown"] = Field(
        description="to the webhook: none is set; to be sent; being sent, or interrupted while it was; sent; refused "
        "too often; not known (no answer came, so it is not sent again)"
    )


RoleName = Literal["logger", "viewer", "member", "admin"]


class SessionView(View):
    """Need of a token, and whose the request carries."""

    required: bool = Field(description="whether the service answers only those who hold a token")
    name: str | None = Field(None, description="name of the token of this request; null: none", examples=["ada"])
    role: RoleName | None = None
    study: int | None = Field(None, description="the only study that a read-only link shows; null: no such link")


class ShareView(View):
    """Read-only link to a study, without its token."""

    id: int
    study_id: int
    created_at: datetime
    created_by: str | None = Field(None, description="name of the token that made it; null: none was needed")
    expires_at: datetime
    revoked_at: datetime | None = None


class NewShareView(ShareView):
    """Read-only link, with the address that is shown once."""

    path: str = Field(description="behind the service's address", examples=["/shared/sss_…"])


class TokenView(View):
    """Token, without the token itself."""

    name: str = Field(examples=["ada"])
    role: RoleName
    created_at: datetime
    used_at: datetime | None = Field(None, description="last use, to the minute")
    revoked_at: datetime | None = None


class NewTokenView(View):
    """New token, shown once."""

    name: str
    role: RoleName
    token: str = Field(description="cannot be read again")


class ChangeView(View):
    """Request that asked for a change."""

    at: datetime
    name: str = Field(description="name of the token")
    role: RoleName
    method: str = Field(examples=["DELETE"])
    path: str = Field(examples=["/api/v1/studies/3"])
    status: int = Field(description="status of the response: 2xx if the change was made", examples=[200])


class SavedView(View):
    """View of a page, saved under a name for all."""

    name: str = Field(examples=["best arms"])
    search: str = Field(description="the search string of the address", examples=["?metric=val_loss&show=0,2"])
    saved_at: datetime


class SavedViewOrder(View):
    """View to save."""

    page: str = Field(min_length=1, max_length=100, pattern=r"^[a-z]+(-[0-9]+)?$", examples=["study-3", "studies"])
    name: str = Field(min_length=1, max_length=100, pattern=r"\S", examples=["best arms"])
    search: str = Field(max_length=4000, pattern=r"^(\?.*)?$", examples=["?metric=val_loss&show=0,2"])
    replace: bool = Field(False, description="whether it takes the place of another view of that name")
