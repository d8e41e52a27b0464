"""Views of runs."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from seedspread.core.manifest import DataDigest, Manifest
from seedspread.core.plan import SourceValue
from seedspread.core.recipe import Direction
from seedspread.core.report import FailureKind
from seedspread.core.sources import Source
from seedspread.core.states import RunState
from seedspread.views.numbers import Number, View


class SummaryView(View):
    """Summary of one metric of one run.

    Best, min and max are taken over finite values.
    """

    last: Number = Field(examples=[0.9731])
    last_step: int | float = Field(examples=[10])
    best: Number = Field(description="by the metric's direction; NaN where no value was finite", examples=[0.975])
    best_step: int | float | None = Field(examples=[8])
    area: Number = Field(description="under the curve, divided by its length; NaN if it diverged", examples=[0.92])
    min: Number = Field(examples=[0.81])
    max: Number = Field(examples=[0.975])
    count: int = Field(description="points in the series", examples=[10])
    non_finite: int = Field(description="of which NaN or infinite", examples=[0])


class RunView(View):
    """Run in a list."""

    id: int = Field(examples=[481])
    study_id: int = Field(examples=[12])
    arm: int = Field(description="the arm's position in the study, from 0", examples=[1])
    arm_name: str = Field(examples=["wide"])
    position: int = Field(description="the run's place in its arm, from 0", examples=[7])
    seed: int = Field(examples=[7])
    state: RunState
    attempt: int = Field(description="the attempt that counts, from 1", examples=[1])
    queue: str = Field(examples=["cpu"])
    worker: str | None = Field(examples=["host:4242/1"])
    epoch: int = Field(description="epochs (or steps) done", examples=[6])
    epochs: int | None = Field(description="of how many, where known", examples=[10])
    step: int = Field(description="the last step whose metrics are stored; -1 before the first", examples=[6])
    diverged: bool = Field(description="whether it reported a value that is not finite")
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_s: float | None = Field(description="of the training alone, as the trainer measured it", examples=[1.42])
    cpu_s: float | None = Field(examples=[1.31])
    reason: str | None = Field(description="why it failed or was cancelled, in one line")
    failure: FailureKind | None = Field(
        None, description="`infrastructure`: no statement about the training, and in no statistics of failures"
    )
    excluded_reason: str | None = Field(description="why it is left out of statistics; null where it counts")
    excluded_at: datetime | None
    excluded_by: str | None = Field(None, description="name of the token that excluded it, where one was needed")
    replay_of: int | None = Field(description="the run that this one repeats")
    metrics: dict[str, SummaryView] = Field(description="by metric; of a run in progress, so far")


class AttemptView(View):
    """One try at a run."""

    number: int
    state: str = Field(
        description="running, finished, failed, cancelled, lost (the worker went silent), released (the worker "
        "stopped), unable (the worker lacked something) or killed (the trainer was killed and the run tried again)"
    )
    worker: str
    trainer: str = Field(description="the trainer process, and how many runs it had trained before")
    started_at: datetime
    ended_at: datetime | None
    reason: str | None
    left_behind: str = Field("", description="process state that the training changed: restored, or trainer replaced")


class FingerprintView(View):
    """SHA-256 digest of something a run used or produced."""

    kind: str = Field(description="data, split, initial, order, weights, final or series", examples=["final"])
    step: int = Field(description="the epoch for `weights`, else 0")
    digest: str


class RunDetail(RunView):
    """One run with its record."""

    study_name: str
    recipe: str
    source_digest: str = Field(description="SHA-256 of the recipe's code that trained it")
    metric: str = Field(description="the metric that decides the study")
    direction: Direction
    unit: str
    parameters: dict[str, Any] = Field(description="complete, defaults filled in")
    differs: dict[str, Any] = Field(description="the parameters that differ from the recipe's defaults")
    sources: dict[Source, SourceValue] = Field(description="what each source of randomness was given")
    data: dict[str, DataDigest] = Field(description="data files by parameter")
    manifest_sha256: str
    has_notebook: bool = Field(False, description="whether the cells of a notebook are kept with it")
    attempts: list[AttemptView]
    fingerprints: list[FingerprintView] = Field(description="of the attempt that counts")
    environment: dict[str, Any] | None = Field(description="packages, CPU, threads, GPU and driver")
    environment_sha256: str | None
    tags: list[str] = Field(examples=[["look-again"]])
    notes: str
    log_tail: str = Field(description="the end of what the training wrote")
    replays: list[int] = Field(description="the runs that repeat this one")


class ManifestView(View):
    """Manifest of a run, with its digest."""

    manifest: Manifest
    sha256: str


class LogView(View):
    """End of what a training wrote."""

    run_id: int
    attempt: int
    text: str


class SeriesView(View):
    """One metric of one run, in columns."""

    steps: list[int | float] = Field(examples=[[1, 2, 3]])
    values: list[Number] = Field(examples=[[0.71, 0.83, "NaN"]])


class RunSeries(View):
    """Series of one run.

    The next request should continue from `step`.
    """

    run_id: int
    attempt: int
    state: RunState
    step: int
    series: dict[str, SeriesView] = Field(description="by metric")


class StudySeries(View):
    """One metric of many runs, in columns.

    Item i of each list belongs to one run.
    """

    metric: str
    run_ids: list[int]
    arms: list[int]
    seeds: list[int]
    attempts: list[int]
    steps: list[list[int | float]]
    values: list[list[Number]]


class Metric(View):
    """Summaries of one metric, in columns."""

    last: list[Number | None]
    best: list[Number | None]
    area: list[Number | None] = Field(description="under the curve, divided by its length")


class Annotation(View):
    """Tags of a run, and the beginning of its notes."""

    tags: list[str]
    notes: str


class CompactRuns(View):
    """All runs of a study in columns.

    Item i of each list belongs to one run.
    """

    study_id: int
    total: int
    id: list[int]
    arm: list[int] = Field(description="positions of arms")
    position: list[int]
    seed: list[int]
    state: list[RunState]
    attempt: list[int]
    epoch: list[int]
    epochs: list[int | None]
    step: list[int]
    diverged: list[bool]
    duration_s: list[float | None]
    started_at: list[float | None] = Field(description="seconds since 1970, UTC")
    finished_at: list[float | None] = Field(description="seconds since 1970, UTC")
    worker: list[str | None]
    reason: list[str | None]
    excluded_reason: list[str | None]
    peak_memory_bytes: list[int | None] = Field(
        description="largest sampled resident memory of trainer and descendants; null: not sampled"
    )
    peak_gpu_memory_bytes: list[int | None]
    annotations: dict[int, Annotation] = Field(description="of the runs that have tags or notes, by id")
    metrics: dict[str, Metric] = Field(
        description="of runs that ended, and so far of those in progress; null where a run did not report the metric"
    )


class Point(View):
    """One run's number in a distribution."""

    run_id: int
    seed: int
    value: Number
    excluded_reason: str | None = Field(description="why the run is left out of statistics; null where it counts")


class ArmPoints(View):
    """Numbers of one arm, in the order of its runs' ids."""

    arm: int
    name: str
    points: list[Point]


class Distribution(View):
    """Number of each finished run, by arm.

    Excluded runs are included, with their reasons.
    """

    study_id: int
    metric: str
    summary: str
    direction: Direction
    unit: str
    arms: list[ArmPoints]


MOST_SAMPLES = 1000
Amount = Annotated[int, Field(ge=0, lt=2**63)]
Ratio = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class UsageSamples(View):
    """Samples in columns, item i of each list taken at `time` i.

    A column is null where the system does not say, and a value null where it did not say then.
    """

    model_config = ConfigDict(extra="forbid")

    time: list[Ratio] = Field(
        max_length=MOST_SAMPLES, description="seconds since the training began", examples=[[0.25, 1.25]]
    )
    cpu: list[Ratio | None] | None = Field(
        None, description="processor seconds per second since the sample before; 1 is one core", examples=[[0.9, 3.8]]
    )
    memory_bytes: list[Amount | None] | None = Field(
        None, description="resident memory of trainer and descendants; shared pages count in each process"
    )
    read_bytes: list[Amount | None] | None = Field(None, description="read from disks since the training began")
    written_bytes: list[Amount | None] | None = Field(None, description="written to disks since the training began")
    threads: list[Amount | None] | None = None
    gpu: list[Ratio | None] | None = Field(
        None, description="share of the time in which its GPUs were busy, by any process; mean over its GPUs"
    )
    gpu_memory_bytes: list[Amount | None] | None = Field(None, description="GPU memory that its processes held")

    @model_validator(mode="after")
    def _columns_are_equally_long(self) -> UsageSamples:
        columns = (getattr(self, name) for name in type(self).model_fields)
        if any(column is not None and len(column) != len(self.time) for column in columns):
            raise ValueError("every column has a value per time")
        if any(later <= earlier for earlier, later in pairwise(self.time)):
            raise ValueError("times rise")
        return self


class UsagePeaks(View):
    """Largest sampled values; what happened between two samples is not seen."""

    model_config = ConfigDict(extra="forbid")

    cpu: Ratio | None = None
    memory_bytes: Amount | None = Field(None, examples=[412_876_800])
    threads: Amount | None = None
    gpu: Ratio | None = None
    gpu_memory_bytes: Amount | None = None


class Usage(View):
    """Resources that the processes of a training used over time."""

    model_config = ConfigDict(extra="forbid")

    samples: UsageSamples
    peaks: UsagePeaks
    gpus: list[Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f]*$")]] = Field(
        default_factory=list, max_length=64, description="GPUs that it was seen on", examples=[["GPU 0: NVIDIA L4"]]
    )


class RunUsage(View):
    """Resources that an attempt used.

    Long runs are sampled less often, and at most 240 samples are kept.
    """

    run_id: int
    attempt: int
    usage: Usage | None = Field(description="null: it was not sampled")
