"""Convert errors of pydantic and JSON Schema to `InvalidInput`."""

from __future__ import annotations

import difflib
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar, get_args

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as SchemaError
from pydantic import BaseModel, ValidationError

from seedspread import words
from seedspread.core.study import StudySpec
from seedspread.errors import MAX_FAULTS, MISSING, InvalidInput

_LONGEST_NAME = 100

Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], value: object, *, field: str = "") -> Model:
    """Validate `value` as an instance of `model`.

    Raises:
        InvalidInput: carrying every error, each with its dotted field below `field`.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise from_pydantic(error, field=field) from None


def from_pydantic(error: ValidationError, *, field: str = "") -> InvalidInput:
    """Translate pydantic's errors into InvalidInput."""
    faults = [
        from_detail(detail["type"], detail["loc"], detail["msg"], detail["input"], field) for detail in error.errors()
    ]
    return InvalidInput.all_of(one_a_place(faults))


def one_a_place(faults: Sequence[InvalidInput]) -> list[InvalidInput]:
    """Keep one error per position, the innermost.

    A value that fits none of several forms is one error, not one per form.
    """
    first = {fault.field: fault for fault in reversed(faults)}
    outer = {field[:at] for field in first for at, sign in enumerate(field) if sign in ".["}
    kept = [fault for field, fault in reversed(first.items()) if field not in outer]
    unlisted = sum(fault.unlisted for fault in faults)
    for at, fault in enumerate(kept):
        fault.unlisted = 0 if at else unlisted
    return kept


def from_detail(kind: str, loc: tuple[int | str, ...], message: str, value: object, field: str = "") -> InvalidInput:
    """Translate one pydantic error into InvalidInput."""
    path = dotted(loc, field)
    if kind == "missing":
        return InvalidInput(path, MISSING, "a value: this field is required")
    if kind == "extra_forbidden":
        return InvalidInput(path, value, f"no field of this name{_meant(loc)}")
    return InvalidInput(path, value, _expected(message))


def _meant(loc: tuple[int | str, ...]) -> str:
    """Suggest the field that a misspelled one most likely meant."""
    if loc == ("parameters",):
        return ": parameters belong to an arm (arms: [{name, parameters}])"
    # Longer ones are no misspellings, and comparing them takes time that grows with their square.
    close = difflib.get_close_matches(str(loc[-1])[:_LONGEST_NAME], _fields_at(loc[:-1]), n=1, cutoff=0.7)
    return f"; did you mean {close[0]!r}?" if close else "; see the schema for the fields there are"


def _fields_at(loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """Return the fields that a study has at this position.

    The tuple is empty if the position is not part of a study.
    """
    model: type[BaseModel] = StudySpec
    for part in loc:
        if isinstance(part, str):
            field = model.model_fields.get(part)
            inner = _model_in(field.annotation) if field is not None else None
            if inner is None:
                return ()
            model = inner
    return tuple(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model inside an annotation.

    The model may stand alone, in a list, or in a union with None.
    """
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for argument in get_args(annotation) if (model := _model_in(argument)) is not None), None)


def _expected(message: str) -> str:
    """Return what pydantic expected, to follow "expected …"."""
    expected = message.removeprefix("Value error, ")
    for start, instead in _PYDANTIC:
        if expected.startswith(start):
            expected = instead + expected.removeprefix(start)
            break
    for pattern, plain in _PLAIN:
        expected = pattern.sub(plain, expected)
    return expected


def dotted(loc: tuple[int | str, ...], field: str = "") -> str:
    """Join a position in nested input: `arms[1].parameters.hidden`."""
    path = field
    forms = 0
    for part in loc:
        # Which of several forms was tried (`<range>`, `list[nullable[…]]`, then `float`) is no place in the input.
        if isinstance(part, str) and (part.startswith("<") or "[" in part or (forms and part in _FORMS)):
            forms += 1
            continue
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else str(part)
    return path or "input"


def check_parameters(schema: Mapping[str, Any], parameters: Mapping[str, Any], *, field: str) -> dict[str, Any]:
    """Complete `parameters` with the schema's defaults.

    Args:
        schema: JSON Schema (2020-12) of an object whose properties carry `default`.
        parameters: values that differ from the defaults.
        field: dotted position of `parameters` in the user's input, for errors.

    Raises:
        InvalidInput: carrying every error: unknown names, wrong types, values out of range, missing values.
    """
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    unknown = ((name, value) for name, value in parameters.items() if name not in properties)
    faults = [
        InvalidInput(
            f"{field}.{name}", value, f"one of the recipe's parameters: {', '.join(properties) or 'it has none'}"
        )
        for name, value in islice(unknown, MAX_FAULTS)
    ]
    if faults:
        faults[0].unlisted = sum(1 for _ in unknown)
    filled = {
        name: parameters.get(name, rule.get("default"))
        for name, rule in properties.items()
        if name in parameters or "default" in rule
    }
    faults += [
        InvalidInput(f"{field}.{name}", MISSING, "a value: this parameter has no default")
        for name in schema.get("required", ())
        if name not in filled
    ]
    for name in parameters:
        if name in properties:
            rule = dict(properties[name]) | {"$defs": schema.get("$defs", {})}
            faults += [
                _fault(error, f"{field}.{name}") for error in Draft202012Validator(rule).iter_errors(parameters[name])
            ] or list(_inexact(parameters[name], f"{field}.{name}", whole=not _takes_floats(properties[name])))
    if faults:
        raise InvalidInput.all_of(faults)
    return filled


MOST_EXACT = 2**53
"""Beyond, JSON readers such as browsers read another whole number than was written."""


def _takes_floats(rule: Mapping[str, Any]) -> bool:
    """Check whether a parameter or its items may be floats."""
    parts = [*rule.get("anyOf", ()), *rule.get("oneOf", ()), rule.get("items"), rule.get("additionalProperties")]
    return rule.get("type") == "number" or any(isinstance(part, Mapping) and _takes_floats(part) for part in parts)


def _inexact(value: Any, field: str, *, whole: bool) -> Iterator[InvalidInput]:
    """Yield an error for each number that JSON cannot carry exactly.

    Args:
        value: a JSON value.
        field: its dotted position, for errors.
        whole: whether whole numbers must keep every digit; else they must fit a float.
    """
    if isinstance(value, list | dict):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _inexact(item, f"{field}[{key}]" if isinstance(value, list) else f"{field}.{key}", whole=whole)
    elif isinstance(value, int) and not isinstance(value, bool):
        if whole and abs(value) > MOST_EXACT:
            yield InvalidInput(field, value, "a whole number from -2**53 to 2**53")
        elif abs(value) > sys.float_info.max:
            yield InvalidInput(field, value, f"a number of at most {words.exact(sys.float_info.max)}")
    elif isinstance(value, float) and not math.isfinite(value):
        yield InvalidInput(field, value, "a finite number")
    elif isinstance(value, float) and whole and value.is_integer() and abs(value) > MOST_EXACT:
        yield InvalidInput(field, value, "a whole number from -2**53 to 2**53")


_FORMS = frozenset({"float", "int", "str", "bool", "none"})

_PYDANTIC: tuple[tuple[str, str], ...] = (
    ("Input should be ", ""),
    ("Input ", ""),
    ("String should have ", "text of "),
    ("String should match ", "text matching "),
    ("List should have ", "a list of "),
    ("Tuple should have ", "a list of "),
    ("Dictionary should have ", "an object of "),
    ("Value should have ", ""),
)

_PLAIN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^a valid integer\b.*"), "a whole number"),
    (re.compile(r"^a valid number\b.*"), "a number"),
    (re.compile(r"^a valid (?:tuple|list)\b.*"), "a list"),
    (re.compile(r"\bgreater than or equal to (\S+)"), r"\1 or more"),
    (re.compile(r"\bless than or equal to (\S+)"), r"\1 or less"),
    (re.compile(r"\bgreater than\b"), "more than"),
)
"""Pydantic's words for numbers, and plain ones."""

_PHRASES: dict[str, str] = {
    "minimum": "a number of at least {0}",
    "maximum": "a number of at most {0}",
    "exclusiveMinimum": "a number above {0}",
    "exclusiveMaximum": "a number below {0}",
    "type": "a value of type {0}",
    "enum": "one of {0}",
    "const": "exactly {0}",
    "minLength": "text of at least {0} characters",
    "maxLength": "text of at most {0} characters",
    "pattern": "text matching {0}",
    "minItems": "at least {0} items",
    "maxItems": "at most {0} items",
    "multipleOf": "a multiple of {0}",
}


def _fault(error: SchemaError, field: str) -> InvalidInput:
    if error.context:  # anyOf: what the first alternative wanted says most
        return _fault(error.context[0], field)
    wanted = error.validator_value
    phrase = _PHRASES.get(str(error.validator), error.message)
    listed = ", ".join(map(repr, wanted)) if isinstance(wanted, list) else wanted
    return InvalidInput(dotted(tuple(error.absolute_path), field), error.instance, phrase.format(listed))
