from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest

from seedspread.analysis.best_of import best_of
from seedspread.analysis.compare import ArmOfStudy, compare_all, compare_arms, compare_numbers
from seedspread.context import Context
from seedspread.core.recipe import Direction
from seedspread.core.sources import Policy, Source
from seedspread.core.study import ArmSpec, RuleSpec, SeedRange
from seedspread.errors import InvalidInput, NotFound
from seedspread.storage.database import Database
from seedspread.views.statistics import ComparisonView
from tests.builders import finish, run_ids, spec, store
from tests.support.studies import context_of, exclude, measured_study

DRAWN = random.Random(3)
SHARED = [DRAWN.gauss(0, 0.004) for _ in range(12)]
BASE = [0.94 + shift for shift in SHARED]
WIDE = [0.95 + shift + DRAWN.gauss(0, 0.001) for shift in SHARED]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def context(database: Database) -> Context:
    return context_of(database)


def compared(
    context: Context, study_id: int, a: str | int = 0, b: str | int = 1, to: int | None = None
) -> ComparisonView:
    return compare_arms(context, ArmOfStudy(study_id, a), ArmOfStudy(to or study_id, b))


def test_arms_that_share_their_seeds_are_paired_by_design(context: Context, database: Database) -> None:
    found = compared(context, measured_study(database, {"base": BASE, "wide": WIDE}))
    assert found.difference.paired
    assert found.state == "better"
    assert found.winner == "wide"
    assert found.varied == ["split", "init"]
    assert "12 paired seeds" in found.headline


def test_a_source_whose_rate_is_0_in_both_arms_is_not_said_to_vary(context: Context, database: Database) -> None:
    def varied(*rates: float) -> list[str]:
        arms = tuple(ArmSpec(name=name, parameters={"init": rate}) for name, rate in zip("ab", rates, strict=True))
        found = compared(context, measured_study(database, {"a": BASE, "b": WIDE}, specs=arms))
        assert ("Varied with the seed: split, init." in found.detail) == ("init" in found.varied)
        return found.varied

    assert varied(0.0, 0.0) == ["split"]
    assert varied(0.0, 0.2) == ["split", "init"]


def test_equal_seeds_mean_nothing_where_no_source_follows_them(context: Context, database: Database) -> None:
    free = dict.fromkeys((Source.SPLIT, Source.INIT), Policy.FREE)
    arms = (ArmSpec(name="base", policies=free), ArmSpec(name="wide", policies=free))
    found = compared(context, measured_study(database, {"base": BASE, "wide": WIDE}, specs=arms))
    assert not found.difference.paired
    assert found.free == ["split", "init"]


def test_only_an_arm_that_has_a_seed_is_asked_whether_it_is_applied(context: Context, database: Database) -> None:
    free = dict.fromkeys((Source.SPLIT, Source.INIT), Policy.FREE)
    flat = {"base": [0.9] * 6, "wide": WIDE[:6]}
    unseeded = measured_study(database, flat, specs=(ArmSpec(name="base", policies=free), ArmSpec(name="wide")))
    found = compared(context, unseeded)
    assert found.headline == "Cannot be judged: base gave one value under every seed."
    assert found.detail[0] == "No source follows the seed there."
    # One constant arm may stand at a bound of its metric: a result. Two make one ask.
    assert compared(context, measured_study(database, flat)).winner == "wide"
    both = compared(context, measured_study(database, {"base": [0.9] * 6, "wide": [0.8] * 6}))
    assert both.headline == "Cannot be judged: base and wide each gave one value under every seed."


def test_two_seeds_give_no_range_anywhere(context: Context, database: Database) -> None:
    found = compared(context, measured_study(database, {"base": BASE[:2], "wide": WIDE[:2]}))
    assert (found.difference.interval, found.interval) == (None, None)
    assert found.difference.reason == "fewer than 3 shared seeds"
    assert found.headline == "Undecided: 2 paired seeds are too few for a confidence interval of wide − base."


def test_exclusions_are_left_out_and_told_with_their_reasons(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": [*WIDE[:-1], None]})
    before = compared(context, study_id)
    assert before.b.failures == 1
    exclude(database, run_ids(database, study_id)[6], "read the wrong file")
    found = compared(context, study_id)
    assert (found.a.n, found.b.n) == (11, 11)
    assert found.difference.n_a == 10
    assert "Excluded by hand: seed 3 of base (read the wrong file)." in found.detail
    assert [run.seed for run in found.a.excluded] == [3]


def test_the_same_question_gives_the_same_numbers_and_is_answered_from_memory(
    context: Context, database: Database
) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    assert compared(context, study_id) is compared(context, study_id)
    assert compared(context, study_id) == compared(context_of(database), study_id)


def test_a_verdict_among_many_arms_is_corrected_for_all_of_them(context: Context, database: Database) -> None:
    arms = {"base": BASE} | {f"arm {index}": WIDE for index in range(4)}
    study_id = measured_study(database, arms)
    family = compare_all(context, study_id)
    assert family.m == 10, "no baseline was named beforehand: all pairs"
    assert [view.b.name for view in family.comparisons] == list(arms)[1:]
    assert all(view.p_corrected >= view.p for view in family.comparisons)
    assert compared(context, study_id).looked_at == 10
    assert family.ranking is not None
    assert [arm.arm for arm in family.ranking.arms if not arm.with_best] == ["base"]


def test_a_baseline_named_beforehand_takes_fewer_comparisons(context: Context, database: Database) -> None:
    arms = {"base": BASE, "wide": WIDE, "wider": [value + 0.03 for value in WIDE[::-1]]}
    study_id = measured_study(database, arms, rule=RuleSpec(baseline="wide", minimum_seeds=13))
    family = compare_all(context, study_id)
    assert (family.baseline, family.m) == ("wide", 2)
    assert [view.b.name for view in family.comparisons] == ["base", "wider"]
    assert {view.reason for view in family.comparisons} == {"below_minimum"}
    assert compared(context, study_id, "wide", "base").looked_at == 2
    assert compared(context, study_id, "base", "wider").looked_at == 3


def test_arms_of_two_studies_are_compared_and_told_apart(context: Context, database: Database) -> None:
    first = measured_study(database, {"base": BASE})
    second = measured_study(database, {"base": WIDE})
    found = compared(context, first, 0, 0, to=second)
    assert found.difference.paired  # one recipe, the same seeds, every source follows them
    assert f"base (study {second})" in found.headline


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ([], "cannot_be_judged"),
        ([0.9], "undecided"),
        ([math.nan] * 4, "better"),  # all of its runs failed, none of the other arm
    ],
)
def test_poor_arms_get_a_refusal_in_words(
    context: Context, database: Database, values: list[float], state: str
) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": values}, number_of_seeds=12)
    found = compared(context, study_id)
    assert found.state == state
    text = found.model_dump_json()
    assert "NaN" not in text
    assert json.loads(text)["headline"]


def test_what_is_not_there_is_named(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    with pytest.raises(NotFound):
        compared(context, 999)
    with pytest.raises(InvalidInput, match=r"an arm of the study: 0 \(base\), 1 \(wide\)"):
        compared(context, study_id, "deep")
    with pytest.raises(InvalidInput, match="another arm"):
        compared(context, study_id, 1, "wide")
    with pytest.raises(InvalidInput, match="accuracy, loss"):
        compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1), metric="f1")


def test_another_metric_is_compared_in_its_own_direction(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE}, smallest_difference=0.02)
    found = compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1), metric="loss")
    assert found.direction is Direction.MINIMIZE
    assert found.winner == "wide"
    assert found.smallest_difference is None  # it was stated for the metric that decides


def test_plain_numbers_are_compared_without_a_study() -> None:
    family = compare_numbers({"a": BASE, "b": WIDE}, direction=Direction.MAXIMIZE)
    (only,) = family.comparisons
    assert not only.difference.paired
    by_seed = {name: dict(enumerate(values)) for name, values in (("a", BASE), ("b", WIDE))}
    (only,) = compare_numbers(by_seed, direction=Direction.MAXIMIZE).comparisons
    assert only.difference.paired


@pytest.mark.parametrize(
    ("groups", "field"),
    [
        ({"a": [1.0]}, "groups"),
        ({"a": ["x"], "b": [1.0]}, "a"),
    ],
)
def test_numbers_that_cannot_be_compared_are_refused(groups: dict[str, list[float]], field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        compare_numbers(groups)
    assert raised.value.field == field


def test_a_quoted_run_has_its_place(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE})
    (arm,) = best_of(context, study_id, quoted=max(BASE))
    assert arm.quoted is not None
    assert arm.quoted.better == 0
    assert arm.curve.values[-1] == max(BASE)


def test_a_metric_that_does_not_decide_is_exploratory(context: Context, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    for summary, exploratory in (("last", False), ("best", True), ("area", True)):
        view = compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1), summary=summary)
        codes = {caveat.code for caveat in view.caveats}
        assert ("exploratory" in codes) == exploratory


def test_the_area_under_the_curve_can_decide(context: Context, database: Database) -> None:
    arms = (ArmSpec(name="slow"), ArmSpec(name="fast"))
    study_id = store(database, spec(arms=arms, seeds=SeedRange(count=10), summary="area"))
    for at, run in enumerate(run_ids(database, study_id)):
        noise = BASE[at // 2]
        # Both end alike, but the second is there after one epoch; one of its runs diverged on the way.
        curve = [0.2, 0.5, noise] if at % 2 == 0 else [0.2, noise, noise]
        finish(database, run, {"accuracy": [math.nan, *curve] if at == 1 else curve})
    view = compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1))
    assert view.winner == "fast"
    assert view.summary == "area"
    assert view.b.non_finite == 1
    assert view.a.values.mean == pytest.approx(np.mean([(0.2 + 1.0 + noise) / 4 for noise in BASE[:10]]))
    assert "Metric: area under the curve of accuracy (higher is better)." in view.detail
    assert compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1), summary="last").winner is None


def test_other_metrics_are_corrected_for_as_many_as_there_are(context: Context, database: Database) -> None:
    study_id = store(database, spec(arms=(ArmSpec(name="base"), ArmSpec(name="wide")), seeds=SeedRange(count=12)))
    for at, run in enumerate(run_ids(database, study_id)):
        value = (BASE, WIDE)[at % 2][at // 2]
        finish(database, run, {name: [value] for name in ("accuracy", "loss", "f1", "recall", "precision")})
    primary = compare_all(context, study_id)
    assert primary.m == 1
    others = compare_all(context, study_id, metric="f1")
    assert others.m == 4
    assert others.comparisons[0].p_corrected == pytest.approx(4 * others.comparisons[0].p)
    text = next(caveat.text for caveat in others.comparisons[0].caveats if caveat.code == "exploratory")
    assert text.endswith("this verdict is corrected for all 4 metrics beside it.")


def test_curves_that_still_rise_at_the_last_step_are_a_caveat_with_a_short_form(
    context: Context, database: Database
) -> None:
    def study(rising: bool, **changes: float) -> int:
        study_id = store(database, spec(seeds=SeedRange(count=4), **changes))
        for place, run in enumerate(run_ids(database, study_id)):
            curve = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9 + place / 1000]
            finish(database, run, {"accuracy": curve if rising or place % 2 else [*curve[::-1][:4], *curve[:2]]})
        return study_id

    def caveats(study_id: int) -> list[tuple[str, str]]:
        (view,) = compare_all(context, study_id).comparisons
        return [(caveat.text, caveat.short) for caveat in view.caveats if caveat.code == "still_improving"]

    sentence = "Most runs of {} were still improving at the last step: longer training could change the result."
    assert caveats(study(True)) == [(sentence.format("both arms"), "still improving at the last step")]
    assert caveats(study(False)) == [(sentence.format("wide"), "still improving at the last step")]
    # Too little to matter, and of two values the last is the best one time in two.
    assert caveats(study(True, smallest_difference=0.1)) == []
    assert caveats(measured_study(database, {"base": [0.9] * 8, "wide": [0.92] * 8})) == []
