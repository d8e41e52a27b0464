"""Views of studies and their arms."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from seedspread.core.manifest import DataDigest
from seedspread.core.recipe import Direction
from seedspread.core.states import RunState, StudyState
from seedspread.core.study import StudySpec
from seedspread.views.numbers import Number, View

_COUNTS = {"queued": 2, "running": 2, "finished": 36, "failed": 0, "cancelled": 0}

RATE = "runs done a second, lately; null while nobody knows"
LEFT = "seconds to the end at that rate; null while nobody knows"


class ArmView(View):
    """Arm: a variant with policies, and its results so far."""

    id: int
    position: int = Field(description="the arm's place in the study, from 0; figures colour arms by it")
    name: str = Field(examples=["wide"])
    differs: dict[str, Any] = Field(
        description="the parameters that differ from the recipe's defaults", examples=[{"hidden": 64}]
    )
    policies: dict[str, str] = Field(
        description="vary, fixed, free or levels, for each source of randomness", examples=[{"split": "vary"}]
    )
    runs: int = Field(description="how many runs the arm has", examples=[20])
    n: int = Field(description="runs that count: finished, not excluded, with a finite value", examples=[18])
    mean: Number | None = Field(description="mean of the deciding number over those n runs", examples=[0.9731])
    sd: Number | None = Field(description="their standard deviation (n - 1); null below 2 runs", examples=[0.0042])
    half_width: Number | None = Field(
        description="half-width of the mean's confidence interval at the rule's level (t); null below 3 runs, or at 0",
        examples=[0.0019],
    )
    values: list[Number] = Field(
        description="the deciding number of those runs, in the order of their ids; at most 200, for a small drawing"
    )


class StudyView(View):
    """Study in a list."""

    id: int = Field(examples=[12])
    name: str = Field(examples=["does width matter?"])
    recipe: str = Field(examples=["digits-mlp"])
    metric: str = Field(description="the metric that decides", examples=["val_accuracy"])
    direction: Direction
    unit: str = Field(description="of the metric: 'share' for fractions in [0, 1]", examples=["share"])
    summary: str = Field(description="which number of a run's series decides: last, best or area", examples=["last"])
    smallest_difference: float | None = Field(description="the smallest difference that matters", examples=[0.005])
    device: str = Field(description="the queue its runs go to", examples=["cpu"])
    project: str = Field("", description="the project it belongs to; empty: none", examples=["widths"])
    tags: list[str] = Field(examples=[["paper"]])
    pinned: bool = Field(False, description="lists begin with it")
    archived: bool = Field(False, description="lists leave it out unless the search says `is:archived`")
    created_at: datetime
    created_by: str | None = Field(None, description="name of the token that submitted it; null: none was needed")
    state: StudyState
    counts: dict[RunState, int] = Field(description="runs by state, replays left out", examples=[_COUNTS])
    runs: int = Field(description="how many runs there are, replays left out", examples=[40])
    excluded: int = Field(description="runs left out of statistics by a person, with a reason")
    diverged: int = Field(description="runs that reported a value that is not finite")
    arms: list[ArmView]
    imported: bool = Field(False, description="trained elsewhere: it can be read, not trained")
    blocked: str | None = Field(None, description="why no live worker can train its queued runs; null: one can")


class StudyDetail(StudyView):
    """One study with everything that was asked for."""

    notes: str
    spec: StudySpec = Field(description="what was submitted, with presets expanded and defaults filled in")
    recipe_version: str = Field(examples=["1"])
    source_digest: str = Field(description="SHA-256 of the recipe's source files when the study was submitted")
    recipe_changed: bool = Field(description="whether workers have published other code under this name since")
    metrics: list[str] = Field(description="every metric that a run reported, the deciding one first")
    step_name: str = Field("epoch", description="what the steps of its series are called", examples=["epoch"])
    data: dict[str, dict[str, DataDigest]] = Field(description="data files by arm position and parameter")
    started_at: datetime | None = Field(description="when the first run was claimed")
    finished_at: datetime | None = Field(description="when the last run ended; null while any is to come")
    rate_per_s: float | None = Field(description=RATE)
    left_s: float | None = Field(description=LEFT, examples=[41.5])
    cpu_s: float = Field(description="CPU seconds that all ended runs took together")
    adaptive: dict[str, Any] | None = Field(description="the looks an adaptive study has taken so far")
    origin: dict[str, Any] | None = Field(None, description="where a study comes from that was trained elsewhere")


class Submitted(View):
    """Result of a submission."""

    study_id: int = Field(examples=[12])
    created: bool = Field(description="false where the same submission was made before under this idempotency key")
    runs: int = Field(description="how many runs the study has", examples=[40])


class CheckedArm(View):
    """Arm as it would be trained."""

    name: str
    parameters: dict[str, Any] = Field(description="complete, defaults filled in")
    differs: dict[str, Any]
    policies: dict[str, str]
    runs: int = Field(examples=[20])


class Checked(View):
    """Preview of a study that has not been submitted."""

    spec: StudySpec = Field(description="presets expanded, metric and direction filled in")
    arms: list[CheckedArm]
    runs: int = Field(examples=[40])
    unit: str = ""


class Changed(View):
    """Number of runs that a change affected."""

    runs: int = Field(examples=[3])


class ChangedStudies(View):
    """Number of studies that a change affected."""

    studies: int = Field(examples=[3])


class ProjectView(View):
    """Project: the studies that carry its name."""

    name: str = Field(examples=["widths"])
    studies: int = Field(description="how many, archived ones included", examples=[12])
    archived: int = Field(examples=[4])


Code = Literal["recorded", "current"]
"""Which code trains added seeds of a study whose recipe changed."""


class Extended(View):
    """Runs that were added to a study."""

    seeds: list[int] = Field(examples=[[20, 21, 22]])
    runs: int = Field(examples=[6])
