"""The sentence on an arm says what its runs show, no more."""

from __future__ import annotations

import pytest

from seedspread.core.audit import AuditRun, arm_seeding
from seedspread.core.report import FingerprintKind
from seedspread.core.states import RunState

ALL = ("split", "init")


def runs(*outcomes: str) -> list[AuditRun]:
    return [
        AuditRun(
            number,
            0,
            number,
            RunState.FINISHED,
            {},
            fingerprints={FingerprintKind.FINAL: outcome, FingerprintKind.SERIES: outcome},
        )
        for number, outcome in enumerate(outcomes)
    ]


@pytest.mark.parametrize(
    ("policies", "outcomes", "sentence"),
    [
        (("free", "free"), "abc", "Nothing is seeded: all 3 runs differ, accuracy with SD 1.0 points."),
        (
            ("fixed", "free"),
            "abc",
            "With init left to chance; split fixed: all 3 runs differ, accuracy with SD 1.0 points.",
        ),
        (
            ("fixed", "fixed"),
            "aaa",
            "Everything is seeded: all 3 runs are the same, bit for bit, so nothing escapes the seeds.",
        ),
        (
            ("fixed", "fixed"),
            "aab",
            (
                "Everything is seeded: 3 runs gave 2 different results, accuracy with SD 1.0 points; "
                "some randomness is not under control."
            ),
        ),
        (
            ("fixed", "vary"),
            "aaa",
            (
                "With init varying with the seed; split fixed: all 3 runs are the same, bit for bit, "
                "so nothing that varies matters."
            ),
        ),
        (
            ("vary", "vary"),
            "a",
            "Every source varies with the seed: too few finished runs left fingerprints to see what it does.",
        ),
    ],
)
def test_an_arm_is_told(policies: tuple[str, str], outcomes: str, sentence: str) -> None:
    values = [0.9, 0.91, 0.92][: len(outcomes)]
    given = dict(zip(ALL, policies, strict=True))
    described = arm_seeding(0, "an arm", given, runs(*outcomes), values, metric="accuracy", unit="share")
    assert described.sentence == sentence
    assert (described.runs, described.distinct) == (len(outcomes), len(set(outcomes)))


def test_equal_values_do_not_spread() -> None:
    described = arm_seeding(0, "an arm", {"init": "fixed"}, runs("a", "a", "a"), [0.1, 0.1, 0.1], metric="loss")
    assert described.sd == 0


def test_an_arm_from_elsewhere_is_described_by_its_values() -> None:
    described = arm_seeding(0, "an arm", {}, [], [0.5, 0.7, 0.5], metric="accuracy", unit="share")
    assert (described.runs, described.distinct) == (3, 2)
    assert described.sentence == (
        "Not trained by this service: 3 runs gave 2 different values of accuracy with SD 12 points."
    )
    empty = arm_seeding(0, "an arm", {}, [], [], metric="accuracy").sentence
    assert empty == "Not trained by this service, and no run has a value of accuracy yet."


def test_a_recipe_without_sources_says_so() -> None:
    described = arm_seeding(0, "an arm", {}, runs("a", "b"), [0.5, 0.7], metric="loss")
    assert described.sentence.startswith("No source of randomness is declared: all 2 runs differ")
