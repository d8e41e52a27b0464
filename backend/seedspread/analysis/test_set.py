"""Say what a difference is worth on another test set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedspread.analysis import sentences
from seedspread.analysis.measured import Measured
from seedspread.analysis.spread import correctness
from seedspread.stats import Caveat, ExamplesDifference, McNemar, difference_over_examples, mcnemar
from seedspread.views.statistics import ComparisonView

if TYPE_CHECKING:
    from seedspread.context import Context

_LEAST_EXAMPLES = 2


def with_test_set(context: Context, measured: Measured, at: int, to: int, view: ComparisonView) -> ComparisonView:
    """Add the interval over fresh seeds and fresh examples to a comparison.

    The caveat about this test set then carries numbers. Nothing is added where the arms did not report which of the
    same examples they got right, or where the metric is not their share. With one run per arm McNemar's test compares
    them.
    """
    if view.summary is None or view.n < 1:
        return view
    tables = [_table(context, measured, position) for position in (at, to)]
    (seeds_a, a), (seeds_b, b) = tables
    if a is None or b is None or a.shape[1] != b.shape[1] or a.shape[1] < _LEAST_EXAMPLES:
        return view
    if view.paired:
        _, in_a, in_b = np.intersect1d(seeds_a, seeds_b, return_indices=True)
        a, b = a[in_a], b[in_b]
    if a.shape[0] == 1 and b.shape[0] == 1:
        runs = mcnemar(a[0], b[0], view.level)
        return _with_caveat(view, sentences.runs_on_examples(view, runs), {"mcnemar": runs})
    if min(a.shape[0], b.shape[0]) < _LEAST_EXAMPLES:
        return view
    result = difference_over_examples(a, b, paired=view.paired, level=view.level)
    if result.fresh_test_set is None:
        return view
    return _with_caveat(view, sentences.fresh_test_set(view, result), {"examples": result})


def _table(context: Context, measured: Measured, position: int) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """Return an arm's seeds and correctness, if it is their metric."""
    arm = measured.values[position]
    matrix, _ = correctness(context, measured, arm)
    if matrix is None or matrix.shape[0] != arm.runs.size:
        return arm.seeds, None
    # Results per example are of the last epoch; a metric that is not their share has no such interval.
    same = np.allclose(matrix.mean(axis=1), arm.values, rtol=0, atol=1e-6)
    return arm.seeds, matrix if same else None


def _with_caveat(view: ComparisonView, text: str, update: dict[str, ExamplesDifference | McNemar]) -> ComparisonView:
    others: Sequence[Caveat] = [caveat for caveat in view.caveats if caveat.code != "this_test_set"]
    return view.model_copy(update={**update, "caveats": [*others, Caveat("fresh_test_set", text)]})
