"""What a verdict pays for earlier looks."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from scipy import stats as sps

from seedspread.stats import DecisionRule, Sample, TakenLook, decide, interim_rule, payment, question_rng
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.decision.comparison import after_other_plan
from seedspread.stats.decision.sequential import t_mixture_critical

ONCE = DecisionRule(direction="maximize")
PLAIN = Conditions(metric="acc")


def looks(*taken: tuple[int, int]) -> tuple[TakenLook, ...]:
    return tuple(TakenLook(seeds, planned) for seeds, planned in taken)


@pytest.mark.parametrize(
    ("taken", "seeds", "planned", "kind", "alpha"),
    [
        ((), 20, 20, "once", 0.05),
        (((20, 20),), 20, 20, "once", 0.05),  # the same verdict again
        (((10, 20), (15, 20)), 20, 20, "anytime", 0.05),  # interim looks of this plan
        (((10, 10),), 20, 20, "anytime", 0.01),  # seeds added after a fixed-n verdict
        (((6, 10), (10, 10)), 20, 20, "anytime", 0.01),
        (((6, 10),), 20, 20, "anytime", 0.05),  # added before the plan's verdict
        (((3, 3),), 20, 20, "anytime", 0.05),  # no verdict is possible at 3
        (((8, 0),), 12, 0, "anytime", 0.01),  # without a plan, any verdict may be the last
    ],
)
def test_a_verdict_pays_for_what_was_read_before(
    taken: tuple[tuple[int, int], ...], seeds: int, planned: int, kind: str, alpha: float
) -> None:
    rule = interim_rule(ONCE, PLAIN.after(payment(looks(*taken), seeds, planned)))
    assert (rule.looks, rule.alpha) == (kind, alpha)


def test_a_page_read_by_anybody_leaves_the_last_verdict_its_error_rate() -> None:
    live = interim_rule(ONCE, Conditions(peeked=True, unpaid=True))
    assert live.looks == "anytime"
    assert live.alpha == pytest.approx(0.01)
    assert interim_rule(ONCE, Conditions()) is ONCE
    # A look after every seed from 5 to 19, the t interval alone, then the t test at 20: at most 5% + 2 SE in all.
    studies, most = 20_000, 20
    drawn = np.random.default_rng(4).normal(size=(studies, most))
    wrong = np.zeros(studies, dtype=bool)
    for n in range(5, most + 1):
        critical = t_mixture_critical(n, live.level) if n < most else float(sps.t.ppf(1 - ONCE.alpha / 2, most - 1))
        if critical is not None:
            values = drawn[:, :n]
            wrong |= np.abs(values.mean(1)) > critical * values.std(1, ddof=1) / math.sqrt(n)
    assert wrong.mean() < 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)


@pytest.mark.parametrize(
    ("taken", "seeds", "planned", "words"),
    [
        (((6, 20), (9, 20)), 20, 20, "a verdict was read at 6 and 9 seeds per arm while runs were pending"),
        (((6, 10),), 20, 20, "seeds were added after results were in (6, then 14 per arm)"),
    ],
)
def test_the_caveat_says_why_the_interval_is_wider(
    taken: tuple[tuple[int, int], ...], seeds: int, planned: int, words: str
) -> None:
    rng = random.Random(3)
    values = [{seed: rng.gauss(0, 1) for seed in range(seeds)} for _ in "ab"]
    a, b = (Sample.of(name, group) for name, group in zip("ab", values, strict=True))
    paid = decide(a, b, ONCE, question_rng("x"), PLAIN.after(payment(looks(*taken), seeds, planned)))
    plain = decide(a, b, ONCE, question_rng("x"), PLAIN)
    assert words in " ".join(caveat.text for caveat in paid.caveats)
    assert paid.interim
    assert paid.interval is not None
    assert plain.interval is not None
    assert paid.interval.width() > plain.interval.width()


def test_looks_after_another_plan_are_anytime_valid_at_what_it_left() -> None:
    planned = DecisionRule(looks="planned", most_seeds=40, level=0.975)
    after = after_other_plan(planned)
    assert (after.looks, round(after.alpha, 9), after.most_seeds) == ("anytime", 0.005, 40)


SAME = {seed: seed / 7 for seed in range(24)}


@pytest.mark.parametrize(("n", "more"), [(6, 5), (8, 3), (10, 1)])
def test_equal_differences_after_added_seeds_say_how_many_seeds_decide(n: int, more: int) -> None:
    """Signs of 11 pairs reach a fifth of the error rate: 12 / 2**11 < 0.01. There is no interval to halve."""
    a, b = Sample.of("a", dict(list(SAME.items())[:n])), Sample.of("b", {s: v + 1 for s, v in list(SAME.items())[:n]})
    verdict = decide(a, b, ONCE, question_rng("x"), Conditions(metric="acc", added=(4, n - 4)))
    assert verdict.state == "undecided"
    assert verdict.interval is None
    assert verdict.seeds_needed is not None
    assert (verdict.seeds_needed.per_arm, verdict.seeds_needed.additional) == (11, more)
    assert "Halving" not in verdict.sentence
    at = Sample.of("a", dict(list(SAME.items())[:11])), Sample.of("b", {s: v + 1 for s, v in list(SAME.items())[:11]})
    decided = decide(*at, ONCE, question_rng("x"), Conditions(metric="acc", added=(4, 7)))
    assert decided.state == "better"
    assert "the signs decide, by a test that holds at every look (p = 0.006)" in decided.sentence


def test_four_pairs_at_a_look_are_told_when_an_interval_is_finite() -> None:
    a, b = (Sample.of(name, {s: random.Random(f"{name}{s}").gauss(0, 1) for s in range(4)}) for name in "ab")
    verdict = decide(a, b, ONCE, question_rng("x"), Conditions(metric="acc", peeked=True))
    assert verdict.seeds_needed is not None
    assert verdict.seeds_needed.basis == "minimum_seeds"


@pytest.mark.parametrize("b", [SAME, dict.fromkeys(SAME, 1.0)], ids=["all differences zero", "both constant"])
def test_where_nothing_is_judged_no_interval_is_said_to_decide(b: dict[int, float]) -> None:
    a = SAME if b is SAME else dict.fromkeys(SAME, 0.0)
    arms = Sample.of("a", a), Sample.of("b", b)
    verdict = decide(*arms, ONCE, question_rng("x"), Conditions(metric="acc", added=(12, 12)))
    assert verdict.state == "cannot_be_judged"
    text = next(caveat.text for caveat in verdict.caveats if caveat.code == "interim")
    assert text == "Interim: seeds were added after results were in (12, then 12 per arm)."
