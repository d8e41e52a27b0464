"""Parameters against a recipe's schema."""

from __future__ import annotations

from typing import Any

import pytest

from seedspread.core.validation import check_parameters
from seedspread.errors import InvalidInput

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "hidden": {"type": "integer", "minimum": 1, "maximum": 4096, "default": 32},
        "rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.1},
        "data": {"type": "string", "enum": ["wine", "breast-cancer"], "default": "wine"},
        "count": {"type": "integer", "default": 1},
        "counts": {"type": "array", "items": {"type": "integer"}, "default": []},
        "scale": {"type": "number", "default": 1.0},
        "path": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    },
}


def test_defaults_are_filled_in() -> None:
    filled = check_parameters(SCHEMA, {"hidden": 64}, field="parameters")
    own = {"hidden": 64, "rate": 0.1, "data": "wine", "path": None}
    assert filled == {**own, "count": 1, "counts": [], "scale": 1.0}


def test_numbers_keep_every_digit() -> None:
    given: dict[str, Any] = {"count": -(2**53), "counts": [2**53], "scale": 10**300}
    assert given.items() <= check_parameters(SCHEMA, given, field="p").items()


def test_a_recipe_without_parameters_says_so() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_parameters({"type": "object", "properties": {}}, {"width": 3}, field="p")
    assert caught.value.faults[0].expected == "one of the recipe's parameters: it has none"


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"hidden": 0}, "p.hidden", "at least 1"),
        ({"hidden": 5000}, "p.hidden", "at most 4096"),
        ({"hidden": "many"}, "p.hidden", "type integer"),
        ({"hidden": 1.5}, "p.hidden", "type integer"),
        ({"hidden": True}, "p.hidden", "type integer"),
        ({"count": 2**53 + 1}, "p.count", "a whole number from -2**53 to 2**53"),
        ({"count": -(2**53) - 1}, "p.count", "a whole number from -2**53 to 2**53"),
        ({"count": 1e300}, "p.count", "a whole number from -2**53 to 2**53"),
        ({"scale": float("inf")}, "p.scale", "a finite number"),
        ({"scale": float("nan")}, "p.scale", "a finite number"),
        ({"counts": [1, 2**60]}, "p.counts[1]", "a whole number from -2**53 to 2**53"),
        ({"scale": 10**400}, "p.scale", "a number of at most 1.79769"),
        ({"rate": 0}, "p.rate", "above 0"),
        ({"data": "beer"}, "p.data", "'wine', 'breast-cancer'"),
        ({"path": 3}, "p.path", "type string"),
        ({"width": 3}, "p.width", "hidden, rate, data, count, counts, scale, path"),
    ],
)
def test_a_bad_parameter_is_named(given: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_parameters(SCHEMA, given, field="p")
    assert caught.value.field == field
    assert words in caught.value.expected


def test_a_parameter_without_default_is_required() -> None:
    schema = {"properties": {"path": {"type": "string"}}, "required": ["path"]}
    with pytest.raises(InvalidInput, match=r"p\.path"):
        check_parameters(schema, {}, field="p")


def test_all_faults_come_together() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_parameters(SCHEMA, {"hidden": 0, "rate": 2, "width": 1}, field="p")
    assert {fault.field for fault in caught.value.faults} == {"p.hidden", "p.rate", "p.width"}


def test_what_was_not_given_is_called_missing() -> None:
    schema = {"properties": {"path": {"type": "string"}}, "required": ["path"]}
    with pytest.raises(InvalidInput) as raised:
        check_parameters(schema, {}, field="parameters")
    fault = raised.value
    assert fault.message == "parameters.path is missing; expected a value: this parameter has no default"
    assert (fault.missing, fault.value) == (True, None)
    assert InvalidInput("path", None, "text").message == "path: None is not usable; expected text"
