from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from seedspread import stats
from seedspread.errors import InvalidInput


def test_what_is_left_out_is_counted() -> None:
    sample = stats.Sample.of("a", {0: 0.9, 1: math.nan, 2: math.inf, 3: None, 4: 1e200, 5: 0.8}, failures=2)
    assert sample.usable.tolist() == [0.9, 0.8]
    assert (sample.non_finite, sample.missing, sample.failures) == (3, 1, 2)
    assert (sample.left_out, sample.started) == (6, 8)


def test_pairs_stand_on_common_seeds() -> None:
    a = stats.Sample.of("a", {5: 0.5, 1: 0.1, 2: 0.2, 9: 0.9})
    b = stats.Sample.of("b", {2: 1.2, 1: 1.1, 5: math.nan, 7: 1.7})
    pairs = stats.pair(a, b)
    assert pairs.seeds.tolist() == [1, 2]
    assert (pairs.a.tolist(), pairs.b.tolist()) == ([0.1, 0.2], [1.1, 1.2])
    assert (pairs.unmatched_a, pairs.unmatched_b) == (2, 1)


def test_arms_without_seeds_or_with_one_twice_cannot_be_paired() -> None:
    with_seeds = stats.Sample.of("a", {0: 0.5})
    with pytest.raises(InvalidInput, match="by seed"):
        stats.pair(with_seeds, stats.Sample.of("b", [0.5]))
    twice = stats.Sample("b", np.array([0.5, 0.6]), np.array([1, 1]))
    with pytest.raises(InvalidInput, match="each seed once"):
        stats.pair(with_seeds, twice)


@pytest.mark.parametrize("values", [["high"], [[0.1, 0.2], [0.3, 0.4]], [object()]])
def test_refuses_what_is_no_list_of_numbers(values: list[object]) -> None:
    with pytest.raises(InvalidInput):
        stats.Sample.of("a", values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([0.51, 0.52, 0.50, 0.53], [51.0, 52.3, 49.9, 51.5]),
        ([0.27, 0.25, 0.31, 0.26], [26.6, 25.1, 31.2, 27.0]),
        ([0.91, 92.0, 0.93, 0.92], [0.91, 0.92, 0.93, 0.94]),
        ([0.02, 0.021, 0.019, 0.02], [2.0, 2.1, 1.9, 2.05]),
    ],
    ids=["losses", "rewards", "one diverged seed", "adaptive losses"],
)
@pytest.mark.parametrize("direction", ["minimize", "maximize", None])
def test_values_a_hundredfold_apart_are_data(a: list[float], b: list[float], direction: Any) -> None:
    rule = stats.DecisionRule(direction=direction)
    verdict = stats.compare(stats.Sample.of("a", a), stats.Sample.of("b", b), rule, stats.question_rng("q")).verdict
    assert verdict.interval is not None or verdict.reason != "no_values"
    assert "percent" not in verdict.sentence
    assert "unit" not in verdict.sentence


def test_the_same_question_draws_the_same_numbers() -> None:
    first, again = (stats.question_rng("study", 7, "accuracy").random(3) for _ in range(2))
    assert np.array_equal(first, again)
    for other in (("study", "7", "accuracy"), ("study7", "accuracy"), ("study", 7, "loss")):
        assert not np.array_equal(first, stats.question_rng(*other).random(3))
