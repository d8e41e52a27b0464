"""Rank several arms.

The result is their order, the group that cannot be distinguished from the best, and the probability of being best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.errors import InvalidInput
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.data.results import HypothesisTest, Interval, at_least_smallest
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.evidence import Evidence, gather
from seedspread.stats.decision.judgement import judge
from seedspread.stats.decision.planning import (
    Separation,
    SeparationBasis,
    fewest_for_verdict,
    seeds_paired,
    seeds_welch,
    spread_of,
)
from seedspread.stats.decision.ranking_sentences import RankedArm, ranking_sentences
from seedspread.stats.decision.rule import DecisionRule
from seedspread.stats.inference.means import moments
from seedspread.stats.inference.multiplicity import adjust
from seedspread.stats.inference.robust import TRIM

Floats = NDArray[np.float64]

_NOT_STATED = Conditions()
_DRAWS = 10_000
_CHUNK = 2_000_000  # array cells drawn at once


@dataclass(frozen=True)
class Ranking:
    """Ranking of arms, best first.

    comparisons: the number of all pairs, which the group of the best is corrected for (Holm). headline, detail: the
    ranking in words. separation: the seeds it takes to tell the best arm from those that it does not beat; None if it
    beats all others, or without a spread.
    """

    arms: tuple[RankedArm, ...]
    comparisons: int
    paired: bool
    unranked: tuple[str, ...] = ()
    headline: str = ""
    detail: tuple[str, ...] = ()
    separation: Separation | None = None


def rank_arms(
    samples: Sequence[Sample], rule: DecisionRule, rng: np.random.Generator, conditions: Conditions = _NOT_STATED
) -> Ranking:
    """Rank arms by their means.

    The best arm is chosen from the data, so it is compared with every other at the level of all pairs. Without a
    direction the highest mean counts as best. Arms without a finite value are listed in `unranked`.

    Raises:
        InvalidInput: fewer than two arms, or two arms of one name.
    """
    names = [sample.arm for sample in samples]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InvalidInput("arms", names, "two or more arms with different names")
    sign = -1.0 if rule.direction == "minimize" else 1.0
    usable = [sample for sample in samples if sample.usable.size]
    unranked = tuple(sample.arm for sample in samples if not sample.usable.size)
    means = {sample.arm: moments(sample.usable).mean for sample in usable}
    ordered = sorted(usable, key=lambda sample: -sign * centre_of(sample, rule))
    pairs = len(samples) * (len(samples) - 1) // 2
    evidences = [gather(other, ordered[0], rule) for other in ordered[1:]] if ordered else []
    judged = [judge(evidence, rule, rng, pairs) for evidence in evidences]
    best = ordered[0].arm if ordered else None
    # A pair may be decided for the other arm (it fails less often): then the best one is not shown to be better.
    worse = adjust([item.p if best in (item.winner, item.leaning) else 1.0 for item in judged], pairs).holm
    chances: list[float | None] = [None] * len(ordered)
    if rule.centre == "mean":
        chances = probability_best(ordered, rng, minimize=sign < 0)
    arms = tuple(
        RankedArm(
            sample.arm,
            int(sample.usable.size),
            sample.left_out,
            means[sample.arm],
            index == 0 or worse[index - 1] > rule.alpha,
            None if index == 0 else worse[index - 1],
            chances[index],
        )
        for index, sample in enumerate(ordered)
    )
    paired = all(evidence.paired for evidence in evidences) and bool(evidences)
    tied = [evidence for evidence, arm in zip(evidences, arms[1:], strict=True) if arm.with_best]
    separation = _separation(tied, rule, pairs)
    headline, detail = ranking_sentences(arms, pairs, separation, rule, conditions)
    return Ranking(arms, pairs, paired, unranked, headline, detail, separation)


def centre_of(sample: Sample, rule: DecisionRule) -> float:
    """Return the value that the rule compares of an arm."""
    values = sample.usable
    match rule.centre:
        case "median":
            return float(np.median(values))
        case "trimmed":
            return float(sps.trim_mean(values, TRIM))
        case "log_ratio" if values.min() > 0:
            return float(np.log(values).mean())
    return moments(values).mean


def _separation(tied: Sequence[Evidence], rule: DecisionRule, pairs: int) -> Separation | None:
    """Return the seeds that tell the best arm from those tied.

    For the smallest difference that matters it is the most that any of these pairs needs; without one, the seeds that
    the gap to the next arm would take if it were real.
    """
    if not tied:
        return None
    margin, level = rule.margin, 1 - rule.alpha / pairs
    first, second = tied[0].moments_a, tied[0].moments_b
    gap = 0.0 if first is None or second is None else abs(second.mean - first.mean)
    difference = gap if margin is None else margin
    spreads = [spread for spread in map(spread_of, tied if margin is not None else tied[:1]) if spread is not None]
    if not spreads or difference == 0:
        return None
    paired = tied[0].paired
    needed = [
        seeds_paired(difference / a, rule.power, level) if paired else seeds_welch(difference, a, b, rule.power, level)
        for a, b, _ in spreads
    ]
    feasible = [seeds for seeds in needed if seeds is not None]
    fewest = max(rule.minimum_seeds, fewest_for_verdict(rule.alpha / pairs, paired=paired))
    per_arm = max(fewest, *feasible) if len(feasible) == len(needed) else None
    basis: SeparationBasis = "observed_gap" if margin is None else "smallest_difference"
    return Separation(min(evidence.n for evidence in tied), per_arm, fewest, difference, basis, paired)


def probability_best(
    samples: Sequence[Sample], rng: np.random.Generator, *, minimize: bool = False, draws: int = _DRAWS
) -> list[float | None]:
    """Return each arm's probability that its true mean is best.

    Probabilities are posterior under flat priors. Arms that share their seeds are drawn together (Bayesian bootstrap
    over at least 5 common seeds), others each from the t posterior of its mean. All are None if an arm has fewer than 3
    finite values.
    """
    if not samples or min(sample.usable.size for sample in samples) < 3:
        return [None] * len(samples)
    joint = _common(samples)
    wins = np.zeros(len(samples))
    step = max(1, _CHUNK // max(1, len(samples), joint.shape[1] if joint is not None else 1))
    for start in range(0, draws, step):
        size = min(step, draws - start)
        if joint is not None:
            drawn = rng.dirichlet(np.ones(joint.shape[1]), size) @ joint.T
        else:
            summaries = [moments(sample.usable) for sample in samples]
            drawn = np.stack(
                [item.mean + item.sem * rng.standard_t(max(1, item.n - 1), size) for item in summaries], axis=1
            )
        top = drawn.min(axis=1, keepdims=True) if minimize else drawn.max(axis=1, keepdims=True)
        best = drawn == top
        wins += (best / best.sum(axis=1, keepdims=True)).sum(axis=0)
    # As if one more draw had been shared by all: no number of draws shows that an arm cannot be the best.
    return [(float(count) + 1 / len(samples)) / (draws + 1) for count in wins]


def _common(samples: Sequence[Sample]) -> Floats | None:
    """Return the values on the seeds that all arms share.

    The result has one row per arm; it is None below 5 such seeds.
    """
    if any(sample.seeds is None for sample in samples):
        return None
    seeds = [np.asarray(sample.seeds)[sample.finite] for sample in samples]
    if any(np.unique(own).size != own.size for own in seeds):
        return None
    shared = reduce(np.intersect1d, seeds)
    if shared.size < 5:
        return None
    rows = []
    for own, sample in zip(seeds, samples, strict=True):
        order = np.argsort(own)
        rows.append(sample.usable[order[np.searchsorted(own[order], shared)]])
    return np.stack(rows)


def games_howell(samples: Sequence[Sample], level: float = 0.95) -> dict[tuple[str, str], HypothesisTest]:
    """Compare all pairs of unpaired arms by the Games-Howell test.

    Each result has a simultaneous interval, from the studentized range with Welch's degrees of freedom (Games & Howell
    1976). Keys are (A, B); effects are B - A.

    Raises:
        InvalidInput: an arm has fewer than 2 finite values, or no arm varies.
    """
    summaries = [(sample.arm, moments(sample.usable)) for sample in samples if sample.usable.size > 1]
    if len(summaries) < len(samples) or len(summaries) < 2:
        raise InvalidInput("arms", [sample.arm for sample in samples], "two or more arms of at least 2 finite values")
    tests = {}
    for (name_a, a), (name_b, b) in combinations(summaries, 2):
        share_a, share_b = a.var / a.n, b.var / b.n
        if share_a + share_b == 0:
            raise InvalidInput("arms", [name_a, name_b], "arms that vary")
        error = float(np.sqrt((share_a + share_b) / 2))
        df = (share_a + share_b) ** 2 / (share_a**2 / (a.n - 1) + share_b**2 / (b.n - 1))
        q = (b.mean - a.mean) / error
        half = float(sps.studentized_range.isf(1 - level, len(summaries), df)) * error
        tests[name_a, name_b] = HypothesisTest(
            "Games-Howell",
            "studentized range",
            a.n + b.n,
            q,
            df=df,
            p=at_least_smallest(float(sps.studentized_range.sf(abs(q), len(summaries), df))),
            interval=Interval(b.mean - a.mean - half, b.mean - a.mean + half, level, "Games-Howell"),
        )
    return tests
