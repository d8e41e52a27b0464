"""The decision procedure, rule by rule: what it decides, what it refuses, and how often it is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from seedspread import stats
from seedspread.stats.decision.comparison import conclude, interim_rule
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.judgement import REFUSALS, Outcome, Reason, judge
from seedspread.stats.decision.planning import fewest_for_verdict
from seedspread.stats.inference.means import Moments, welch_from_moments
from seedspread.stats.inference.permutation import relabel_floor, resamples_for
from tests.bench.bench_battery import fixed, watched

PAIRED, SEPARATE = stats.DecisionRule(pairing="paired"), stats.DecisionRule(pairing="separate")
RNG = np.random.default_rng(7)

# Ten paired wins of 359 test examples: one seed was hard for both arms.
EASY = [346, 343, 350, 349, 349, 346, 350, 348, 350, 346]
BETTER = [353, 347, 355, 354, 353, 355, 354, 354, 355, 354]


def decided(
    a: Iterable[float],
    b: Iterable[float],
    rule: stats.DecisionRule = SEPARATE,
    *,
    failures: tuple[int, int] = (0, 0),
    **stated: Any,
) -> stats.Verdict:
    samples = [
        stats.Sample.of(arm, dict(enumerate(values)), failures=failed)
        for arm, values, failed in zip("AB", (a, b), failures, strict=True)
    ]
    return stats.decide(samples[0], samples[1], rule, stats.question_rng("procedure"), stats.Conditions(**stated))


def shares(counts: list[int], of: int) -> list[float]:
    return [count / of for count in counts]


def test_ten_paired_wins_are_better() -> None:
    verdict = decided(shares(EASY, 359), shares(BETTER, 359), PAIRED, metric="accuracy", unit="share")
    assert (verdict.state, verdict.winner) == ("better", "B")
    assert verdict.interval is not None
    assert (100 * verdict.interval.low, 100 * verdict.interval.high) == pytest.approx((1.24, 1.94), abs=0.01)
    gains = [100 * (b - a) / 359 for a, b in zip(EASY, BETTER, strict=True)]
    assert (min(gains), max(gains)) == pytest.approx((1.1, 2.5), abs=0.02)
    assert verdict.check_p == pytest.approx(2 / 2**10)


def test_one_hard_seed_voids_nothing() -> None:
    """A seed that is hard for both arms is an outlier of each, but not of the differences."""
    easy, better = [*EASY[:-1], 101], [*BETTER[:-1], 107]
    verdict = decided(shares(easy, 359), shares(better, 359), PAIRED)
    assert stats.standing_apart(np.array(shares(easy, 359))).count == 1
    assert (verdict.state, verdict.outliers) == ("better", ())


def test_an_outlier_is_named_and_does_not_void_what_exact_tests_support() -> None:
    base = [0.55, *(0.69 + 0.001 * k for k in range(13))]
    ours = [0.89 + 0.001 * k for k in range(14)]
    verdict = decided(base, ours)
    assert (verdict.state, verdict.winner) == ("better", "B")
    assert [(one.arm, one.seed, one.value) for one in verdict.outliers] == [("A", 0, 0.55)]
    (caveat,) = [caveat.text for caveat in verdict.caveats if caveat.code == "outliers"]
    assert caveat.startswith("Seed 0 of A (0.55)")
    # A huge win makes the t interval cover 0; every seed still points the same way.
    gains = [0.01, 0.02, 0.015, 0.012, 0.018, 0.011, 0.013, 30.0]
    wins = decided(range(8), [k + gain for k, gain in enumerate(gains)], PAIRED)
    assert (wins.state, wins.reason, wins.outliers[0].seed) == ("better", "separated", 7)
    assert wins.interval is not None
    assert wins.interval.low < 0


def test_outliers_that_ranks_do_not_support_leave_no_verdict_on_means() -> None:
    typical = [0.9 + 0.001 * (k % 7) for k in range(20)]
    diverged = [0.1 + 0.001 * k if k < 6 else value for k, value in enumerate(typical)]
    verdict = decided(diverged, typical[::-1])
    assert (verdict.state, verdict.reason) == ("cannot_be_judged", "standing_apart")


@pytest.mark.parametrize(
    ("n_a", "n_b", "paired", "possible"),
    [
        (3, 3, False, False),
        (4, 4, False, True),
        (3, 20, False, True),
        (5, 5, True, False),
        (6, 6, True, True),
        (9, 9, False, True),
    ],
)
def test_a_verdict_is_possible_wherever_the_exact_test_reaches_the_level(
    n_a: int, n_b: int, paired: bool, possible: bool
) -> None:
    a, b = [0.001 * k for k in range(n_a)], [1 + 0.0013 * k for k in range(n_b)]
    verdict = decided(a, b, PAIRED if paired else SEPARATE)
    assert (verdict.state == "better") == possible
    assert "few_seeds" in {caveat.code for caveat in verdict.caveats} or n_a > 3
    if not possible:
        assert (verdict.reason, verdict.state) == ("few_seeds", "undecided")
        assert verdict.seeds_needed is not None
        assert verdict.seeds_needed.per_arm == fewest_for_verdict(0.05, paired=paired)


def test_the_floor_of_a_rule_raises_the_fewest_seeds() -> None:
    a, b = [0.001 * k for k in range(9)], [1 + 0.0013 * k for k in range(9)]
    assert decided(a, b, replace(SEPARATE, minimum_seeds=9)).state == "better"
    raised = decided(a, b, replace(SEPARATE, minimum_seeds=10))
    assert (raised.reason, raised.leaning) == ("below_minimum", "B")
    assert raised.seeds_needed is not None
    assert raised.seeds_needed.additional == 1


def test_the_permutation_test_is_required_for_equal_and_for_unequal_sizes() -> None:
    """Coarse shares: Welch's interval excludes 0, the exact p is .07. No n and no spread lifts the condition."""
    a, b = [0.91] * 3 + [0.90] * 7, [0.91] * 8 + [0.90] * 2
    verdict = decided(a, b)
    assert (verdict.state, verdict.reason) == ("undecided", "check_disagrees")
    assert verdict.interval is not None
    assert verdict.interval.low > 0
    assert verdict.check_p == pytest.approx(0.0698, abs=1e-3)
    # Unequal n, tighter small arm: only the permutation test knows better.
    few, many = [0.0, 0.001, 0.002], np.linspace(-0.4, 0.9, 30)
    unequal = decided(few, many)
    assert (unequal.state, unequal.reason) == ("undecided", "check_disagrees")
    assert unequal.check_p is not None
    assert unequal.check_p > 0.05
    assert unequal.leaning == "B"


class TestFailures:
    """Failed and non-finite runs take part."""

    VALUES = tuple(np.round(np.random.default_rng(11).normal(0.9, 0.004, 20), 5).tolist())

    def test_the_arm_that_fails_more_is_not_better(self) -> None:
        risky = [value + 0.02 for value in self.VALUES[:11]]
        verdict = decided(self.VALUES, risky, failures=(0, 9))
        assert (verdict.reason, verdict.winner, verdict.fails_more) == ("fails_more", None, "B")
        assert verdict.headline.startswith("B fails more often: 9 of 20 runs against 0 of 20")
        assert verdict.failures_p == pytest.approx(0.0012, abs=1e-4)
        assert verdict.seeds_needed is None

    def test_non_finite_values_are_failures(self) -> None:
        risky = [value + 0.02 for value in self.VALUES[:11]] + [math.nan] * 9
        assert decided(self.VALUES, risky).fails_more == "B"

    def test_a_few_failures_ask_ranks_with_failed_runs_last(self) -> None:
        close = [value + 0.004 for value in self.VALUES]
        assert decided(self.VALUES, close).winner == "B"
        verdict = decided(self.VALUES, close[:16], failures=(0, 4))
        assert (verdict.reason, verdict.leaning) == ("failures_disagree", "B")
        assert verdict.worst_rank_p is not None
        assert verdict.worst_rank_p > 0.05
        clear = decided(self.VALUES, [value + 1 for value in self.VALUES[:18]], failures=(0, 2))
        assert clear.winner == "B"
        lower = decided(
            [value + 1 for value in self.VALUES],
            self.VALUES[:18],
            replace(SEPARATE, direction="minimize"),
            failures=(0, 2),
        )
        assert lower.winner == "B"

    def test_an_arm_without_a_value_loses_where_ranks_support_it(self) -> None:
        verdict = decided(self.VALUES, [], failures=(0, 20))
        assert (verdict.state, verdict.winner, verdict.reason) == ("better", "A", "fails_more")
        unknown = decided(self.VALUES, [], replace(SEPARATE, direction=None), failures=(0, 20))
        assert (unknown.state, unknown.reason) == ("undecided", "fails_more")

    def test_no_failure_in_ten_bounds_the_rate(self) -> None:
        verdict = decided(self.VALUES[:10], self.VALUES[:10][::-1])
        (caveat,) = [caveat.text for caveat in verdict.caveats if caveat.code == "few_seeds"]
        assert "0 of 10 diverged: the rate may be up to 26%" in caveat
        assert stats.failure_bound(0, 10) == pytest.approx(1 - 0.05**0.1)
        assert stats.failure_bound(10, 10) == 1
        assert stats.failure_bound(0, 0) is None


class TestInterim:
    """While runs are pending, or after seeds were added for a result, the anytime-valid interval decides."""

    A, B = (np.random.default_rng((12, shift)).normal(0.45 * shift, 1, 14).tolist() for shift in (0, 1))

    @pytest.mark.parametrize("stated", [{"peeked": True}, {"added": (10, 4)}], ids=["pending", "added"])
    def test_the_wider_interval_decides(self, stated: dict[str, Any]) -> None:
        final, now = decided(self.A, self.B), decided(self.A, self.B, **stated)
        assert (final.interim, now.interim) == (False, True)
        assert final.interval is not None
        assert now.interval is not None
        assert now.interval.width() > 1.15 * final.interval.width()
        assert (final.state, now.state) == ("better", "undecided")
        assert "interim" in {caveat.code for caveat in now.caveats}

    def test_a_spending_plan_stated_before_stays(self) -> None:
        planned = replace(SEPARATE, looks="planned", most_seeds=30)
        assert interim_rule(planned, stats.Conditions(peeked=True)) is planned

    def test_anytime_needs_no_maximum(self) -> None:
        rule = stats.DecisionRule(pairing="separate", looks="anytime", look_every=3)
        a, b = stats.Sample.of("A", self.A), stats.Sample.of("B", self.B)
        look = stats.next_look(a, b, rule, np.random.default_rng(1))
        assert (look.action, look.next_at) == ("continue", 17)


class TestFamilies:
    """Several arms: all pairs or a baseline, "equivalent" and planning included."""

    def test_equivalent_is_corrected(self) -> None:
        rng = np.random.default_rng(3)
        values = rng.normal(0, 1, (2, 20))
        a, b = (stats.Sample.of(arm, row) for arm, row in zip("AB", values, strict=True))
        alone = gather(a, b, SEPARATE).interval
        assert alone is not None
        margin = 1.02 * max(-alone.low, alone.high)
        rule = replace(SEPARATE, smallest_difference=margin)
        outcomes = [stats.compare_many([a, b], rule, rng, looked_at=m).comparisons[0].verdict for m in (1, 45)]
        assert [verdict.state for verdict in outcomes] == ["equivalent", "undecided"]
        assert outcomes[1].reason == "not_after_correction"

    def test_seeds_needed_follow_the_corrected_level(self) -> None:
        rng = np.random.default_rng(4)
        a, b = (stats.Sample.of(arm, rng.normal(0, 1, 10)) for arm in "AB")
        rule = replace(SEPARATE, smallest_difference=1.0)
        needed = [
            stats.compare_many([a, b], rule, rng, looked_at=m).comparisons[0].verdict.seeds_needed for m in (1, 10)
        ]
        assert needed[0] is not None
        assert needed[1] is not None
        assert needed[0].per_arm is not None
        assert needed[1].per_arm is not None
        assert needed[1].per_arm > 1.4 * needed[0].per_arm
        wide = stats.compare_many([a, b], rule, rng, looked_at=10).comparisons[0]
        assert wide.detectable is not None
        assert wide.detectable > 1.2 * (stats.compare(a, b, rule, rng).detectable or 0)

    def test_monte_carlo_resolves_the_corrected_level(self) -> None:
        assert resamples_for(0.05, 1_999) == 1_999
        assert resamples_for(1e-4) == 200_000
        rng = np.random.default_rng(5)
        a, b = (
            stats.Sample.of(arm, values) for arm, values in zip("AB", rng.normal([[0], [3]], 1, (2, 40)), strict=True)
        )
        verdict = stats.compare_many([a, b], SEPARATE, rng, looked_at=400).comparisons[0].verdict
        assert (verdict.state, verdict.check) == ("better", "permutation (Monte Carlo, 160,000 resamples)")
        strict = stats.decide(a, b, replace(SEPARATE, level=0.9999), rng)
        assert strict.state == "better"


def test_an_arm_at_its_ceiling_is_a_result() -> None:
    base = [315, 334, 365, 269, 296, 199, 290, 188, 235, 386, 188, 368, 340, 301, 348, 352, 383, 306, 284, 284]
    verdict = decided(base, [500] * 20)
    assert (verdict.state, verdict.winner) == ("better", "B")
    assert "seed applied" not in verdict.sentence
    both = decided([0.9] * 6, [0.8] * 6)
    assert (both.state, both.reason) == ("cannot_be_judged", "no_variation")


def test_copies_are_noticed() -> None:
    five = RNG.normal(0.9, 0.01, (2, 5))
    fours = [np.repeat(np.round(row, 3), 4) for row in (five[0], five[1] + 0.1)]
    verdict = decided(fours[0], fours[1])
    assert (verdict.state, verdict.reason) == ("cannot_be_judged", "copies")
    assert "5 different values in 20 runs" in verdict.headline
    for drawn in (
        np.rint(RNG.normal(0.93, 0.006, (400, 20)) * 360) / 360,
        RNG.binomial(20, 0.8, (400, 20)) / 20,
        np.round(RNG.normal(0.93, 0.01, (400, 20)), 4),
        RNG.binomial(1, 0.5, (400, 20)) * 1.0,
    ):
        assert sum(stats.copies(row) is not None for row in drawn) <= 4


class TestNumerics:
    """Exact tests beside large offsets, and the smallest p of a design."""

    def test_a_common_offset_changes_no_p(self) -> None:
        a, b = np.array([0, 1, 2, 3, 1, 2, 0, 3, 2, 1.0]), np.array([4, 5, 6, 3, 5, 4, 6, 5, 4, 5.0])
        plain = stats.relabel_test(a, b, RNG).p
        assert plain == pytest.approx(3.2475e-5, rel=1e-4)
        for offset in (1.7e9, -1.7e9, 1e12):
            assert stats.relabel_test(a + offset, b + offset, RNG).p == plain

    @pytest.mark.parametrize(
        ("n_a", "n_b", "floor"), [(4, 4, 2 / 70), (3, 20, 1 / 1771), (20, 3, 1 / 1771), (8, 20, 1 / 3108105)]
    )
    def test_the_floor_is_that_of_the_design(self, n_a: int, n_b: int, floor: float) -> None:
        assert relabel_floor(n_a, n_b) == pytest.approx(floor)
        # A skewed separation reaches it.
        a, b = np.linspace(0, 0.1, n_a), 10 + np.linspace(0, 1, n_b) ** 3 * 90
        assert stats.relabel_test(a, b, RNG, budget=1e9).p_floor == pytest.approx(floor)
        assert (stats.relabel_test(a, b, RNG, budget=1e9).p or 0) >= floor * (1 - 1e-9)


def test_summaries_of_a_published_comparison() -> None:
    """Welch's test from two arms' published means and SDs: SE, t, df and both p-values."""
    a, b = Moments(4, 1.0792, 0.000740, False), Moments(4, 1.076515, 0.0011004, False)
    test = welch_from_moments(b, a)
    assert test.statistic == pytest.approx(4.05, abs=0.05)
    assert test.df == pytest.approx(5.25, abs=0.1)
    assert test.p is not None
    assert test.p == pytest.approx(2 * (test.p_greater or 0))


def test_every_reason_has_a_headline_and_a_state() -> None:
    """One row a reason: what the types promise is what the sentences can say."""
    evidence = gather(stats.Sample.of("A", [1.0, 2, 3, 4, 5]), stats.Sample.of("B", [2.0, 3, 4, 5, 7]), SEPARATE)
    judged = judge(evidence, SEPARATE, RNG)
    for reason in get_args(Reason):
        winner = "B" if reason in {"interval_excludes_zero", "separated", "exact_tests_agree"} else None
        outcome: Outcome = "better" if winner else "undecided"
        verdict = conclude(
            replace(evidence, copies_a=stats.Copies(5, 2)),
            replace(judged, reason=reason, outcome=outcome, winner=winner, fails_more="B"),
            SEPARATE,
            stats.Conditions(),
        )
        assert verdict.headline.endswith(".")
        assert verdict.state == ((winner and "better") or ("cannot_be_judged" if reason in REFUSALS else "undecided"))


LAWS = ("normal", "lognormal(1)", "10% diverging", "k of 20")
Floats = NDArray[np.float64]


@pytest.mark.parametrize("sizes", [(8, 8), (9, 9), (10, 40)], ids=str)
@pytest.mark.parametrize("rule", [PAIRED, SEPARATE], ids=["paired", "separate"])
def test_equal_arms_are_rarely_called_better(rule: stats.DecisionRule, sizes: tuple[int, int]) -> None:
    """A/A over four laws: at most 5% plus three standard errors; Welch alone gives 9.6% at 10 against 40."""
    if rule.pairing == "paired" and sizes[0] != sizes[1]:
        sizes = (20, 20)
    rng, each = np.random.default_rng(101), 75
    shares = [fixed(law, sizes, rule, each, rng)["better"] for law in LAWS]
    assert np.mean(shares) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / (each * len(LAWS)))


def test_watching_every_seed_keeps_the_level() -> None:
    """A naive Welch test, looked at as often, is wrong far more often."""
    rng, each = np.random.default_rng(102), 25
    rule = stats.DecisionRule(pairing="separate", looks="anytime")
    shares = [watched(law, rule, range(5, 31, 3), each, rng)[0] for law in LAWS]
    assert np.mean(shares) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / (each * len(LAWS)))


def test_equivalent_is_rarely_said_at_the_margin() -> None:
    rng, each = np.random.default_rng(103), 100
    shares = []
    for law, spread in (("normal", 0.006), ("10% diverging", 0.138), ("lognormal(1)", 2.16)):
        rule = stats.DecisionRule(pairing="separate", smallest_difference=spread)
        shares.append(fixed(law, (20, 20), rule, each, rng, shift=spread)["no_difference"])
    assert np.mean(shares) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / (each * len(shares)))
