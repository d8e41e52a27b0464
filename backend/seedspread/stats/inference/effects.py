"""Effect sizes: probability that B beats A, and standardised differences.

Intervals do not collapse at a probability of 0 or 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy import stats as sps

from seedspread.stats.data import sentences
from seedspread.stats.data.finite import of_numbers, of_pairs
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.data.results import Estimate, Interval
from seedspread.stats.inference.means import difference_moments, moments, pooled_std
from seedspread.stats.inference.outliers import wilson_interval

Floats = NDArray[np.float64]

_LARGEST_TABLE = 1_000  # seeds per arm up to which wins are resampled from a table of all pairs


@of_numbers
def probability_b_above_a(a: Floats, b: Floats, level: float = 0.95) -> Estimate:
    """Return P(B > A) + P(B = A)/2 over all pairs.

    The interval is Newcombe's score interval (2006, method 5). It stays open if the arms do not overlap, since 3 fully
    separated runs against 3 are no certainty.
    """
    name, n = "P(B above A)", a.size + b.size
    if min(a.size, b.size) == 0:
        return Estimate(name, None, n, reason=sentences.NO_VALUES)
    share = wins(a, b) / (a.size * b.size)
    if min(a.size, b.size) < 2:
        return Estimate(name, share, n, reason=sentences.too_few(2))
    return Estimate(name, share, n, _newcombe(share, a.size, b.size, level))


@of_pairs
def probability_paired(a: Floats, b: Floats, level: float = 0.95) -> Estimate:
    """Return the share of paired seeds in which B is above A.

    Ties count half; the interval is Wilson's. This is a different quantity from the unpaired probability, so never mix
    the two.
    """
    name, n = sentences.SHARE_OF_SEEDS_ABOVE, a.size
    if n == 0:
        return Estimate(name, None, 0, reason="no pairs")
    differences = lattice_of(a, b).differences(a, b)
    won = float(np.sum(differences > 0)) + float(np.sum(differences == 0)) / 2
    return Estimate(name, won / n, n, wilson_interval(won, n, level))


def wins(a: Floats, b: Floats) -> float:
    """Count pairs of runs in which B is above A, ties half.

    This is the Mann-Whitney U of B, computed in O(n log n).
    """
    lattice = lattice_of(a, b)
    first, second = np.sort(lattice.whole(a)), lattice.whole(b)
    below = np.searchsorted(first, second, side="left")
    not_above = np.searchsorted(first, second, side="right")
    return float(np.sum(below) + np.sum(not_above)) / 2


@of_numbers
def probability_bootstrap(
    a: Floats, b: Floats, rng: np.random.Generator, *, level: float = 0.95, resamples: int = 9_999
) -> Interval | None:
    """Return the percentile bootstrap interval of P(B above A).

    The result is None if the interval collapses to a point or the arms are too large. It is offered for reference:
    without overlap every resample agrees, and below 20 seeds it is too short.
    """
    if min(a.size, b.size) < 2 or max(a.size, b.size) > _LARGEST_TABLE:
        return None
    lattice = lattice_of(a, b)
    first, second = lattice.whole(a), lattice.whole(b)
    table = (np.sign(second[None, :] - first[:, None]) + 1) / 2
    if table.min() == table.max():
        return None
    drawn_a, drawn_b = _multiplicities(a.size, rng, resamples), _multiplicities(b.size, rng, resamples)
    shares = np.einsum("ri,ri->r", drawn_a @ table, drawn_b) / (a.size * b.size)
    tail = (1 - level) / 2
    low, high = np.quantile(shares, [tail, 1 - tail])
    return Interval(float(low), float(high), level, "percentile bootstrap", resamples)


def _newcombe(share: float, n_a: int, n_b: int, level: float) -> Interval:
    z, middle = float(sps.norm.isf((1 - level) / 2)), (n_a + n_b) / 2

    def excess(theta: float) -> float:
        spread = 1 + (middle - 1) * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return (share - theta) ** 2 - z * z * theta * (1 - theta) * spread / (n_a * n_b)

    # Beside the share the excess is negative and at 0 and 1 it is not, except where an end is the limit itself.
    near, far = 1e-9, 1e-12
    low = float(optimize.brentq(excess, far, share - near)) if share > near and excess(far) > 0 else 0.0
    high = float(optimize.brentq(excess, share + near, 1 - far)) if share < 1 - near and excess(1 - far) > 0 else 1.0
    return Interval(low, high, level, "Newcombe's score interval")


def _multiplicities(n: int, rng: np.random.Generator, resamples: int) -> Floats:
    """Count draws of each of n values in every resample.

    The result has shape (resamples, n).
    """
    drawn = rng.integers(0, n, (resamples, n)) + n * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n).astype(np.float64)


@dataclass(frozen=True)
class Effects:
    """Standardised effect sizes, None if undefined.

    cohen_d divides by the pooled SD, and hedges_g is its unbiased form (exact, and with the factor 1 - 3/(4v - 1)).
    cohen_d_av divides by the root mean square of the two SDs. cohen_dz divides by the SD of the paired differences; it
    grows with their correlation, so never compare it with d. cliffs_delta is 2 P(B above A) - 1.
    """

    cohen_d: float | None = None
    hedges_g: float | None = None
    hedges_g_approx: float | None = None
    cohen_d_av: float | None = None
    cohen_dz: float | None = None
    cliffs_delta: float | None = None
    reason: str | None = None


@of_numbers
def effects(a: Floats, b: Floats, *, paired: bool = False) -> Effects:
    """Return the effect sizes of two arms.

    Values are finite, and as many in both arms if paired.
    """
    if min(a.size, b.size) == 0:
        return Effects(reason=sentences.NO_VALUES)
    cliff = 2 * wins(a, b) / (a.size * b.size) - 1
    if min(a.size, b.size) < 2:
        return Effects(cliffs_delta=cliff, reason=sentences.too_few(2))
    lattice = lattice_of(a, b)
    first, second = moments(a, lattice), moments(b, lattice)
    dz = _paired_effect(a, b) if paired else None
    if first.constant and second.constant:
        return Effects(cohen_dz=dz, cliffs_delta=cliff, reason=sentences.BOTH_CONSTANT)
    difference, freedom = second.mean - first.mean, a.size + b.size - 2
    d = difference / pooled_std(first, second)
    return Effects(
        cohen_d=d,
        hedges_g=d * hedges_factor(freedom),
        hedges_g_approx=d * (1 - 3 / (4 * freedom - 1)),
        cohen_d_av=difference / math.sqrt((first.var + second.var) / 2),
        cohen_dz=dz,
        cliffs_delta=cliff,
    )


def hedges_factor(freedom: int) -> float:
    """Return the exact small-sample correction of Hedges.

    `freedom` is 1 or more; at 2 the factor is 0.57.
    """
    if freedom == 1:
        return 0.0
    half = freedom / 2
    return math.exp(math.lgamma(half) - math.lgamma(half - 0.5) - math.log(half) / 2)


def _paired_effect(a: Floats, b: Floats) -> float | None:
    summary = difference_moments(a, b)
    return None if summary.n < 2 or summary.constant else summary.mean / summary.std
