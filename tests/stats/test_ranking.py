"""Several arms: the order, the group of the best, P(best), and all pairs at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats as sps

from seedspread import stats
from seedspread.errors import InvalidInput

RULE = stats.DecisionRule(pairing="separate")


def arms(*centres: float, n: int = 15, seed: int = 1) -> list[stats.Sample]:
    rng = np.random.default_rng(seed)
    return [
        stats.Sample.of(f"arm{place}", dict(enumerate(rng.normal(centre, 1, n))))
        for place, centre in enumerate(centres)
    ]


def test_the_group_of_the_best_is_named() -> None:
    ranking = stats.rank_arms(arms(0, 5, 5.2, 2), RULE, np.random.default_rng(2))
    assert {arm.arm for arm in ranking.arms if arm.with_best} == {"arm1", "arm2"}
    assert [arm.arm for arm in ranking.arms][2:] == ["arm3", "arm0"]
    assert ranking.comparisons == 6
    assert sum(arm.p_best or 0 for arm in ranking.arms) == pytest.approx(1)
    losses = stats.rank_arms(
        arms(0, 5, 5.2, 2), stats.DecisionRule(direction="minimize", pairing="separate"), np.random.default_rng(2)
    )
    assert losses.arms[0].arm == "arm0"


def test_every_arm_but_the_best_has_the_p_by_which_it_is_told_from_it() -> None:
    ranking = stats.rank_arms(arms(0, 5, 5.2, 2), RULE, np.random.default_rng(2))
    p_values = [arm.p_worse for arm in ranking.arms]
    assert p_values[0] is None
    later = [p for p in p_values if p is not None]
    assert later == sorted(later, reverse=True)
    assert [p > RULE.alpha for p in later] == [arm.with_best for arm in ranking.arms[1:]] == [True, False, False]
    assert [arm.n for arm in ranking.arms] == [15] * 4


def test_an_arm_without_a_value_is_not_ranked() -> None:
    ranking = stats.rank_arms([*arms(0, 3), stats.Sample.of("broken", [], failures=9)], RULE, np.random.default_rng(2))
    assert (ranking.unranked, len(ranking.arms)) == (("broken",), 2)


def test_equal_arms_are_rarely_told_from_the_best() -> None:
    """Six equal arms, 120 families: any arm said to be worse than the best in at most 5% plus three SE."""
    rng = np.random.default_rng(3)
    wrong = 0
    for seed in range(120):
        ranking = stats.rank_arms(arms(*[0] * 6, n=8, seed=seed), RULE, rng)
        wrong += not all(arm.with_best for arm in ranking.arms)
    assert wrong / 120 <= 0.05 + 3 * (0.05 * 0.95 / 120) ** 0.5


def test_the_chance_of_being_best_is_calibrated_for_two_arms() -> None:
    """Unpaired, it is the posterior of a difference of two t variables; paired, shared luck cancels."""
    a, b = np.random.default_rng(4).normal(0, 1, 12), np.random.default_rng(5).normal(0.4, 1, 12)
    loose = [stats.Sample.of("A", a), stats.Sample.of("B", b)]
    (p_a, p_b) = stats.probability_best(loose, np.random.default_rng(6), draws=40_000)
    rng = np.random.default_rng(7)
    draws = [x.mean() + x.std(ddof=1) / 12**0.5 * rng.standard_t(11, 200_000) for x in (a, b)]
    assert p_b == pytest.approx(np.mean(draws[1] > draws[0]), abs=0.01)
    assert (p_a or 0) + (p_b or 0) == pytest.approx(1)
    luck = np.random.default_rng(8).normal(0, 10, 12)
    shared = [stats.Sample.of(name, dict(enumerate(luck + x))) for name, x in (("A", 0.01 * a), ("B", 0.01 * a + 0.1))]
    certain = stats.probability_best(shared, np.random.default_rng(6))[1]
    assert certain == pytest.approx(1, abs=1e-3)
    assert (certain or 1) < 1  # draws cannot show more
    assert stats.probability_best(loose[:1], np.random.default_rng(6)) == [1.0]


def test_games_howell_is_scipys() -> None:
    samples = arms(0, 1, 3, n=9)
    tests = stats.games_howell(samples)
    expected: Any = sps.tukey_hsd(*(sample.usable for sample in samples), equal_var=False)
    interval = expected.confidence_interval()
    for (a, b), test in tests.items():
        i, j = int(a[-1]), int(b[-1])
        assert test.p == pytest.approx(expected.pvalue[i, j], rel=1e-4)
        assert test.interval is not None
        assert (test.interval.low, test.interval.high) == pytest.approx(
            (-interval.high[i, j], -interval.low[i, j]), rel=1e-4
        )
    with pytest.raises(InvalidInput, match="at least 2 finite values"):
        stats.games_howell([*samples, stats.Sample.of("one", [1.0])])
    with pytest.raises(InvalidInput, match="arms that vary"):
        stats.games_howell([stats.Sample.of("a", [1.0, 1.0]), stats.Sample.of("b", [2.0, 2.0])])


class TestSeparation:
    """What a ranking says when it tells no arm from the best."""

    @staticmethod
    def ranking(n: int, rule: stats.DecisionRule) -> stats.Ranking:
        samples = arms(0, 0.1, 0.2, 0.15, 0.3, n=n, seed=5)
        return stats.rank_arms(samples, rule, np.random.default_rng(2), stats.Conditions(metric="acc"))

    def test_too_few_seeds_are_said_to_be_too_few(self) -> None:
        paired = self.ranking(8, stats.DecisionRule(pairing="paired"))
        assert "8 paired seeds are too few to tell the arms apart" in paired.headline
        assert any("a verdict takes at least 9 paired seeds (corrected for 10 pairs)" in line for line in paired.detail)
        assert any("a gap as large as the one observed" in line for line in paired.detail)
        assert paired.separation is not None
        assert (paired.separation.n, paired.separation.fewest) == (8, 9)

    def test_the_smallest_difference_that_matters_is_planned_for(self) -> None:
        ranking = self.ranking(8, stats.DecisionRule(pairing="separate", smallest_difference=0.5))
        separation = ranking.separation
        assert separation is not None
        assert separation.per_arm is not None
        assert separation.basis == "smallest_difference"
        # The pair with the largest spread, at the level of one of ten pairs.
        assert separation.per_arm > (stats.seeds_unpaired(0.5, 0.8, 0.95) or 0)
        assert f"takes about {separation.per_arm} seeds per arm with 80% power" in " ".join(ranking.detail)

    def test_enough_seeds_are_not_called_too_few(self) -> None:
        ranking = self.ranking(40, stats.DecisionRule(pairing="separate", smallest_difference=2.0))
        tied = [arm for arm in ranking.arms[1:] if arm.with_best]
        assert len(tied) == 4
        assert ranking.headline.startswith("No arm can be told from")
        assert any("These seeds would show a difference of 2" in line for line in ranking.detail)

    def test_a_best_arm_beats_the_others(self) -> None:
        ranking = stats.rank_arms(arms(0, 5, 2), RULE, np.random.default_rng(2))
        assert (ranking.headline, ranking.separation) == ("arm1 is best: it beats every other arm.", None)
