"""The façade on every kind of bad input, and several arms at once."""

from __future__ import annotations

import json
import math
import tracemalloc
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedspread import stats
from seedspread.errors import InvalidInput

NAN, INF = math.nan, math.inf


def compared(a: Any, b: Any, **rule: Any) -> stats.Comparison:
    chosen = stats.DecisionRule(**rule)
    return stats.compare(stats.Sample.of("A", a), stats.Sample.of("B", b), chosen, stats.question_rng("q"))


def numbers(found: Any) -> list[float]:
    """All floats in a result, however deep; fails on anything that is no plain JSON."""
    json.dumps(found, allow_nan=False)
    if isinstance(found, dict):
        return [number for value in found.values() for number in numbers(value)]
    if isinstance(found, list | tuple):
        return [number for value in found for number in numbers(value)]
    return [found] if isinstance(found, float) else []


BAD = {
    "empty": ([], []),
    "one empty": ([], [0.1, 0.2, 0.3]),
    "single": ([0.5], [0.6]),
    "two": ([0.5, 0.6], [0.6, 0.8]),
    "constant": ([0.9] * 12, [0.9] * 12),
    "constant apart": ([0.9] * 12, [0.8] * 12),
    "identical": (list(np.linspace(0.8, 0.9, 12)), list(np.linspace(0.8, 0.9, 12))),
    "all nan": ([NAN] * 5, [NAN] * 5),
    "nan and infinite": ([0.1, NAN, 0.3, INF, 0.2, 0.25], [0.1, 0.2, -INF, 0.4, NAN, 0.3]),
    "missing": ([0.1, None, 0.3, None, 0.2, 0.4], [0.3, 0.2, 0.1, 0.5, None, None]),
    "unbalanced": ([0.1, 0.2, 0.3], list(np.linspace(0, 1, 40))),
    "huge": ([1e140, 2e140, 3e140, 1.5e140, 2.5e140], [1e200, 2e140, 1e150, 3e140, 1e149]),
    "tiny": ([1e-300, 2e-300, 3e-300, 4e-300, 5e-300], [2e-300, 2e-300, 3e-300, 5e-300, 5e-300]),
    "zeros": ([0.0] * 10, [0.0] * 9 + [1.0]),
    "diverged loss": ([0.31, 0.32, 0.30, 0.33, 1e30, 0.31], [0.30, 0.29, 0.31, 0.32, 0.30, 0.28]),
}


@pytest.mark.parametrize("pairing", ["paired", "separate"])
@pytest.mark.parametrize("kind", BAD)
def test_bad_input_gets_a_number_or_a_reason(kind: str, pairing: str) -> None:
    a, b = (dict(enumerate(arm)) for arm in BAD[kind])
    found = compared(a, b, pairing=pairing, smallest_difference=0.01)
    assert all(math.isfinite(number) for number in numbers(asdict(found)))
    assert found.verdict.outcome != "better"
    assert found.verdict.headline
    for test in found.tests:
        assert test.p != 0
        assert (test.p is None) == (test.reason is not None)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=14),
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=14),
)
def test_any_numbers_at_all(a: list[float], b: list[float]) -> None:
    found = compared(a, b)
    assert all(math.isfinite(number) for number in numbers(asdict(found)))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 360), min_size=5, max_size=20), st.lists(st.integers(0, 360), min_size=5, max_size=20))
def test_swapping_the_arms_turns_every_sign(a: list[int], b: list[int]) -> None:
    there = compared([k / 360 for k in a], [k / 360 for k in b])
    back = compared([k / 360 for k in b], [k / 360 for k in a])
    assert there.difference.mean == pytest.approx(-back.difference.mean, abs=1e-15)  # type: ignore[operator]
    assert there.tests[0].p == pytest.approx(back.tests[0].p)
    assert there.probability.value == pytest.approx(1 - (back.probability.value or 0))
    assert there.verdict.outcome == back.verdict.outcome


def test_the_same_question_gives_the_same_answer() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=40), rng.normal(size=40)
    assert compared(a, b) == compared(a, b)


def test_a_comparison_carries_n_and_what_was_left_out() -> None:
    found = compared({0: 0.1, 1: NAN, 2: 0.3, 3: 0.4}, {0: 0.2, 1: 0.5, 2: None, 3: 0.6}, pairing="paired")
    assert (found.a.n, found.a.non_finite, found.b.n, found.b.missing) == (3, 1, 3, 1)
    assert (found.difference.n_a, found.difference.unmatched_a, found.difference.unmatched_b) == (2, 1, 1)
    assert found.failed_a.value == 0.25
    assert [test.name for test in found.tests] == ["paired t", "sign-flip", "Wilcoxon", "sign", "partially paired t"]


def test_a_hundred_thousand_seeds() -> None:
    rng = np.random.default_rng(2)
    a, b = (stats.Sample.of(arm, rng.normal(0.9, 0.01, 100_000)) for arm in "AB")
    tracemalloc.start()
    found = stats.compare(a, b, stats.DecisionRule(smallest_difference=0.001), stats.question_rng("large"))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.verdict.outcome == "no_difference"
    assert found.tests[1].method == "normal approximation of the permutation distribution"
    assert found.bootstrap.reason is not None
    assert peak_bytes < 200e6


def arms_of(*shifts: float, n: int = 20) -> list[stats.Sample]:
    rng = np.random.default_rng(9)
    return [stats.Sample.of(f"arm{at}", rng.normal(shift, 1, n)) for at, shift in enumerate(shifts)]


def test_several_arms_are_corrected_for_all_that_were_looked_at() -> None:
    samples, rule, rng = arms_of(0, 1.2, 4), stats.DecisionRule(), stats.question_rng("many")
    against = stats.compare_many(samples, rule, rng, baseline="arm0")
    assert against.pairs == (("arm0", "arm1"), ("arm0", "arm2"))
    assert [found.verdict.outcome for found in against.comparisons] == ["better", "better"]
    wider = stats.compare_many(samples, rule, rng, baseline="arm0", looked_at=900)
    assert wider.adjusted.m == 900
    assert [found.verdict.outcome for found in wider.comparisons] == ["undecided", "better"]
    corrected = wider.comparisons[0].verdict
    assert (corrected.reason, corrected.leaning) == ("not_after_correction", "arm1")
    assert "after correction for 900 comparisons" in corrected.sentence
    assert corrected.p_corrected is not None
    assert corrected.p_corrected > 0.05 >= (corrected.p or 1)
    assert len(stats.compare_many(samples, rule, rng).pairs) == 3


def test_families_that_cannot_be() -> None:
    samples, rule, rng = arms_of(0, 1), stats.DecisionRule(), stats.question_rng("many")
    with pytest.raises(InvalidInput, match="one of arm0, arm1"):
        stats.compare_many(samples, rule, rng, baseline="other")
    with pytest.raises(InvalidInput, match="at least the 1"):
        stats.compare_many(samples, rule, rng, looked_at=0)
    with pytest.raises(InvalidInput, match="different names"):
        stats.compare_many([samples[0], samples[0]], rule, rng)
    with pytest.raises(InvalidInput, match="0 to 1"):
        stats.adjust([0.5, 1.5])
    assert stats.adjust([]).holm == ()
