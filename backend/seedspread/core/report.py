"""Messages from a trainer: progress, series, fingerprints, the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from seedspread.core.states import RunState


class FingerprintKind(StrEnum):
    """Kind of thing that a digest was taken of."""

    SEEDS = "seeds"  # the seeds and generators that the recipe asked for
    DATA = "data"  # the arrays as loaded, before any split
    SPLIT = "split"  # the training and validation arrays after split (and resampling)
    INITIAL = "initial"  # weights before the first step
    ORDER = "order"  # the first epoch's order of examples
    WEIGHTS = "weights"  # weights after an epoch; `step` is the epoch, from 1
    FINAL = "final"  # weights at the end
    SERIES = "series"  # every metric's steps and values


@dataclass(frozen=True)
class Fingerprint:
    """SHA-256 digest (64 hex characters) of something a run used or produced."""

    kind: FingerprintKind
    digest: str
    step: int = 0


@dataclass(frozen=True)
class Examples:
    """Per-example results on the run's test examples.

    `correct` is `numpy.packbits` of one bit per example (ceil(count / 8) bytes). `scores` holds one little-endian
    float32 per example, or is None.
    """

    count: int
    correct: bytes
    scores: bytes | None = None


@dataclass(frozen=True)
class Batch:
    """Progress since the last batch: points of every series, fingerprints."""

    epoch: int = 0
    epochs: int | None = None
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]] = field(default_factory=dict)
    fingerprints: Sequence[Fingerprint] = ()
    environment: Mapping[str, Any] | None = None
    examples: Examples | None = None
    log_tail: str | None = None  # replaces what is stored
    usage: Mapping[str, Any] | None = None  # resources used so far (resources.record); replaces what is stored


class FailureKind(StrEnum):
    """Cause of a failed run."""

    TRAINING = "training"  # the recipe's own code raised, died, or ran out of time
    MEMORY = "memory"  # killed or refused for lack of memory, more than once
    INFRASTRUCTURE = "infrastructure"  # workers went silent or could not train it; no statement about the arm


@dataclass(frozen=True)
class Ending:
    """End of an attempt: state, reason, duration and CPU time.

    `state` is `finished`, `failed` or `cancelled`; `reason` is one line.

    `lacks` names what the worker was missing (a key of `core.recipe.Ability.lacks`), in which case the training itself
    did not fail. `killed` marks a trainer killed by signal 9. `left_behind` lists process state that the training
    changed.
    """

    state: RunState
    reason: str | None = None
    duration_s: float | None = None
    cpu_s: float | None = None
    log_tail: str = ""
    lacks: str | None = None
    killed: bool = False
    out_of_memory: bool = False
    failure: FailureKind | None = None
    left_behind: str = ""
