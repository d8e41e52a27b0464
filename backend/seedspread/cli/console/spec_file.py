"""Read a specification in JSON or YAML.

Errors name line and column.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import yaml

from seedspread import strict_json
from seedspread.errors import InvalidInput
from seedspread.readers.formats import strict_yaml
from seedspread.strict_json import KeyGivenTwice

STDIN = "-"
MAX_BYTES = 20_000_000  # a specification is written by people; more is a data file given by mistake
_ONCE = "every key once; this one is given twice"


def read(name: str) -> dict[str, Any]:
    """Read the document in the file `name` (`-`: standard input).

    Raises:
        InvalidInput: the file cannot be read, is neither JSON nor YAML (naming the position), or is no mapping.
    """
    text = _text(name)
    document = _json(name, text) if _looks_like_json(name, text) else _yaml(name, text)
    if not isinstance(document, dict):
        raise InvalidInput(name, document, "a mapping with name, recipe, arms, seeds …")
    _without_oddities(document, "")
    return document


def _text(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except FileNotFoundError:
        raise InvalidInput("FILE", name, "a file that exists, or - for standard input") from None
    except OSError as error:
        raise InvalidInput("FILE", name, f"a file that can be read ({error.strerror})") from None
    if len(raw) > MAX_BYTES:
        raise InvalidInput("FILE", name, f"a specification of at most {MAX_BYTES} bytes; this has {len(raw)}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("FILE", name, f"text in UTF-8; byte {error.start} is not") from None
    if not text.strip():
        raise InvalidInput("FILE", name, "a specification; this is empty")
    return text


def _looks_like_json(name: str, text: str) -> bool:
    return name.endswith(".json") or text.lstrip().startswith("{")


def _json(name: str, text: str) -> Any:
    try:
        return strict_json.parse(text)
    except KeyGivenTwice as error:
        raise InvalidInput(name, error.key, _ONCE) from None
    except json.JSONDecodeError as error:
        raise _malformed(name, "JSON", error.lineno, error.colno, error.msg) from None
    except RecursionError:
        raise InvalidInput(name, "…", "JSON that is not nested a thousand deep") from None


def _yaml(name: str, text: str) -> Any:
    try:
        return strict_yaml.load(text)
    except strict_yaml.KeyGivenTwice as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidInput(f"{name}, line {line}", error.problem, _ONCE) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _malformed(name, "YAML", line, column, error.problem or "a fault") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidInput(name, str(error)[:80], "YAML") from None
    except RecursionError:
        raise InvalidInput(name, "…", "YAML that is not nested a thousand deep") from None


def _malformed(name: str, kind: str, line: int, column: int, problem: str) -> InvalidInput:
    return InvalidInput(f"{name}, line {line}, column {column}", problem, f"well-formed {kind}")


def _without_oddities(value: Any, path: str) -> None:
    """Refuse values that JSON cannot carry.

    These are keys that are not text, dates, and non-finite numbers.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise InvalidInput(path or "input", key, "a key that is text; put it in quotes")
            _without_oddities(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _without_oddities(inner, f"{path}[{index}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput(path, value, "a finite number")
    elif value is not None and not isinstance(value, str | int | float | bool):
        raise InvalidInput(path, str(value), "text, a number, true or false; put dates in quotes")
