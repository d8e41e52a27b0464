"""One sample in numbers: centre, spread and the intervals that belong to them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.stats.data.finite import of_numbers
from seedspread.stats.data.resolution import Lattice, is_constant, lattice_of
from seedspread.stats.data.results import HypothesisTest, Interval, finite
from seedspread.stats.data.samples import Sample
from seedspread.stats.moments import Moments, moments

Floats = NDArray[np.float64]

NO_VARIATION = "no variation between runs: does what varies reach the training?"


@dataclass(frozen=True)
class Summary:
    """An arm in numbers; everything below `n` is over the n finite values, in the metric's units.

    std, var and sem use ddof=1 and are None for one value. iqm drops floor(n/4) values from each end;
    iqm_fractional weighs by the quartiles 1/4 to 3/4 (smooth in n). mean_interval is Student's t, std_interval the
    chi-square one (near-normal data only). reason says why an interval is missing.
    """

    arm: str
    n: int
    started: int
    failures: int
    missing: int
    non_finite: int
    mean: float | None = None
    std: float | None = None
    var: float | None = None
    sem: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    median: float | None = None
    q1: float | None = None
    q3: float | None = None
    iqr: float | None = None
    iqm: float | None = None
    iqm_fractional: float | None = None
    distinct: int = 0
    constant: bool = False
    mean_interval: Interval | None = None
    std_interval: Interval | None = None
    reason: str | None = None
    cancelled: int = 0


def summarise(sample: Sample, level: float = 0.95) -> Summary:
    """The summary of an arm; what cannot be computed is None, with the reason."""
    values = sample.usable
    counts = (sample.arm, values.size, sample.started, sample.failures, sample.missing, sample.non_finite)
    if values.size == 0:
        return Summary(*counts, reason="no finite value", cancelled=sample.cancelled)
    lattice = lattice_of(values)
    known = moments(values, lattice)
    q1, median, q3 = quartiles(values, lattice)
    spread = known.std if known.n > 1 else None
    return Summary(
        *counts,
        mean=known.mean,
        std=spread,
        var=None if spread is None else known.var,
        sem=None if spread is None else known.sem,
        minimum=float(values.min()),
        maximum=float(values.max()),
        median=median,
        q1=q1,
        q3=q3,
        iqr=q3 - q1,
        iqm=iqm(values),
        iqm_fractional=iqm_fractional(values),
        distinct=int(np.unique(lattice.whole(values)).size),
        constant=known.n > 1 and known.constant,
        mean_interval=mean_interval(known, level),
        std_interval=std_interval(known, level),
        reason=no_interval_reason(known),
        cancelled=sample.cancelled,
    )


def mean_interval(known: Moments, level: float = 0.95) -> Interval | None:
    """Student's t interval of the mean; None below 2 values or without variation (covers 95 % at n = 3 already)."""
    if no_interval_reason(known) is not None:
        return None
    half = float(sps.t.isf((1 - level) / 2, known.n - 1)) * known.sem
    return Interval(known.mean - half, known.mean + half, level, "t")


def std_interval(known: Moments, level: float = 0.95) -> Interval | None:
    """The chi-square interval of the standard deviation; holds for near-normal data only."""
    if no_interval_reason(known) is not None:
        return None
    df, tail = known.n - 1, (1 - level) / 2
    low = known.std * math.sqrt(df / float(sps.chi2.isf(tail, df)))
    high = known.std * math.sqrt(df / float(sps.chi2.ppf(tail, df)))
    return Interval(low, high, level, "chi-square (near-normal data)")


def no_interval_reason(known: Moments) -> str | None:
    """Why no interval of this sample's mean can be had, or None where it can."""
    if known.n < 2:
        return "one seed says nothing about the spread"
    return NO_VARIATION if known.constant else None


def quartiles(values: Floats, lattice: Lattice) -> tuple[float, float, float]:
    """First quartile, median and third quartile (linear, "type 7"), interpolated on the lattice where there is one."""
    exact = lattice.denominator is not None
    points = np.percentile(lattice.whole(values) if exact else values, [25, 50, 75])
    q1, median, q3 = (lattice.number(float(point)) if exact else float(point) for point in points)
    return q1, median, q3


@of_numbers
def iqm(values: Floats) -> float:
    """The mean of what is left after dropping floor(n/4) values from each end (nothing below n = 4)."""
    return float(sps.trim_mean(values, 0.25))


@of_numbers
def iqm_fractional(values: Floats) -> float:
    """The mean of the middle half with fractional weights: smooth in n where `iqm` jumps."""
    ordered = np.sort(values)
    edges = np.arange(values.size + 1) / values.size
    weights = np.clip(np.minimum(edges[1:], 0.75) - np.maximum(edges[:-1], 0.25), 0, None)
    return float(np.sum(ordered * weights) / np.sum(weights))


@of_numbers
def shapiro(values: Floats) -> HypothesisTest:
    """Shapiro-Wilk, as reference only: on k/n metrics it detects the grid of the test set; nothing is gated on it."""
    name, method = "Shapiro-Wilk", "reference only"
    if values.size < 3:
        return HypothesisTest(name, method, values.size, reason="needs 3 values")
    if is_constant(values):
        return HypothesisTest(name, method, values.size, reason=NO_VARIATION)
    if values.size > 5000:
        return HypothesisTest(name, method, values.size, reason="not calibrated above 5,000 values")
    if values.size == 3 and np.unique(lattice_of(values).whole(values)).size == 2:
        return HypothesisTest(name, method, 3, reason="two of the three values are equal")
    found = sps.shapiro(values / np.max(np.abs(values)))
    return HypothesisTest(name, method, values.size, statistic=finite(found.statistic), p=finite(found.pvalue))
