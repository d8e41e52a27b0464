"""What the verdict says, when it refuses, and how often it is wrong between equal arms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from seedspread import stats
from seedspread.errors import InvalidInput
from seedspread.stats.decision.comparison import compare_many
from tests.stats.golden import golden

PAIRED, SEPARATE = stats.DecisionRule(pairing="paired"), stats.DecisionRule(pairing="separate")
ACCURACY = stats.Conditions("accuracy", varied=("init", "shuffle"), fixed=("split",))


def arms(case: str) -> tuple[stats.Sample, stats.Sample]:
    found = next(one for one in golden()["cases"] if one["name"] == case)
    return (
        stats.Sample.of("A", dict(enumerate(found["a"]))),
        stats.Sample.of("B", dict(enumerate(found["b"]))),
    )


def decided(case: str, rule: stats.DecisionRule) -> stats.Verdict:
    return stats.decide(*arms(case), rule, stats.question_rng(case), ACCURACY)


@pytest.mark.parametrize(
    ("case", "rule", "outcome", "reason"),
    [
        ("n1_single_seed", PAIRED, "undecided", "too_few_seeds"),
        ("n2_pair", PAIRED, "undecided", "too_few_seeds"),
        ("n3_separated", SEPARATE, "undecided", "few_seeds"),
        ("n5_ties", PAIRED, "undecided", "few_seeds"),
        ("n5_ties", replace(PAIRED, level=0.9, minimum_seeds=8), "undecided", "below_minimum"),
        ("n10_heavy_ties", replace(PAIRED, minimum_seeds=11), "undecided", "below_minimum"),
        ("n5_both_constant", PAIRED, "undecided", "no_variation"),
        ("n5_both_constant", SEPARATE, "undecided", "no_variation"),
        ("n6_one_constant", PAIRED, "undecided", "interval_covers_zero"),
        ("n10_heavy_ties", PAIRED, "better", "interval_excludes_zero"),
        ("n20_paired_corr", PAIRED, "undecided", "interval_covers_zero"),
        ("n20_paired_corr", replace(PAIRED, smallest_difference=0.01), "no_difference", "inside_smallest_difference"),
        ("n30_normal", SEPARATE, "better", "interval_excludes_zero"),
        ("n20_bimodal", SEPARATE, "undecided", "standing_apart"),
    ],
)
def test_outcomes(case: str, rule: stats.DecisionRule, outcome: str, reason: str) -> None:
    found = decided(case, rule)
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.refused == (reason in {"no_variation", "standing_apart"})
    for banned in ("significan", "statistically", "nan", "None", "***", "95% probability"):
        assert banned not in found.sentence


def test_the_sentence_carries_its_numbers() -> None:
    found = decided("n30_normal", SEPARATE)
    assert found.sentence == (
        "B beats A on accuracy by 0.0040 (95% CI 0.0011 to 0.0068, 30 seeds per arm). "
        "Metric: accuracy (higher is better). Interval: Welch t; the permutation test confirms it "
        "(p = 0.007). Both tests must agree, so the larger p-value decides (p = 0.007). "
        "Varied with the seed: init, shuffle. "
        "Held fixed: split."
    )
    assert found.winner == "B"
    assert {caveat.code for caveat in found.caveats} >= {"held_fixed", "this_test_set"}


def test_direction_turns_the_winner_and_the_words() -> None:
    lower = decided("n30_normal", replace(SEPARATE, direction="minimize"))
    assert (lower.winner, lower.headline) == (
        "A",
        "A beats B on accuracy by 0.0040 (B − A: 95% CI +0.0011 to +0.0068, 30 seeds per arm).",
    )
    unset = decided("n30_normal", replace(SEPARATE, direction=None))
    assert unset.headline.startswith("B is higher than A on accuracy by 0.0040 (95% CI 0.0011 to")


def test_a_verdict_below_its_floor_says_how_many_seeds_it_takes() -> None:
    found = decided("n5_ties", replace(PAIRED, smallest_difference=0.005))
    needed = found.seeds_needed
    assert found.leaning == "B"
    assert needed is not None
    assert needed.basis == "minimum_seeds", "the range is clear of 0 already"
    assert "A verdict needs 1 more seed per arm (6 seeds in each arm)." in found.sentence
    at_floor = decided("n2_pair", PAIRED).seeds_needed
    assert at_floor is not None
    assert (at_floor.per_arm, at_floor.additional, at_floor.basis) == (6, 4, "minimum_seeds")


def test_what_was_left_out_is_said() -> None:
    a, b = arms("n30_normal")
    a = stats.Sample.of("A", {**dict(enumerate(a.values.tolist())), 90: math.nan, 91: None}, failures=3)
    found = stats.decide(a, b, PAIRED, stats.question_rng("left out"), ACCURACY)
    assert "5 of 35 runs of A left out: 3 failed, 1 did not report the metric, 1 not finite." in found.sentence
    assert "failures" in {caveat.code for caveat in found.caveats}


def test_unmatched_seeds_are_counted() -> None:
    rng = np.random.default_rng(1)
    a = stats.Sample.of("A", dict(zip(range(12), rng.normal(size=12), strict=True)))
    b = stats.Sample.of("B", dict(zip(range(2, 17), rng.normal(size=15), strict=True)))
    found = stats.decide(a, b, PAIRED, rng)
    assert found.n == 10
    assert "10 paired, 5 and 2 unpaired seeds" in found.sentence
    assert "ignored" not in found.sentence
    one_sided = stats.decide(a, stats.Sample("B", b.values[:10], b.seeds[:10]), PAIRED, rng)  # type: ignore[index]
    assert "2 unpaired seeds of A ignored." in one_sided.sentence
    to_come = stats.Conditions(to_come=(frozenset({12, 13, 14, 15}), frozenset({0})))
    training = stats.decide(a, b, PAIRED, rng, to_come)
    assert "Waiting for a pair: 1 seed of A and 4 seeds of B." in training.sentence
    none_shared = stats.Sample.of("C", dict(zip(range(50, 60), rng.normal(size=10), strict=True)))
    apart = stats.decide(a, none_shared, PAIRED, rng)
    assert (apart.reason, "C and A share no seed" in apart.headline) == ("no_values", True)


def test_an_arm_in_training_is_not_said_to_have_no_value() -> None:
    a, _ = arms("n5_ties")
    waits = stats.Conditions(to_come=(frozenset(), frozenset({1})))
    found = stats.decide(a, stats.Sample.of("B", {}), PAIRED, stats.question_rng("w"), waits)
    assert found.headline == "Cannot be judged: no run of B has finished yet."
    diverged = stats.decide(a, stats.Sample.of("B", {0: math.nan}), PAIRED, stats.question_rng("w"), waits)
    assert diverged.headline == "Cannot be judged: B has no finite value of the metric."


def test_few_pairs_do_not_say_whether_pairing_helps() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=12)
    for n, told in ((9, False), (12, True)):
        a, b = (
            stats.Sample.of(name, dict(enumerate((sign * values[:n]).tolist()))) for name, sign in (("A", 1), ("B", -1))
        )
        found = stats.decide(a, b, PAIRED, rng)
        assert ("pairing_does_not_help" in {caveat.code for caveat in found.caveats}) == told


def test_identical_arms_are_named() -> None:
    values = {seed: 0.9 + 0.001 * (seed % 7) for seed in range(12)}
    a, b = stats.Sample.of("A", values), stats.Sample.of("B", values)
    assert stats.decide(a, b, PAIRED, stats.question_rng("same")).reason == "identical"


def test_auto_pairs_by_design_only() -> None:
    seeded = dict(enumerate(np.random.default_rng(3).normal(size=10).tolist()))
    rule = stats.DecisionRule()
    others = {seed + 7: value for seed, value in seeded.items()}
    rng = stats.question_rng("auto")
    for b, paired in ((seeded, True), (others, False), (list(seeded.values()), False)):
        found = stats.decide(stats.Sample.of("A", seeded), stats.Sample.of("B", b), rule, rng)
        assert found.paired == paired


def test_naive_looks_and_coarse_metrics_are_caveats() -> None:
    a, b = arms("n10_heavy_ties")
    found = stats.decide(a, b, PAIRED, stats.question_rng("c"), stats.Conditions(peeked=True))
    assert {"interim", "coarse_metric", "few_seeds"} <= {caveat.code for caveat in found.caveats}
    apart = decided("n20_bimodal", SEPARATE)
    assert {"mean_and_rank_disagree", "unequal_spread"} <= {caveat.code for caveat in apart.caveats}


@pytest.mark.parametrize(
    "wrong",
    [
        {"smallest_difference": 0.0},
        {"smallest_difference": math.nan},
        {"level": 1.0},
        {"minimum_seeds": 2},
        {"direction": "up"},
        {"looks": "planned"},
        {"stop_when": "narrow"},
        {"looks": "anytime", "most_seeds": 4},
    ],
)
def test_rules_that_contradict_themselves_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        stats.DecisionRule(**wrong)  # type: ignore[arg-type]


def test_a_real_difference_is_found() -> None:
    rng = np.random.default_rng(8)
    found = [
        stats.decide(
            stats.Sample.of("A", rng.normal(0, 1, 20)), stats.Sample.of("B", rng.normal(1.5, 1, 20)), SEPARATE, rng
        ).winner
        for _ in range(40)
    ]
    assert found.count("B") >= 36
    assert "A" not in found


def test_a_winner_whose_range_covers_the_smallest_difference_leaves_its_size_open() -> None:
    noise = [-0.004, 0.003, 0.001, -0.002, 0.005, -0.003, 0.002, -0.001, 0.004, -0.005]
    a = stats.Sample.of("A", dict.fromkeys(range(10), 0.9) | {0: 0.901})
    shares = stats.Conditions("accuracy", unit="share")

    def told(rise: float, sign: int = 1) -> list[str]:
        b = stats.Sample.of("B", {seed: 0.9 + sign * rise + shift for seed, shift in enumerate(noise)})
        rule = replace(PAIRED, smallest_difference=0.01)
        found = stats.decide(a, b, rule, stats.question_rng("size"), shares)
        assert found.outcome == "better"
        return [caveat.text for caveat in found.caveats if caveat.code == "size_open"]

    for sign in (1, -1):
        (message,) = told(0.01, sign)
        assert "may be smaller than the 1 point that matters" in message
        assert told(0.03, sign) == []


def test_equal_values_are_not_called_steps_of_the_metric() -> None:
    values = dict(enumerate([0.8, 0.9, 0.8, 0.9, 0.8, 0.9]))
    found = stats.decide(stats.Sample.of("A", values), stats.Sample.of("B", values), PAIRED, np.random.default_rng(1))
    assert found.reason == "identical"
    assert "coarse_metric" not in {caveat.code for caveat in found.caveats}


def test_a_chance_that_is_none_is_told_as_0() -> None:
    found = stats.wrong_winner(np.array([0.9, 0.91, 0.92]), np.array([0.95, 0.96, 0.97]), paired=False)
    assert set(found.chances) == {0.0}


def constant_gap(n: int, gap: float = 0.01) -> tuple[stats.Sample, stats.Sample]:
    base = [round(0.9 + 0.013 * (7 * seed % 11), 6) for seed in range(n)]
    return (
        stats.Sample.of("A", dict(enumerate(base))),
        stats.Sample.of("B", dict(enumerate(round(value + gap, 6) for value in base))),
    )


@pytest.mark.parametrize(
    ("n", "rule", "state", "reason", "p"),
    [
        (2, PAIRED, "undecided", "too_few_seeds", 0.5),
        (5, PAIRED, "undecided", "few_seeds", 0.0625),
        (8, PAIRED, "better", "same_difference", 2**-7),
        (8, replace(PAIRED, smallest_difference=0.05), "equivalent", "inside_smallest_difference", 1.0),
        (8, replace(PAIRED, level=0.999), "undecided", "few_seeds", 2**-7),
        (7, replace(PAIRED, looks="anytime"), "undecided", "no_interval_yet", 1.0),
        (8, replace(PAIRED, looks="anytime"), "better", "same_difference", 9 / 2**8),
        (10, replace(PAIRED, looks="planned", most_seeds=40), "undecided", "few_seeds", 2**-9),
        (20, replace(PAIRED, looks="planned", most_seeds=40), "better", "same_difference", 2**-19),
    ],
)
def test_a_difference_that_never_varies_is_decided_by_signs(
    n: int, rule: stats.DecisionRule, state: str, reason: str, p: float
) -> None:
    """Arms vary, their pairs differ by one number: the exact sign-flip test is all there is."""
    verdict = stats.decide(*constant_gap(n), rule, stats.question_rng("gap"), ACCURACY)
    assert (verdict.state, verdict.reason) == (state, reason)
    assert verdict.p == pytest.approx(p)
    if state in {"better", "equivalent"}:
        assert verdict.interval is not None
        assert verdict.interval.low == verdict.interval.high == pytest.approx(0.01)
        assert "CI" not in verdict.headline
        assert f"in each of {n} paired seeds" in verdict.headline
        assert "same_difference" in [caveat.code for caveat in verdict.caveats]
    else:
        assert verdict.interval is None
    assert (verdict.winner == "B") == (state == "better")
    lower = stats.decide(*constant_gap(n), replace(rule, direction="minimize"), stats.question_rng("gap"), ACCURACY)
    assert (lower.winner == "A") == (state == "better")


def test_constant_arms_cannot_be_judged_however_they_are_paired() -> None:
    a, b = (stats.Sample.of(arm, dict.fromkeys(range(8), value)) for arm, value in (("A", 0.9), ("B", 0.91)))
    for rule in (PAIRED, SEPARATE):
        verdict = stats.decide(a, b, rule, stats.question_rng("constant"))
        assert (verdict.state, verdict.reason) == ("cannot_be_judged", "no_variation")


def test_too_few_pairs_have_their_exact_p() -> None:
    """Five pairs of one sign: 0.0625, alone and in a family."""
    a, b = (
        stats.Sample.of(arm, {s: 0.9 + g + 0.001 * s * s for s in range(5)}) for arm, g in (("A", 0.0), ("B", 0.02))
    )
    c = stats.Sample.of("C", {s: 0.93 + 0.0013 * s * s for s in range(5)})
    family = compare_many([a, b, c], PAIRED, stats.question_rng("few"), baseline="A")
    assert [member.verdict.reason for member in family.comparisons] == ["few_seeds", "few_seeds"]
    assert [member.verdict.p for member in family.comparisons] == pytest.approx([0.0625, 0.0625])
    assert family.comparisons[1].verdict.p_corrected == pytest.approx(0.125)


def test_a_split_that_varies_is_not_called_the_same_test_set() -> None:
    def codes(*varied: str) -> set[str]:
        conditions = stats.Conditions("accuracy", varied=varied)
        verdict = stats.decide(*arms("n5_ties"), SEPARATE, stats.question_rng("x"), conditions)
        return {caveat.code for caveat in verdict.caveats}

    assert "overlapping_splits" in codes("split", "init")
    assert "this_test_set" not in codes("split", "init")
    assert "this_test_set" in codes("init")
