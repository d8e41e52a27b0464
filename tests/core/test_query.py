"""The search language: what it means, what it refuses, and that nothing a person types breaks it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedspread.core.query import MAX_LENGTH, RUNS, STUDIES, Bound, Grammar, Match, Term, Words, parse
from seedspread.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("   ", ()),
        ("width", (Words("width"),)),
        ("-width", (Words("width", negated=True),)),
        ('"does width matter?"', (Words("does width matter?"),)),
        (r'"a \"quoted\" word"', (Words('a "quoted" word'),)),
        ('"recipe:x"', (Words("recipe:x"),)),
        ("recipe:digits-mlp tag:paper", (Match("recipe", "digits-mlp"), Match("tag", "paper"))),
        ("Recipe:x", (Match("recipe", "x"),)),
        ('name:"two words"', (Match("name", "two words"),)),
        ("-tag:old", (Match("tag", "old", negated=True),)),
        ("is:Running", (Match("is", "running"),)),
        ("metric<0.9", (Bound("metric", "<", 0.9),)),
        ("val_loss>=1e-3", (Bound("val_loss", ">=", 1e-3),)),
        ("a/b!=-2", (Bound("a/b", "!=", -2.0),)),
        ("-metric=1", (Bound("metric", "=", 1.0, negated=True),)),
        ("runs>40", (Bound("runs", ">", 40.0),)),
        ("-", (Words("-"),)),
    ],
)
def test_what_a_search_means(text: str, terms: tuple[Term, ...]) -> None:
    assert parse(text, STUDIES) == terms


SHARED = json.loads((Path(__file__).parents[1] / "goldens" / "search.json").read_text())


def _plain(term: Term) -> list[object]:
    negated = ["not"] if term.negated else []
    match term:
        case Words(text):
            return [*negated, "words", text]
        case Match(field, value):
            return [*negated, "match", field, value]
        case Bound(name, operator, value):
            return [*negated, "metric" if term.metric else "bound", name, operator, value]


@pytest.mark.parametrize("example", SHARED, ids=lambda example: example["text"])
def test_the_page_reads_a_search_the_same_way(example: dict[str, Any]) -> None:
    assert [_plain(term) for term in parse(example["text"], RUNS)] == example["terms"]


def test_runs_have_their_own_fields() -> None:
    assert parse("arm:wide is:finished acc>0.93 seed:7", RUNS) == (
        Match("arm", "wide"),
        Match("is", "finished"),
        Bound("acc", ">", 0.93),
        Match("seed", "7"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("colour:red", "one of recipe:, project:, tag:, name:, is:, id:"),
        ("is:asleep", "is: with one of queued, running, finished"),
        ("metric<high", "a number"),
        ("metric<nan", "a number"),
        ("metric<inf", "a number"),
        ("tag:", "a value behind 'tag:'"),
        ("metric<", "a value behind 'metric<'"),
        ('name:"open', "closing quotation mark"),
        ('"open', "closing quotation mark for the one at character 1"),
        ("id:twelve", "a whole number"),
        ("id:" + "9" * 30, "a whole number"),
        ("x" * (MAX_LENGTH + 1), "at most"),
        ("a\x00b", "NUL"),
        ("a " * 60, "at most 50 terms"),
    ],
)
def test_what_cannot_be_understood_says_what_could_stand_there(text: str, expected: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(text, STUDIES)
    assert caught.value.field == "query"
    assert expected in caught.value.expected


@given(st.text(max_size=60), st.sampled_from([STUDIES, RUNS]))
def test_any_text_is_understood_or_refused_with_a_reason(text: str, grammar: Grammar) -> None:
    with suppress(InvalidInput):
        assert bool(parse(text, grammar)) == bool(text.strip())


@given(st.text(min_size=1, max_size=40).filter(lambda text: "\x00" not in text), st.booleans())
def test_any_text_can_be_searched_for_in_quotation_marks(text: str, negated: bool) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'{"-" if negated else ""}"{quoted}"', STUDIES) == (Words(text, negated),)


@pytest.mark.parametrize("name", ["seed", "epoch", "state", "val/acc top-1 (%)"])
def test_a_metric_called_like_a_number_can_be_named(name: str) -> None:
    text = f'metric:"{name}">0.5' if " " in name else f"metric:{name}>0.5"
    assert parse(text, RUNS) == (Bound(name, ">", 0.5, metric=True),)
