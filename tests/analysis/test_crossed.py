"""Variance shares of plain numbers agree with the textbook formulas, and refuse what no formula holds for."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from seedspread.analysis.variance import CrossedRun, variance_of_numbers
from seedspread.errors import InvalidInput
from seedspread.stats import intraclass_correlation
from seedspread.stats.spread.sentences import PURE

DRAWN = random.Random(2)
SPLIT = [DRAWN.gauss(0, 0.01) for _ in range(5)]
INIT = [DRAWN.gauss(0, 0.004) for _ in range(6)]
TABLE = np.array([[0.9 + split + init + DRAWN.gauss(0, 0.002) for init in INIT] for split in SPLIT])
RUNS: list[CrossedRun] = [((f"s{i}", j), float(TABLE[i, j])) for i in range(5) for j in range(6)]


def test_components_and_correlations_come_from_the_mean_squares() -> None:
    found = variance_of_numbers(RUNS, ["split", "init"], metric="accuracy")
    rows, columns = TABLE.mean(axis=1), TABLE.mean(axis=0)
    residual = TABLE - rows[:, None] - columns[None, :] + TABLE.mean()
    ms_rows, ms_columns = 6 * rows.var(ddof=1), 5 * columns.var(ddof=1)
    ms_rest = float((residual**2).sum()) / 20
    assert found.components is not None
    by_source = {one.sources: one for one in found.components.components}
    assert by_source[("split",)].raw == pytest.approx((ms_rows - ms_rest) / 6)
    assert by_source[("init",)].raw == pytest.approx((ms_columns - ms_rest) / 5)
    assert found.icc is not None
    assert found.icc == intraclass_correlation(TABLE)
    icc2 = (ms_rows - ms_rest) / (ms_rows + 5 * ms_rest + 6 * (ms_columns - ms_rest) / 5)
    assert found.icc.icc2 == pytest.approx(icc2)
    assert found.headline.startswith("Split accounts for ")
    assert found.detail[-1] == "Based on 30 runs: 5 split × 6 init levels."
    assert [one.name for one in found.shares] == ["split", "init", "rest"]


def test_repeats_of_cells_tell_the_interaction_from_noise_and_leave_no_single_table() -> None:
    twice = [(levels, value + DRAWN.gauss(0, 0.001)) for levels, value in RUNS for _ in range(2)]
    found = variance_of_numbers(twice, ["split", "init"])
    assert found.icc is None
    assert found.components is not None
    assert found.components.residual_is == PURE


def test_too_few_levels_give_no_share_but_the_numbers() -> None:
    few = [run for run in RUNS if run[0][0] in ("s0", "s1", "s2")]
    found = variance_of_numbers(few, ["split", "init"])
    assert found.headline == "No variance shares: too few levels (3 of split)."
    assert found.shares == []
    assert found.components is not None


def test_a_constant_table_has_nothing_to_divide() -> None:
    found = variance_of_numbers([(levels, 0.9) for levels, _ in RUNS], ["split", "init"])
    assert found.headline == "No variance to divide: the metric is the same in every cell."
    assert found.icc is not None
    assert found.icc.reason == "all values of the table are equal"
    assert "NaN" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("runs", "sources", "told"),
    [
        (RUNS, ["split"], "2 to 6 sources"),
        (RUNS, ["split", "split"], "2 to 6 sources"),
        ([], ["split", "init"], "1 to 100,000 runs"),
        ([run for run in RUNS if run[0][0] == "s0"], ["split", "init"], "split"),
        (RUNS[:7], ["split", "init"], "noise"),
        ([(at, math.nan) for at, _ in RUNS], ["split", "init"], "finite"),
        (RUNS, ["split", "init", "order"], "a level for each of split, init, order"),
    ],
)
def test_what_no_formula_holds_for_is_refused(runs: list[CrossedRun], sources: list[str], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        variance_of_numbers(runs, sources)


def test_failed_cells_are_counted_and_estimated_by_reml() -> None:
    """Values by statsmodels' MixedLM with crossed variance components, on the same 27 cells."""
    lost = [(at, math.nan) if place in (3, 11, 20) else (at, value) for place, (at, value) in enumerate(RUNS)]
    absent = [run for run in lost if not math.isnan(run[1])]
    found, same = (variance_of_numbers(runs, ["split", "init"], metric="accuracy") for runs in (lost, absent))
    assert found.components is not None
    assert same.components is not None
    assert found.n == 27
    assert (found.components.method, found.components.cells, found.components.empty_cells) == ("REML", 30, 3)
    for left, right in zip(found.components.components, same.components.components, strict=True):
        assert left.component == pytest.approx(right.component, rel=1e-4)
    assert found.icc is None
    assert found.detail[-1] == (
        "3 of 30 cells have no usable run, so the shares come from a mixed model for unbalanced tables (REML)."
    )
    assert "NaN" not in found.model_dump_json()


def test_unequal_repeats_are_told_apart_from_empty_cells() -> None:
    twice = [(levels, value + DRAWN.gauss(0, 0.001)) for levels, value in RUNS for _ in range(2)]
    found = variance_of_numbers(twice[1:], ["split", "init"])
    assert found.components is not None
    assert (found.components.method, found.components.empty_cells) == ("REML", 0)
    assert found.detail[-1].startswith("Cells differ in their number of usable runs, so ")


def test_a_level_that_failed_throughout_takes_no_part_and_is_named() -> None:
    view = variance_of_numbers([(at, math.nan if at[1] == 5 else value) for at, value in RUNS], ["split", "init"])
    without = variance_of_numbers([(at, value) for at, value in RUNS if at[1] != 5], ["split", "init"])
    assert view.components == without.components
    assert view.detail == [*without.detail, "Level 5 of init has no usable run and took no part."]


def test_levels_that_failed_throughout_are_named_by_source() -> None:
    lost = {("s0", "split"), (2, "init"), (3, "init")}
    runs = [(at, math.nan if {(at[0], "split"), (at[1], "init")} & lost else value) for at, value in RUNS]
    view = variance_of_numbers(runs, ["split", "init"])
    assert view.detail[-2:] == [
        "Level s0 of split has no usable run and took no part.",
        "Levels 2 and 3 of init have no usable run and took no part.",
    ]
