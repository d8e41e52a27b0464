"""Parse JSON strictly, within limits on its depth and size."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson

_TEXTS = re.compile(rb'"[^"]*"')
_NUMBERS: frozenset[type] = frozenset({int, float})
_CONTAINERS = (dict, list)


@dataclass(frozen=True)
class Size:
    """Limits of a document.

    items: keys of objects, and members of lists that hold anything else than numbers.
    """

    depth: int = 64
    n_bytes: int = 8 * 2**20
    items: int = 100_000
    numbers: int = 200_000


class KeyGivenTwice(ValueError):
    """Object with a key that occurs more than once.

    What that means, RFC 8259 leaves open (section 4); most parsers keep the last value without a word.
    """

    def __init__(self, key: str, times: int) -> None:
        super().__init__(key)
        self.key = key
        self.times = times


class TooLarge(ValueError):
    """Document beyond one of the limits.

    The message is what it may be.
    """


def parse(text: str) -> Any:
    """Parse a text whose errors name line and column.

    Raises:
        json.JSONDecodeError: it is no JSON.
        KeyGivenTwice: an object has a key more than once.
    """
    return json.loads(text, object_pairs_hook=_once)


def loads(body: bytes, size: Size) -> Any:
    """Parse a document; refuse NaN, lone surrogates, NUL and repeated keys.

    Raises:
        json.JSONDecodeError: it is no JSON, or has a NUL, which databases reject.
        KeyGivenTwice: an object has a key more than once.
        TooLarge: it is deeper or larger than `size`.
    """
    # Outside texts a colon stands once for each key. Counting them is far cheaper than parsing.
    # Escaped backslashes go before escaped quotes, so that what is left of a quote ends a text.
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    colons = _TEXTS.sub(b"", plain).count(b":")
    if colons > size.items:
        raise _too_many(size)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "depth limit" in str(error) or "recursion" in str(error).lower():
            raise _too_deep(size) from None
        raise json.JSONDecodeError(error.msg, "", error.pos) from None
    # orjson keeps the last of equal keys.
    if colons != _measure(value, size):
        parse(body.decode("utf-8"))
    if b"\\u0000" in body and _has_nul(value):
        raise json.JSONDecodeError("text without NUL characters", "", body.index(b"\\u0000"))
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise KeyGivenTwice(*Counter(key for key, _ in pairs).most_common(1)[0])
    return document


def _measure(value: object, size: Size) -> int:
    """Count the keys of a document, level by level.

    Raises:
        TooLarge: it is deeper or larger than `size`.
    """
    level: list[object] = [value] if isinstance(value, _CONTAINERS) else []
    depth = keys = items = numbers = 0
    while level:
        depth += 1
        if depth > size.depth:
            raise _too_deep(size)
        below: list[object] = []
        for container in level:
            if isinstance(container, dict):
                keys += len(container)
                below += [item for item in container.values() if isinstance(item, _CONTAINERS)]
            elif isinstance(container, list):
                if set(map(type, container)) <= _NUMBERS:
                    numbers += len(container)
                else:
                    items += len(container)
                    below += [item for item in container if isinstance(item, _CONTAINERS)]
        if keys + items > size.items or numbers > size.numbers:
            raise _too_many(size)
        level = below
    return keys


def _too_deep(size: Size) -> TooLarge:
    return TooLarge(f"JSON nested at most {size.depth} deep")


def _too_many(size: Size) -> TooLarge:
    return TooLarge(f"JSON of at most {size.items:,} keys and members of lists, and {size.numbers:,} numbers in lists")


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(map(_has_nul, [*value, *value.values()]))
    return isinstance(value, list) and any(map(_has_nul, value))
