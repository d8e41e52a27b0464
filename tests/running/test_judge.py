"""Assertions are judged by the same rules as verdicts."""

from __future__ import annotations

import random

import pytest

from seedspread.recording.records import StudyRecord
from seedspread.running.judge import ArmNumbers, check_assertion

STUDY = StudyRecord("s", "s", "2026-01-01T00:00:00Z", metric="acc", direction="maximize", rule={"paired": True})
RNG = random.Random(5)
BASE = {seed: 0.9 + RNG.gauss(0, 0.01) for seed in range(8)}


def claim_of(text: str, difference: float, *, seeds: int = 8, failures: int = 0) -> str:
    base = {seed: BASE[seed] for seed in range(seeds)}
    wide = {seed: value + difference for seed, value in base.items()}
    return check_assertion(
        text, (ArmNumbers("base", dict(base)), ArmNumbers("wide", dict(wide), failures)), STUDY
    ).answer


@pytest.mark.parametrize(
    ("text", "difference", "outcome"),
    [
        ("wide >= base", 0.01, "holds"),
        ("wide >= base", -0.01, "fails"),
        ("wide >= base - 0.005", -0.001, "holds"),
        ("wide >= base - 0.005", -0.01, "fails"),
        ("wide <= base + 0.005", 0.01, "fails"),
        ("wide >= base", 0.0, "holds"),
        ("wide > base", 0.0, "fails"),
        ("wide >= base + 0.01", 0.01, "holds"),
        ("wide == base +- 0.005", 0.001, "holds"),
        ("wide == base +- 0.005", 0.0, "holds"),
        ("wide == base +- 0.005", 0.01, "fails"),
    ],
)
def test_a_difference_that_never_varies_is_judged_by_signs(text: str, difference: float, outcome: str) -> None:
    assert claim_of(text, difference) == outcome


def test_too_few_pairs_of_one_sign_settle_nothing() -> None:
    assert claim_of("wide >= base", 0.01, seeds=5) == "undecided"
    assert claim_of("wide >= base", 0.01, seeds=6) == "holds"


def test_an_arm_that_fails_more_does_not_hold_a_claim() -> None:
    assert claim_of("wide >= base", 0.01, failures=6) == "undecided"
