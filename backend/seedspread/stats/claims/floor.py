"""Judge candidates with few seeds against a noise floor.

A noise floor is a baseline measured with 20 seeds or more. A stream of candidates shares one error rate: with equal
arms, the chance that any of them is kept stays at or below it, however many there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats as sps

from seedspread.errors import InvalidInput
from seedspread.stats.claims import floor_wording
from seedspread.stats.data.results import Interval
from seedspread.stats.data.samples import Sample
from seedspread.stats.decision.planning import power_of_t
from seedspread.stats.decision.rule import Direction
from seedspread.stats.inference.means import student_test
from seedspread.stats.inference.outliers import beyond, standing_apart
from seedspread.stats.inference.permutation import log_choices, relabel_test, resamples_for
from seedspread.stats.inference.ranks import mann_whitney

FEWEST, FEWEST_CANDIDATE = 20, 3
"""Seeds of a noise floor, and of a candidate, at the least."""

MOST_CANDIDATES = 100
ERROR = 0.05

FloorOutcome = Literal["better", "not_better", "undecided", "broken"]

_PLANNED_PART = 0.9  # of the error rate for the planned candidates; the rest is for all that follow
_FIRST_LOOK = 0.9  # of a candidate's share for its first judgement; the rest is for later ones, with more seeds
_SPREADS = 0.05  # two-sided level at which spreads that differ are refused
_LEVEL, _POWER = 0.95, 0.8
_MOST_MORE = 1_000


@dataclass(frozen=True)
class FloorVerdict:
    """Verdict on a candidate against a noise floor.

    state: better, not better (it is worse, or better by less than matters), undecided, or broken (it cannot be judged).
    alpha: the share of the error rate that this judgement spends. p: the larger one-sided p of the tests that decide;
    None if none ran. interval: of candidate - floor at 95%, from the pooled spread. more: further seeds of the
    candidate that would probably settle it, None if it is settled or no number would. reason: why it is undecided or
    broken.
    """

    state: FloorOutcome
    headline: str
    n: int
    floor_n: int
    alpha: float
    p: float | None
    exact_p: float | None
    interval: Interval | None
    more: int | None
    reason: str | None = None


def share_of_error(candidate: int, look: int, candidates: int, error: float = ERROR) -> float:
    """Return the error rate that one judgement may spend.

    The sum over all candidates and looks, without end, is at most `error`: 90% of it in equal parts for the planned
    candidates, the rest in shrinking parts for those that follow.

    Args:
        candidate: number in the stream, from 1.
        look: judgement of that candidate, from 1.
        candidates: planned length of the stream.
        error: for the whole stream.
    """
    if candidate <= candidates:
        share = _PLANNED_PART * error / candidates
    else:
        share = (1 - _PLANNED_PART) * error * 6 / (math.pi * (candidate - candidates)) ** 2
    return share * (_FIRST_LOOK if look == 1 else (1 - _FIRST_LOOK) * 0.5 ** (look - 1))


def candidates_for(floor_n: int, seeds: int = FEWEST_CANDIDATE, error: float = ERROR) -> int:
    """Return the longest stream in which so few seeds can decide.

    At most 100. The exact test of `seeds` against the floor has to reach a first judgement's share: 71 candidates of 3
    seeds with a
    floor of 20, 100 from 23 on.
    """
    smallest = math.exp(-log_choices(floor_n + seeds, seeds))
    return max(1, min(MOST_CANDIDATES, math.floor(_PLANNED_PART * _FIRST_LOOK * error / smallest + 1e-9)))


def seeds_to_decide(floor_n: int, alpha: float) -> int:
    """Return the fewest seeds with which the exact test reaches alpha."""
    seeds = FEWEST_CANDIDATE
    while math.exp(-log_choices(floor_n + seeds, seeds)) > alpha:
        seeds += 1
    return seeds


def refused(floor: Sample, candidate: Sample, reason: str) -> FloorVerdict:
    """Return the verdict on a candidate that this floor cannot judge."""
    return _verdict("broken", floor, candidate, 0.0, reason=reason)


def judge_candidate(
    floor: Sample,
    candidate: Sample,
    direction: Direction,
    alpha: float,
    rng: np.random.Generator,
    *,
    smallest_difference: float | None = None,
    unit: str = "",
    next_alpha: float | None = None,
) -> FloorVerdict:
    """Judge a candidate against the floor: better, not better, undecided or broken.

    "Better" needs the pooled t test and the exact permutation test, one-sided at `alpha`; where floor or candidate has
    outliers the exact rank test replaces the t test. Spreads that differ are refused, since pooling them would not
    hold. Failed runs count: a candidate that fails more often than the floor is never better. The sentence shows
    differences of the unit `share` in points. More seeds are planned for `next_alpha`, which the next judgement may
    spend; None: as much as this one.

    Raises:
        InvalidInput: a floor of fewer than 20 finite values, or an alpha that is no error rate.
    """
    first, second = floor.usable, candidate.usable
    if first.size < FEWEST:
        raise InvalidInput("floor", int(first.size), f"{FEWEST} finite values or more")
    if not 0 < alpha < 1:
        raise InvalidInput("alpha", alpha, "an error rate between 0 and 1")
    reason = _refusal(floor, candidate)
    if reason is not None:
        return _verdict("broken", floor, candidate, alpha, reason=reason)
    if second.size < FEWEST_CANDIDATE:
        missing, few = FEWEST_CANDIDATE - int(second.size), floor_wording.FEW
        return _verdict("undecided", floor, candidate, alpha, more=missing, reason=few)
    sign = 1.0 if direction == "maximize" else -1.0
    t = student_test(sign * first, sign * second, _LEVEL)
    exact = relabel_test(sign * first, sign * second, rng, resamples=resamples_for(alpha)).p_greater or 1.0
    apart = standing_apart(first).count or standing_apart(second).count
    deciding = (mann_whitney(sign * first, sign * second) if apart else t).p_greater
    p = max(exact, 1.0 if deciding is None else deciding)
    interval = t.interval
    if interval is not None and sign < 0:
        interval = Interval(-interval.high, -interval.low, interval.level, interval.method)
    numbers = (p, exact, interval)
    if candidate.left_out * floor.ended > floor.left_out * candidate.ended:
        return _verdict(
            "undecided", floor, candidate, alpha, *numbers, unit=unit, reason=floor_wording.fails_more(candidate)
        )
    if p <= alpha:
        return _verdict("better", floor, candidate, alpha, *numbers, unit=unit)
    best = None if interval is None else max(sign * interval.low, sign * interval.high)
    if best is not None and not apart and best < (smallest_difference or 0.0):
        return _verdict("not_better", floor, candidate, alpha, *numbers, unit=unit)
    more = _more(first.size, second.size, next_alpha or alpha, smallest_difference, float(first.std(ddof=1)))
    planned = floor_wording.planned_for(smallest_difference, unit)
    needs = math.exp(-log_choices(first.size + second.size, second.size))
    reason = floor_wording.EXACT_FLOOR if needs > alpha else floor_wording.COVERS
    return _verdict(
        "undecided", floor, candidate, alpha, *numbers, unit=unit, more=more, reason=reason, planned=planned
    )


def _refusal(floor: Sample, candidate: Sample) -> str | None:
    """Return why the candidate cannot be judged at all, or None."""
    first, second = floor.usable, candidate.usable
    if second.size == 0:
        return floor_wording.no_value(candidate)
    if np.ptp(first) == 0:
        return floor_wording.FLAT
    if second.size < FEWEST_CANDIDATE:
        return None
    coarse = np.unique(first).size < first.size
    if not coarse and np.isin(second, first).all():
        return floor_wording.COPIES
    if not coarse and np.ptp(second) == 0:
        return floor_wording.ONE_VALUE
    # Outliers would hide how far typical runs spread.
    rest, own = (values[~beyond(values, standing_apart(values))] for values in (first, second))
    if np.ptp(rest) == 0 or own.size < 2:
        return None
    ratio = float(np.var(own, ddof=1) / np.var(rest, ddof=1))
    df = (own.size - 1, rest.size - 1)
    too_narrow = not coarse and ratio < sps.f.ppf(_SPREADS / 2, *df)
    if too_narrow or ratio > sps.f.isf(_SPREADS / 2, *df):
        return floor_wording.spreads_differ(candidate, math.sqrt(ratio))
    return None


def _more(floor_n: int, n: int, alpha: float, smallest: float | None, spread: float) -> int | None:
    """Return the seeds to add for the smallest difference, or one SD."""
    effect = (smallest or spread) / spread

    def enough(total: int) -> bool:
        if math.exp(-log_choices(floor_n + total, total)) > alpha:
            return False
        noncentrality = effect * math.sqrt(floor_n * total / (floor_n + total))
        return power_of_t(floor_n + total - 2, noncentrality, 1 - 2 * alpha) >= _POWER

    low, high = n, n + 1
    while not enough(high):
        low, high = high, 2 * high
        if high > _MOST_MORE:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high - n


def _verdict(
    state: FloorOutcome,
    floor: Sample,
    candidate: Sample,
    alpha: float,
    p: float | None = None,
    exact_p: float | None = None,
    interval: Interval | None = None,
    *,
    unit: str = "",
    more: int | None = None,
    reason: str | None = None,
    planned: str = "",
) -> FloorVerdict:
    n, floor_n = int(candidate.usable.size), int(floor.usable.size)
    spent = alpha if n >= FEWEST_CANDIDATE else 0.0
    headline = floor_wording.headline(
        state, (floor.arm, candidate.arm), (floor_n, n), interval, unit, p, spent, more, reason, planned
    )
    return FloorVerdict(state, headline, n, floor_n, alpha, p, exact_p, interval, more, reason)
