"""Best-of-k curve: expected best of k seeds, and a quoted value's rank."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from seedspread.errors import InvalidInput
from seedspread.stats.data import sentences as reasons
from seedspread.stats.data.finite import countable, of_numbers
from seedspread.stats.data.resolution import lattice_of
from seedspread.stats.decision.rule import AnyDirection, Direction, direction_of

Floats = NDArray[np.float64]

_MOST_POINTS = 200  # a curve of more points looks the same


@dataclass(frozen=True)
class BestOf:
    """Expected best of k seeds.

    values[i] is the expectation for ks[i] of the n seeds.
    """

    n: int
    direction: Direction
    ks: tuple[int, ...]
    values: tuple[float, ...]
    reason: str | None = None


@dataclass(frozen=True)
class Standing:
    """Rank of a quoted value among n seeds.

    better, equal: number of seeds that are better than the value, or equal to it. share_at_least: share of seeds at
    least as good. like_best_of: smallest k whose expected best reaches the value (1: a single run does on average),
    None if no k up to n does. from_mean: distance from the mean in standard deviations, None without variation.
    """

    value: float
    n: int
    better: int
    equal: int
    share_at_least: float
    like_best_of: int | None
    from_mean: float | None


@of_numbers
def expected_best(
    values: Floats,
    direction: AnyDirection = "maximize",
    *,
    ks: tuple[int, ...] | None = None,
    replace: bool = False,
) -> BestOf:
    """Return the expected best of k of the n values.

    The expectation is exact, computed from order statistics. k = n gives the best value seen and says nothing beyond n.

    Args:
        values: finite values, shape (n,).
        direction: whether larger or smaller values are better.
        ks: numbers from 1 to n; by default all of them, thinned out geometrically above 200 seeds.
        replace: draw with replacement (Dodge et al. 2019), which is biased low and offered for comparison; the default
            draws without (Tang et al. 2020).

    Raises:
        InvalidInput: a k outside 1 to n, or an unknown direction.
    """
    way, n = direction_of(direction), values.size
    if n == 0:
        return BestOf(0, way, (), (), reason=reasons.NO_FINITE_VALUE)
    chosen = ks if ks is not None else _default_ks(n)
    if not all(1 <= k <= n for k in chosen):
        raise InvalidInput("ks", chosen, f"numbers from 1 to {n}")
    ordered = np.sort(values if way == "maximize" else -values)
    sign = 1.0 if way == "maximize" else -1.0
    weigh = _weights_with if replace else _weights_without
    return BestOf(n, way, chosen, tuple(sign * float(weigh(n, k) @ ordered) for k in chosen))


@of_numbers
def standing(value: float, values: Floats, direction: AnyDirection = "maximize") -> Standing:
    """Rank a quoted value in the distribution of one or more seeds.

    Raises:
        InvalidInput: the value is not finite, or there are no seeds.
    """
    if values.size == 0 or not countable(np.array([value]))[0]:
        raise InvalidInput("value", value, "a finite number beside at least one finite seed")
    higher = direction_of(direction) == "maximize"
    lattice = lattice_of(values, np.array([value]))
    multiples, quoted = lattice.whole(values), float(lattice.whole(np.array([value]))[0])
    better = int(np.sum(multiples > quoted if higher else multiples < quoted))
    equal = int(np.sum(multiples == quoted))
    curve = expected_best(values, direction)
    # Expectations lie between the metric's steps: only rounding is forgiven here.
    slack = 1e-12 * max(abs(value), float(np.max(np.abs(values))))
    reached = (
        k
        for k, best in zip(curve.ks, curve.values, strict=True)
        if (best >= value - slack if higher else best <= value + slack)
    )
    spread = float(np.std(values, ddof=1)) if values.size > 1 and np.ptp(multiples) > 0 else None
    distance = None if spread is None else (value - float(np.mean(values))) / spread
    return Standing(value, values.size, better, equal, (better + equal) / values.size, next(reached, None), distance)


def _weights_without(n: int, k: int) -> Floats:
    """Return the probabilities that the i-th smallest is the largest of k.

    They are C(i-1, k-1) / C(n, k) for i = 1..n.
    """
    logs = _log_factorials(n)
    weights = np.zeros(n)
    log_choices = logs[n] - logs[k] - logs[n - k]
    weights[k - 1 :] = np.exp(logs[k - 1 : n] - logs[k - 1] - logs[: n - k + 1] - log_choices)
    weights /= weights.sum()
    return weights


@lru_cache(maxsize=8)
def _log_factorials(n: int) -> Floats:
    """Return ln 0!, ln 1!, …, ln n!; shape (n + 1,)."""
    logs: Floats = gammaln(np.arange(n + 1) + 1.0)
    logs.flags.writeable = False
    return logs


def _weights_with(n: int, k: int) -> Floats:
    shares = np.linspace(0, 1, n + 1)
    weights: Floats = shares[1:] ** k - shares[:-1] ** k
    return weights


def _default_ks(n: int) -> tuple[int, ...]:
    if n <= _MOST_POINTS:
        return tuple(range(1, n + 1))
    return tuple(int(k) for k in np.unique(np.rint(np.geomspace(1, n, _MOST_POINTS)).astype(int)))


SIZES = (1, 2, 3, 5, 10, 20)
_CELLS = 2_048  # grid cells where values share no small lattice
_SPAN = 2**20
_NOISE = 1e-12  # what the transforms' rounding may leave where the chance is 0


@dataclass(frozen=True)
class WrongWinner:
    """Probability that the means of fewer seeds point the other way.

    chances[i] is the probability that sizes[i] seeds per arm contradict the full sample; ties count half, and values
    below 1e-12 are 0. This is a plug-in estimate from the seeds at hand and therefore optimistic: without a true
    difference and with n = 5 it gives 26% at k = 3, where 50% is true. Show it only beside the interval of the
    difference.
    """

    sizes: tuple[int, ...]
    chances: tuple[float, ...]
    method: str
    reason: str | None = None


@of_numbers
def wrong_winner(a: Floats, b: Floats, *, paired: bool, sizes: tuple[int, ...] = SIZES) -> WrongWinner:
    """Compute how often fewer seeds would name the wrong winner.

    Seeds are drawn with replacement from the arms (or from their pairs). The probabilities are computed by convolution,
    without simulation.

    Args:
        a, b: finite values; of the same length if paired.
        paired: resample pairs rather than each arm.
        sizes: numbers of seeds per arm.

    Returns:
        One probability per size; empty, with a reason, if the means are equal.

    Raises:
        InvalidInput: a size below 1.
    """
    if any(size < 1 for size in sizes):
        raise InvalidInput("sizes", sizes, "numbers of seeds from 1 on")
    if min(a.size, b.size) == 0:
        return WrongWinner(sizes, (), "exact", reason=reasons.NO_VALUES)
    lattice = lattice_of(a, b)
    # Pairs are one sample of differences set against an arm that is always 0.
    first, second = (np.zeros(1), lattice.differences(a, b)) if paired else (lattice.whole(a), lattice.whole(b))
    observed = float(np.mean(second) - np.mean(first))
    if abs(observed) <= 1e-9 * max(1.0, float(np.max(np.abs(second)))):
        return WrongWinner(sizes, (), "exact", reason=reasons.EQUAL_MEANS)
    low, high = min(first.min(), second.min()), max(first.max(), second.max())
    exact = lattice.denominator is not None and (high - low) * max(sizes) <= _SPAN
    step = 1.0 if exact else max(1.0, float(high - low) / _CELLS)
    # B minus A for one seed each: B's law joined with A's turned round; no difference is cell law_a.size - 1.
    law_a, law_b = (_law(np.rint((group - low) / step), round((high - low) / step)) for group in (first, second))
    law, zero = _joined(law_b, law_a[::-1]), law_a.size - 1
    chances = tuple(_chance_opposite(_power(law, size), zero * size, observed) for size in sizes)
    return WrongWinner(sizes, chances, "exact" if exact else f"grid of {_CELLS:,} cells")


def _law(cells: Floats, top: int) -> Floats:
    return np.bincount(cells.astype(np.int64), minlength=top + 1) / cells.size


def _chance_opposite(law: Floats, zero: int, observed: float) -> float:
    below, above = float(law[:zero].sum()), float(law[zero + 1 :].sum())
    chance = (below if observed > 0 else above) + float(law[zero]) / 2
    return min(1.0, chance) if chance > _NOISE else 0.0


def _power(law: Floats, size: int) -> Floats:
    """Return the distribution of the sum of `size` independent draws."""
    if size == 1:
        return law
    length = (law.size - 1) * size + 1
    padded = 1 << (length - 1).bit_length()
    return np.clip(np.fft.irfft(np.fft.rfft(law, padded) ** size, padded)[:length], 0, None)


def _joined(first: Floats, second: Floats) -> Floats:
    length = first.size + second.size - 1
    padded = 1 << (length - 1).bit_length()
    return np.clip(np.fft.irfft(np.fft.rfft(first, padded) * np.fft.rfft(second, padded), padded)[:length], 0, None)
