"""Every sentence of a verdict, in odd situations, as it was read and approved."""

from __future__ import annotations

import re

import pytest

from tests.stats.situations import GOLDEN, family, situations, text


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
    assert "wide − base is −2." in shown["the baseline wins"].headline
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
