"""Series in columns: exact, merged, thin to read."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedspread.core.recipe import Direction
from seedspread.storage import series
from seedspread.storage.database import Database
from seedspread.storage.series import Series
from tests.builders import run_ids, store

STEPS = st.integers(-(2**63), 2**63 - 1)
POINTS = st.lists(st.tuples(st.integers(0, 50), st.floats()), min_size=1, max_size=30)


@given(st.lists(st.tuples(STEPS, st.floats()), max_size=50))
def test_packing_keeps_every_bit(points: list[tuple[int, float]]) -> None:
    steps = np.array([step for step, _ in points], dtype=np.int64)
    values = np.array([value for _, value in points], dtype=np.float64)
    unpacked = series.unpack(*series.pack(steps, values))
    assert unpacked.steps.tobytes() == steps.tobytes()
    assert unpacked.values.tobytes() == values.tobytes()


def test_a_step_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="2 steps and 1 values"):
        series.pack([1, 2], [0.5])


@given(st.lists(st.floats(), min_size=1, max_size=30), st.sampled_from(Direction))
def test_a_summary_agrees_with_the_plain_definition(values: list[float], direction: Direction) -> None:
    got = series.summarise(Series(np.arange(1, len(values) + 1), np.array(values)), direction)
    finite = [value for value in values if math.isfinite(value)]
    better = max if direction is Direction.MAXIMIZE else min
    assert got.count == len(values)
    assert got.non_finite == len(values) - len(finite)
    assert math.isnan(got.last) if math.isnan(values[-1]) else got.last == values[-1]
    if not finite:
        assert math.isnan(got.best)
        assert got.best_step is None
        return
    assert (got.min, got.max, got.best) == (min(finite), max(finite), better(finite))
    if got.non_finite:
        assert math.isnan(got.area)
    elif got.max < 1e75:
        assert got.min <= got.area <= got.max or math.isclose(got.area, float(np.mean(values)))
    assert got.best_step == values.index(got.best) + 1


@given(st.lists(POINTS, min_size=1, max_size=5))
def test_of_points_at_the_same_step_the_last_one_reported_counts(reports: list[list[tuple[int, float]]]) -> None:
    expected: dict[int, float] = {}
    for report in reports:
        expected.update(report)
    joined = series.ascending(
        Series(
            np.array([step for report in reports for step, _ in report]),
            np.array([value for report in reports for _, value in report]),
        )
    )
    assert joined.steps.tolist() == sorted(expected)
    wanted = np.array([expected[step] for step in sorted(expected)])
    assert np.array_equal(joined.values, wanted, equal_nan=True)


def test_reading_is_by_run_and_metric(database: Database) -> None:
    first, second, third, *_ = run_ids(database, store(database))
    with database.session() as session:
        series.append(session, first, 1, {"loss": ([1, 2], [1.0, 0.5]), "accuracy": ([1], [0.5])})
        series.append(session, first, 1, {"loss": ([3], [0.25])})
        series.append(session, second, 1, {"loss": ([1], [2.0])})
        series.append(session, second, 2, {"loss": ([1], [9.0])})
    with database.reading() as session:
        found = series.read(session, [first, second, third])
        only = series.read(session, [first], ["accuracy"])
        retried = series.read(session, [second], attempt=2)
    assert set(found) == {first, second}
    assert found[first]["loss"].values.tolist() == [1.0, 0.5, 0.25]
    assert found[second]["loss"].values.tolist() == [2.0]
    assert set(only[first]) == {"accuracy"}
    assert retried[second]["loss"].values.tolist() == [9.0]


def test_merging_changes_no_point(database: Database) -> None:
    run = run_ids(database, store(database))[0]
    with database.session() as session:
        for step in range(5):
            series.append(session, run, 1, {"loss": ([step], [math.nan if step == 2 else step / 3])})
        before = series.read(session, [run])[run]["loss"]
        series.merge(session, run, 1)
        after = series.read(session, [run])[run]["loss"]
    assert before.values.tobytes() == after.values.tobytes()
    assert before.steps.tolist() == after.steps.tolist()


def test_fractional_steps_are_kept_beside_whole_ones(database: Database) -> None:
    run = run_ids(database, store(database))[0]
    reports: list[tuple[list[float], list[float]]] = [([0.5, 1], [0.1, 0.2]), ([1.25], [0.3]), ([2, 3], [0.4, 0.5])]
    with database.session() as session:
        for steps, values in reports:
            series.append(session, run, 1, {"seed": (steps, values), "whole": ([int(10 * steps[0])], values[:1])})
        merged = series.merge(session, run, 1)
    assert merged["seed"].steps.tolist() == [0.5, 1.0, 1.25, 2.0, 3.0]
    assert merged["whole"].steps.dtype == np.int64
    with database.reading() as session:
        read = series.read(session, [run], attempt=1)[run]
    assert read["seed"].values.tolist() == [0.1, 0.2, 0.3, 0.4, 0.5]
    summary = series.summarise(read["seed"], Direction.MINIMIZE)
    assert (summary.last_step, summary.best_step) == (3, 0.5)
