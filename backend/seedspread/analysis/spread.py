"""Measure how far runs spread.

The spread is taken over rounds of seeding, over single sources, and over the test set.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedspread.analysis import sentences
from seedspread.analysis.design import SourceArms
from seedspread.analysis.measured import Arm, Measured, arm_view, measure
from seedspread.stats import adjust, brown_forsythe, standing_apart
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.decision.rule import FEWEST_FOR_INTERVAL
from seedspread.stats.inference.means import moments, std_interval
from seedspread.stats.spread.test_set_noise import correctness_variance
from seedspread.views.statistics import ArmSpread, ExamplesView, SpreadTest

if TYPE_CHECKING:
    from seedspread.context import Context


@dataclass(frozen=True)
class SpreadAnswer:
    """Answer on spreads in parts, with its numbers.

    `short` is the answer in a few words.
    """

    headline: str
    detail: tuple[str, ...]
    short: str
    spreads: list[ArmSpread]
    tests: list[SpreadTest]


def rounds_answer(measured: Measured, group: Sequence[Arm]) -> SpreadAnswer:
    """Compare the spreads of a variant's arms.

    The arms differ in how many sources are under control.
    """
    unit = measured.metric.unit
    spreads = [_spread(measured, arm.position) for arm in group]
    if all(spread.std is None for spread in spreads):
        none = sentences.no_spread(sentences.NO_ARM_WITH_TWO_RUNS, pending=bool(measured.pending))
        return SpreadAnswer(none, (), "no spread", spreads, [])
    wide = [spread for spread in spreads if spread.std]
    tests = _tested(measured, list(pairwise(wide)))
    by_name = {spread.name: spread for spread in spreads}
    detail = [sentences.steadier(test, by_name[test.a], by_name[test.b], _alpha(measured)) for test in tests]
    detail += [*_ends(spreads), *sentences.rounds_intervals(spreads, unit), *_apart(measured, wide)]
    headline = sentences.rounds_headline(measured.metric.name, spreads, unit)
    return SpreadAnswer(headline, tuple(detail), sentences.rounds_short(spreads, unit), spreads, tests)


def sources_answer(measured: Measured, group: SourceArms) -> SpreadAnswer:
    """Compare the spreads of sources varied alone with the noise floor."""
    unit = measured.metric.unit
    alone = {source: _spread(measured, at) for source, at in group.alone.items()}
    ordered = sorted(
        ((source, spread) for source, spread in alone.items() if spread.std is not None),
        key=lambda item: -(item[1].std or 0),
    )
    floor = None if group.repeats is None else _spread(measured, group.repeats)
    together = None if group.together is None else _spread(measured, group.together)
    spreads = [spread for spread in (floor, *alone.values(), together) if spread is not None]
    if not ordered:
        why = sentences.NO_SOURCE_WITH_TWO_RUNS
        return SpreadAnswer(sentences.no_spread(why, pending=bool(measured.pending)), (), "no spread", spreads, [])
    (top, widest), *others = ordered
    tests = _tested(measured, [(widest, spread) for _, spread in others[:1] if spread.std]) if widest.std else []
    detail = [sentences.largest_source(top, others[0][0], test, _alpha(measured)) for test in tests]
    if widest.std and others:
        detail.append(sentences.sources_rest(others, unit))
    if together is not None and together.std is not None:
        detail.append(sentences.together(together, unit))
    detail += [sentences.repeats_floor(floor, unit), *_apart(measured, spreads)]
    headline = sentences.sources_headline(measured.metric.name, ordered, unit)
    return SpreadAnswer(headline, tuple(detail), sentences.sources_short(ordered, unit), spreads, tests)


def _spread(measured: Measured, position: int) -> ArmSpread:
    values = measured.values[position]
    usable = values.sample().usable
    spreads_known = moments(usable) if usable.size else None
    std = None if spreads_known is None or spreads_known.n < 2 else spreads_known.std
    ranged = spreads_known is not None and spreads_known.n >= FEWEST_FOR_INTERVAL
    return ArmSpread(
        name=values.name,
        position=position,
        n=int(usable.size),
        std=std,
        interval=std_interval(spreads_known, measured.spec.rule.level)
        if spreads_known is not None and ranged
        else None,
        all_fixed=values.all_fixed,
    )


def _tested(measured: Measured, pairs: Sequence[tuple[ArmSpread, ArmSpread]]) -> list[SpreadTest]:
    """Return Brown and Forsythe's test of each pair, Holm-corrected."""
    results = [
        (a, b, brown_forsythe(*(measured.values[item.position].sample().usable for item in (a, b)))) for a, b in pairs
    ]
    holm = iter(adjust([test.p for *_, test in results if test.p is not None]).holm)
    return [
        SpreadTest(a=a.name, b=b.name, p=test.p, holm=None if test.p is None else next(holm), reason=test.reason)
        for a, b, test in results
    ]


def _alpha(measured: Measured) -> float:
    return round(1 - measured.spec.rule.level, 12)


def _ends(spreads: Sequence[ArmSpread]) -> list[str]:
    """Describe arms without a spread, and unexpected spreads."""
    notes = []
    for spread in spreads:
        if spread.std is None:
            continue
        if spread.all_fixed and spread.std:
            notes.append(sentences.held_and_spread(spread))
        elif spread.all_fixed and any(other.std for other in spreads):
            notes.append(sentences.nothing_left(spread))
        elif not spread.all_fixed and spread.std == 0:
            notes.append(sentences.one_value(spread))
    return notes


def _apart(measured: Measured, spreads: Sequence[ArmSpread]) -> list[str]:
    """Name arms whose spread comes from a few runs.

    The interval of such a spread means little.
    """
    outliers = [(spread.name, standing_apart(measured.values[spread.position].sample().usable)) for spread in spreads]
    return [sentences.outliers_spread(name, apart) for name, apart in outliers if apart.count]


FEWEST_RUNS = 2  # one run cannot separate the noise of seeds from that of examples


def noise_of_test_set(context: Context, study_id: int) -> list[ExamplesView]:
    """Split every arm's spread into real differences and test-set noise.

    Raises:
        NotFound: there is no such study.
    """
    measured = measure(context, study_id)
    return context.cache.get(
        ("test set", study_id), lambda: [_arm(context, measured, arm) for arm in measured.values], of=measured.revision
    )


def correctness(context: Context, measured: Measured, arm: ArmValues) -> tuple[NDArray[np.bool_] | None, str | None]:
    """Return correctness (runs, examples), or the reason it is unknown."""
    if measured.arms[arm.position].policies.get("split", "fixed") != "fixed":
        return None, sentences.SPLIT_VARIES
    from seedspread.storage import measured as stored

    with context.database.reading() as session:
        by_run = stored.examples(session, [int(run) for run in arm.runs])
    rows = [by_run[int(run)] for run in arm.runs if int(run) in by_run]
    if not rows:
        return None, sentences.NOTHING_REPORTED
    if len({row.size for row in rows}) > 1:
        return None, sentences.OTHER_TEST_SETS
    return np.stack(rows), None


def _arm(context: Context, measured: Measured, arm: ArmValues) -> ExamplesView:
    matrix, reason = correctness(context, measured, arm)
    view = arm_view(measured, arm)
    if matrix is None or min(matrix.shape) < FEWEST_RUNS:
        return ExamplesView(arm=view, headline=reason or sentences.NEEDS_TWO_RUNS, variance=None)
    result = correctness_variance(matrix)
    headline, detail = sentences.test_set(arm.name, result, math.sqrt(result.variance))
    return ExamplesView(arm=view, headline=headline, detail=detail, variance=result)
