"""Measure how far runs spread, for designs that ask that.

Rounds of seeding, sources varied alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from seedspread.analysis import sentences
from seedspread.analysis.design import SourceArms
from seedspread.analysis.measured import Arm, Measured
from seedspread.stats import adjust, brown_forsythe, standing_apart
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL
from seedspread.stats.inference.means import moments, std_interval
from seedspread.views.statistics import ArmSpread, SpreadTest


@dataclass(frozen=True)
class SpreadAnswer:
    """Answer on spreads in parts, with its numbers.

    `short` is the same in a few words.
    """

    headline: str
    detail: tuple[str, ...]
    short: str
    spreads: list[ArmSpread]
    tests: list[SpreadTest]


def rounds_answer(found: Measured, group: Sequence[Arm]) -> SpreadAnswer:
    """Compare the spreads of a variant's arms.

    Each has more (or less) under control.
    """
    unit = found.metric.unit
    spreads = [_spread(found, arm.position) for arm in group]
    if all(spread.std is None for spread in spreads):
        none = sentences.no_spread("no arm has two finished runs", pending=bool(found.pending))
        return SpreadAnswer(none, (), "no spread", spreads, [])
    wide = [spread for spread in spreads if spread.std]
    tests = _tested(found, list(pairwise(wide)))
    by_name = {spread.name: spread for spread in spreads}
    detail = [sentences.steadier(test, by_name[test.a], by_name[test.b], _alpha(found)) for test in tests]
    detail += [*_ends(spreads), *sentences.rounds_intervals(spreads, unit), *_apart(found, wide)]
    headline = sentences.rounds_headline(found.metric.name, spreads, unit)
    return SpreadAnswer(headline, tuple(detail), sentences.rounds_short(spreads, unit), spreads, tests)


def sources_answer(found: Measured, group: SourceArms) -> SpreadAnswer:
    """Compare the spreads of sources varied alone with the noise floor."""
    unit = found.metric.unit
    alone = {source: _spread(found, at) for source, at in group.alone.items()}
    ordered = sorted(
        ((source, spread) for source, spread in alone.items() if spread.std is not None),
        key=lambda item: -(item[1].std or 0),
    )
    floor = None if group.repeats is None else _spread(found, group.repeats)
    together = None if group.together is None else _spread(found, group.together)
    spreads = [spread for spread in (floor, *alone.values(), together) if spread is not None]
    if not ordered:
        why = "no source has two finished runs in which it varies alone"
        return SpreadAnswer(sentences.no_spread(why, pending=bool(found.pending)), (), "no spread", spreads, [])
    (top, widest), *others = ordered
    tests = _tested(found, [(widest, spread) for _, spread in others[:1] if spread.std]) if widest.std else []
    detail = [sentences.largest_source(top, others[0][0], test, _alpha(found)) for test in tests]
    if widest.std and others:
        detail.append(sentences.sources_rest(others, unit))
    if together is not None and together.std is not None:
        detail.append(sentences.together(together, unit))
    detail += [sentences.repeats_floor(floor, unit), *_apart(found, spreads)]
    headline = sentences.sources_headline(found.metric.name, ordered, unit)
    return SpreadAnswer(headline, tuple(detail), sentences.sources_short(ordered, unit), spreads, tests)


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
    """Return Brown and Forsythe's test of each pair.

    Corrected by Holm over all of them.
    """
    results = [
        (a, b, brown_forsythe(*(found.values[one.position].sample().usable for one in (a, b)))) for a, b in pairs
    ]
    holm = iter(adjust([test.p for *_, test in results if test.p is not None]).holm)
    return [
        SpreadTest(a=a.name, b=b.name, p=test.p, holm=None if test.p is None else next(holm), reason=test.reason)
        for a, b, test in results
    ]


def _alpha(found: Measured) -> float:
    return round(1 - found.spec.rule.level, 12)


def _ends(spreads: Sequence[ArmSpread]) -> list[str]:
    """Describe arms without a spread, and unexpected spreads."""
    notes = []
    for spread in spreads:
        if spread.std is None:
            continue
        if spread.held and spread.std:
            notes.append(sentences.held_and_spread(spread))
        elif spread.held and any(other.std for other in spreads):
            notes.append(sentences.nothing_left(spread))
        elif not spread.held and spread.std == 0:
            notes.append(sentences.one_value(spread))
    return notes


def _apart(found: Measured, spreads: Sequence[ArmSpread]) -> list[str]:
    """Name arms in which a few runs make the spread.

    Its interval then means little.
    """
    seen = [(spread.name, standing_apart(found.values[spread.position].sample().usable)) for spread in spreads]
    return [sentences.outliers_spread(name, apart) for name, apart in seen if apart.count]
