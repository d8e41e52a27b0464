"""The figures of two arms: differences, chances, profiles, winners, arrival."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from seedspread.core.recipe import Direction
from seedspread.figures.best_of_k import best_of_k, draw_best_of_k, draw_winner_flip, winner_flip
from seedspread.figures.kit.figure import Figure
from seedspread.figures.pairs.arrival import arrival, draw_arrival
from seedspread.figures.pairs.differences import differences, draw_differences
from seedspread.figures.pairs.improvement import draw_improvements, improvements
from seedspread.figures.profile import draw_profiles, profiles
from seedspread.stats.data.arms import ArmValues, arm_values
from seedspread.stats.decision.comparison import decide
from seedspread.stats.decision.rule import DecisionRule
from tests.figures.drawn import ACCURACY, LOSS, checked, of_role

RULE = DecisionRule()
RNG = np.random.default_rng(11)
SHARED = RNG.normal(0, 0.004, 20)
BASE = arm_values(0, "base", 0.94 + SHARED, runs=range(100, 120))
WIDE = arm_values(1, "wide", 0.949 + SHARED + RNG.normal(0, 0.002, 20), runs=range(200, 220))


def test_differences_are_seed_by_seed_and_their_interval_is_that_of_the_verdict() -> None:
    found = differences(BASE, WIDE, RULE)
    np.testing.assert_allclose(found.differences, WIDE.values - BASE.values, atol=1e-12)
    assert (found.runs_a[3], found.runs_b[3], found.seeds[3]) == (103, 203, 3)
    verdict = decide(BASE.sample(), WIDE.sample(), RULE, np.random.default_rng(0))
    assert found.interval == verdict.interval
    figure = draw_differences(found, ACCURACY)
    checked(figure)
    (pairs,) = of_role(figure, "pairs")
    np.testing.assert_allclose(pairs["x"], 100 * (WIDE.values - BASE.values))  # a share's differences are in points
    assert pairs["customdata"][3] == [103, 203, 3]
    assert figure.title.startswith(f"wide − base: +{100 * (WIDE.values - BASE.values).mean():.2f} points")
    assert figure.title.endswith("(20 paired seeds)")


def test_seeds_without_a_partner_are_left_out_and_said() -> None:
    other = arm_values(1, "wide", WIDE.values[:15], seeds=range(5, 20))
    found = differences(BASE, other, RULE)
    assert found.seeds.tolist() == list(range(5, 20))
    assert any("5 unpaired runs ignored" in note for note in draw_differences(found, ACCURACY).notes)


def test_slopes_join_the_values_of_a_seed() -> None:
    figure = draw_differences(differences(BASE, WIDE, RULE), ACCURACY, kind="slopes")
    checked(figure)
    (pairs,) = of_role(figure, "pairs")
    assert pairs["y"][3:5] == [BASE.values[1], WIDE.values[1]]
    assert pairs["customdata"][3] == [101, 201, 1]


def test_separate_seeds_give_the_interval_without_pairs() -> None:
    other = arm_values(1, "wide", WIDE.values, seeds=range(50, 70))
    found = differences(BASE, other, RULE)
    assert not found.paired
    assert found.interval is not None
    figure = draw_differences(found, ACCURACY, kind="slopes")
    checked(figure)
    assert "Welch" in figure.title


def test_the_chance_of_improvement_follows_the_direction() -> None:
    separate = DecisionRule(pairing="separate")
    (up,) = improvements([BASE, WIDE], separate, Direction.MAXIMIZE)
    (down,) = improvements([BASE, WIDE], separate, Direction.MINIMIZE)
    above = (WIDE.values[:, None] > BASE.values[None, :]).mean()
    assert up.estimate.value == pytest.approx(above)
    assert down.estimate.value == pytest.approx(1 - above)
    (paired,) = improvements([BASE, WIDE], RULE, Direction.MAXIMIZE)
    assert paired.estimate.value == pytest.approx((WIDE.values > BASE.values).mean())
    checked(draw_improvements([up], ACCURACY))


@pytest.mark.parametrize(
    ("direction", "expected"), [(Direction.MAXIMIZE, [0.6, 0.4, 0.2]), (Direction.MINIMIZE, [0.2, 0.4, 0.6])]
)
def test_a_profile_counts_failed_and_diverged_runs_as_never_that_good(
    direction: Direction, expected: list[float]
) -> None:
    arm = arm_values(0, "base", [0.1, 0.2, 0.3, np.nan])
    failed = ArmValues(arm.position, arm.name, arm.runs, arm.seeds, arm.values, type(arm.left_out)(failures=1))
    (profile,) = profiles([failed], direction)
    assert profile.share.tolist() == pytest.approx(expected)
    assert np.all(profile.low <= profile.share)
    assert np.all(profile.share <= profile.high)


def test_the_winner_flips_less_with_more_seeds() -> None:
    found = winner_flip(BASE, WIDE, DecisionRule(pairing="separate"))
    assert found.sizes[0] == 1
    assert found.sizes[-1] == 20
    assert np.all(np.diff(found.chances) <= 0)
    assert found.chances[0] < 0.5


def test_as_seeds_arrive_the_anytime_interval_is_the_wider_one() -> None:
    found = arrival(BASE, WIDE, RULE)
    assert found.n.tolist() == list(range(2, 21))
    both = np.isfinite(found.safe_low)
    assert np.all(found.safe_low[both] <= found.low[both])
    assert np.all(found.safe_high[both] >= found.high[both])
    full = differences(BASE, WIDE, RULE)
    assert full.interval is not None
    assert (found.low[-1], found.high[-1]) == pytest.approx((full.interval.low, full.interval.high))
    checked(draw_arrival(found, ACCURACY, smallest_difference=0.005))


def test_the_best_of_one_is_the_mean_and_the_best_of_all_the_best() -> None:
    base, wide = best_of_k([BASE, WIDE], Direction.MAXIMIZE)
    assert base.curve.values[0] == pytest.approx(BASE.values.mean())
    assert wide.curve.values[-1] == WIDE.values.max()
    checked(draw_best_of_k([base, wide], ACCURACY))


DRAWINGS: dict[str, Callable[[ArmValues, ArmValues], Figure]] = {
    "differences": lambda a, b: draw_differences(differences(a, b, RULE), LOSS),
    "slopes": lambda a, b: draw_differences(differences(a, b, RULE), LOSS, kind="slopes"),
    "improvement": lambda a, b: draw_improvements(improvements([a, b], RULE, Direction.MINIMIZE), LOSS),
    "profile": lambda a, b: draw_profiles(profiles([a, b], Direction.MINIMIZE), LOSS),
    "best-of-k": lambda a, b: draw_best_of_k(best_of_k([a, b], Direction.MINIMIZE), LOSS),
    "winner": lambda a, b: draw_winner_flip(winner_flip(a, b, RULE), LOSS),
    "arrival": lambda a, b: draw_arrival(arrival(a, b, RULE), LOSS),
}
POOR = {
    "nothing": [],
    "one point": [0.5],
    "two points": [0.5, 0.6],
    "constant": [0.5] * 8,
    "nan": [np.nan] * 3,
    "some nan": [0.5, np.nan, 0.6, np.inf],
    "huge": [1e300, -1e300, 1.0],
}


@pytest.mark.parametrize("name", list(DRAWINGS))
@pytest.mark.parametrize("first", list(POOR))
@pytest.mark.parametrize("second", ["one point", "constant", "nan", "some nan"])
def test_poor_data_give_a_figure_that_helps(name: str, first: str, second: str) -> None:
    figure = DRAWINGS[name](arm_values(0, "base", POOR[first]), arm_values(1, "wide", POOR[second]))
    served = checked(figure)
    if figure.empty:
        assert served["layout"]["annotations"][0]["text"]
