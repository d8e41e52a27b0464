"""Views of studies that were trained elsewhere."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from seedspread.core.recipe import Direction
from seedspread.core.states import RunState
from seedspread.core.study import Centre, Name, SummaryValue, Tag
from seedspread.views.numbers import View
from seedspread.views.runs import Usage

ExternalId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
"""Id that whoever trained a study or a run gave it."""

LARGEST = 2**53 - 1  # larger whole numbers lose digits in JavaScript
LONGEST_LOG = 16_384
"""Characters of a log's end that come with a run; the whole log is a file."""


class ImportedArm(View):
    """Arm of a study that was trained elsewhere."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    parameters: dict[str, JsonValue] = Field(default_factory=dict)


class ImportedLook(View):
    """Verdict that was shown where the study was trained."""

    model_config = ConfigDict(extra="forbid")

    seeds: int = Field(ge=1, le=LARGEST, description="per arm, that had ended")
    planned: int = Field(ge=0, le=LARGEST, description="per arm at that time; 0 without a plan")


LOOK_FIELDS = frozenset({"looks", "planned", "paired", "at_most"})
"""Fields that a service before version 0.2 does not know."""


class ImportedStudy(View):
    """Study that was trained elsewhere.

    Sending it again adds arms that are new.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    metric: str = Field(min_length=1, max_length=200)
    direction: Direction | None = Field(None, description="null: by the metric's name, losses and errors minimised")
    unit: str = Field("", max_length=40, description="'share' for fractions in [0, 1], else a unit or nothing")
    summary: SummaryValue = "last"
    smallest_difference: float | None = Field(None, gt=0, allow_inf_nan=False)
    level: float = Field(0.95, ge=0.5, lt=1)
    centre: Centre = Field("mean", description="the value of an arm that decides, chosen before the results")
    seeded: bool = Field(True, description="false: runs have no seeds, so that arms are never paired")
    planned: int = Field(0, ge=0, le=LARGEST, description="seeds per arm that the study plans; 0 without a plan")
    looks: list[ImportedLook] = Field(
        default_factory=list, max_length=10_000, description="verdicts that were shown; later ones pay for them"
    )
    paired: bool | None = Field(None, description="compare by seed; null: where arms share their seeds")
    at_most: int | None = Field(None, ge=2, le=LARGEST, description="seeds per arm of a plan that stops once decided")
    arms: list[ImportedArm] = Field(min_length=1, max_length=200)
    origin: dict[str, JsonValue] = Field(default_factory=dict, description="where it comes from; shown with the study")
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    notes: str = Field("", max_length=20_000)


class ImportedCell(View):
    """Cell of a notebook that a run was made in."""

    model_config = ConfigDict(extra="forbid")

    execution: int = Field(ge=1, description="counts executions over the whole session")
    source: str = Field(max_length=1_000_000)
    cell_id: str = Field("", max_length=200)
    position: int | None = Field(None, ge=1, description="of the cell on the page")
    error: str = Field("", max_length=1000)
    seconds: float | None = Field(None, ge=0, allow_inf_nan=False)


class ImportedFile(View):
    """File of a run, such as its log or an artifact."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, max_length=4096, description="in the run's folder, or where the training wrote it")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0, le=LARGEST)
    sent: bool = Field(True, description="false: too large or gone, so that only its digest is known")


class ImportedExamples(View):
    """Correctness of a run's examples.

    All runs of a study list their examples in one order.
    """

    model_config = ConfigDict(extra="forbid")

    count: int = Field(ge=1, le=100_000_000)
    correct: str = Field(description="a bit an example, most significant first, in base64")


class ImportedRun(View):
    """Run of such a study, in the header of its parts."""

    model_config = ConfigDict(extra="forbid")

    run_id: ExternalId
    arm: Name
    seed: int | None = Field(None, ge=-LARGEST, le=LARGEST)
    attempt: int = Field(1, ge=1, le=1_000_000)
    position: int | None = Field(None, ge=0, le=LARGEST, description="of its seed in the plan; null: as runs arrive")
    state: RunState = RunState.FINISHED
    reason: str | None = Field(None, max_length=2000)
    excluded_reason: str | None = Field(None, max_length=1000)
    started: float | None = Field(None, ge=0, le=253_402_300_799, description="seconds since 1970")
    ended: float | None = Field(None, ge=0, le=253_402_300_799)
    cells: list[ImportedCell] | None = Field(None, max_length=10_000, description="of a notebook, as they ran")
    log_tail: str | None = Field(None, max_length=LONGEST_LOG, description="the end of what the training wrote")
    files: list[ImportedFile] | None = Field(None, max_length=1000, description="their contents arrive before the run")
    examples: ImportedExamples | None = None
    usage: Usage | None = Field(None, description="what its processes used over time")


class ReceivedRun(View):
    """State of a received run."""

    parts: int = Field(description="parts that are stored, from 0 without a gap")
    digest: str = Field(description="SHA-256 of the last of them")
    state: RunState


class ReceivedStudy(View):
    """State of a received study."""

    study_id: int
    created: bool = False
    runs: dict[str, ReceivedRun] = Field(default_factory=dict)


class ReceivedParts(View):
    """Result of receiving parts."""

    stored: int
    repeated: int = Field(description="parts that were here already: sent twice, stored once")
    points: int


class Lacking(View):
    """Contents that are still to be sent, by digest."""

    sha256: list[str]


class RunFile(View):
    """File of a run that was trained elsewhere."""

    path: str
    sha256: str
    bytes: int
    stored: bool = Field(description="false: only the digest is here")


class RunCells(View):
    """Cells of a notebook in execution order, with oddities."""

    cells: list[ImportedCell]
    warnings: list[str] = Field(examples=[["Cell 3 ran 2 times."]])
