"""GLOSSARY.md lists every value that users meet, and no value that does not exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from seedspread.core.audit.records import Severity
from seedspread.core.report import FingerprintKind
from seedspread.core.sentences import SOURCE_HELP
from seedspread.core.sources import Policy, Source
from seedspread.core.states import TRANSITIONS, Move, RunState, StudyState
from seedspread.core.study import Preset, StopWhen
from seedspread.stats.decision.judgement import Outcome

GLOSSARY = (Path(__file__).resolve().parents[2] / "GLOSSARY.md").read_text(encoding="utf-8")


def section(title: str) -> dict[str, str]:
    """Return the values of a section's table, with their meanings."""
    body = GLOSSARY.split(f"\n### {title}\n", 1)[1].split("\n### ", 1)[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", body, re.MULTILINE))


@pytest.mark.parametrize(
    ("title", "values"),
    [
        ("Randomness sources", {source.value for source in Source}),
        ("Policies", {policy.value for policy in Policy}),
        ("States of a run", {state.value for state in RunState}),
        ("Moves of a run", {move.value for move in Move}),
        ("Outcomes of a verdict", set(get_args(Outcome))),
        ("Presets of a study", {preset.value for preset in Preset}),
        ("Ends of an adaptive study", {stop.value for stop in StopWhen}),
        ("Severities of audit findings", {severity.value for severity in Severity}),
        ("Fingerprints", {kind.value for kind in FingerprintKind}),
    ],
)
def test_sections_list_exactly_the_values_of_the_code(title: str, values: set[str]) -> None:
    assert section(title).keys() == values


def test_sources_have_the_same_meaning_as_in_the_code() -> None:
    assert section("Randomness sources") == {source.value: text for source, text in SOURCE_HELP.items()}


def test_states_of_a_study_are_named() -> None:
    (line,) = re.findall(r"^A study is .*$", GLOSSARY, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", line)) == {state.value for state in StudyState}


def test_moves_lead_where_the_state_machine_leads() -> None:
    for move, text in section("Moves of a run").items():
        origin, target = re.split(" → |: |, ", text)[:2]
        allowed = {(start.value, end.value) for (start, each), end in TRANSITIONS.items() if each == move}
        assert allowed == {(start, target) for start in origin.split(" or ")}


def test_words_stand_once() -> None:
    words = re.findall(r"^\| ([a-z][^|`]*) \|", GLOSSARY.split("## Values")[0], re.MULTILINE)
    assert len(words) > 25
    assert len(words) == len(set(words))
