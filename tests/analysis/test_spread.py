"""Designs that ask how far runs spread answer that, with numbers, wherever they are asked."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from scipy import stats as sps

from seedspread.analysis.compare import compare_all
from seedspread.analysis.variance import variance
from seedspread.context import Context
from seedspread.core.presets import expand
from seedspread.core.sources import Source
from seedspread.core.study import ArmSpec, Preset, VariantSpec
from seedspread.observe.summary import study_summaries
from seedspread.report.build import render
from seedspread.storage.database import Database
from tests.builders import run_ids, spec
from tests.support.studies import context_of, exclude, measured_study

DRAWN = random.Random(11)
WIDE = [0.9 + DRAWN.gauss(0, 0.01) for _ in range(12)]
NARROW = [0.9 + DRAWN.gauss(0, 0.001) for _ in range(12)]
STILL = [0.9] * 12
ROUNDS = ("nothing seeded", "split seeded", "all seeded")


@pytest.fixture
def context(sqlite_database: Database) -> Context:
    return context_of(sqlite_database)


def arms_of(preset: Preset, *variants: VariantSpec) -> tuple[ArmSpec, ...]:
    return expand(spec(arms=(), preset=preset, variants=variants), (Source.SPLIT, Source.INIT)).arms


def rounds(context: Context, *values: Sequence[float | None]) -> int:
    arms: dict[str, Sequence[float | None]] = dict(zip(ROUNDS, values, strict=True))
    return measured_study(context.database, arms, specs=arms_of(Preset.ROUNDS), number_of_seeds=12)


def test_rounds_tell_how_the_spread_shrinks_not_which_round_is_better(context: Context) -> None:
    study_id = rounds(context, WIDE, NARROW, STILL)
    found = compare_all(context, study_id)
    (answer,) = found.answers
    assert found.asks is Preset.ROUNDS
    assert answer.headline.startswith("The SD of accuracy is 0.94 points with nothing seeded, 0.10")
    assert answer.headline.endswith(" and 0 points with all seeded.")
    assert "nothing seeded: SD 0.94 points (95% CI 0.67 to 1.60, 12 runs)." in answer.detail
    assert answer.detail[0] == "split seeded varies less than nothing seeded (Brown-Forsythe test: p < 0.001)."
    assert "With all seeded, every run gives the same value." in answer.detail
    assert [one.name for one in found.spreads] == list(ROUNDS)
    assert [one.all_fixed for one in found.spreads] == [False, False, True]
    deviation = sps.tstd(WIDE)
    assert found.spreads[0].std == pytest.approx(deviation, rel=1e-9)
    low, high = (math.sqrt(11 * deviation**2 / sps.chi2.ppf(share, 11)) for share in (0.975, 0.025))
    interval = found.spreads[0].interval
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-9)
    (test,) = found.spread_tests
    assert test.p == pytest.approx(sps.levene(WIDE, NARROW, center="median").pvalue, rel=1e-6)
    assert (test.a, test.b) == ROUNDS[:2]


def test_the_list_the_report_and_the_study_say_the_same(context: Context) -> None:
    study_id = rounds(context, WIDE, NARROW, STILL)
    found = compare_all(context, study_id)
    (study_summary,) = study_summaries(context, [study_id]).items
    assert (study_summary.standing, study_summary.short, study_summary.headline) == (
        "measured",
        found.short,
        found.headline,
    )
    assert found.short.startswith("SD ")
    assert found.short.endswith(" → 0 points")
    for form in ("html", "markdown", "latex"):
        text = render(context, study_id, form)
        assert "The SD of accuracy" in text
        assert "seeded beats" not in text
        assert "all seeded better" not in text
        assert "Brown-Forsythe test" in text.replace("&#x27;", "'")
    assert "held fixed in all seeded" in render(context, study_id, "markdown")


def test_what_escapes_the_seeds_is_said(context: Context) -> None:
    found = compare_all(context, rounds(context, WIDE, STILL, NARROW))
    assert "all seeded holds every source fixed and still varies: some randomness escapes the seeds." in found.detail
    assert "split seeded gave one value in all 12 runs, although not every source is fixed." in found.detail


def test_runs_that_stand_apart_make_a_spread_of_their_own(context: Context) -> None:
    found = compare_all(context, rounds(context, [*WIDE[:11], 0.1], NARROW, STILL))
    assert "1 of 12 runs lie far below the rest in nothing seeded and dominate its spread." in found.detail


@pytest.mark.parametrize("values", [[], [0.9], [math.nan] * 3])
def test_rounds_without_numbers_say_so_in_words(context: Context, values: list[float | None]) -> None:
    found = compare_all(context, rounds(context, values, values, values))
    assert found.headline.endswith("no arm has two finished runs.")
    assert "NaN" not in found.model_dump_json()


def test_rounds_of_several_variants_are_answered_one_by_one(context: Context) -> None:
    variants = (VariantSpec(name="base"), VariantSpec(name="wide", parameters={"hidden": 16}))
    specs = arms_of(Preset.ROUNDS, *variants)
    arms = dict(zip((one.name for one in specs), [WIDE, NARROW, STILL, NARROW, WIDE, STILL], strict=True))
    found = compare_all(context, measured_study(context.database, arms, specs=specs))
    assert len(found.answers) == 2
    assert "“base: split seeded” varies less than “base: nothing seeded”" in found.answers[0].detail[0]
    assert "“wide: nothing seeded” varies less than “wide: split seeded”" in found.answers[1].detail[0]
    assert found.short.endswith("; 1 more variant")


def test_sources_alone_name_the_one_that_spreads_most(context: Context) -> None:
    specs = arms_of(Preset.SOURCES)
    arms = {"nothing varies": STILL, "split varies": WIDE, "init varies": NARROW, "all vary": WIDE[::-1]}
    study_id = measured_study(context.database, arms, specs=specs)
    exclude(context.database, run_ids(context.database, study_id)[1], "odd one")
    found = compare_all(context, study_id)
    (view,) = variance(context, study_id)
    assert found.asks is Preset.SOURCES
    assert [answer.headline for answer in found.answers] == [view.headline]
    assert found.headline.startswith("Split alone spreads accuracy most: SD 0.9")
    assert found.detail[0] == "Split spreads it more than init (Brown-Forsythe test: p = 0.002)."
    assert "With nothing varied, all 12 runs agree exactly." in found.detail
    assert found.short.startswith("SD alone: split ")
    assert [one.name for one in view.spreads] == list(arms)
    assert "odd one" in " ".join(view.detail)
    assert [one.name for one in view.shares][:2] == ["split", "init"]


def test_nothing_that_moves_is_said_too(context: Context) -> None:
    arms = dict.fromkeys(("nothing varies", "split varies", "init varies", "all vary"), STILL)
    found = compare_all(context, measured_study(context.database, arms, specs=arms_of(Preset.SOURCES)))
    assert found.headline.startswith("No source moves accuracy when it varies alone (2 tried).")
    assert found.short == "no source moves it alone"


def same_thing_twice(context: Context, first: list[float], second: list[float]) -> int:
    policies = arms_of(Preset.AA)[0].policies
    specs = [ArmSpec(name=name, policies=policies) for name in ("base A", "base A again")]
    return measured_study(context.database, {"base A": first, "base A again": second}, specs=specs)


def test_the_same_thing_twice_is_about_luck(context: Context) -> None:
    found = compare_all(context, same_thing_twice(context, WIDE, [value + 0.0001 for value in WIDE[::-1]]))
    assert found.asks is Preset.AA
    assert found.headline.startswith("Luck alone does not look like a difference here: base A again − base A is ")
    assert found.short == "luck alone shows no difference"
    assert found.comparisons[0].same_variant
    assert "same_variant" in {caveat.code for caveat in found.comparisons[0].caveats}


def test_luck_that_looks_like_a_difference_is_no_winner(context: Context) -> None:
    found = compare_all(context, same_thing_twice(context, WIDE, [value + 0.05 for value in WIDE[::-1]]))
    assert found.headline.startswith("Luck alone looks like a difference here: base A again is higher than base A by 5")
    assert found.detail[0] == "Luck alone does this in at most 1 of 20 such studies."
    assert "beats" not in found.headline
    assert found.short == "luck alone looks like a difference"


def test_luck_is_not_judged_from_a_few_runs(context: Context) -> None:
    found = compare_all(context, same_thing_twice(context, WIDE[:5], [value + 0.05 for value in NARROW[:5]]))
    assert found.short == "no verdict on luck alone"
    assert found.headline.startswith("Undecided: base A again − base A is +5")
