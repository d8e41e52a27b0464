"""Views of noise floors, and of candidates judged against them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from seedspread.core.recipe import Direction
from seedspread.stats.claims.floor import FloorOutcome
from seedspread.stats.data.results import Interval
from seedspread.stats.inference.means import Summary
from seedspread.views.numbers import View


class LookView(View):
    """One judgement of a candidate, as it was stored."""

    at: datetime
    n: int = Field(description="finite values of the candidate", examples=[3])
    alpha: float = Field(description="share of the error rate that it spent", examples=[0.0005])
    state: str = Field(examples=["undecided"])
    headline: str


class CandidateView(View):
    """Candidate that was judged against a floor, with its last judgement."""

    candidate: str = Field(examples=["cosine schedule"])
    looks: int = Field(description="judgements of it, each with more seeds", examples=[1])
    at: datetime
    n: int = Field(description="its finite values at the last judgement", examples=[3])
    state: str = Field(examples=["better"])
    headline: str
    judgements: list[LookView] = Field(description="all of them, in the order in which they were made")


class FloorView(View):
    """Noise floor, with the error rate that its candidates share."""

    name: str = Field(examples=["base"])
    created: datetime
    age_days: int = Field(description="whole days since it was saved", examples=[3])
    metric: str = Field(examples=["val_accuracy"])
    unit: str = Field(description="'share' for fractions, else a unit or nothing")
    direction: Direction
    smallest_difference: float | None = Field(description="the smallest difference that matters; null: any")
    values: Summary = Field(description="mean and spread of its runs")
    conditions: dict[str, str] = Field(description="what a candidate has to share, as far as it is known")
    origin: str = Field(description="where its runs come from", examples=["study 3, base"])
    study_id: int | None = Field(description="the study that it was taken from; null: from elsewhere, or deleted")
    error: float = Field(description="chance that any of a whole stream of equal candidates is kept", examples=[0.05])
    candidates: int = Field(description="planned length of the stream", examples=[71])
    spent: float = Field(description="of the error rate, by all judgements so far", examples=[0.0006])
    seeds_to_decide: int = Field(description="fewest seeds with which the next candidate can be decided", examples=[3])
    judged: list[CandidateView] = Field(description="in the order of their first judgement")


class FloorJudgement(View):
    """Judgement of a candidate against a noise floor."""

    floor: FloorView
    candidate: str
    number: int = Field(description="the candidate's number in the stream, from 1", examples=[1])
    look: int = Field(description="which judgement of it this is, from 1", examples=[1])
    state: FloorOutcome = Field(examples=["better"])
    headline: str
    exit_code: int = Field(description="0 better, 3 not better, 4 undecided, 2 broken", examples=[0])
    n: int = Field(description="its finite values", examples=[3])
    interval: Interval | None = Field(description="of candidate − floor, from the pooled spread")
    p: float | None = Field(description="the larger one-sided p of the tests that decide")
    exact_p: float | None = Field(description="one-sided p of the permutation test")
    alpha: float | None = Field(description="share of the error rate that this judgement spends; null: none")
    more: int | None = Field(description="further seeds that would probably settle it; null: settled, or none would")
    reason: str | None
    conditions_differing: list[str] = Field(description="conditions that are not the floor's: then it is refused")
    conditions_unchecked: list[str] = Field(description="conditions of the floor that the candidate does not state")
