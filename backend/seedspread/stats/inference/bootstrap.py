"""Bootstrap intervals of a mean, a difference of means and the IQM.

They are offered for reference, since they are too short below 20 seeds. On a small grid the resampling distribution of
a mean is an n-fold convolution and is computed as such, which is the limit of infinitely many resamples. Otherwise
resamples are drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from seedspread.stats.data import sentences
from seedspread.stats.data.finite import of_numbers, of_pairs
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.data.results import Interval

Floats = NDArray[np.float64]

MOST_SEEDS = 5_000  # beyond, the t interval is the same to three digits
_LARGEST_LAW = 2**19
_CHUNK = 4_000_000
_SHORT = " (n < 20: too short)"
TOO_FEW = 20  # below, percentile intervals cover clearly less often than they claim


@dataclass(frozen=True)
class Bootstrap:
    """Percentile and BCa interval of a statistic.

    Both are None, with a reason, if undefined.
    """

    percentile: Interval | None = None
    bca: Interval | None = None
    reason: str | None = None


@dataclass(frozen=True)
class _Distribution:
    """Distribution of a resampled statistic.

    values are ascending whole multiples of the grid's unit over `scale`; weights are their probabilities.
    """

    values: Floats
    weights: Floats
    observed: float
    scale: int
    resamples: int | None


@of_numbers
def bootstrap_mean(
    values: Floats, rng: np.random.Generator, *, level: float = 0.95, resamples: int = 9_999
) -> Bootstrap:
    """Return percentile and BCa intervals of the mean."""
    if values.size < 2:
        return Bootstrap(reason=sentences.too_few(2, "seeds"))
    return _intervals(np.zeros(1), values, rng, level, resamples)


@of_pairs
def bootstrap_paired(
    a: Floats, b: Floats, rng: np.random.Generator, *, level: float = 0.95, resamples: int = 9_999
) -> Bootstrap:
    """Return percentile and BCa intervals of the mean difference B - A.

    Pairs are resampled together.
    """
    lattice = lattice_of(a, b)
    return bootstrap_mean(lattice.real(lattice.differences(a, b)), rng, level=level, resamples=resamples)


@of_numbers
def bootstrap_difference(
    a: Floats, b: Floats, rng: np.random.Generator, *, level: float = 0.95, resamples: int = 9_999
) -> Bootstrap:
    """Return percentile and BCa intervals of mean B - mean A.

    Arms are resampled separately.
    """
    if min(a.size, b.size) < 2:
        return Bootstrap(reason=sentences.too_few(2))
    return _intervals(a, b, rng, level, resamples)


def _intervals(a: Floats, b: Floats, rng: np.random.Generator, level: float, resamples: int) -> Bootstrap:
    """Return the intervals of mean(b) - mean(a).

    For a single sample, `a` is the value 0.
    """
    if max(a.size, b.size) > MOST_SEEDS:
        return Bootstrap(reason=sentences.too_many_for_bootstrap(MOST_SEEDS))
    lattice = lattice_of(a, b)
    first, second = lattice.whole(a), lattice.whole(b)
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        return Bootstrap(reason=sentences.SEEDS_DO_NOT_VARY)
    law = _counted(first, second) if lattice.denominator is not None else None
    law = law or _drawn(first, second, rng, resamples)
    label = "" if min(b.size, a.size if a.size > 1 else b.size) >= TOO_FEW else _SHORT
    tails = ((1 - level) / 2, (1 + level) / 2)
    adjusted = _adjusted(law, tails, _acceleration(first, second))

    def between(shares: tuple[float, float], method: str) -> Interval:
        low, high = (lattice.number(_quantile(law, share) / law.scale) for share in shares)
        return Interval(low, high, level, f"{method}{label}", law.resamples)

    bca = None if adjusted is None else between(adjusted, "BCa bootstrap")
    return Bootstrap(between(tails, "percentile bootstrap"), bca)


@of_numbers
def bootstrap_iqm(
    values: Floats, rng: np.random.Generator, *, level: float = 0.95, resamples: int = 9_999
) -> Interval | None:
    """Return the percentile interval of the interquartile mean.

    The result is None below 4 values, above 5,000, or for equal values.
    """
    n = values.size
    if n < 4 or n > MOST_SEEDS or np.ptp(lattice_of(values).whole(values)) == 0:
        return None
    cut, parts = n // 4, []
    for count in _batches(n, resamples):
        drawn = np.sort(values[rng.integers(0, n, (count, n))], axis=1)
        parts.append(drawn[:, cut : n - cut].mean(axis=1))
    low, high = np.quantile(np.concatenate(parts), [(1 - level) / 2, (1 + level) / 2])
    label = "" if n >= TOO_FEW else _SHORT
    return Interval(float(low), float(high), level, sentences.BOOTSTRAP_OF_IQM + label, resamples)


def _counted(first: Floats, second: Floats) -> _Distribution | None:
    """Return the exact resampling distribution of whole numbers.

    The result is None if it is too large to hold.
    """
    scale = math.lcm(first.size, second.size)
    times_a, times_b = scale // first.size, scale // second.size
    length = times_b * np.ptp(second) * second.size + times_a * np.ptp(first) * first.size + 1
    if length > _LARGEST_LAW:
        return None
    size = 1 << (int(length) - 1).bit_length()
    spectrum = _spectrum(second - second.min(), times_b, size) * np.conj(_spectrum(first - first.min(), times_a, size))
    # The turned-round law of A wraps to the end of the circle: roll it to the front.
    back = int(times_a * np.ptp(first) * first.size)
    weights = np.clip(np.roll(np.fft.irfft(spectrum, size), back)[: int(length)], 0, None)
    lowest = float(scale * (second.min() - first.min())) - back
    values = lowest + np.arange(weights.size, dtype=np.float64)
    return _Distribution(values, weights, _observed(first, second, scale), scale, None)


def _spectrum(steps: Floats, times: int, size: int) -> NDArray[np.complex128]:
    """Return the transform of the distribution of n drawn steps' sum.

    Each step is multiplied by `times` first.
    """
    law = np.bincount((steps * times).astype(np.int64), minlength=1) / steps.size
    return np.asarray(np.fft.rfft(law, size) ** steps.size)


def _drawn(first: Floats, second: Floats, rng: np.random.Generator, resamples: int) -> _Distribution:
    scale = math.lcm(first.size, second.size)
    sums = _drawn_sums(second, rng, resamples) * (scale // second.size)
    if first.size > 1:
        sums -= _drawn_sums(first, rng, resamples) * (scale // first.size)
    values = np.sort(sums)
    weights = np.full(resamples, 1 / resamples)
    return _Distribution(values, weights, _observed(first, second, scale), scale, resamples)


def _drawn_sums(multiples: Floats, rng: np.random.Generator, resamples: int) -> Floats:
    n = multiples.size
    return np.concatenate([multiples[rng.integers(0, n, (count, n))].sum(axis=1) for count in _batches(n, resamples)])


def _batches(n: int, resamples: int) -> list[int]:
    rows = max(1, _CHUNK // n)
    return [min(rows, resamples - start) for start in range(0, resamples, rows)]


def _observed(first: Floats, second: Floats, scale: int) -> float:
    return float(second.sum()) * (scale // second.size) - float(first.sum()) * (scale // first.size)


def _quantile(law: _Distribution, share: float) -> float:
    """Return the smallest value with this cumulative probability."""
    cumulative = np.cumsum(law.weights)
    return float(law.values[min(int(np.searchsorted(cumulative, share - 1e-12)), law.values.size - 1)])


def _adjusted(law: _Distribution, tails: tuple[float, float], acceleration: float) -> tuple[float, float] | None:
    """Return BCa's adjusted tail probabilities.

    They are Phi(z0 + (z0 + z) / (1 - a (z0 + z))); ties at the observed value count half in z0. The result is None if
    z0 is not finite.
    """
    below = float(law.weights[law.values < law.observed].sum())
    bias = float(ndtri(below + float(law.weights[law.values == law.observed].sum()) / 2))
    if not math.isfinite(bias):
        return None
    low, high = (
        float(ndtr(bias + (bias + z) / (1 - acceleration * (bias + z)))) for z in (float(ndtri(tail)) for tail in tails)
    )
    return low, high


def _acceleration(first: Floats, second: Floats) -> float:
    """Return the acceleration of BCa, from the jackknife's skewness.

    Each arm contributes with its own size, A with the opposite sign.
    """
    cubes = squares = 0.0
    for multiples, sign in ((first, -1.0), (second, 1.0)):
        if multiples.size > 1:
            pulls = sign * (multiples - multiples.mean())
            cubes += float(np.sum(pulls**3)) / multiples.size**3
            squares += float(np.sum(pulls**2)) / multiples.size**2
    return float(cubes / (6 * squares**1.5))
