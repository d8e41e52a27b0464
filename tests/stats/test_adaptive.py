"""Looks that are paid for."""

from __future__ import annotations

import math

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


@pytest.mark.parametrize("rule", [PLANNED, ANYTIME], ids=["planned", "anytime"])
def test_looking_repeatedly_at_equal_arms_stays_within_the_error_rate(rule: stats.DecisionRule) -> None:
    """A/A, 150 studies: at most 5 % plus three standard errors ever say "better" (a naive Welch test: over 20 %)."""
    rng, wrong, studies = np.random.default_rng(6), 0, 150
    sizes = rule.schedule()
    for _ in range(studies):
        a, b = rng.normal(0.93, 0.006, (2, sizes[-1]))
        for n in sizes:
            first, second = stats.Sample.of("A", a[:n]), stats.Sample.of("B", b[:n])
            if judge(gather(first, second, rule), rule, rng).outcome == "better":
                wrong += 1
                break
    assert wrong / studies <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / studies)
