"""Database tables, with the meaning of each column."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, MetaData, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column

from seedspread.storage.types import ExactFloat, Instant, Json, Key, OutsideText, SparseJson, StepNumber
from seedspread.summaries import AREA, BEST

# A worker may still hold a run that was deleted; a new run under its id would take that worker's reports.
NEVER_REUSE_IDS = {"sqlite_autoincrement": True}


class Base(DeclarativeBase):
    """Base of all tables.

    Constraint names are explicit so that migrations can refer to them.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class RecipeRow(Base):
    """Recipe as a worker published it.

    One row per source digest; the newest `published_at` of a name is current.
    """

    __tablename__ = "recipe"

    source_digest: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[str] = mapped_column(Text)
    info: Mapped[dict[str, Any]] = mapped_column(Json)  # core.recipe.RecipeInfo
    published_at: Mapped[datetime] = mapped_column(Instant)


class StudyRow(Base):
    """Study: its expanded specification, and the columns that lists use."""

    __tablename__ = "study"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(Key, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    recipe: Mapped[str] = mapped_column(Text, index=True)
    source_digest: Mapped[str] = mapped_column(Text)  # of the recipe when the study was submitted
    spec: Mapped[dict[str, Any]] = mapped_column(Json)  # core.study.StudySpec, expanded
    metric: Mapped[str] = mapped_column(Text)
    direction: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text)  # which number of a series decides: last, best or area
    settings: Mapped[dict[str, Any]] = mapped_column(Json)  # core.study.Settings, so that a claim reads no seed list
    tags: Mapped[list[str]] = mapped_column(Json)
    notes: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(Json)  # digests of data files: arm position → parameter → DataDigest
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)
    adaptive: Mapped[dict[str, Any] | None] = mapped_column(Json)  # looks taken and what they spent
    request_digest: Mapped[str] = mapped_column(Text)  # SHA-256 of the submission, to tell a repeat from a clash
    idempotency_key: Mapped[str | None] = mapped_column(Text, unique=True)
    external_id: Mapped[str | None] = mapped_column(
        Text, unique=True, index=True
    )  # of a study that was trained elsewhere
    origin: Mapped[dict[str, Any] | None] = mapped_column(Json)  # where such a study comes from; read-only
    looks: Mapped[dict[str, Any] | None] = mapped_column(Json)  # of such a study: planned seeds, looks taken elsewhere
    project: Mapped[str] = mapped_column(Text, default="", index=True)  # which it belongs to; empty: none
    pinned_at: Mapped[datetime | None] = mapped_column(Instant)  # lists begin with pinned studies
    archived_at: Mapped[datetime | None] = mapped_column(Instant)  # lists leave archived ones out unless asked
    created_by: Mapped[str | None] = mapped_column(Text)  # name of the token that submitted it, where one was needed


class ArmRow(Base):
    """One arm of a study."""

    __tablename__ = "arm"
    __table_args__ = (UniqueConstraint("study_id", "position"),)

    id: Mapped[int] = mapped_column(Key, Identity(), primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)  # complete
    differs: Mapped[dict[str, Any]] = mapped_column(Json)  # only what differs from the defaults
    policies: Mapped[dict[str, str]] = mapped_column(Json)  # a policy per source; crossed ones say "levels"
    source_digest: Mapped[str | None] = mapped_column(Text)  # where it differs from the study's: code that came later


def _few(name: str, condition: str, *, sqlite: str | None = None) -> Index:
    return Index(name, "study_id", postgresql_where=text(condition), sqlite_where=text(sqlite or condition))


class RunRow(Base):
    """One training of one arm under one seed."""

    __tablename__ = "run"
    __table_args__ = (
        Index("ix_run_arm_position", "arm_id", "position"),
        Index("ix_run_state_queue", "state", "queue", "id"),
        Index("ix_run_study_state", "study_id", "state"),
        Index("ix_run_study_touched", "study_id", "touched_at"),
        # Few runs stand in these; lists of studies count them.
        _few("ix_run_excluded", "excluded_reason IS NOT NULL"),
        _few("ix_run_replay", "replay_of IS NOT NULL"),
        _few("ix_run_diverged", "diverged", sqlite="diverged = 1"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(Key, Identity(), primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    arm_id: Mapped[int] = mapped_column(ForeignKey("arm.id", ondelete="CASCADE"))
    position: Mapped[int]  # within the arm
    seed: Mapped[int] = mapped_column(BigInteger)
    sources: Mapped[dict[str, Any]] = mapped_column(Json)  # core.plan.SourceValue per source
    queue: Mapped[str] = mapped_column(Text)  # cpu or gpu
    state: Mapped[str] = mapped_column(Text)  # core.states.RunState
    attempt: Mapped[int]  # the current one, from 1
    diverged: Mapped[bool] = mapped_column(default=False)  # a metric was non-finite
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)  # last message to the broker
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    touched_at: Mapped[datetime] = mapped_column(Instant)  # any change; what the event stream polls
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    worker: Mapped[str | None] = mapped_column(Text)
    epoch: Mapped[int] = mapped_column(default=0)  # progress: epochs (or steps) done
    epochs: Mapped[int | None]  # of how many, where known
    step: Mapped[int] = mapped_column(default=-1)  # last step whose metrics are stored: the run's cursor
    duration_s: Mapped[float | None]  # training alone, as the trainer measured it
    cpu_s: Mapped[float | None]
    reason: Mapped[str | None] = mapped_column(OutsideText)  # why it failed or was cancelled, in one line
    failure: Mapped[str | None] = mapped_column(Text)  # core.report.FailureKind of a failed run
    environment: Mapped[str | None] = mapped_column(ForeignKey("environment.digest"))
    excluded_reason: Mapped[str | None] = mapped_column(Text)
    excluded_at: Mapped[datetime | None] = mapped_column(Instant)
    excluded_by: Mapped[str | None] = mapped_column(Text)  # name of the token, where one was needed
    replay_of: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)
    manifest: Mapped[dict[str, Any] | None] = mapped_column(Json)  # a replay's own copy; else built from study and arm
    wanted_worker: Mapped[str | None] = mapped_column(Text)  # who is to train it, as long as that worker lives
    external_id: Mapped[str | None] = mapped_column(
        Text, unique=True, index=True
    )  # of a run that was trained elsewhere
    cells: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)  # of a notebook, in the order in which they ran
    tags: Mapped[list[str] | None] = mapped_column(SparseJson)  # NULL: none, as of most runs
    notes: Mapped[str] = mapped_column(Text, default="")
    log_tail: Mapped[str] = mapped_column(OutsideText, default="")  # last, so that lists needn't read past it


class AttemptRow(Base):
    """One try at a run, with how it ended."""

    __tablename__ = "attempt"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(Text)  # running, finished, failed, cancelled, lost, released
    worker: Mapped[str] = mapped_column(Text)
    trainer: Mapped[str] = mapped_column(Text, default="")  # pid and how many runs it had trained before
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(OutsideText)
    left_behind: Mapped[str] = mapped_column(OutsideText, default="")  # process state that was restored or replaced


class ChunkRow(Base):
    """Chunk of a series: `count` steps (int64) and values (float64).

    Both are little-endian. A run that has ended has one chunk per metric.
    """

    __tablename__ = "chunk"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(Text, primary_key=True)
    first_step: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    count: Mapped[int]
    fractional: Mapped[bool] = mapped_column(default=False)  # steps are float64; first_step then holds their bits
    steps: Mapped[bytes] = mapped_column(LargeBinary)
    values: Mapped[bytes] = mapped_column(LargeBinary)


class UsageRow(Base):
    """Resource usage of an attempt over time, as sampled."""

    __tablename__ = "usage"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    peak_memory_bytes: Mapped[int | None] = mapped_column(BigInteger)  # resident, the largest sample
    peak_gpu_memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    content: Mapped[dict[str, Any]] = mapped_column(Json)  # resources.record.UsageRecord.to_json


class PartRow(Base):
    """Part of a run that was sent from elsewhere.

    Its digest tells a repeated part from one that differs.
    """

    __tablename__ = "part"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Text)  # SHA-256 of the part
    points: Mapped[int]


class RunFileRow(Base):
    """File of a run that was trained elsewhere.

    Its content is in `data_file` unless it was too large to send or gone.
    """

    __tablename__ = "run_file"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)  # in the run's folder, or where the training wrote it
    sha256: Mapped[str] = mapped_column(Text, index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)


class TokenRow(Base):
    """Token by its digest.

    The token itself is shown once and never stored.
    """

    __tablename__ = "token"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(Text, default="logger", server_default="logger")  # logger, viewer, member, admin
    digest: Mapped[str] = mapped_column(Text, unique=True)  # SHA-256
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class ShareRow(Base):
    """Read-only link to a study, by the digest of its token."""

    __tablename__ = "share"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(Key, Identity(), primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(Text, unique=True)  # SHA-256
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class ChangeRow(Base):
    """Request that asked for a change; rows are only ever added."""

    __tablename__ = "change"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(Key, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    name: Mapped[str] = mapped_column(Text)  # of the token; not a reference, because the log outlives it
    role: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    status: Mapped[int]


class SummaryRow(Base):
    """Summary of one metric of one run, of the attempt that counts.

    A number that is NULL means NaN.
    """

    __tablename__ = "summary"
    __table_args__ = (Index("ix_summary_metric", "metric", "run_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    metric: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[float] = mapped_column(ExactFloat, nullable=True)
    last_step: Mapped[float] = mapped_column(StepNumber)
    best: Mapped[float] = mapped_column(ExactFloat, nullable=True)  # by the metric's direction, finite values only
    best_step: Mapped[float | None] = mapped_column(StepNumber)
    area: Mapped[float] = mapped_column(ExactFloat, nullable=True)  # under the curve, divided by its length
    min: Mapped[float] = mapped_column(ExactFloat, nullable=True)
    max: Mapped[float] = mapped_column(ExactFloat, nullable=True)
    count: Mapped[int]
    non_finite: Mapped[int]

    @classmethod
    def of(cls, summary: str) -> InstrumentedAttribute[float]:
        """Return the column of a summary value."""
        return {BEST: cls.best, AREA: cls.area}.get(summary, cls.last)


class FingerprintRow(Base):
    """SHA-256 digest of something a run used or produced.

    `kind` is one of `core.report.FingerprintKind`; `step` is the epoch of weights.
    """

    __tablename__ = "fingerprint"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True)  # the epoch for `weights`, else 0
    digest: Mapped[str] = mapped_column(Text)


class EnvironmentRow(Base):
    """Environment by digest: packages, CPU, threads, GPU, git commit.

    Most runs share an environment, so each is stored once.
    """

    __tablename__ = "environment"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(Json)


class ExamplesRow(Base):
    """Per-example results of a run on its test examples.

    Correctness is packed 8 examples per byte; scores are float32 bytes.
    """

    __tablename__ = "examples"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    correct: Mapped[bytes] = mapped_column(LargeBinary)
    scores: Mapped[bytes | None] = mapped_column(LargeBinary)


class WorkerRow(Base):
    """Worker process (one trainer each), as it last registered."""

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    host: Mapped[str] = mapped_column(Text)
    pid: Mapped[int]
    queue: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Instant)
    beat_at: Mapped[datetime] = mapped_column(Instant)
    run_id: Mapped[int | None]  # what it trains now
    runs: Mapped[int] = mapped_column(default=0)  # ended since it started
    environment: Mapped[str | None] = mapped_column(Text)
    offers: Mapped[dict[str, str] | None] = mapped_column(Json)  # source digest by recipe; NULL while it is starting
    lacks: Mapped[dict[str, str]] = mapped_column(Json, default=dict)  # core.recipe.Ability.lacks
    problems: Mapped[list[str]] = mapped_column(Json, default=list)  # recipe modules that could not be loaded
    device: Mapped[str] = mapped_column(Text, default="")  # the GPU it trains on


class AlertRow(Base):
    """Event to tell of; once per study, kind and subject."""

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("study_id", "kind", "subject"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(Key, Identity(), primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)  # failed, diverged or decided
    subject: Mapped[str] = mapped_column(Text, default="")  # of `decided`: how many runs the verdict rests on
    run_id: Mapped[int | None]  # the first run it is about
    text: Mapped[str] = mapped_column(Text)  # what happened, in a sentence; empty: looked at, nothing to tell
    created_at: Mapped[datetime] = mapped_column(Instant)
    delivery: Mapped[str] = mapped_column(Text, index=True)  # none, due, sending, sent, refused or unknown
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # when it is to be sent, if it is due


class SavedViewRow(Base):
    """View of the page that somebody saved, for all."""

    __tablename__ = "saved_view"

    page: Mapped[str] = mapped_column(Text, primary_key=True)  # `studies`, or `study-3`
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    search: Mapped[str] = mapped_column(Text)  # of the address: the view itself
    saved_at: Mapped[datetime] = mapped_column(Instant)


class FloorRow(Base):
    """Noise floor: a baseline that candidates are judged against."""

    __tablename__ = "noise_floor"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    metric: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)  # 'share', another unit, or nothing
    direction: Mapped[str] = mapped_column(Text)
    values: Mapped[list[float]] = mapped_column(Json)  # finite ones alone, in the order of the runs
    seeds: Mapped[list[int] | None] = mapped_column(SparseJson)
    failures: Mapped[int]  # runs without a value
    smallest_difference: Mapped[float | None]
    conditions: Mapped[dict[str, str]] = mapped_column(Json)  # what a candidate has to share
    origin: Mapped[str] = mapped_column(Text)  # where the values come from, in words
    # A floor outlives the study that it was taken from: its values are its own.
    study_id: Mapped[int | None] = mapped_column(ForeignKey("study.id", ondelete="SET NULL"), index=True)
    error: Mapped[float]  # chance that any candidate of a stream of equal arms is kept
    candidates: Mapped[int]  # planned length of the stream


class FloorLookRow(Base):
    """Judgement of a candidate against a noise floor.

    Its key is the share of the error rate that it spent, so the database itself refuses to spend one twice.
    """

    __tablename__ = "floor_look"
    __table_args__ = (UniqueConstraint("floor", "candidate", "look"),)

    floor: Mapped[str] = mapped_column(ForeignKey("noise_floor.name", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # of the candidate in the stream, from 1
    look: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # judgement of that candidate, from 1
    candidate: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    values: Mapped[list[float]] = mapped_column(Json)
    failures: Mapped[int]
    alpha: Mapped[float]  # share of the error rate that it spent
    state: Mapped[str] = mapped_column(Text)
    headline: Mapped[str] = mapped_column(Text)


class DataFileRow(Base):
    """Data file stored by its content.

    Workers that cannot read its path train on this copy.
    """

    __tablename__ = "data_file"

    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)  # file name without folders
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    stored_at: Mapped[datetime] = mapped_column(Instant)


class DataPartRow(Base):
    """Piece of a stored data file."""

    __tablename__ = "data_part"

    sha256: Mapped[str] = mapped_column(ForeignKey("data_file.sha256", ondelete="CASCADE"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
