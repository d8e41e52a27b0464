"""Every sentence of a verdict, in odd situations, as it was read and approved."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from seedspread import words
from seedspread.analysis.sentences import best_of
from seedspread.stats import DecisionRule, Sample, compare
from seedspread.stats.data.conditions import Conditions
from seedspread.stats.decision.best_of_k import expected_best, standing
from seedspread.stats.decision.judgement import State
from seedspread.stats.decision.sentences import state_words
from tests.stats.situations import BASE, GOLDEN, PAIRED, SEPARATE, family, situations, text, verdict

LOWER = replace(PAIRED, direction="minimize")


def test_every_situation_reads_as_it_was_approved() -> None:
    assert text() == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("title", situations())
def test_sentences_keep_the_rules_of_writing(title: str) -> None:
    found = situations()[title]
    lines = [found.headline, *found.detail, *(caveat.text for caveat in found.caveats)]
    for line in lines:
        assert not line[0].islower() or line.startswith(("wide", "base")), line
        assert line.endswith("."), line
        for banned in ("nan", "None", " %", "±", "significan", "range", "1 seeds", "1 runs", "+-"):
            assert banned not in line, line
        assert not re.search(r"\d \d|\de-?\d", line), line
    assert len(found.headline) < 240


def test_the_sign_is_that_of_arm_minus_baseline() -> None:
    shown = situations()
    assert "(wide − base: 95% CI −2." in shown["the baseline wins"].headline
    for title in ("the arm wins", "the baseline wins", "undecided without a margin", "lower is better, the arm wins"):
        found = shown[title]
        interval = found.interval
        assert interval is not None
        negative = re.findall(r"(−?)\d[\d.]* to", found.headline)
        assert (negative == ["−"]) == (interval.low < 0), found.headline


def test_a_correction_is_told_without_a_second_verdict() -> None:
    undone = [found for found in family() if found.reason == "not_after_correction"]
    assert undone
    for found in undone:
        assert found.headline.startswith("Undecided after correction for 9 comparisons: ")
        assert "beats" not in found.sentence


def drawn(values: list[float | None]) -> dict[int, float | None]:
    return dict(enumerate(values))


def test_separated_says_what_is_true_of_each_design() -> None:
    """Pairs of one sign are not arms that lie apart."""
    base = [0.1 * seed for seed in range(8)]
    gaps = [0.001, 0.001, 0.001, 0.001, 0.0011, 0.0012, 0.0013, 0.9]
    paired = verdict(base, [value + gap for value, gap in zip(base, gaps, strict=True)], PAIRED)
    apart = verdict([0.0, 0.001, 0.002, 0.003, 0.004], [0.01, 0.01, 0.01, 0.5, 0.01], SEPARATE)
    assert (paired.reason, apart.reason) == ("separated", "separated")
    assert paired.detail[0].startswith("Every paired difference has the same sign, so ")
    assert apart.detail[0].startswith("Every value of one arm lies beyond every value of the other, so ")


def test_failures_that_undo_a_lead_are_named_with_their_p_and_ask_for_no_seeds() -> None:
    """The leading arm is named without a sign, whichever way the metric gets better."""
    base = [0.90 + 0.001 * seed for seed in range(8)]
    wide: list[float | None] = [value + 0.02 + 0.002 * (place % 3) for place, value in enumerate(base)]
    shown = verdict(drawn([*base, 0.91, 0.92]), drawn(wide), PAIRED, failures=(0, 4), conditions=Conditions("score"))
    assert shown.reason == "failures_disagree"
    assert re.fullmatch(
        r"Undecided: wide leads by 0\.0\d+ \(95% CI 0\.0\d+ to 0\.0\d+, 8 paired seeds\), "
        r"but not when failed runs are ranked last( \(p = 0\.\d+\))?\.",
        shown.headline,
    )
    assert shown.seeds_needed is None
    assert "more seeds" not in shown.sentence
    worse = [None if value is None else -value for value in wide]
    loss = verdict(drawn([-value for value in [*base, 0.91, 0.92]]), drawn(worse), LOWER, failures=(0, 4))
    assert loss.reason == "failures_disagree"
    assert "Undecided: wide leads by " in loss.headline
    assert "−" not in loss.headline


def test_without_a_direction_no_arm_is_leaned_to() -> None:
    few = [0.9, 0.91, 0.92, 0.93], [0.93, 0.94, 0.949, 0.96]
    assert verdict(*few, PAIRED).headline.startswith("Undecided, leaning to wide: ")
    assert verdict(*few, replace(PAIRED, direction=None)).headline.startswith("Undecided, wide has the higher mean: ")


@pytest.mark.parametrize(
    ("quoted", "phrase"),
    [
        (0.921, "one run is as good or better on average"),
        (0.93, "reaches it on average"),
        (0.99, "no seed reached it"),
    ],
)
def test_a_quoted_value_is_compared_with_what_the_best_of_k_gives(quoted: float, phrase: str) -> None:
    """The sentence agrees with the curve beside it."""
    values = np.array([0.915, 0.918, 0.922, 0.924, 0.926, 0.935])
    curve, rank = expected_best(values), standing(quoted, values)
    _, (line,) = best_of("base", curve, rank)
    assert phrase in line
    if rank.like_best_of is not None:
        assert curve.values[curve.ks.index(rank.like_best_of)] >= quoted - 1e-9
        if rank.like_best_of > 1:
            assert f"the best of {rank.like_best_of} reaches" in line
            assert curve.values[curve.ks.index(rank.like_best_of) - 1] < quoted


@pytest.mark.parametrize(
    ("state", "winner", "directed", "cell"),
    [
        ("better", "wide", True, "wide better"),
        ("better", "wide", False, "wide higher"),
        ("better", "base", False, "wide lower"),
        ("better", None, True, "better"),
        ("equivalent", None, True, "equivalent"),
        ("cannot_be_judged", "wide", False, "cannot be judged"),
    ],
)
def test_the_state_names_the_winner_where_there_is_one(
    state: State, winner: str | None, directed: bool, cell: str
) -> None:
    assert state_words(state, winner, "wide", directed=directed) == cell


@pytest.mark.parametrize(
    ("low", "step", "phrase", "because"),
    [
        (0.0, 1e-300, "values equal within 1e−75", "Values below 1e−75 count as 0."),
        (0.0, 5e-320, "values equal within 1e−75", "Values below 1e−75 count as 0."),
        (1e13, 1.0001, "one value under every seed, within 100.", "rounded to this before they are compared"),
        (1.0, 1e-13, "one value under every seed, within 1e−11.", "rounded to this before they are compared"),
        (0.0, 1e300, "no value below 1e75", ""),
        (1.0, 1e-9, "B beats A", ""),
        (0.0, 1e-70, "B beats A", ""),
        (0.0, 1e70, "B beats A", ""),
    ],
)
def test_values_that_count_as_equal_are_not_identical(low: float, step: float, phrase: str, because: str) -> None:
    rng = np.random.default_rng(7)
    a, b = (Sample(name, low + step * rng.normal(at, 1, 10), np.arange(10)) for name, at in (("A", 5.0), ("B", 8.0)))
    found = compare(a, b, replace(SEPARATE, direction="maximize"), rng).verdict
    assert phrase in found.headline, found.headline
    assert because in " ".join(found.detail)


def test_a_ratio_that_is_the_same_in_every_seed_is_shown_as_a_ratio() -> None:
    ratio = DecisionRule(pairing="paired", direction="minimize", centre="log_ratio")
    shown = verdict(BASE[:12], [1.03 * value for value in BASE[:12]], ratio, Conditions("loss"))
    assert shown.headline == "base beats wide on loss: wide / base is 1.03 in each of 12 paired seeds."
    assert "ratio is the same" in shown.caveats[0].text


def test_first_steps_that_are_missed_are_no_failures_and_no_seeds() -> None:
    metric = Conditions("first_step(acc>=0.9)")
    rule = DecisionRule(pairing="separate", direction="minimize")
    missing = dict.fromkeys(range(14), math.inf)
    shown = verdict({seed: 9.0 + seed % 4 for seed in range(14)}, missing, rule, metric)
    assert shown.headline.startswith("base beats wide, which misses the condition more often: 14 of 14 runs")
    unmet = dict.fromkeys(range(2, 8), math.inf)
    few = verdict({0: 9.0, 1: 11.0, **unmet}, {0: 8.0, 1: 9.0, **unmet}, rule, metric)
    assert few.detail[-1] == (
        "A verdict needs 2 more seeds per arm "
        "(4 seeds in each arm, not counting 6 runs of base and 6 runs of wide that never met the condition)."
    )


def test_a_corrected_verdict_says_the_p_that_decides_it() -> None:
    corrected = [found for found in family() if found.state == "better"]
    assert len(corrected) == 4
    for found in corrected:
        assert any(
            line == f"Corrected for 9 comparisons: {words.p_value(found.p_corrected)} (Holm); "
            "the interval is of this one alone."
            for line in found.detail
        )
