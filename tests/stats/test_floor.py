"""Candidates of few seeds against a noise floor, and the error rate that a stream of them shares."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread import stats
from seedspread.errors import InvalidInput
from seedspread.stats.claims.floor import candidates_for, judge_candidate, seeds_to_decide, share_of_error

RNG = np.random.default_rng(1)
VALUES = RNG.normal(0.93, 0.006, 20)
FLOOR = stats.Sample.of("base", VALUES)
ALPHA = share_of_error(1, 1, candidates_for(20))


def judged(*values: float, direction: str = "maximize", failures: int = 0) -> tuple[str, str]:
    candidate = stats.Sample.of("new", list(values), failures=failures)
    verdict = judge_candidate(FLOOR, candidate, direction, ALPHA, np.random.default_rng(2))  # type: ignore[arg-type]
    return verdict.state, verdict.headline


def test_the_shares_of_an_endless_stream_add_up_to_the_error_rate() -> None:
    total = sum(share_of_error(number, look, 71) for number in range(1, 4_000) for look in range(1, 20))
    assert 0.0498 < total <= 0.05
    assert candidates_for(20) == 71
    assert candidates_for(23) == 100
    assert 1 / math.comb(23, 3) <= share_of_error(71, 1, 71)
    assert seeds_to_decide(20, share_of_error(71, 1, 71)) == 3
    assert seeds_to_decide(20, share_of_error(72 + 9, 1, 71)) == 5


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ((0.955, 0.953, 0.951), "better"),
        ((0.905, 0.902, 0.900), "not_better"),
        ((0.930, 0.931, 0.935), "undecided"),
        ((0.955, 0.953), "undecided"),
        ((0.90, 0.95, 0.99), "broken"),
        ((0.955, 0.955, 0.955), "broken"),
        ((math.nan, math.nan, math.nan), "broken"),
        (tuple(VALUES[:3]), "broken"),
    ],
)
def test_a_candidate_is_judged_with_three_seeds(values: tuple[float, ...], state: str) -> None:
    assert judged(*values)[0] == state


def test_a_loss_is_better_below() -> None:
    assert judged(0.905, 0.902, 0.900, direction="minimize")[0] == "better"
    assert judged(0.955, 0.953, 0.951, direction="minimize")[0] == "not_better"


def test_failed_runs_of_a_candidate_are_no_gain() -> None:
    state, headline = judged(0.955, 0.953, 0.951, failures=1)
    assert state == "undecided"
    assert "new fails more often than the floor (1 of 4 runs)" in headline


def test_the_pooled_t_and_the_exact_test_both_decide() -> None:
    candidate = stats.Sample.of("new", [0.955, 0.953, 0.951])
    verdict = judge_candidate(FLOOR, candidate, "maximize", ALPHA, np.random.default_rng(2))
    pooled = sps.ttest_ind(candidate.values, VALUES, alternative="greater").pvalue
    assert verdict.exact_p == pytest.approx(1 / math.comb(23, 3))
    assert verdict.p == pytest.approx(max(pooled, verdict.exact_p or 0))


def test_a_floor_needs_twenty_seeds() -> None:
    with pytest.raises(InvalidInput, match="20 finite values or more"):
        judge_candidate(stats.Sample.of("few", VALUES[:19]), FLOOR, "maximize", ALPHA, np.random.default_rng(2))


def test_undecided_says_how_many_more_seeds() -> None:
    verdict = judge_candidate(
        FLOOR,
        stats.Sample.of("new", [0.937, 0.935, 0.940]),
        "maximize",
        ALPHA,
        np.random.default_rng(2),
        smallest_difference=0.01,
    )
    assert verdict.state == "undecided"
    assert verdict.more is not None
    assert 1 <= verdict.more <= 10
    assert f"takes about {verdict.more} more seed" in verdict.headline


@pytest.mark.parametrize("law", ["normal", "exponential", "coarse"])
def test_streams_of_equal_candidates_keep_hardly_any(law: str) -> None:
    """12 floors of 8 candidates at a rate of 25%: any is kept in at most 25% plus three standard errors of them."""
    laws: dict[str, Callable[[int], NDArray[np.float64]]] = {
        "normal": lambda n: RNG.normal(0, 1, n),
        "exponential": lambda n: RNG.exponential(1, n),
        "coarse": lambda n: np.rint(RNG.normal(0.9, 0.02, n) * 100) / 100,
    }
    draw, kept = laws[law], 0
    for _ in range(12):
        floor = stats.Sample.of("base", draw(20))
        states = [
            judge_candidate(
                floor, stats.Sample.of("new", draw(3)), "maximize", share_of_error(number, 1, 8, 0.25), RNG
            ).state
            for number in range(1, 9)
        ]
        kept += "better" in states
    assert kept / 12 <= 0.25 + 3 * math.sqrt(0.25 * 0.75 / 12)


def test_a_candidate_that_cannot_be_judged_says_that_its_share_is_spent() -> None:
    rng = np.random.default_rng(3)
    copied = judge_candidate(FLOOR, stats.Sample.of("new", FLOOR.usable[:3].tolist()), "maximize", 0.00123, rng)
    assert copied.state == "broken"
    assert copied.headline.endswith("Its share of the error rate, 0.0012, is spent.")
    nothing = judge_candidate(FLOOR, stats.Sample.of("new", [float("nan")] * 3), "maximize", 0.00123, rng)
    assert nothing.state == "broken"
    assert "spent" not in nothing.headline


def test_more_seeds_are_planned_for_what_the_next_judgement_may_spend() -> None:
    candidate, rng = stats.Sample.of("new", [0.933, 0.940, 0.936]), np.random.default_rng(2)
    once = judge_candidate(FLOOR, candidate, "maximize", 0.001, rng, smallest_difference=0.008)
    twice = judge_candidate(FLOOR, candidate, "maximize", 0.001, rng, smallest_difference=0.008, next_alpha=0.0001)
    assert once.more is not None
    assert twice.more is not None
    assert twice.more > once.more
    assert f"Showing a difference of 0.008 takes about {twice.more} more seeds of new." in twice.headline
    never = judge_candidate(FLOOR, candidate, "maximize", ALPHA, rng, next_alpha=ALPHA / 20)
    assert never.more is None
    assert "may spend too little to show a difference of one SD of the floor" in never.headline
