"""Read JSON strictly; write non-finite numbers explicitly."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from seedspread.core.states import RunState
from seedspread.views.numbers import to_json


def encode(value: object) -> bytes:
    """Encode as JSON in UTF-8.

    NaN and infinities become the strings "NaN", "Infinity", "-Infinity", in arrays too.
    """
    return orjson.dumps(_explicit(value), option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_FINITE_KINDS: frozenset[type] = frozenset({int, str, bool, type(None), RunState})


class Columns(Response):
    """Response of many numbers, encoded without a model.

    The route's description documents its shape.
    """

    media_type = "application/json"

    def __init__(self, value: object) -> None:
        super().__init__(encode(value))


class StrictRequest(Request):
    """Request that reads JSON strictly.

    It refuses NaN, lone surrogates, a key given twice (whose meaning RFC 8259, section 4, leaves open), and NUL, which
    databases reject.
    """

    async def json(self) -> Any:
        """Parse the body.

        Raises:
            json.JSONDecodeError: with the position of the error.
        """
        body = await self.body()
        value = orjson.loads(body)
        if b"\\u0000" in body and _has_nul(value):
            message = "text without NUL characters"
            raise json.JSONDecodeError(message, body.decode("utf-8", "replace"), body.index(b"\\u0000"))
        # orjson keeps the last of equal keys without a word. Outside texts a colon stands once for each key.
        if _TEXTS.sub(b"", body).count(b":") != _keys(value):
            _refuse_repeated_key(body)
        return value


class StrictRoute(APIRoute):
    """Route that reads its body strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler with our request class."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


def _explicit(value: object) -> object:
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f" or np.isfinite(value).all():
            return np.ascontiguousarray(value)
        return [to_json(number) for number in value.tolist()]
    if isinstance(value, float):
        return value if math.isfinite(value) else to_json(value)
    if isinstance(value, dict):
        return {key: _explicit(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        # Long columns of one kind are passed on as they are: looking at their types costs next to nothing.
        return value if set(map(type, value)) <= _FINITE_KINDS else [_explicit(item) for item in value]
    return value


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(map(_has_nul, [*value, *value.values()]))
    return isinstance(value, list) and any(map(_has_nul, value))


def _keys(value: object) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_keys, value.values()))
    return sum(map(_keys, value)) if isinstance(value, list) else 0


def _refuse_repeated_key(body: bytes) -> None:
    text = body.decode("utf-8")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        for name, times in Counter(key for key, _ in pairs).most_common(1):
            if times > 1:
                message = f"each key of an object once, not {name!r} {times} times"
                raise json.JSONDecodeError(message, text, max(text.rfind(json.dumps(name)), 0))
        return dict(pairs)

    json.loads(text, object_pairs_hook=once)
