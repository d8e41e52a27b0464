"""Numbers, counts, p-values, intervals and names as text."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedspread import words

EXAMPLES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "goldens" / "words.json").read_text())
SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _argument(function: str, value: Any) -> Any:
    return (
        SPECIAL[value] if isinstance(value, str) and value in SPECIAL and function not in ("name", "short") else value
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['function']}-{example['text']}"[:40])
def test_every_example_reads_as_its_golden_text(example: dict[str, Any]) -> None:
    function = example["function"]
    arguments = [_argument(function, value) for value in example["arguments"]]
    assert getattr(words, function)(*arguments, **example.get("options", {})) == example["text"]


def test_every_function_that_the_page_shares_has_examples() -> None:
    covered = {example["function"] for example in EXAMPLES}
    public = {
        name
        for name, value in vars(words).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == words.__name__
    }
    helpers = {"decimals_for", "difference_scale", "difference_unit", "with_unit", "moment", "plain", "about"}
    assert public - helpers == covered


def test_a_name_in_a_cell_has_no_quotes_but_keeps_its_line_and_direction() -> None:
    assert words.plain("v. 1 free") == "v. 1 free"
    assert words.plain("two\nlines") == "two lines"
    assert words.plain("x\u202ey") == "\u2068x\u202ey\u2069"


def test_moments_are_in_utc() -> None:
    assert words.moment(datetime(2026, 11, 29, 10, 9, 59, tzinfo=UTC)) == "2026-11-29 10:09 UTC"


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_an_interval_never_hides_on_which_side_of_zero_its_ends_are(low: float, width: float) -> None:
    high = low + width
    ends = words.span(low, high).split(" to ")
    for end, text in zip((low, high), ends, strict=True):
        shown = float(text.replace(",", "").replace(words.MINUS, "-"))
        assert (shown > 0) - (shown < 0) == (end > 0) - (end < 0)


@given(st.floats(0, 1))
def test_a_p_value_is_never_rounded_across_the_usual_levels(p: float) -> None:
    shown = words.p_cell(p)
    if shown[0] in "<>":
        assert p < 0.001 if shown[0] == "<" else p > 0.99
    else:
        for level in (0.001, 0.005, 0.01, 0.05, 0.1):
            assert (float(shown) <= level) == (p <= level)


@given(st.floats(-1e300, 1e300))
def test_a_number_alone_keeps_four_significant_digits(value: float) -> None:
    shown = words.number(value).replace(",", "").replace(words.MINUS, "-").replace("∞", "inf")
    assert math.isclose(float(shown), value, rel_tol=5.1e-4)


@given(st.text(max_size=60))
def test_a_name_never_leaves_its_line_or_its_isolate(text: str) -> None:
    shown = words.name(text)
    assert "\n" not in shown
    assert "\r" not in shown
    if any(character in shown for character in "\u202a\u202b\u202d\u202e"):
        assert shown[0] == "\u2068"
        assert shown[-1] == "\u2069"
        assert "\u2069" not in shown[:-1]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "about 1 s"),
        (0.669, "about 1 s"),
        (7.4, "about 7 s"),
        (23.0, "about 25 s"),
        (552.0, "about 9 min"),
        (3599.0, "about 1 h"),
        (9000.0, "about 2 h 30 min"),
    ],
)
def test_an_estimate_is_as_rough_as_it_looks(seconds: float, text: str) -> None:
    assert words.about(seconds) == text


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9), st.floats(0, 1), st.floats(1e-6, 1e6))
def test_an_estimate_and_its_ends_share_decimals_and_keep_their_side_of_a_margin(
    low: float, width: float, share: float, margin: float
) -> None:
    high, marks = low + width, (-margin, margin)
    estimate = words.rounded(low + share * (high - low), (low, high), marks=marks)
    ends = words.span(low, high, marks=marks).split(" to ")
    forms = {(text.partition("e")[0].partition(".")[2].__len__(), text.partition("e")[2]) for text in [estimate, *ends]}
    assert len({form for form in forms if form[1]} or forms) == 1
    for end, text in zip((low, high), ends, strict=True):
        shown = float(text.replace(",", "").replace(words.MINUS, "-"))
        for mark in marks:
            if abs(end - mark) > 1e-3 * width:
                assert (shown < mark) == (end < mark)
