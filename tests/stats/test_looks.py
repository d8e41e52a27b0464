"""What a verdict pays for earlier looks."""

from __future__ import annotations

import random
from typing import Any

import pytest

from seedspread.stats import DecisionRule, Sample, TakenLook, decide, interim_rule, looks_of, payment, question_rng
from seedspread.stats.decision.comparison import after_other_plan
from seedspread.stats.decision.sentences import Conditions

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


def test_looks_are_read_leniently_and_older_ones_were_of_complete_plans() -> None:
    documents: list[dict[str, Any]] = [
        {"seeds": 6},
        {"seeds": 9, "planned": 20},
        {"seeds": 9, "planned": 20},
        {"seeds": "x"},
        {},
    ]
    assert looks_of(documents) == looks((6, 6), (9, 20))


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
