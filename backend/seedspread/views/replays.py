"""Views of replays."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from seedspread.core.repeat import RepeatVerdict
from seedspread.core.states import RunState
from seedspread.views.numbers import View


class ReplaysStarted(View):
    """Runs that are to repeat another; workers train them like any run."""

    run_id: int = Field(description="the run that is repeated")
    runs: list[int] = Field(description="the runs that repeat it", examples=[[482]])


class ReplayView(View):
    """Replay of a run, and its outcome."""

    run_id: int
    state: RunState
    reason: str | None = Field(description="why it failed or was cancelled")
    worker: str | None = Field(description="who trained it")
    wanted_worker: str | None = Field(description="who is to train it, as long as that worker lives")
    code_changed: bool = Field(description="whether it was trained by other code than the original, as was asked")
    created_at: datetime
    finished_at: datetime | None
    verdict: RepeatVerdict | None = Field(description="computed from the two runs; null until it has finished")


class ReplaysView(View):
    """Replays of a run, oldest first."""

    run_id: int
    worker: str | None = Field(description="who trained the original")
    sentence: str = Field(examples=["2 of 2 replays repeated the run, bit for bit."])
    replays: list[ReplayView]
