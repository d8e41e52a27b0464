from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedspread.stats import is_constant, lattice_of


@pytest.mark.parametrize(
    ("values", "denominator"),
    [
        (np.array([338, 336, 340, 341]) / 360, 360),
        (np.array([93.8888888888889, 93.33333333333333, 94.16666666666667]), 18),
        (np.array([0.9131, 0.9102, 0.9]), 10_000),
        ((np.array([338, 337, 340]) / 360).astype(np.float32).astype(float), 360),
        (np.array([3.0, 5.0, -2.0]), 1),
        (np.zeros(3), 1),
    ],
)
def test_finds_the_common_denominator(values: np.ndarray, denominator: int) -> None:
    assert lattice_of(values).denominator == denominator


def test_random_reals_have_none() -> None:
    assert lattice_of(np.random.default_rng(1).normal(size=50)).denominator is None


def test_differences_equal_on_paper_are_equal() -> None:
    a, b = np.array([0.7, 0.5, 0.3]), np.array([0.8, 0.6, 0.4])
    assert np.unique(b - a).size > 1  # the trap: 0.1 three times, in three ways
    assert np.unique(lattice_of(a, b).differences(a, b)).size == 1


def test_differences_of_reals_are_rounded_to_the_size_of_the_data() -> None:
    rng = np.random.default_rng(2)
    a = rng.normal(0.5, 0.1, 40)
    b = a + 0.012345678901234
    whole = lattice_of(a, b).differences(a, b)
    assert np.unique(b - a).size > 1
    assert np.unique(whole).size == 1


def test_one_diverged_value_does_not_make_the_rest_equal() -> None:
    values = np.array([0.51234567891, 0.52345678912, 0.53456789123, 1e30])
    assert np.unique(lattice_of(values).whole(values)).size == 4


def test_constant_is_judged_by_values_not_by_the_variance() -> None:
    values = np.full(7, 0.1) * 3 / 3
    assert is_constant(values)
    assert is_constant(np.array([0.1 + 0.2, 0.3, 0.3]))
    assert not is_constant(np.array([0.3, 0.3, 0.3001]))


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=30), st.integers(2, 20_000))
def test_fractions_become_their_numerators_up_to_a_factor(counts: list[int], n: int) -> None:
    values = np.array(counts) / n
    whole = lattice_of(values).whole(values)
    assert np.array_equal(np.sign(whole[:, None] - whole), np.sign(np.subtract.outer(counts, counts)))


def test_values_of_two_frameworks_have_one_resolution() -> None:
    """What came through float32 is 0.9100000262 where the other framework says 0.91."""
    hits = np.array([327.0, 331.0, 324.0, 342.0])
    for whole in (100.0, 359.0, 10_000.0):
        double = hits / whole
        single = double.astype(np.float32).astype(np.float64)
        lattice = lattice_of(double, single)
        assert lattice.denominator == np.lcm.reduce([int(whole // np.gcd(int(whole), int(hit))) for hit in hits])
        assert lattice.whole(double).tolist() == lattice.whole(single).tolist()
    real = np.random.default_rng(1).normal(size=20)
    assert lattice_of(real, real.astype(np.float32).astype(np.float64)) == lattice_of(real)
    assert lattice_of(real, np.array([0.5, 0.25])) == lattice_of(real)
