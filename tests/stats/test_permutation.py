"""Exact counts against enumeration, and the traps of counting on floats."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats as sps

from seedspread import stats
from seedspread.stats.inference.permutation import subset_sum_law

RNG = np.random.default_rng(11)


@pytest.mark.parametrize(("n_a", "n_b"), [(2, 5), (5, 3), (4, 4), (1, 6)])
@pytest.mark.parametrize("budget", [1e9, 0])  # counted, and listed one by one
def test_relabelling_by_enumeration(n_a: int, n_b: int, budget: float) -> None:
    pooled = RNG.integers(0, 9, n_a + n_b)
    a, b = pooled[:n_a] / 360, pooled[n_a:] / 360
    found = stats.relabel_test(a, b, RNG, budget=budget)
    sums = np.array([sum(pooled[list(chosen)]) for chosen in combinations(range(n_a + n_b), n_b)])
    middle, observed = n_b * pooled.mean(), pooled[n_a:].sum()
    assert found.method == "exact"
    assert found.p == pytest.approx(np.mean(abs(sums - middle) >= abs(observed - middle) - 1e-9), rel=1e-12)
    assert found.p_greater == pytest.approx(np.mean(sums >= observed), rel=1e-12)


@pytest.mark.parametrize("budget", [1e9, 0])
def test_sign_flips_by_enumeration(budget: float) -> None:
    whole = np.array([3, -1, 0, 2, 2, 0, -4, 5])
    a = RNG.integers(0, 300, 8) / 360
    found = stats.sign_flip_test(a, a + whole / 360, RNG, budget=budget)
    sums = np.array([np.dot(signs, whole) for signs in product((-1, 1), repeat=8)])
    assert found.p == pytest.approx(np.mean(abs(sums) >= abs(whole.sum())), rel=1e-12)
    assert found.p_greater == pytest.approx(np.mean(sums >= whole.sum()), rel=1e-12)
    assert found.p_floor == 2 / 2**6


def test_mann_whitney_and_wilcoxon_by_enumeration_with_ties() -> None:
    a, b = np.array([0.1, 0.2, 0.2, 0.4]), np.array([0.2, 0.4, 0.4, 0.5, 0.7])
    ranks = sps.rankdata(np.concatenate([a, b]))
    sums = np.array([sum(ranks[list(chosen)]) for chosen in combinations(range(9), 5)])
    observed = ranks[4:].sum()
    smaller = min(np.mean(sums <= observed), np.mean(sums >= observed))
    assert stats.mann_whitney(a, b).p == pytest.approx(2 * smaller, rel=1e-12)
    d = np.array([3, -1, 2, 2, 5, 0, -2]) / 50
    ranked = sps.rankdata(np.abs(np.rint(d[d != 0] * 50)))
    plus = np.array([np.dot(signs, ranked) for signs in product((0, 1), repeat=6)])
    far = np.abs(plus - ranked.sum() / 2) >= abs(ranked[d[d != 0] > 0].sum() - ranked.sum() / 2)
    assert stats.wilcoxon(np.full(7, 0.5), 0.5 + d).p == pytest.approx(np.mean(far), rel=1e-12)


def test_equal_differences_tie_where_floats_do_not() -> None:
    k_a, k_b = np.array([150, 120, 90, 60, 30, 10, 77]), np.array([151, 121, 91, 61, 31, 12, 76])
    a, b = k_a / 171, k_b / 171
    assert np.unique(np.abs(b - a)).size > 2
    exact = stats.wilcoxon(k_a.astype(float), k_b.astype(float))
    assert stats.wilcoxon(a, b) == exact


def test_monte_carlo_is_never_zero_and_says_its_draws() -> None:
    a, b = RNG.normal(0, 1, 60), RNG.normal(20, 1, 60)
    found = stats.relabel_test(a, b, RNG, resamples=199)
    assert (found.p, found.method) == (1 / 200, "Monte Carlo, 199 resamples")
    flipped = stats.sign_flip_test(a, b, RNG, resamples=199)
    assert (flipped.p, flipped.method) == (1 / 200, "Monte Carlo, 199 resamples")


def test_monte_carlo_and_the_normal_limit_agree_with_the_count() -> None:
    a, b = RNG.integers(300, 312, 100) / 360, RNG.integers(301, 313, 100) / 360
    exact = stats.relabel_test(a, b, RNG, budget=1e9).p
    drawn = stats.relabel_test(a, b, RNG, budget=0).p
    limit = stats.relabel_test(np.tile(a, 3), np.tile(b, 3), RNG, budget=0)
    counted = stats.relabel_test(np.tile(a, 3), np.tile(b, 3), RNG, budget=1e12)
    assert exact is not None
    assert counted.p is not None
    assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 9_999))
    assert limit.method.startswith("normal approximation")
    assert limit.p == pytest.approx(counted.p, rel=0.15)


def test_a_law_sums_to_one_far_beyond_the_range_of_floats() -> None:
    law = subset_sum_law(RNG.integers(0, 2, 1_200).astype(float), 300, 1e12)
    assert law is not None
    assert law[1].sum() == pytest.approx(1)


def test_no_values_are_a_reason() -> None:
    empty = np.empty(0)
    assert stats.relabel_test(empty, np.ones(3), RNG).reason == "an arm has no values"
    assert stats.sign_flip_test(empty, empty, RNG).reason == "no pairs"
    assert stats.wilcoxon(np.ones(3), np.ones(3)).reason == "no difference in any pair"


def test_beyond_400_pairs_the_normal_limit_of_sign_flips_answers() -> None:
    """The sum of n signed differences has variance sum d^2; the exact count agrees."""
    whole = RNG.integers(-5, 7, 450).astype(float)
    a = np.zeros(450)
    limit = stats.sign_flip_test(a, whole, RNG, budget=0)
    exact = stats.sign_flip_test(a, whole, RNG, budget=1e12)
    z = whole.sum() / np.sqrt(np.sum(whole**2))
    assert limit.method == "normal approximation of the permutation distribution"
    assert limit.p == pytest.approx(2 * sps.norm.sf(abs(z)))
    assert limit.p == pytest.approx(exact.p or 0, rel=0.1)
    drawn = stats.sign_flip_test(a[:400], whole[:400], RNG, budget=0, resamples=499)
    assert drawn.method == "Monte Carlo, 499 resamples"


def test_more_draws_than_can_be_made_give_the_normal_limit() -> None:
    a, b = RNG.normal(0, 1, (2, 30))
    for test in (stats.relabel_test, stats.sign_flip_test):
        method = test(a, b, RNG, budget=0, resamples=2_000_000).method
        assert method == "normal approximation of the permutation distribution"
