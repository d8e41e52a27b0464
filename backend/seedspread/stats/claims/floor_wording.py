"""Sentences on candidates judged against a noise floor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from seedspread import words
from seedspread.stats.data.results import Interval
from seedspread.stats.data.samples import Sample

FEW: Final = "a candidate needs 3 finite values"
FLAT: Final = "the noise floor has no spread"
COPIES: Final = "its values are all among the floor's, as if the same runs were entered twice"
ONE_VALUE: Final = "every run gave the same value, although the floor's differ: check that the seed is applied"
EXACT_FLOOR: Final = "with so few seeds no exact test can reach its share of the error rate"
ONE_SD: Final = "a difference of one SD of the floor"
COVERS: Final = "the difference may be noise"


def headline(
    state: str,
    names: tuple[str, str],
    sizes: tuple[int, int],
    interval: Interval | None,
    unit: str,
    p: float | None,
    alpha: float,
    more: int | None,
    reason: str | None,
    planned: str = "",
) -> str:
    """Return the verdict in one or two sentences.

    planned: the difference that more seeds are planned for; "" if none would be.
    """
    floor, candidate = map(words.name, names)
    n = f"{words.count(sizes[1])} against {words.counted(sizes[0], 'seed')}"
    measured = ""
    if interval is not None:
        scale = words.difference_scale(unit)
        within = words.interval(interval.low * scale, interval.high * scale, interval.level, signed=True)
        middle = words.difference((interval.low + interval.high) / 2, interval.ends, unit)
        measured = f"{candidate} − {floor} is {middle} ({within}, {n})"
    spent = f"{words.p_value(p)}, allowed {words.exact(_short(alpha))}" if alpha else ""
    match state:
        case "better":
            return f"{candidate} is better than the noise floor {floor}: {measured}; {spent}."
        case "not_better":
            return f"{candidate} is not better than the noise floor {floor}: {measured}."
        case "broken":
            cost = f" Its share of the error rate, {words.exact(_short(alpha))}, is spent." if alpha else ""
            return f"{candidate} cannot be judged against the noise floor {floor}: {reason}.{cost}"
    about = "It needs" if reason == FEW else f"Showing {planned} takes about"
    needs = f" {about} {words.counted(more, 'more seed')} of {candidate}." if more else ""
    if planned and not more:
        little = f"A second judgement of {candidate} may spend too little to show {planned}"
        needs = f" {little}: judge others once, with all seeds."
    between = f": {measured}; {spent}" if measured else ""
    return f"Undecided, {reason}{between}.{needs}"


def planned_for(smallest_difference: float | None, unit: str) -> str:
    """Return the difference that more seeds are planned for, in words."""
    return ONE_SD if smallest_difference is None else f"a difference of {words.entered(smallest_difference, unit)}"


def kept_from(floor: str, arm: str, n: int, better: Sequence[str], judged: int) -> str:
    """Say that an arm is kept as a noise floor."""
    first = f"{words.name(arm)} is kept as the noise floor {words.name(floor)} ({words.counted(n, 'seed')})"
    named = f" ({words.listing([words.name(name) for name in better], 5)})" if better else ""
    return f"{first}; {words.counted(judged, 'candidate')} judged against it, {words.count(len(better))} better{named}."


def _short(alpha: float) -> float:
    """Return an error rate with two significant digits, rounded down."""
    step = 10.0 ** (math.floor(math.log10(alpha)) - 1)
    return round(math.floor(alpha / step + 1e-9) * step, 12)


def no_value(candidate: Sample) -> str:
    """Say that no run of a candidate has a value."""
    return f"no run of {words.name(candidate.arm)} has a finite value"


def fails_more(candidate: Sample) -> str:
    """Say that a candidate fails more often than the floor."""
    failed = f"{words.count(candidate.left_out)} of {words.counted(candidate.ended, 'run')}"
    return f"{words.name(candidate.arm)} fails more often than the floor ({failed})"


def spreads_differ(candidate: Sample, ratio: float) -> str:
    """Say that a candidate's spread is not the floor's."""
    times = words.number(ratio)
    return f"the SD of {words.name(candidate.arm)} is {times} times the floor's, so a floor is no measure of its noise"


def conditions_differ(clauses: Sequence[str]) -> str:
    """Say which conditions of a candidate are not the floor's."""
    return f"its conditions differ ({words.listing(list(clauses), 3)})"
