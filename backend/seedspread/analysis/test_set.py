"""Separate real spread over seeds from the finite test set's."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seedspread.analysis import sentences
from seedspread.analysis.measured import Measured, arm_view, measure
from seedspread.context import Context
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.spread.test_set_noise import correctness_variance
from seedspread.storage import measured as stored
from seedspread.views.statistics import ExamplesView

FEWEST_RUNS = 2
SPLIT_VARIES = "The split varies, so every run has other test examples: hold it fixed to compare them one by one."
NOTHING_REPORTED = "No finished run has reported which examples it got right."


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
    """Return which run got which example right, or why unknown.

    Shape (runs, examples).
    """
    if measured.arms[arm.position].policies.get("split", "fixed") != "fixed":
        return None, SPLIT_VARIES
    with context.database.reading() as session:
        by_run = stored.examples(session, [int(run) for run in arm.runs])
    rows = [by_run[int(run)] for run in arm.runs if int(run) in by_run]
    if not rows:
        return None, NOTHING_REPORTED
    if len({row.size for row in rows}) > 1:
        return None, "The runs were tested on different numbers of examples."
    return np.stack(rows), None


def _arm(context: Context, measured: Measured, arm: ArmValues) -> ExamplesView:
    matrix, reason = correctness(context, measured, arm)
    shown = arm_view(measured, arm)
    if matrix is None or min(matrix.shape) < FEWEST_RUNS:
        return ExamplesView(arm=shown, headline=reason or "This needs at least 2 runs.", variance=None)
    result = correctness_variance(matrix)
    headline, detail = sentences.test_set(arm.name, result, math.sqrt(result.variance))
    return ExamplesView(arm=shown, headline=headline, detail=detail, variance=result)
