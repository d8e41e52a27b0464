"""Cherry-picking curve of a study's arms, or of plain numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from seedspread.analysis import sentences
from seedspread.analysis.compare import MOST_VALUES, Values
from seedspread.analysis.measured import arm_of, arm_view, measure
from seedspread.context import Context
from seedspread.core.recipe import Direction
from seedspread.errors import InvalidInput
from seedspread.stats import Sample, expected_best, standing
from seedspread.views.statistics import BestOfArm, ComparedArm


def best_of(
    context: Context, study_id: int, *, metric: str | None = None, summary: str | None = None, quoted: float | None
) -> list[BestOfArm]:
    """Return the expected best of k seeds of every arm.

    Each arm includes the rank of the quoted value.

    Raises:
        NotFound: there is no such study.
        InvalidInput: no such metric, or a quoted value that is not finite.
    """
    measured = measure(context, study_id, metric, summary)
    return [
        _of_arm(arm_view(measured, arm), arm.sample(), measured.metric.direction, quoted) for arm in measured.values
    ]


def best_of_numbers(
    groups: Mapping[str, Values], *, direction: Direction = Direction.MAXIMIZE, quoted: float | None = None
) -> list[BestOfArm]:
    """Return the expected best of k for groups of plain numbers.

    Raises:
        InvalidInput: no groups, too many numbers, a value that is not a number, or a quoted value that is not finite.
    """
    if not groups:
        raise InvalidInput("groups", [], "a group of numbers or more")
    if sum(map(len, groups.values())) > MOST_VALUES:
        raise InvalidInput("groups", sum(map(len, groups.values())), f"at most {MOST_VALUES:,} numbers")
    samples = [Sample.of(name, values) for name, values in groups.items()]
    return [_of_arm(arm_of(sample), sample, direction, quoted) for sample in samples]


def _of_arm(arm: ComparedArm, sample: Sample, direction: Direction, quoted: float | None) -> BestOfArm:
    if quoted is not None and not np.isfinite(quoted):
        raise InvalidInput("quoted", quoted, "a finite number")
    values = sample.usable
    rank = standing(quoted, values, direction) if quoted is not None and values.size else None
    curve = expected_best(values, direction)
    headline, detail = sentences.best_of(arm.name, curve, rank)
    return BestOfArm(headline=headline, detail=detail, arm=arm, curve=curve, quoted=rank)
