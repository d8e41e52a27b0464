"""Arms with the values, or the series, of their runs, for figures."""

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
    """Runs of an arm that are no part of the numbers.

    How many failed, and the excluded ones, each with its reason.

    missing: finished without the metric. pending: sent back to the queue after the look that counted them.
    """

    failures: int = 0
    missing: int = 0
    cancelled: int = 0
    pending: int = 0
    excluded: Mapping[int, str] = field(default_factory=dict)  # seed → reason


@dataclass(frozen=True, eq=False)
class ArmValues:
    """One number per run of an arm, of one metric.

    position: of the arm in its study, from 0; it decides colour, marker and dash.
    runs, seeds: int64, shape (n,). values: float64, shape (n,), non-finite ones kept as they are.
    all_fixed: every source is held fixed, so that equal values are as they should be.
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
        """Return the values in the form that statistics take."""
        out = self.left_out
        aside = len(out.excluded) + out.pending
        return Sample(self.name, self.values, self.seeds, out.failures, out.missing, out.cancelled, aside)


@dataclass(frozen=True, eq=False)
class ArmSeries:
    """One series per run of an arm, of one metric.

    steps: int64, values: float64; one pair of equally long arrays per run, steps ascending, values as they were logged.
    """

    position: int
    name: str
    runs: Ints
    seeds: Ints
    series: Sequence[tuple[Ints, Floats]]
    left_out: LeftOut = LeftOut()


def arm_values(
    position: int,
    name: str,
    values: Sequence[float] | Floats,
    *,
    seeds: Sequence[int] | None = None,
    runs: Sequence[int] | None = None,
    left_out: LeftOut | None = None,
) -> ArmValues:
    """Return an arm from plain lists.

    Seeds count from 0 and runs are the seeds where none are given.
    """
    numbers = np.asarray(values, dtype=np.float64)
    at = np.arange(numbers.size, dtype=np.int64) if seeds is None else np.asarray(seeds, dtype=np.int64)
    ids = at if runs is None else np.asarray(runs, dtype=np.int64)
    return ArmValues(position, name, ids, at, numbers, left_out or LeftOut())
