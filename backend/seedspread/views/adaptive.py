"""Plan of an adaptive study: its looks, their cost, its end.

The database stores the same form.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from seedspread.core.states import AdaptiveState
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.rule import Look
from seedspread.views.numbers import View


class LookTaken(View):
    """One look at one pair of arms (or at one arm alone)."""

    n: int = Field(description="seeds per arm that were looked at", examples=[10])
    at: datetime
    spent: float = Field(description="error rate used up to and with this look", examples=[0.0003])
    level: float = Field(description="level of the interval at this look", examples=[0.9997])
    interval: Interval | None
    outcome: str = Field(description="better, no_difference or undecided", examples=["undecided"])
    reason: str = Field(examples=["undecided"])
    sentence: str
    headline: str = Field(description="the verdict at this look")
    stop: bool


class PairLooks(View):
    """Interim looks at one pair of arms, by position.

    `b` is null for an arm that is analysed alone.
    """

    a: int
    b: int | None
    looks: list[LookTaken] = Field(default_factory=list)

    @property
    def stopped_at(self) -> int | None:
        """Seeds per arm at which this pair was done, or None."""
        return next((look.n for look in self.looks if look.stop), None)


class AdaptiveView(View):
    """Adaptive study's plan and how far it is."""

    open: bool = Field(description="whether more looks are to come")
    sentence: str
    problem: str | None = Field(None, description="why the study cannot be judged and has ended; null otherwise")
    stop_when: str = Field(examples=["decided"])
    width: float | None = Field(description="the width of the interval that is asked for")
    batch: int = Field(examples=[5])
    max_seeds: int = Field(examples=[60])
    budget: float = Field(description="the whole error rate", examples=[0.05])
    plan: list[Look] = Field(description="every planned look, with what it spends and the level it leaves")
    next_at: int | None = Field(description="seeds per arm at which to look next")
    pairs: list[PairLooks]

    @classmethod
    def of(cls, document: Mapping[str, Any] | None) -> AdaptiveView | None:
        """Read a stored plan; return None before the first look."""
        return cls.model_validate(document) if document is not None and AdaptiveState.of(document).began else None
