"""Comparisons: arms of studies, or numbers from anywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.concurrency import run_in_threadpool

from seedspread import isolated
from seedspread.analysis import best_of, claims, compare, spread, variance
from seedspread.analysis.rules import note_shown
from seedspread.api.http.dependencies import MAX_ID, Ctx, StudyId
from seedspread.api.http.errors import responses
from seedspread.api.http.json import LargeRoute
from seedspread.api.routes.figures import Metric, Summary
from seedspread.core.recipe import Direction
from seedspread.core.study import MAX_RUNS, Centre, SummaryValue
from seedspread.errors import MISSING, InvalidInput
from seedspread.floors import judging as floors
from seedspread.floors.conditions import MeasuredArm
from seedspread.floors.store import FloorStore
from seedspread.observe.groups import group_runs
from seedspread.readers.formats.records import records_table
from seedspread.readers.reading import Options, Reading, group_bytes, group_tables
from seedspread.stats import Sample
from seedspread.stats.data.arms import LeftOut
from seedspread.views.claims import CheckedClaim
from seedspread.views.floors import FloorJudgement, FloorView
from seedspread.views.numbers import NonFinite
from seedspread.views.statistics import BestOfArm, ComparisonView, ExamplesView, FamilyView, RunGroups, VarianceView

router = APIRouter(tags=["statistics"], route_class=LargeRoute)

READING_BYTES = 3 * 2**30
"""Memory of the process that reads a file to compare: 64 MiB of text are some 2 GB of cells."""

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


class ReadingOptions(BaseModel):
    """Columns of runs that are not to be guessed."""

    model_config = ConfigDict(extra="forbid")

    column: str | None = Field(None, max_length=200, description="the metric")
    by: list[str] = Field(default_factory=list, max_length=20, description="what makes an arm")
    seed_column: str | None = Field(None, max_length=200, description="`none`: runs have no seeds")
    state_column: str | None = Field(None, max_length=200, description="`none`: all rows count")
    summary: SummaryValue = Field("last", description="of a series: last, best or area")
    duplicates: Literal["refuse", "first", "mean"] = Field("refuse", description="a seed that an arm has twice")

    def options(self, direction: Direction | None, baseline: str | None) -> Options:
        """Return the same as the readers take it."""
        return Options(
            column=self.column,
            by=tuple(self.by),
            seed_column=self.seed_column,
            state_column=self.state_column,
            summary=self.summary,
            maximize=None if direction is None else direction is Direction.MAXIMIZE,
            duplicates=self.duplicates,
            baseline=baseline,
        )


class Numbers(BaseModel):
    """Two or more groups of numbers, compared with the first."""

    model_config = ConfigDict(extra="forbid")

    groups: Groups | None = Field(None, min_length=2, max_length=200)
    runs: list[dict[str, JsonValue]] | None = Field(
        None,
        min_length=1,
        max_length=100_000,
        description="instead of groups: runs as tools write them; seed, arms, metric and states are guessed",
        examples=[[{"seed": 0, "model": "base", "val_acc": 0.912}, {"seed": 0, "model": "wide", "val_acc": 0.923}]],
    )
    read: ReadingOptions = Field(default_factory=ReadingOptions, description="what is not to be guessed")
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
    centre: Centre = Field("mean", description="value of a group that decides, chosen before the results")


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
    value: float | None = Field(description="null: the run failed", examples=[0.912])


class CrossedNumbers(BaseModel):
    """Runs of crossed sources; tables with failed runs are estimated by REML."""

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
    smaller p. Excluded runs are left out and listed with their reasons.
    """
    view = compare.compare_arms(ctx, _arm(study_id, a, "a"), _arm(study_id, b, "b"), metric=metric, summary=summary)
    note_shown(ctx, study_id, metric, summary)
    return view


@router.get("/studies/{study_id}/comparisons", responses={**responses(404, 422, 503)})
def read_comparisons(ctx: Ctx, study_id: StudyId, metric: Metric = None, summary: Summary = None) -> FamilyView:
    """Compare every arm with the first, corrected for multiplicity (Holm)."""
    view = compare.compare_all(ctx, study_id, metric=metric, summary=summary)
    note_shown(ctx, study_id, metric, summary)
    return view


class Grouping(BaseModel):
    """Parameters that runs are grouped by."""

    model_config = ConfigDict(extra="forbid")

    by: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        None, max_length=20, description="parameters; null: everything but the seed", examples=[["hidden"]]
    )
    metric: str | None = Field(None, max_length=200, description="null: the metric that decides")
    summary: SummaryValue | None = Field(None, description="null: the one that decides")
    runs: list[Annotated[int, Field(ge=1, le=MAX_ID)]] | None = Field(
        None, max_length=MAX_RUNS, description="only these runs; null: all"
    )


@router.post("/studies/{study_id}/groups", responses={**responses(404, 413, 422, 503)})
def read_groups(ctx: Ctx, study_id: StudyId, grouping: Grouping) -> RunGroups:
    """Group the runs of a study by parameters.

    Each group has n, mean, CI and SD. Excluded and unfinished runs are counted, and in no mean.
    """
    return group_runs(
        ctx, study_id, grouping.by, metric=grouping.metric, summary=grouping.summary, run_ids=grouping.runs
    )


@router.post("/compare", responses={**responses(413, 422)})
def compare_numbers(numbers: Annotated[Numbers, Body(openapi_examples=EXAMPLES)]) -> FamilyView:
    """Compare plain numbers, or runs as any tool writes them.

    Nothing is stored.
    """
    if (numbers.groups is None) == (numbers.runs is None):
        raise InvalidInput("groups", MISSING, "`groups` or `runs`, one of the two")
    if numbers.runs is not None:
        options = numbers.read.options(numbers.direction, numbers.baseline)
        return _compare_reading(group_tables([records_table(numbers.runs, "runs")], options), numbers)
    groups = {name: _values(values) for name, values in (numbers.groups or {}).items()}
    return _compare_groups(groups, numbers, numbers.metric, None)


@router.post("/compare/file", responses={**responses(413, 422, 503)})
async def compare_file(
    request: Request,
    name: Annotated[str, Query(max_length=200, description="the file's name, for messages")] = "file",
    column: Annotated[str | None, Query(max_length=200, description="the metric; default: guessed")] = None,
    by: Annotated[list[str] | None, Query(max_length=20, description="what makes an arm; default: guessed")] = None,
    seed_column: Annotated[str | None, Query(max_length=200, description="default: guessed; `none` for none")] = None,
    direction: Direction | None = None,
    smallest_difference: Annotated[float | None, Query(gt=0)] = None,
    baseline: Annotated[str | None, Query(max_length=200)] = None,
) -> FamilyView:
    """Compare the runs in a file sent as `application/octet-stream`; nothing is stored.

    The file is CSV in any delimiter and encoding, JSON, JSON lines, Parquet or Excel, optionally compressed with gzip.
    """
    options = ReadingOptions(column=column, by=by or [], seed_column=seed_column)
    numbers = Numbers(direction=direction, smallest_difference=smallest_difference, baseline=baseline)
    body = await request.body()

    def compared() -> FamilyView:
        # Another process reads the file: it may unpack to anything.
        arguments = {"raw": body, "name": name, "options": options.options(direction, baseline)}
        limits = isolated.Limits(READING_BYTES, "FILE", name)
        return _compare_reading(isolated.SHARED.call(group_bytes, arguments, limits), numbers)

    return await run_in_threadpool(compared)


def _compare_reading(reading: Reading, numbers: Numbers) -> FamilyView:
    family = _compare_groups(reading.values, numbers, reading.title, reading.left_out())
    return family.model_copy(update={"reading": reading.lines()})


def _compare_groups(
    groups: Mapping[str, compare.Values], numbers: Numbers, metric: str, left_out: Mapping[str, LeftOut] | None
) -> FamilyView:
    return compare.compare_numbers(
        groups,
        metric=metric,
        direction=numbers.direction,
        smallest_difference=numbers.smallest_difference,
        level=numbers.level,
        paired=numbers.paired,
        looked_at=numbers.looked_at,
        baseline=numbers.baseline,
        minimum_seeds=numbers.minimum_seeds,
        centre=numbers.centre,
        left_out=left_out,
    )


class MadeClaim(BaseModel):
    """Claim about groups of numbers, or about arms of a study.

    One of the forms from `claim` to `published`, the rest left out.
    """

    model_config = ConfigDict(extra="forbid")

    groups: Groups | None = Field(None, min_length=1, max_length=200, description="the baseline first")
    study_id: int | None = Field(None, ge=1, le=MAX_ID, description="instead of groups: a study")
    claim: str | None = Field(None, max_length=500, examples=["wide >= base - 0.005"])
    better: bool = Field(False, description="the arm is better than the baseline")
    better_by: float | None = Field(None, gt=0, allow_inf_nan=False, description="it is better by at least this")
    not_worse_by: float | None = Field(None, gt=0, allow_inf_nan=False, description="it is not worse by more than this")
    equal_within: float | None = Field(None, gt=0, allow_inf_nan=False, description="the two differ by less than this")
    target: float | None = Field(None, allow_inf_nan=False, description="its mean is better than this number")
    published: Published | None = Field(None, description="its mean is better than a published one")
    arm: str | None = Field(None, max_length=200, description="the arm it is about; null: the last of two")
    baseline: str | None = Field(None, max_length=200, description="null: the first group, or the study's baseline")
    direction: Direction | None = Field(None, description="of groups, required: which way is better")
    metric: str | None = Field(None, max_length=200, description="of a study: another one than the one that decides")
    summary: SummaryValue | None = Field(None, description="of a study: last, best or area")
    smallest_difference: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="of groups: within it, `better` is answered with not better"
    )
    level: float = Field(0.95, ge=0.5, lt=1, description="of groups; a study has its own")
    paired: bool | None = Field(None, description="null: where groups are given by seed and share most of them")
    minimum_seeds: int | None = Field(None, ge=3, le=100_000, description="of groups: fewest values for a verdict")
    centre: Centre = Field("mean", description="of groups: value that decides; margins of log_ratio are shares")
    looked_at: int | None = Field(
        None, ge=1, le=100_000, description="of groups: claims that share the error rate; null: arms beside the first"
    )

    def form(self) -> claims.ClaimForm:
        """Return the claim's form."""
        published = None if self.published is None else (self.published.mean, self.published.sd, self.published.n)
        return claims.ClaimForm(
            text=self.claim,
            better=self.better,
            better_by=self.better_by,
            not_worse_by=self.not_worse_by,
            equal_within=self.equal_within,
            target=self.target,
            published=published,
            arm=self.arm,
            baseline=self.baseline,
        )


@router.post("/claims", responses={**responses(404, 413, 422, 503)})
def check_claim(ctx: Ctx, made: MadeClaim) -> CheckedClaim:
    """Check a claim about numbers, or about arms of a study.

    Forms: better, better by at least, not worse by, equal within, or against a fixed number or a published mean and
    SD. The outcome is that of `seedspread judge`.
    """
    if (made.groups is None) == (made.study_id is None):
        raise InvalidInput("groups", MISSING, "`groups` or `study_id`, one of the two")
    if made.study_id is not None:
        checked = claims.check_study(ctx, made.study_id, made.form(), metric=made.metric, summary=made.summary)
        note_shown(ctx, made.study_id, made.metric, made.summary)
        return checked
    if made.direction is None:
        raise InvalidInput("direction", MISSING, "maximize or minimize")
    return claims.check_numbers(
        {name: _values(values) for name, values in (made.groups or {}).items()},
        made.form(),
        direction=made.direction,
        metric=made.metric or "the metric",
        level=made.level,
        paired=made.paired,
        smallest_difference=made.smallest_difference,
        minimum_seeds=made.minimum_seeds,
        centre=made.centre,
        looked_at=made.looked_at,
    )


FloorName = Annotated[str, Path(max_length=80, description="the floor's name")]


class NewFloor(BaseModel):
    """Noise floor to keep: an arm of 20 finite values or more."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80, description="letters, digits, dots, dashes and underscores", examples=["base"])
    study_id: int = Field(ge=1, le=MAX_ID)
    arm: str | None = Field(None, max_length=250, description="by name or position; null: the study's baseline")
    metric: str | None = Field(None, max_length=200, description="null: the one that decides")
    summary: SummaryValue | None = Field(None, description="last, best or area; null: the study's")
    smallest_difference: float | None = Field(None, gt=0, allow_inf_nan=False)
    candidates: int | None = Field(
        None, ge=1, le=100_000, description="planned candidates; null: up to 100 that 3 seeds can decide"
    )
    error: float = Field(0.05, gt=0, le=0.5, description="chance that any of a stream of equal candidates is kept")


class FloorCandidate(BaseModel):
    """Candidate to judge: an arm of a study, or numbers."""

    model_config = ConfigDict(extra="forbid")

    candidate: str = Field(min_length=1, max_length=200, description="its name; the same name adds seeds to it")
    study_id: int | None = Field(None, ge=1, le=MAX_ID)
    arm: str | None = Field(None, max_length=250, description="by name or position; null: the study's baseline")
    values: list[Value] | None = Field(None, min_length=1, max_length=100_000, description="instead of a study")
    conditions: dict[str, str] = Field(default_factory=dict, description="of values: what they share with the floor")


@router.get("/floors", responses={**responses(503)})
def list_floors(ctx: Ctx) -> list[FloorView]:
    """List the noise floors that are kept, by name."""
    return floors.floors(FloorStore(ctx.database), ctx.clock())


@router.get("/floors/{name}", responses={**responses(404, 503)})
def read_floor(ctx: Ctx, name: FloorName) -> FloorView:
    """Read one noise floor, with the candidates judged against it."""
    return floors.view_of(FloorStore(ctx.database).load(name), ctx.clock())


@router.post("/floors", responses={**responses(404, 409, 413, 422, 503)})
def save_floor(ctx: Ctx, floor: NewFloor) -> FloorView:
    """Keep an arm of a study as a noise floor.

    Its recipe, data files and environment are kept as conditions.
    """
    arm = floors.arm_of_study(ctx, floor.study_id, floor.arm, metric=floor.metric, summary=floor.summary)
    return floors.save(
        FloorStore(ctx.database),
        floor.name,
        arm,
        ctx.clock(),
        smallest_difference=floor.smallest_difference,
        candidates=floor.candidates,
        error=floor.error,
    )


@router.delete("/floors/{name}", status_code=204, responses={**responses(404, 503)})
def delete_floor(ctx: Ctx, name: FloorName) -> None:
    """Delete a noise floor with the judgements made against it.

    What they spent of the error rate is forgotten: judge the same candidates again only against fresh runs.
    """
    FloorStore(ctx.database).delete(name)


@router.post("/floors/{name}/judgements", responses={**responses(404, 413, 422, 503)})
def judge_against_floor(ctx: Ctx, name: FloorName, judged: FloorCandidate) -> FloorJudgement:
    """Judge a candidate against a noise floor, with three seeds or more.

    Every judgement spends a part of the floor's error rate, so that the chance that any of a stream of equal
    candidates is kept stays within it. Refused (`broken`) where conditions or spreads differ.
    """
    if (judged.values is None) == (judged.study_id is None):
        raise InvalidInput("values", MISSING, "`values` or `study_id`, one of the two")
    store = FloorStore(ctx.database)
    if judged.study_id is None:
        sample = Sample.of(judged.candidate, [_number(value) for value in judged.values or []])
        arm = MeasuredArm(sample, "", None, judged.conditions)
    else:
        floor = store.load(name)
        arm = floors.arm_of_study(ctx, judged.study_id, judged.arm, metric=floor.metric)
    return floors.judge(store, name, judged.candidate, arm, ctx.clock())


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

    Crossed sources (preset `factorial`) get variance components; sources varied one at a time (preset `sources`) get
    shares above the noise floor.
    """
    return variance.variance(ctx, study_id, metric=metric, summary=summary)


@router.post("/variance", responses={**responses(413, 422)})
def variance_of_numbers(numbers: CrossedNumbers) -> VarianceView:
    """Estimate variance components and ICCs from plain numbers.

    The sources are crossed (a factorial design); cells may be missing. Nothing is stored.
    """
    return variance.variance_of_numbers(
        [(run.levels, math.nan if run.value is None else run.value) for run in numbers.runs],
        numbers.sources,
        metric=numbers.metric,
        level=numbers.level,
    )


@router.get("/studies/{study_id}/test-set-noise", responses={**responses(404, 503)})
def read_test_set_noise(ctx: Ctx, study_id: StudyId) -> list[ExamplesView]:
    """Split each arm's spread into real spread and test set noise."""
    return spread.noise_of_test_set(ctx, study_id)


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
