"""Plan seeds: power of t tests, seeds needed, detectable difference.

Plans start from a difference that matters, never from the observed one: achieved power only restates the p-value, and a
5-seed pilot of an effect that needs 17 seeds suggests anything between 5 and 219.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy import stats as sps
from scipy.special import ndtr

from seedspread.errors import InvalidInput
from seedspread.stats.data.results import Interval
from seedspread.stats.decision.evidence import Evidence
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL, DecisionRule
from seedspread.stats.decision.sequential import same_sign_p, t_mixture_critical
from seedspread.stats.inference.permutation import flip_floor, relabel_floor

MOST_SEEDS = 100_000_000  # no study has more; the search for a size must end somewhere
_ORDER = 48  # Gauss-Legendre nodes per panel


def power_of_t(df: float, noncentrality: float, level: float = 0.95) -> float:
    """Return the two-sided power of a t test, by quadrature.

    This is P(|T'(df, noncentrality)| > the two-sided critical value). SciPy's nct is not used because it returns nan in
    a corner that power at n = 2 needs (df 1, noncentrality 11.6).
    """
    return power_beyond(df, noncentrality, float(sps.t.isf((1 - level) / 2, df)))


def power_beyond(df: float, noncentrality: float, critical: float) -> float:
    """Return P(|T'(df, noncentrality)| > critical) for a critical value above 0."""
    shift = abs(noncentrality)
    nodes, weights = _chi_nodes(df, critical, shift)
    return min(1.0, float(np.sum(weights * (ndtr(shift - critical * nodes) + ndtr(-shift - critical * nodes)))))


def power_unpaired(effect: float, n_a: float, n_b: float, level: float = 0.95) -> float:
    """Return the power of the pooled t test at a true effect.

    The effect is in standard deviations; each arm has 2 or more seeds.
    """
    return power_of_t(n_a + n_b - 2, effect * math.sqrt(n_a * n_b / (n_a + n_b)), level)


def power_paired(effect: float, pairs: float, level: float = 0.95) -> float:
    """Return the power of the paired t test at a true effect.

    The effect is in standard deviations of the differences.
    """
    return power_of_t(pairs - 1, effect * math.sqrt(pairs), level)


def power_welch(difference: float, std_a: float, std_b: float, n_a: float, n_b: float, level: float = 0.95) -> float:
    """Return the power of Welch's test at a true difference.

    The degrees of freedom are Satterthwaite's for the population; the result is within 0.006 of simulation.
    """
    share_a, share_b = std_a**2 / n_a, std_b**2 / n_b
    if share_a + share_b == 0:
        raise InvalidInput("std", (std_a, std_b), "a spread above 0 in at least one arm")
    df = (share_a + share_b) ** 2 / (share_a**2 / (n_a - 1) + share_b**2 / (n_b - 1))
    return power_of_t(df, difference / math.sqrt(share_a + share_b), level)


def seeds_unpaired(effect: float, power: float = 0.8, level: float = 0.95) -> int | None:
    """Return the number of seeds per arm needed to detect an effect.

    The effect is in standard deviations. The result is None above 100,000,000.
    """
    return _smallest(lambda n: power_unpaired(effect, n, n, level), effect, power)


def seeds_paired(effect: float, power: float = 0.8, level: float = 0.95) -> int | None:
    """Return the number of paired seeds needed to detect an effect.

    The effect is in standard deviations of the differences. The result is None above 100,000,000.
    """
    return _smallest(lambda n: power_paired(effect, n, level), effect, power)


def seeds_welch(
    difference: float, std_a: float, std_b: float, power: float = 0.8, level: float = 0.95, ratio: float = 1.0
) -> int | None:
    """Return the number of seeds of A that Welch's test needs.

    B has `ratio` times as many. The result is None above 100,000,000.
    """
    return _smallest(lambda n: power_welch(difference, std_a, std_b, n, n * ratio, level), difference, power)


def seeds_real(effect: float, *, paired: bool, power: float = 0.8, level: float = 0.95) -> float | None:
    """Return the real-valued number of seeds at which power is reached.

    The result is None if 2 seeds already reach the power.
    """

    def curve(n: float) -> float:
        return power_paired(effect, n, level) if paired else power_unpaired(effect, n, n, level)

    seeds = _smallest(curve, effect, power)
    if seeds is None or seeds == 2:
        return None
    return float(optimize.brentq(lambda n: curve(n) - power, seeds - 1, seeds, xtol=1e-10))


def seeds_anytime(effect: float, power: float = 0.8, level: float = 0.95) -> int | None:
    """Return the number of pairs for a study analysed after every seed.

    The effect is in standard deviations of the differences (for unpaired arms, of B - A seed by seed). The
    anytime-valid interval is wider, so this exceeds `seeds_paired`; many such studies stop sooner. The result is None
    above 100,000,000.
    """

    def power_at(n: float) -> float:
        critical = t_mixture_critical(int(n), level)
        return 0.0 if critical is None else power_beyond(n - 1, effect * math.sqrt(n), critical)

    return _smallest(power_at, effect, power)


def detectable_unpaired(n_a: float, n_b: float, power: float = 0.8, level: float = 0.95) -> float:
    """Return the smallest effect that these arms detect with this power.

    The effect is in standard deviations.
    """
    return _effect(lambda effect: power_unpaired(effect, n_a, n_b, level), power)


def detectable_paired(pairs: float, power: float = 0.8, level: float = 0.95) -> float:
    """Return the smallest effect that these pairs detect with this power.

    The effect is in standard deviations of the differences.
    """
    return _effect(lambda effect: power_paired(effect, pairs, level), power)


def detectable_welch(
    std_a: float, std_b: float, n_a: float, n_b: float, power: float = 0.8, level: float = 0.95
) -> float:
    """Return the smallest difference that these arms detect with this power.

    The difference is in the metric's units.
    """
    unit = math.sqrt((std_a**2 + std_b**2) / 2)
    return unit * _effect(lambda effect: power_welch(effect * unit, std_a, std_b, n_a, n_b, level), power)


def _smallest(power_at: Callable[[float], float], effect: float, power: float) -> int | None:
    if not 0 < power < 1:
        raise InvalidInput("power", power, "a number between 0 and 1")
    if effect == 0 or not math.isfinite(effect):
        raise InvalidInput("difference", effect, "a difference other than 0")
    low, high = 1, 2
    while power_at(high) < power:
        low, high = high, high * 2
        if high > MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_at(middle) >= power else (middle, high)
    return high


def _effect(power_at: Callable[[float], float], power: float) -> float:
    high = 1.0
    while power_at(high) < power:
        high *= 2
    return float(optimize.brentq(lambda effect: power_at(effect) - power, 0.0, high, xtol=1e-13, rtol=1e-13))


@lru_cache(maxsize=1)
def _unit_nodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, weights = np.polynomial.legendre.leggauss(_ORDER)
    return nodes, weights


def _chi_nodes(df: float, critical: float, shift: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return quadrature nodes for s = sqrt(chi2/df), and their weights.

    Weights include the density. The range is split where the integrand bends.
    """
    low = math.sqrt(float(sps.chi2.ppf(1e-18, df)) / df)
    high = math.sqrt(float(sps.chi2.isf(1e-18, df)) / df)
    turn = shift / critical
    wanted = [low, *(turn + step / critical for step in (-9, -4, -1.5, 0, 1.5, 4, 9)), 0.5, 1.0, 1.5, 3.0, high]
    edges = np.unique(np.clip(wanted, low, high))
    unit, unit_weights = _unit_nodes()
    half = np.diff(edges)[:, None] / 2
    nodes = (edges[:-1, None] + half + half * unit).ravel()
    log_density = (df - 1) * np.log(nodes) - df * nodes**2 / 2
    masses = (half * unit_weights).ravel() * np.exp(log_density - log_density.max())
    # Scaled to 1 rather than by the gamma function, whose rounding would show at a million seeds.
    return nodes, masses / masses.sum()


Basis = Literal["minimum_seeds", "smallest_difference", "interval_within_difference", "half_the_interval"]

_PLAUSIBLE = 0.8  # one-sided: the spread is above this limit in one study of five


SeparationBasis = Literal["smallest_difference", "observed_gap"]


@dataclass(frozen=True)
class Separation:
    """Number of seeds per arm that tells the best arms apart.

    n: seeds per arm (or pairs) at hand. per_arm: needed with the rule's power at the corrected level; None if no
    feasible number is enough. fewest: seeds that an exact test needs to reach that level, whatever the difference.
    difference: the one planned for, in the metric's units. basis: what it is.
    """

    n: int
    per_arm: int | None
    fewest: int
    difference: float
    basis: SeparationBasis
    paired: bool


@dataclass(frozen=True)
class SeedsNeeded:
    """Number of seeds per arm needed for a verdict.

    per_arm: None if no feasible number is enough. additional: beyond the seeds at hand. cautious: the same if the
    spread is as large as it plausibly is (upper 80% limit), since pilots understate it. basis: what the number is
    planned for.
    """

    per_arm: int | None
    additional: int | None
    cautious: int | None
    basis: Basis


def seeds_needed(evidence: Evidence, rule: DecisionRule) -> SeedsNeeded:
    """Return the number of seeds expected to bring a verdict.

    The bases are tried in order, and the first that needs more seeds than there are decides. If the interval would
    already decide, only the minimum number of seeds for a verdict is missing.
    """
    n, floor = evidence.n, max(rule.minimum_seeds, fewest_for_verdict(rule.alpha, paired=evidence.paired))
    if rule.looks == "anytime":
        floor = max(floor, _fewest_at_looks(rule, same_difference=evidence.same_difference))
    if n < floor and _decides(evidence.interval, rule):
        return _answer(n, floor, floor, "minimum_seeds")
    margin, spread = rule.margin, spread_of(evidence)
    if margin is not None and spread is not None:
        answer = _stretched(lambda scale: _by_power(evidence, rule, margin, spread, scale), spread)
        if answer[0] is None or answer[0] > n:
            return _answer(n, max(answer[0], floor) if answer[0] else None, answer[1], "smallest_difference")
        if n >= floor:
            answer = _stretched(lambda scale: _by_width(evidence, rule, margin, spread, scale), spread)
            return _answer(n, answer[0], answer[1], "interval_within_difference")
    if n < floor:
        return _answer(n, floor, floor, "minimum_seeds")
    return _answer(n, 4 * n, 4 * n, "half_the_interval")


def fewest_for_verdict(alpha: float, *, paired: bool) -> int:
    """Return the fewest seeds per arm that an exact test needs.

    At an error rate of 5% this is 4 per arm, or 6 pairs.
    """
    n = FEWEST_FOR_INTERVAL
    while (flip_floor(n) if paired else relabel_floor(n, n)) > alpha:
        n += 1
    return n


def _fewest_at_looks(rule: DecisionRule, *, same_difference: bool) -> int:
    """Return the fewest seeds per arm at which a look can decide.

    Of differences that are all equal the signs decide, otherwise the t mixture, whose interval is infinite before.
    """
    n = FEWEST_FOR_INTERVAL
    while same_sign_p(n) > rule.alpha if same_difference else t_mixture_critical(n, rule.level) is None:
        n += 1
    return n


def _decides(interval: Interval | None, rule: DecisionRule) -> bool:
    if interval is None:
        return False
    margin = rule.margin
    within = margin is not None and -margin <= interval.low and interval.high <= margin
    return within or not interval.holds(0.0)


def _answer(n: int, per_arm: int | None, cautious: int | None, basis: Basis) -> SeedsNeeded:
    if per_arm is not None and cautious is not None:
        cautious = max(per_arm, cautious)
    return SeedsNeeded(per_arm, None if per_arm is None else max(0, per_arm - n), cautious, basis)


def spread_of(evidence: Evidence) -> tuple[float, float, float] | None:
    """Return the SDs of A and B and their degrees of freedom.

    For paired arms it returns the SD of the differences twice.
    """
    if evidence.paired:
        difference = evidence.difference
        return (
            None
            if difference is None or difference.n < 3 or difference.constant
            else (difference.std, difference.std, difference.n - 1)
        )
    first, second = evidence.moments_a, evidence.moments_b
    if first is None or second is None or min(first.n, second.n) < 3 or (first.constant and second.constant):
        return None
    return first.std, second.std, first.n + second.n - 2


def _stretched(
    solve: Callable[[float], int | None], spread: tuple[float, float, float]
) -> tuple[int | None, int | None]:
    df = spread[2]
    return solve(1.0), solve(math.sqrt(df / float(sps.chi2.ppf(1 - _PLAUSIBLE, df))))


def _by_power(
    evidence: Evidence, rule: DecisionRule, margin: float, spread: tuple[float, float, float], scale: float
) -> int | None:
    if rule.looks == "anytime":
        sd = spread[0] if evidence.paired else math.hypot(spread[0], spread[1])
        return seeds_anytime(margin / (sd * scale), rule.power, rule.level)
    if evidence.paired:
        return seeds_paired(margin / (spread[0] * scale), rule.power, rule.level)
    return seeds_welch(margin, spread[0] * scale, spread[1] * scale, rule.power, rule.level)


def _by_width(
    evidence: Evidence, rule: DecisionRule, margin: float, spread: tuple[float, float, float], scale: float
) -> int | None:
    """Return the number of seeds at which the interval fits the margin.

    An interval narrower than the margin cannot contain both 0 and the margin.
    """
    variance = (spread[0] ** 2 if evidence.paired else spread[0] ** 2 + spread[1] ** 2) * scale**2
    factor = 1 if evidence.paired else 2

    def wide(n: int) -> bool:
        if rule.looks == "anytime":
            anytime = t_mixture_critical(n, rule.level)
            return anytime is None or 2 * anytime * math.sqrt(variance / n) > margin
        critical = float(sps.t.isf(rule.alpha / 2, factor * (n - 1)))
        return 2 * critical * math.sqrt(variance / n) > margin

    low, high = 1, 2
    while wide(high):
        low, high = high, high * 2
        if high > MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high
