from __future__ import annotations

import random

import pytest

from seedspread.analysis.planning import SeedQuestion, plan_seeds
from seedspread.errors import InvalidInput
from seedspread.storage.database import Database
from tests.support.studies import context_of, measured_study

DRAWN = random.Random(3)
SHARED = [DRAWN.gauss(0, 0.02) for _ in range(10)]
BASE = [0.8 + shift for shift in SHARED]
WIDE = [0.81 + shift + DRAWN.gauss(0, 0.002) for shift in SHARED]


def test_one_standard_deviation_takes_seventeen_seeds_or_ten_pairs() -> None:
    assert plan_seeds(SeedQuestion(difference=0.01, std=0.01)).seeds == 17
    assert plan_seeds(SeedQuestion(difference=0.01, std=0.01, paired=True)).seeds == 10


def test_a_verdict_takes_what_the_exact_test_needs_where_power_takes_fewer() -> None:
    for paired, comparisons, fewest in ((True, 1, 6), (False, 1, 4), (True, 10, 9), (False, 10, 6)):
        plan = plan_seeds(SeedQuestion(difference=0.5, std=0.01, paired=paired, comparisons=comparisons))
        assert plan.seeds is not None
        assert plan.seeds < fewest
        assert plan.for_verdict == fewest


def test_a_plan_is_made_at_the_corrected_level() -> None:
    one, ten = (plan_seeds(SeedQuestion(difference=0.01, std=0.01, comparisons=m)) for m in (1, 10))
    assert (one.seeds, ten.seeds) == (17, 29)
    assert "corrected for 10 comparisons" in ten.detail[0]
    with pytest.raises(InvalidInput, match="comparisons"):
        plan_seeds(SeedQuestion(difference=0.01, std=0.01, comparisons=0))


def test_the_spread_of_a_study_is_that_of_its_paired_differences(sqlite_database: Database) -> None:
    database = sqlite_database
    study_id = measured_study(database, {"base": BASE, "wide": WIDE}, smallest_difference=0.001)
    found = plan_seeds(SeedQuestion(study_id=study_id), context_of(database))
    assert found.paired
    assert found.std < 0.005  # the runs' own spread is ten times that
    assert found.difference == 0.001
    assert found.seeds is not None
    assert found.cautious is not None
    assert found.cautious > found.seeds
    assert found.for_verdict == max(10, found.seeds)
    assert found.additional == found.for_verdict - 10
    alone = plan_seeds(SeedQuestion(study_id=study_id, paired=False), context_of(database))
    assert alone.std > 0.01


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (SeedQuestion(std=0.01), "difference"),
        (SeedQuestion(difference=0.0, std=0.01), "difference"),
        (SeedQuestion(difference=0.1, std=float("nan")), "std"),
        (SeedQuestion(difference=0.1), "std"),
        (SeedQuestion(difference=0.1, std=0.1, power=1.0), "power"),
    ],
)
def test_what_cannot_be_planned_is_refused(question: SeedQuestion, field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        plan_seeds(question)
    assert raised.value.field == field


def test_a_hair_of_a_difference_takes_more_than_a_million() -> None:
    found = plan_seeds(SeedQuestion(difference=1e-6, std=0.01))
    assert found.seeds is None
    assert "more than a million" in found.headline


def test_a_plan_below_what_a_verdict_takes_says_so() -> None:
    few = plan_seeds(SeedQuestion(difference=0.01, std=0.004, paired=True))
    assert "SD of the paired differences 0.0040 (as stated)." in few.detail
    assert few.detail[-1] == "A verdict needs at least 6 paired seeds."
    plenty = plan_seeds(SeedQuestion(difference=0.01, std=0.01))
    assert plenty.headline == "Detecting a difference of 0.01 takes about 17 seeds per arm."
    assert not any(line.startswith("A verdict") for line in plenty.detail)
