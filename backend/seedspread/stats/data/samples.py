"""Values of an arm by seed.

Missing, non-finite and failed runs are counted, never dropped silently.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seedspread.errors import InvalidInput
from seedspread.stats.data.finite import countable, without_traces

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sample:
    """Values of one metric for one arm, built with `Sample.of`.

    values: float64, one per finished run that reported the metric, non-finite ones included, in the order given. seeds:
    int64 of the same length, or None if values have no seed; such arms cannot be paired. failures: runs that ended
    without a result. missing: runs that finished without this metric. cancelled: runs that were stopped before their
    end, which says nothing about how they would have ended. aside: runs that belong to the plan but do not count here,
    and are reported elsewhere (excluded by hand, or sent back to the queue).
    """

    arm: str
    values: Floats
    seeds: Ints | None = None
    failures: int = 0
    missing: int = 0
    cancelled: int = 0
    aside: int = 0
    finite: NDArray[np.bool_] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "finite", countable(self.values))

    @classmethod
    def of(
        cls,
        arm: str,
        values: Mapping[int, float | None] | Sequence[float | None] | Floats,
        *,
        failures: int = 0,
    ) -> Sample:
        """Build a sample from values by seed, or from plain values.

        None represents a run without the metric.

        Raises:
            InvalidInput: values that are not numbers or not one-dimensional, or a negative count of failures.
        """
        if failures < 0:
            raise InvalidInput(f"{arm}.failures", failures, "a count of 0 or more")
        seeds = list(values) if isinstance(values, Mapping) else None
        listed = list(values.values()) if isinstance(values, Mapping) else values
        numbers = _numbers(arm, listed)
        present = np.ones(numbers.size, dtype=bool)
        if not isinstance(listed, np.ndarray):
            present = np.array([value is not None for value in listed], dtype=bool)
        seeds_present = None if seeds is None else _seeds(arm, seeds)[present]
        return cls(arm, numbers[present], seeds_present, failures, int(np.sum(~present)))

    @property
    def usable(self) -> Floats:
        """Finite values, which means, ranks and intervals are computed from.

        Values below 1e-75 are replaced by 0.
        """
        return without_traces(self.values[self.finite])

    @property
    def non_finite(self) -> int:
        """Number of runs with NaN, an infinity or a number beyond 1e75."""
        return int(np.sum(~self.finite))

    @property
    def beyond(self) -> int:
        """Number of finite values beyond 1e75, which count as non-finite."""
        return int(np.sum(~self.finite & np.isfinite(self.values)))

    @property
    def traces(self) -> int:
        """Number of nonzero values below 1e-75, which count as 0."""
        return int(np.sum((self.usable == 0) & (self.values[self.finite] != 0)))

    @property
    def left_out(self) -> int:
        """Number of ended runs that failed, lack the metric or are non-finite."""
        return self.failures + self.missing + self.non_finite

    @property
    def ended(self) -> int:
        """Number of runs that ended by themselves, with or without a value."""
        return self.values.size + self.failures + self.missing

    @property
    def started(self) -> int:
        """Number of runs that are no longer awaited.

        These have ended, were cancelled, or are set aside.
        """
        return self.ended + self.cancelled + self.aside


@dataclass(frozen=True, eq=False)
class Pairs:
    """Values of two arms on their common seeds.

    a, b: finite values, pair by pair, in ascending order of seeds. unmatched_a, unmatched_b: number of finite values
    whose seed the other arm lacks.
    """

    seeds: Ints
    a: Floats
    b: Floats
    unmatched_a: int
    unmatched_b: int


def pair(a: Sample, b: Sample) -> Pairs:
    """Pair two arms on their common seeds.

    Raises:
        InvalidInput: an arm has no seeds, or has a seed twice.
    """
    seeds_a, seeds_b = _unique_seeds(a), _unique_seeds(b)
    common, in_a, in_b = np.intersect1d(seeds_a, seeds_b, assume_unique=True, return_indices=True)
    return Pairs(common, a.usable[in_a], b.usable[in_b], seeds_a.size - common.size, seeds_b.size - common.size)


def _numbers(arm: str, values: Sequence[float | None] | Floats) -> Floats:
    listed = values if isinstance(values, np.ndarray) else [np.nan if value is None else value for value in values]
    try:
        array = np.array(listed, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(arm, values, "a list of numbers") from error
    if array.ndim != 1:
        raise InvalidInput(arm, array.shape, "a flat list of numbers")
    return array


def _seeds(arm: str, seeds: list[int]) -> Ints:
    try:
        return np.asarray(seeds, dtype=np.int64)
    except (OverflowError, TypeError, ValueError) as error:
        raise InvalidInput(f"{arm}.seeds", seeds, "whole numbers of at most 63 bits") from error


def _unique_seeds(sample: Sample) -> Ints:
    if sample.seeds is None:
        raise InvalidInput(sample.arm, None, "values by seed, so that the arms can be paired")
    seeds = sample.seeds[sample.finite]
    if np.unique(seeds).size != seeds.size:
        raise InvalidInput(sample.arm, seeds.tolist()[:10], "each seed once")
    return seeds


def question_rng(*parts: str | int) -> np.random.Generator:
    """Derive a random generator from the parts of a question.

    The same parts (study, metric, arms, method) give the same stream. Parts are hashed with their lengths and kinds, so
    that ("ab", "c") and ("a", "bc"), or 1 and "1", give different streams.
    """
    digest = hashlib.sha256()
    for part in parts:
        text = f"{type(part).__name__}:{part}".encode("utf-8", "surrogatepass")
        digest.update(len(text).to_bytes(8, "big") + text)
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest.digest(), "big")))
