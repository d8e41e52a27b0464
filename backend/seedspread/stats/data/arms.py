"""Arms with the values or the series of their runs, for figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seedspread.stats.data.samples import Sample

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LeftOut:
    """Counts of an arm's runs that the statistics do not use.

    failures: runs that failed. missing: runs that finished without the metric. cancelled: runs stopped by hand.
    pending: runs sent back to the queue after the look that counted them. excluded: the reason of each excluded run, by
    seed.
    """

    failures: int = 0
    missing: int = 0
    cancelled: int = 0
    pending: int = 0
    excluded: Mapping[int, str] = field(default_factory=dict)  # seed → reason


@dataclass(frozen=True, eq=False)
class ArmValues:
    """Values of one metric for one arm, one number per run.

    position: of the arm in its study, from 0; it decides colour, marker and dash. runs, seeds: int64, shape (n,).
    values: float64, shape (n,), non-finite ones included. all_fixed: every source is held fixed, so equal values are
    expected.
    """

    position: int
    name: str
    runs: Ints
    seeds: Ints
    values: Floats
    left_out: LeftOut = LeftOut()
    all_fixed: bool = False

    @property
    def finite(self) -> NDArray[np.bool_]:
        """Mask of the values that means and ranks can use; shape (n,)."""
        return self.sample().finite

    def sample(self) -> Sample:
        """Return the values and the counts of excluded runs as a `Sample`."""
        out = self.left_out
        aside = len(out.excluded) + out.pending
        return Sample(self.name, self.values, self.seeds, out.failures, out.missing, out.cancelled, aside)


@dataclass(frozen=True, eq=False)
class ArmSeries:
    """Series of one metric for one arm, one per run.

    steps: int64, values: float64. Each run has one pair of equally long arrays, with ascending steps and the values as
    they were logged. running: how many of them have not ended. planned: ids of all its runs that count or are to come,
    in order, while any of the study's have not ended; None once all have.
    """

    position: int
    name: str
    runs: Ints
    seeds: Ints
    series: Sequence[tuple[Ints, Floats]]
    left_out: LeftOut = LeftOut()
    running: int = 0
    planned: Ints | None = None

    @property
    def ended(self) -> int:
        """Runs that count as seeds elsewhere: those that have ended."""
        return len(self.series) - self.running


def arm_values(
    position: int,
    name: str,
    values: Sequence[float] | Floats,
    *,
    seeds: Sequence[int] | None = None,
    runs: Sequence[int] | None = None,
    left_out: LeftOut | None = None,
) -> ArmValues:
    """Build an arm from plain lists.

    Without `seeds`, seeds count from 0. Without `runs`, the seeds serve as run ids.
    """
    numbers = np.asarray(values, dtype=np.float64)
    at = np.arange(numbers.size, dtype=np.int64) if seeds is None else np.asarray(seeds, dtype=np.int64)
    ids = at if runs is None else np.asarray(runs, dtype=np.int64)
    return ArmValues(position, name, ids, at, numbers, left_out or LeftOut())
