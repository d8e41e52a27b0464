"""Looks that are paid for."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from seedspread import stats
from seedspread.errors import InvalidInput
from seedspread.stats.decision.evidence import gather
from seedspread.stats.decision.judgement import judge

PLANNED = stats.DecisionRule(pairing="separate", looks="planned", first_look=10, look_every=5, most_seeds=30)
ANYTIME = stats.DecisionRule(pairing="separate", looks="anytime", first_look=5, look_every=1, most_seeds=30)


def at(rng: np.random.Generator, n: int, shift: float = 0.0) -> tuple[stats.Sample, stats.Sample]:
    a, b = rng.normal(0.9, 0.01, n), rng.normal(0.9 + shift, 0.01, n)
    return stats.Sample.of("A", dict(enumerate(a))), stats.Sample.of("B", dict(enumerate(b)))


def test_boundaries_are_the_published_ones() -> None:
    """O'Brien-Fleming-like spending, five equal looks, two-sided .05 (as in Jennison & Turnbull and in Lan-DeMets)."""
    looks = stats.plan_looks((20, 40, 60, 80, 100), 100)
    assert [-ndtri((1 - look.level) / 2) for look in looks] == pytest.approx(
        [4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4
    )
    assert looks[-1].spent == pytest.approx(0.05)
    assert stats.plan_looks((30,), 30)[0].level == pytest.approx(0.95)
    with pytest.raises(InvalidInput):
        stats.plan_looks((10, 5), 30)


def test_stops_when_decided_and_says_what_was_spent() -> None:
    rng = np.random.default_rng(1)
    found = stats.next_look(*at(rng, 15, 0.05), PLANNED, rng)
    assert (found.action, found.reason, found.next_at) == ("stop", "decided", None)
    assert found.verdict.winner == "B"
    assert [look.n for look in found.plan] == [10, 15, 20, 25, 30]
    assert found.spent == found.plan[1].spent < found.plan[-1].spent <= found.budget == 0.05


def test_goes_on_while_undecided_and_stops_at_the_last_seed() -> None:
    rng = np.random.default_rng(2)
    open_, between, last = (stats.next_look(*at(rng, n), PLANNED, rng) for n in (10, 12, 30))
    assert (open_.action, open_.reason, open_.next_at) == ("continue", "undecided", 15)
    assert (between.action, between.reason, between.next_at) == ("continue", "between_looks", 15)
    assert (last.action, last.reason, last.next_at) == ("stop", "seeds_exhausted", None)
    assert "next planned look is at 15" in between.verdict.headline


def test_failed_runs_count_for_when_to_look_but_not_for_what_is_known() -> None:
    rng = np.random.default_rng(3)
    a, b = at(rng, 15, 0.002)
    b = stats.Sample.of("B", dict(enumerate(b.values[:12].tolist())), failures=3)
    found = stats.next_look(a, b, PLANNED, rng)
    assert found.reason == "undecided"
    assert found.verdict.n == 12
    assert found.verdict.look is not None
    assert found.verdict.look.fraction == 0.5


def test_stops_when_the_range_is_narrow_or_all_are_in() -> None:
    rng = np.random.default_rng(4)
    narrow = stats.DecisionRule(
        pairing="separate", looks="anytime", stop_when="narrow", width=0.02, look_every=5, most_seeds=60
    )
    wide, enough = (stats.next_look(*at(rng, n), narrow, rng) for n in (10, 50))
    assert (wide.action, wide.reason, wide.next_at) == ("continue", "too_wide", 15)
    assert (enough.action, enough.reason) == ("stop", "narrow_enough")
    assert enough.width is not None
    assert enough.width <= 0.02
    at_most = stats.DecisionRule(pairing="separate", looks="planned", stop_when="at_most", most_seeds=20)
    early, done = (stats.next_look(*at(rng, n, 0.1), at_most, rng) for n in (10, 20))
    assert (early.action, early.reason) == ("continue", "not_at_most")
    assert (done.action, done.verdict.outcome) == ("stop", "better")


def test_runs_without_variation_are_not_repeated_for_ever() -> None:
    a, b = stats.Sample.of("A", [0.9] * 10), stats.Sample.of("B", [0.8] * 10)
    assert stats.next_look(a, b, PLANNED, np.random.default_rng(1)).reason == "hopeless"


def test_a_rule_that_looks_once_has_no_next_look() -> None:
    rng = np.random.default_rng(5)
    with pytest.raises(InvalidInput, match="planned or anytime"):
        stats.next_look(*at(rng, 10), stats.DecisionRule(), rng)


def pairs_with(differences: list[float]) -> tuple[stats.Sample, stats.Sample]:
    """Return arms whose values vary and whose paired differences are these."""
    base = [0.8 + 0.011 * (7 * seed % 10) for seed in range(len(differences))]
    other = [value + difference for value, difference in zip(base, differences, strict=True)]
    return stats.Sample.of("A", dict(enumerate(base))), stats.Sample.of("B", dict(enumerate(other)))


def test_a_planned_look_needs_interval_and_exact_test_at_its_own_level() -> None:
    """Ten pairs of one sign have p = 0.002: enough at a fixed n, far from what a first look of four may spend."""
    rng = np.random.default_rng(8)
    paired = replace(PLANNED, pairing="paired", most_seeds=40)
    skewed = [0.0003, 0.0004, 0.0005, 0.0007, 0.0009, 0.0011, 0.0021, 0.0043, 0.0089, 0.0171]
    steady = [0.02 + 0.0001 * seed for seed in range(20)]
    for differences, n in ((skewed, 10), (steady, 10)):
        decision = stats.next_look(*pairs_with(differences[:n]), paired, rng)
        assert (decision.action, decision.reason) == ("continue", "undecided")
        assert decision.verdict.reason == "few_seeds"
        assert stats.decide(*pairs_with(differences[:n]), replace(paired, looks="once"), rng).outcome == "better"
    later = stats.next_look(*pairs_with(steady), paired, rng)
    look = later.verdict.look
    assert look is not None
    assert later.verdict.outcome == "better"
    assert (later.verdict.check_p or 1.0) <= 1 - look.level


def test_separated_arms_are_undecided_at_a_look_whose_interval_covers_zero() -> None:
    """Ranks decide at a fixed n only."""
    rng = np.random.default_rng(9)
    first = [0.80 + 0.0001 * seed for seed in range(15)]
    second = [0.802 + 0.03 * (seed / 14) ** 8 for seed in range(15)]
    a, b = stats.Sample.of("A", first), stats.Sample.of("B", second)
    for rule in (PLANNED, ANYTIME, replace(PLANNED, most_seeds=60)):
        evidence = gather(a, b, rule)
        assert evidence.separated
        assert evidence.interval is not None
        if evidence.interval.holds(0.0):
            assert judge(evidence, rule, rng).outcome == "undecided"
    assert gather(a, b, replace(PLANNED, most_seeds=60)).interval.holds(0.0)  # type: ignore[union-attr]
    assert stats.decide(a, b, replace(PLANNED, looks="once"), rng).outcome == "better"


@pytest.mark.parametrize("law", ["normal", "lognormal"])
@pytest.mark.parametrize(
    "rule",
    [
        replace(PLANNED, look_every=10),
        replace(PLANNED, look_every=10, pairing="paired"),
        replace(ANYTIME, look_every=5),
    ],
    ids=["planned", "planned pairs", "anytime"],
)
def test_looking_repeatedly_at_equal_arms_stays_within_the_error_rate(rule: stats.DecisionRule, law: str) -> None:
    """A/A, 100 studies: at most 5 % plus two standard errors ever say "better" (a naive Welch test: over 20 %)."""
    rng, wrong, studies = np.random.default_rng(6), 0, 100
    sizes = rule.schedule()
    for _ in range(studies):
        a, b = rng.normal(0.93, 0.006, (2, sizes[-1])) if law == "normal" else rng.lognormal(0, 1, (2, sizes[-1]))
        for n in sizes:
            first, second = (stats.Sample.of(arm, dict(enumerate(values[:n]))) for arm, values in (("A", a), ("B", b)))
            if judge(gather(first, second, rule), rule, rng).outcome == "better":
                wrong += 1
                break
    assert wrong / studies <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)
