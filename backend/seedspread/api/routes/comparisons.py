"""Comparisons: arms of studies, or numbers from anywhere."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from seedspread.analysis import best_of, claims, compare, variance
from seedspread.analysis import test_set as examples
from seedspread.analysis import variance as crossed
from seedspread.api.http.dependencies import MAX_ID, Ctx, StudyId
from seedspread.api.http.errors import responses
from seedspread.api.http.json import StrictRoute
from seedspread.api.routes.figures import Metric, Summary
from seedspread.core.recipe import Direction
from seedspread.errors import InvalidInput
from seedspread.stats import Claim
from seedspread.views.numbers import NonFinite
from seedspread.views.statistics import BestOfArm, ComparisonView, ExamplesView, FamilyView, VarianceView

router = APIRouter(tags=["statistics"], route_class=StrictRoute)

Value: TypeAlias = float | NonFinite | None
ArmName = Annotated[
    str,
    Query(max_length=250, description="an arm by name or position, or STUDY:ARM for one of another study"),
]

Groups = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=200)], list[Value] | dict[int, Value]],
    Field(description="by name: numbers in any order, or by seed; null stands for a run without a result"),
]

EXAMPLES: dict[str, Any] = {
    "two lists": {
        "summary": "Numbers from elsewhere, seeds not shared",
        "value": {
            "groups": {"base": [0.912, 0.918, 0.915, 0.909, 0.921], "wide": [0.925, 0.921, 0.926, 0.919, 0.93]},
            "direction": "maximize",
            "smallest_difference": 0.005,
        },
    },
    "by seed": {
        "summary": "The same seeds in both, so that they are paired",
        "value": {"groups": {"base": {"0": 0.912, "1": 0.918}, "wide": {"0": 0.925, "1": 0.921}}},
    },
}


class Numbers(BaseModel):
    """Two or more groups of numbers, compared with the first."""

    model_config = ConfigDict(extra="forbid")

    groups: Groups = Field(min_length=2, max_length=200)
    metric: str = Field("the metric", max_length=200)
    direction: Direction | None = Field(None, description="null: only 'higher' is said, never 'better'")
    smallest_difference: float | None = Field(None, gt=0, description="the smallest difference that matters")
    level: float = Field(0.95, ge=0.5, lt=1)
    paired: bool | None = Field(None, description="null: where groups are given by seed and share most of them")
    looked_at: int | None = Field(None, ge=1, le=100_000, description="comparisons looked at in all")
    baseline: str | None = Field(
        None, max_length=200, description="the group named beforehand; null: the first one, corrected for all pairs"
    )
    minimum_seeds: int | None = Field(None, ge=3, le=100_000, description="fewest values per group for a verdict")


class Published(BaseModel):
    """Mean and standard deviation of runs published elsewhere."""

    model_config = ConfigDict(extra="forbid")

    mean: float = Field(allow_inf_nan=False, examples=[0.912])
    sd: float = Field(ge=0, allow_inf_nan=False, description="standard deviation between runs", examples=[0.004])
    n: int = Field(ge=2, description="runs behind it", examples=[5])


class BestOfNumbers(BaseModel):
    """Groups of numbers whose best is asked for."""

    model_config = ConfigDict(extra="forbid")

    groups: Groups = Field(min_length=1, max_length=200)
    direction: Direction = Field(Direction.MAXIMIZE, description="which way is better")
    quoted: float | None = Field(
        None, allow_inf_nan=False, description="a value somebody quotes, to be placed among the seeds"
    )


class CrossedNumber(BaseModel):
    """One run: a level of every source, and its value."""

    model_config = ConfigDict(extra="forbid")

    levels: list[str | int] = Field(min_length=2, max_length=6, examples=[["0", "3"]])
    value: float = Field(examples=[0.912])


class CrossedNumbers(BaseModel):
    """Runs of crossed sources: every combination of levels equally often."""

    model_config = ConfigDict(extra="forbid")

    sources: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        min_length=2, max_length=6, examples=[["split", "init"]]
    )
    runs: list[CrossedNumber] = Field(min_length=1, max_length=100_000)
    metric: str = Field("the metric", max_length=200)
    level: float = Field(0.95, ge=0.5, lt=1)


@router.get("/studies/{study_id}/comparison", responses={**responses(404, 422, 503)})
def read_comparison(
    ctx: Ctx, study_id: StudyId, a: ArmName = "0", b: ArmName = "1", metric: Metric = None, summary: Summary = None
) -> ComparisonView:
    """Compare arm B with arm A by the study's decision rule.

    Arms are paired by design (shared seeds that some source of randomness follows in both), never because it gives a
    smaller p. Excluded runs are left out and named with their reasons.
    """
    return compare.compare_arms(ctx, _arm(study_id, a, "a"), _arm(study_id, b, "b"), metric=metric, summary=summary)


@router.get("/studies/{study_id}/comparisons", responses={**responses(404, 422, 503)})
def read_comparisons(ctx: Ctx, study_id: StudyId, metric: Metric = None, summary: Summary = None) -> FamilyView:
    """Compare every arm with the first, corrected for multiplicity (Holm)."""
    return compare.compare_all(ctx, study_id, metric=metric, summary=summary)


@router.post("/compare", responses={**responses(413, 422)})
def compare_numbers(numbers: Annotated[Numbers, Body(openapi_examples=EXAMPLES)]) -> FamilyView:
    """Compare plain numbers, from any tool; nothing is stored."""
    return compare.compare_numbers(
        {name: _values(values) for name, values in numbers.groups.items()},
        metric=numbers.metric,
        direction=numbers.direction,
        smallest_difference=numbers.smallest_difference,
        level=numbers.level,
        paired=numbers.paired,
        looked_at=numbers.looked_at,
        baseline=numbers.baseline,
        minimum_seeds=numbers.minimum_seeds,
    )


class ClaimedNumbers(BaseModel):
    """Claim about groups of numbers.

    One of the four forms, the rest left out.
    """

    model_config = ConfigDict(extra="forbid")

    groups: Groups = Field(min_length=1, max_length=2, description="the group claimed to be better last")
    direction: Direction
    better_by: float | None = Field(None, gt=0, allow_inf_nan=False, description="the last group is better by this")
    not_worse_by: float | None = Field(None, gt=0, allow_inf_nan=False, description="it is not worse by this or more")
    target: float | None = Field(None, allow_inf_nan=False, description="its mean is better than this number")
    published: Published | None = Field(None, description="its mean is better than a published one")
    level: float = Field(0.95, ge=0.5, lt=1)
    paired: bool | None = Field(None, description="null: where groups are given by seed and share most of them")


@router.post("/claims", responses={**responses(413, 422)})
def check_claim(claimed: ClaimedNumbers) -> Claim:
    """Check a claim.

    Better by at least, not worse by, or against a fixed number or published mean and SD.
    """
    return claims.check_numbers(
        {name: _values(values) for name, values in claimed.groups.items()},
        direction=claimed.direction,
        better_by=claimed.better_by,
        not_worse_by=claimed.not_worse_by,
        target=claimed.target,
        published=None
        if claimed.published is None
        else (claimed.published.mean, claimed.published.sd, claimed.published.n),
        level=claimed.level,
        paired=claimed.paired,
    )


@router.get("/studies/{study_id}/best-of-k", responses={**responses(404, 422, 503)})
def read_best_of_k(
    ctx: Ctx,
    study_id: StudyId,
    metric: Metric = None,
    summary: Summary = None,
    quoted: Annotated[
        float | None, Query(allow_inf_nan=False, description="a value somebody quotes, to be placed among the seeds")
    ] = None,
) -> list[BestOfArm]:
    """Estimate the best of k seeds for each arm."""
    return best_of.best_of(ctx, study_id, metric=metric, summary=summary, quoted=quoted)


@router.post("/best-of-k", responses={**responses(413, 422)})
def best_of_k_numbers(numbers: BestOfNumbers) -> list[BestOfArm]:
    """Estimate the best of k from plain numbers, by group.

    Nothing is stored.
    """
    return best_of.best_of_numbers(
        {name: _values(values) for name, values in numbers.groups.items()},
        direction=numbers.direction,
        quoted=numbers.quoted,
    )


@router.get("/studies/{study_id}/variance", responses={**responses(404, 422, 503)})
def read_variance(ctx: Ctx, study_id: StudyId, metric: Metric = None, summary: Summary = None) -> list[VarianceView]:
    """Estimate each source's share of the spread, by variant.

    Variance components for crossed sources (preset `factorial`), shares above the noise floor for sources varied one
    at a time (preset `sources`).
    """
    return variance.variance(ctx, study_id, metric=metric, summary=summary)


@router.post("/variance", responses={**responses(413, 422)})
def variance_of_numbers(numbers: CrossedNumbers) -> VarianceView:
    """Estimate variance components and ICCs from plain numbers.

    For factorial sources; nothing is stored.
    """
    return crossed.variance_of_numbers(
        [(run.levels, run.value) for run in numbers.runs], numbers.sources, metric=numbers.metric, level=numbers.level
    )


@router.get("/studies/{study_id}/test-set-noise", responses={**responses(404, 503)})
def read_test_set_noise(ctx: Ctx, study_id: StudyId) -> list[ExamplesView]:
    """Split each arm's spread into real spread and test set noise."""
    return examples.noise_of_test_set(ctx, study_id)


def _arm(study_id: int, text: str, field: str) -> compare.ArmOfStudy:
    other, colon, name = text.partition(":")
    if colon and other.isdecimal():
        if not 1 <= int(other) <= MAX_ID:
            raise InvalidInput(field, text, "STUDY:ARM with a study's id")
        return compare.ArmOfStudy(int(other), name)
    return compare.ArmOfStudy(study_id, text)


def _values(values: list[Value] | dict[int, Value]) -> compare.Values:
    if isinstance(values, dict):
        return {seed: _number(value) for seed, value in values.items()}
    return [_number(value) for value in values]


def _number(value: Value) -> float | None:
    return None if value is None else float(value)
