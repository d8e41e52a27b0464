"""How far runs spread, for designs that ask that instead of which mean is higher: rounds of seeding, sources alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from seedspread.analysis.design import SourceArms
from seedspread.analysis.measured import Arm, Measured
from seedspread.stats import Conditions, adjust, brown_forsythe, standing_apart
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL
from seedspread.stats.decision.sentences import quoted
from seedspread.stats.inference.means import moments, std_interval
from seedspread.views.statistics import ArmSpread, SpreadTest

FEW = 10
"""Runs an arm below which the test of equal spread sees only very unequal ones."""

NAMED = 3
"""How many sources are named in few words."""


@dataclass(frozen=True)
class SpreadAnswer:
    """The sentence, the same in a few words, and the numbers it is made of."""

    sentence: str
    short: str
    spreads: list[ArmSpread]
    tests: list[SpreadTest]


def rounds_answer(found: Measured, group: Sequence[Arm]) -> SpreadAnswer:
    """How the spread changes from one arm of a variant to the next, each with more (or less) under control."""
    spreads = [_spread(found, arm.position) for arm in group]
    words = _Words.of(found)
    if all(one.std is None for one in spreads):
        return SpreadAnswer(_none(found, "no arm has two finished runs."), "no spread", spreads, [])
    wide = [one for one in spreads if one.std]
    tests = _tested(found, list(pairwise(wide)))
    told = [f"Spread of {found.metric.name}: {words.listed(spreads)}."]
    told += [_steadier(one, found, spreads) for one in tests]
    told += _ends(spreads)
    told += [ranges] if (ranges := words.ranges(spreads)) else []
    short = f"spread {' → '.join(words.bare(one) for one in spreads)}{words.stated.unit_word}"
    return SpreadAnswer(" ".join([*told, *_apart(found, wide)]), short, spreads, tests)


def sources_answer(found: Measured, group: SourceArms) -> SpreadAnswer:
    """Which source spreads most when it varies alone, and the noise floor."""
    words = _Words.of(found)
    alone = {source: _spread(found, at) for source, at in group.alone.items()}
    known = sorted(
        ((source, one) for source, one in alone.items() if one.std is not None), key=lambda item: -(item[1].std or 0)
    )
    floor = None if group.repeats is None else _spread(found, group.repeats)
    together = None if group.together is None else _spread(found, group.together)
    spreads = [one for one in (floor, *alone.values(), together) if one is not None]
    if not known:
        none = _none(found, "no source has two finished runs in which it varies alone.")
        return SpreadAnswer(none, "no spread", spreads, [])
    metric, (top, widest) = found.metric.name, known[0]
    if not widest.std:
        told, tests = [f"No source moves {metric} when it varies alone ({len(known)} tried)."], []
        short = "no source moves it alone"
    else:
        rest = ", ".join(f"{source} {words.number(one)}" for source, one in known[1:])
        then = f"; then {rest}" if rest else ""
        told = [f"Varied alone, {top} spreads {metric} most: standard deviation {words.told(widest)}{then}."]
        first = ", ".join(f"{source} {words.bare(one)}" for source, one in known[:NAMED])
        short = f"spread alone: {first}{words.stated.unit_word}"
        tests = _tested(found, [(widest, one) for _, one in known[1:2] if one.std])
        told += [_largest(top, known[1][0], one, _alpha(found)) for one in tests]
    if together is not None and together.std is not None:
        told.append(f"With every source varying it is {words.told(together)}.")
    told.append(_floor(floor, words))
    return SpreadAnswer(" ".join([*told, *_apart(found, spreads)]), short, spreads, tests)


@dataclass(frozen=True)
class _Words:
    """Standard deviations as they are told: a share's in points."""

    stated: Conditions

    @classmethod
    def of(cls, found: Measured) -> _Words:
        return cls(Conditions(metric=found.metric.name, unit=found.metric.unit))

    def number(self, one: ArmSpread) -> str:
        """`0.92 points`, `0`."""
        if one.std is None:
            return "unknown"
        return f"{self._rounded(one, one.std)}{self.stated.unit_word}" if one.std else "exactly 0"

    def bare(self, one: ArmSpread) -> str:
        """The number without its unit."""
        return "?" if one.std is None else self._rounded(one, one.std) if one.std else "0"

    def told(self, one: ArmSpread) -> str:
        """The number with its range and n."""
        said = [f"n = {one.n}"]
        if one.interval is not None:
            low, high = self._rounded(one, one.interval.low), self._rounded(one, one.interval.high)
            said.insert(0, f"{one.interval.stated_level} interval {low} to {high}")
        return f"{self.number(one)} ({', '.join(said)})"

    def listed(self, spreads: Sequence[ArmSpread]) -> str:
        """Every arm with its spread, and how many runs that is of."""
        parts = [
            f"{self.number(one)} with {one.name}" if one.std is not None else f"not known with {one.name}"
            for one in spreads
        ]
        counts = [one.n for one in spreads]
        n = f"{counts[0]} each" if len(set(counts)) == 1 else ", ".join(map(str, counts))
        return f"{', '.join(parts)} (standard deviation, n = {n})"

    def ranges(self, spreads: Sequence[ArmSpread]) -> str:
        """The intervals of those that have one; empty where none has."""
        known = [(one, one.interval) for one in spreads if one.interval is not None and one.std]
        if not known:
            return ""
        parts = [
            f"{self._rounded(one, interval.low)} to {self._rounded(one, interval.high)}{self.stated.unit_word} "
            f"with {one.name}"
            for one, interval in known
        ]
        return f"{known[0][1].stated_level} intervals: {', '.join(parts)}."

    def _rounded(self, one: ArmSpread, value: float) -> str:
        scale = self.stated.scale
        width = scale * (one.interval.width() if one.interval is not None else one.std or 0.0)
        return quoted(value * scale, width)


def _none(found: Measured, why: str) -> str:
    return f"No spread{' yet' if found.pending else ''}: {why}"


def _spread(found: Measured, position: int) -> ArmSpread:
    values = found.values[position]
    usable = values.sample().usable
    known = moments(usable) if usable.size else None
    std = None if known is None or known.n < 2 else known.std
    ranged = known is not None and known.n >= FEWEST_FOR_INTERVAL
    return ArmSpread(
        name=values.name,
        position=position,
        n=int(usable.size),
        std=std,
        interval=std_interval(known, found.spec.rule.level) if known is not None and ranged else None,
        held=values.held,
    )


def _tested(found: Measured, pairs: Sequence[tuple[ArmSpread, ArmSpread]]) -> list[SpreadTest]:
    """Brown-Forsythe's test of each pair, Holm over all of them."""
    results = [
        (a, b, brown_forsythe(*(found.values[one.position].sample().usable for one in (a, b)))) for a, b in pairs
    ]
    holm = iter(adjust([test.p for *_, test in results if test.p is not None]).holm)
    return [
        SpreadTest(a=a.name, b=b.name, p=test.p, holm=None if test.p is None else next(holm), reason=test.reason)
        for a, b, test in results
    ]


def _steadier(test: SpreadTest, found: Measured, spreads: Sequence[ArmSpread]) -> str:
    by_name = {one.name: one for one in spreads}
    a, b = by_name[test.a], by_name[test.b]
    if test.holm is None:
        return f"Whether {a.name} and {b.name} spread alike cannot be tested: {test.reason}."
    if test.holm <= _alpha(found):
        steady, other = (a, b) if (a.std or 0) < (b.std or 0) else (b, a)
        return f"{steady.name} is steadier than {other.name} (Brown-Forsythe p {test.holm:.2g})."
    few = f"; below {FEW} runs an arm it sees only very unequal spreads" if min(a.n, b.n) < FEW else ""
    return f"Whether {b.name} is steadier than {a.name} is open (Brown-Forsythe p {test.holm:.2g}{few})."


def _largest(top: str, second: str, test: SpreadTest, alpha: float) -> str:
    if test.p is None:
        return f"Whether {top} spreads it more than {second} cannot be tested: {test.reason}."
    if test.p <= alpha:
        return f"{top} spreads it more than {second} does (Brown-Forsythe p {test.p:.2g})."
    return f"Whether {top} spreads it more than {second} is open (Brown-Forsythe p {test.p:.2g})."


def _alpha(found: Measured) -> float:
    return round(1 - found.spec.rule.level, 12)


def _ends(spreads: Sequence[ArmSpread]) -> list[str]:
    """What is to be said of arms without a spread, and of those that should have none."""
    said = []
    for one in spreads:
        if one.std is None:
            continue
        if one.held and one.std:
            said.append(f"{one.name} holds every source fixed and spreads all the same: something escapes the seeds.")
        elif one.held and any(other.std for other in spreads):
            said.append(f"With {one.name} nothing is left of it: every run gives the same value.")
        elif not one.held and one.std == 0:
            said.append(f"{one.name} gave one value in all {one.n} runs, though not everything is fixed there.")
    return said


def _floor(floor: ArmSpread | None, words: _Words) -> str:
    if floor is None or floor.std is None:
        return "There are no repeats with nothing varied to take a noise floor from."
    if floor.std == 0:
        return f"With nothing varied the runs agree exactly (n = {floor.n}): the noise floor is 0."
    return f"The noise floor, with nothing varied, is {words.told(floor)}: something escapes the seeds."


def _apart(found: Measured, spreads: Sequence[ArmSpread]) -> list[str]:
    """Where a few runs make the spread: then its range means little."""
    told = []
    for one in spreads:
        seen = standing_apart(found.values[one.position].sample().usable)
        if seen.count:
            told.append(
                f"{seen.count} of {seen.n} runs of {one.name} ended far {seen.side} the rest: they make its spread."
            )
    return told
