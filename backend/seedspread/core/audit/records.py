"""Findings of an audit, and the records that it reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from seedspread.core.report import FingerprintKind
from seedspread.core.sources import Source
from seedspread.core.states import RunState

RUNS_LISTED = 200
"""A finding names at most this many runs; `run_count` says how many there are."""


class Severity(StrEnum):
    """Severity of a finding.

    `error`: results are not what they claim to be; `warning`: they may mislead; `notice`: good to know.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class FindingCode(StrEnum):
    """Kind of finding."""

    SEED_WITHOUT_EFFECT = "seed-without-effect"
    SOURCE_WITHOUT_EFFECT = "source-without-effect"
    SOURCE_UNUSED = "source-unused"
    SECRETLY_THE_SAME = "secretly-the-same"
    NOT_UNDER_CONTROL = "not-under-control"
    UNSEEDED = "unseeded"
    STATE_KEPT = "state-kept"
    DUPLICATE_SEEDS = "duplicate-seeds"
    MISSING_SEEDS = "missing-seeds"
    FAILED_RUNS = "failed-runs"
    CANCELLED_RUNS = "cancelled-runs"
    DIVERGED_RUNS = "diverged-runs"
    REPLAY_DIVERGED = "replay-diverged"
    MIXED_CODE = "mixed-code"
    MIXED_ENVIRONMENTS = "mixed-environments"
    NOT_EXAMINED = "not-examined"


class Finding(BaseModel):
    """Audit finding, with what to do about it."""

    model_config = ConfigDict(frozen=True)

    code: FindingCode
    severity: Severity
    sentence: str
    advice: str
    arms: tuple[int, ...] = Field((), description="positions of the arms it is about; none: the whole study")
    runs: tuple[int, ...] = Field((), description=f"the runs it is about, the first {RUNS_LISTED}")
    run_count: int = 0
    replay: int | None = Field(None, description="the run whose replay would examine more; null: none would")

    @classmethod
    def about(
        cls, code: FindingCode, severity: Severity, runs: Iterable[AuditRun], sentence: str, advice: str
    ) -> Finding:
        """Create a finding about `runs`."""
        listed = list(runs)
        ids = sorted(run.id for run in listed)
        arms = tuple(sorted({run.arm for run in listed}))
        return cls(
            code=code,
            severity=severity,
            sentence=sentence,
            advice=advice,
            arms=arms,
            runs=tuple(ids[:RUNS_LISTED]),
            run_count=len(ids),
        )


@dataclass(frozen=True, slots=True)
class AuditRun:
    """Run as an audit reads it.

    `values` are in the order of `Source`; `varying` are the sources whose value is meant to change from run to run;
    `fingerprints` are those of the attempt that counts, without the weights after each epoch. `unneeded` marks a run
    that was cancelled because its adaptive study was decided without it.
    """

    id: int
    arm: int
    seed: int
    state: RunState
    values: Mapping[Source, int]
    varying: frozenset[Source] = frozenset()
    fingerprints: Mapping[FingerprintKind, str] = field(default_factory=dict)
    source_digest: str = ""
    environment: str | None = None
    diverged: bool = False
    excluded: bool = False
    unneeded: bool = False
    replay_of: int | None = None

    @property
    def outcome(self) -> tuple[str, str] | None:
        """Digests of the final weights and the series.

        The first is empty if no weights were reported. The outcome is None until the run has finished.
        """
        series = self.fingerprints.get(FingerprintKind.SERIES)
        if self.state is not RunState.FINISHED or series is None:
            return None
        return self.fingerprints.get(FingerprintKind.FINAL, ""), series

    @property
    def weights_recorded(self) -> bool:
        """True if the outcome includes the final weights.

        Equal outcomes are then no coincidence.
        """
        return FingerprintKind.FINAL in self.fingerprints


class SeedingFacts(BaseModel):
    """Facts on a recipe's use of randomness, as its trainer saw it.

    The trainer's module `watch` records them. `requested` includes sources whose generator was taken but not drawn
    from; `used` does not. A fingerprint of a source in `traced` was taken of what the source's own generator drew; of
    one in `applied`, the engine trained with that very thing. `arbitrary` are lines of the recipe that take an order or
    a count from the machine; `constants` are those in whose text a constant is passed as a seed.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    used: frozenset[str] = frozenset()
    requested: frozenset[str] = frozenset()
    traced: frozenset[str] = frozenset()
    applied: frozenset[str] = frozenset()
    manifest_read: bool = False
    drawn: tuple[str, ...] = ()
    unseeded: tuple[str, ...] = ()
    reseeded: Mapping[str, str] = Field(default_factory=dict)
    arbitrary: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    first_in_process: bool = False


@dataclass(frozen=True)
class AuditArm:
    """Arm as an audit reads it.

    `inputs` identifies parameters and data, equal for arms that train the same.
    """

    name: str
    inputs: str


@dataclass(frozen=True)
class AuditStudy:
    """Study as an audit reads it.

    `environments` are the recorded environments by digest. `diverged_replays` are the replays that differ from their
    original in any fingerprint, those of single epochs included. `coarse` are the digests of series whose values are
    all fractions, as accuracies are, and so may agree by chance.
    """

    arms: tuple[AuditArm, ...]
    runs: tuple[AuditRun, ...]
    replays: tuple[AuditRun, ...] = ()
    environments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    diverged_replays: frozenset[int] = frozenset()
    coarse: frozenset[str] = frozenset()
    _seeding: dict[str, SeedingFacts | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def host_of(self, run: AuditRun) -> str | None:
        """Return the machine that trained the run, if recorded."""
        host = self.environments.get(run.environment or "", {}).get("host")
        return None if host is None else str(host)

    def seeding_of(self, run: AuditRun) -> SeedingFacts | None:
        """Return what the run's trainer saw, if it recorded that."""
        digest = run.environment or ""
        if digest not in self._seeding:
            facts = self.environments.get(digest, {}).get("seeding")
            self._seeding[digest] = SeedingFacts.model_validate(facts) if isinstance(facts, Mapping) else None
        return self._seeding[digest]
