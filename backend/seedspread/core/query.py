"""Parse the search language of lists.

Example: `recipe:digits-mlp tag:paper metric<0.9 "val acc">0.9 is:running "free text" -tag:old`. The page filters runs
by the same patterns (frontend/src/lib/search.ts); both are held to tests/goldens/search.json.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from seedspread.core.states import RunState, StudyState
from seedspread.errors import InvalidInput

Operator = Literal["<", "<=", ">", ">=", "=", "!="]

MAX_LENGTH = 2000  # a filter is part of an address, and some proxies refuse one of a few thousand characters more
MAX_TERMS = 50  # each term is a condition of the SQL, whose cost grows with them


@dataclass(frozen=True)
class Words:
    """Text that has to occur in what is listed, whatever its case."""

    text: str
    negated: bool = False


@dataclass(frozen=True)
class Match:
    """Field that must equal (for `name`, contain) a value."""

    field: str
    value: str
    negated: bool = False


@dataclass(frozen=True)
class Bound:
    """Number or metric that must lie on one side of a value.

    `metric` is true for `metric:NAME>0.5`, which always means the metric called NAME.
    """

    name: str
    operator: Operator
    value: float
    negated: bool = False
    metric: bool = False


Term: TypeAlias = Words | Match | Bound


@dataclass(frozen=True)
class Grammar:
    """Fields, numbers and metrics that a list can be searched by.

    `fields` maps each field to the values it may take (an empty tuple allows any). `numbers` are compared by their own
    name. Any other name before `<`, `>` or `=` is a metric; `metric` is the deciding one. `metric:NAME>0.5` means the
    metric NAME even if a number or a field has the same name.
    """

    fields: Mapping[str, tuple[str, ...]]
    numbers: tuple[str, ...]


STUDIES = Grammar(
    fields={
        "recipe": (),
        "project": (),
        "tag": (),
        "name": (),
        "is": (*StudyState, "failed", "diverged", "excluded", "pinned", "archived"),
        "id": (),
    },
    numbers=("runs",),
)
RUNS = Grammar(
    fields={
        "arm": (),
        "is": (*RunState, "diverged", "excluded", "replay"),
        "tag": (),
        "seed": (),
        "worker": (),
        "reason": (),
        "id": (),
    },
    numbers=("seed", "epoch", "attempt", "duration", "cpu", "id"),
)

_QUOTED = r'"(?:[^"\\]|\\.)*"'
PATTERNS = {
    "word": rf'(-)?((?:{_QUOTED}|[^\s"])+)',
    "term": rf'({_QUOTED}|[^\s:<>=!"]+)(:|<=|>=|!=|<|>|=)(.*)',
    "metric": rf'metric:({_QUOTED}|[^<>=!"]+)(<=|>=|!=|<|>|=)(.*)',
}
"""Patterns of a word, a term (name, operator, value) and a metric's term; `.` matches line breaks too.

The page has the same ones (`frontend/src/lib/shared.json`), so they use what Python and JavaScript both understand.
"""

_WORD, _TERM, _METRIC = (re.compile(PATTERNS[name], re.DOTALL) for name in ("word", "term", "metric"))
_WHOLE = frozenset({"seed", "id"})


def parse(text: str, grammar: Grammar) -> tuple[Term, ...]:
    """Parse a search into terms that must all hold.

    Blank text gives no terms.

    Raises:
        InvalidInput: naming the term that cannot be understood and what would be valid.
    """
    if len(text) > MAX_LENGTH or "\x00" in text:
        raise InvalidInput("query", text, f"at most {MAX_LENGTH} characters, none of them NUL")
    terms = tuple(_term(minus, body, grammar) for minus, body in _words(text))
    if len(terms) > MAX_TERMS:
        raise InvalidInput("query", text, f"at most {MAX_TERMS} terms")
    return terms


def _words(text: str) -> Iterator[tuple[bool, str]]:
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = _WORD.match(text, position)
        if match is None:
            raise InvalidInput("query", text, f"a closing quotation mark for the one at character {position + 1}")
        position = match.end()
        if position < len(text) and not text[position].isspace():
            raise InvalidInput("query", text, f"a closing quotation mark for the one at character {position + 1}")
        yield match[1] is not None, match[2]


def _term(negated: bool, body: str, grammar: Grammar) -> Term:
    metric = _METRIC.fullmatch(body)
    if metric is not None:
        sign, number = cast("Operator", metric[2]), _number(_unquoted(metric[3]), body)
        return Bound(_unquoted(metric[1]), sign, number, negated, metric=True)
    match = _TERM.fullmatch(body)
    if match is None:
        return Words(_unquoted(body), negated)
    name, operator, value = _unquoted(match[1]), match[2], _unquoted(match[3])
    if not value:
        raise InvalidInput("query", body, f"a value behind '{name}{operator}'")
    if operator == ":":
        return _match(name, value, negated, body, grammar)
    return Bound(name, cast("Operator", operator), _number(value, body), negated)


def _match(name: str, value: str, negated: bool, body: str, grammar: Grammar) -> Match:
    field = name.lower()
    if field not in grammar.fields:
        listed = ", ".join(f"{name}:" for name in grammar.fields)
        raise InvalidInput("query", body, f"one of {listed} or quotation marks around text to search for")
    allowed = grammar.fields[field]
    if allowed and value.lower() not in allowed:
        raise InvalidInput("query", body, f"{field}: with one of {', '.join(allowed)}")
    if field in _WHOLE and not (value.isascii() and value.isdigit() and len(value) < 18):
        raise InvalidInput("query", body, f"{field}: with a whole number; compare with < and > for a range")
    return Match(field, value.lower() if allowed else value, negated)


def _number(value: str, body: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidInput("query", body, "a number to compare with, such as metric>0.9")
    return number


def _unquoted(text: str) -> str:
    """Remove quotation marks.

    A backslash keeps the character after it.
    """
    return re.sub(r'\\(.)|"', lambda match: match[1] or "", text) if '"' in text else text
