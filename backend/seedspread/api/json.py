"""JSON in and out: strict when read, explicit about numbers that are not finite when written."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import numpy as np
import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from seedspread.core.states import RunState
from seedspread.core.validation import dotted
from seedspread.errors import InvalidInput
from seedspread.usecases.views.numbers import told


def encode(value: object) -> bytes:
    """JSON in UTF-8; NaN and infinities as the strings "NaN", "Infinity", "-Infinity", in arrays too."""
    return orjson.dumps(_explicit(value), option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


_FINITE_KINDS: frozenset[type] = frozenset({int, str, bool, type(None), RunState})


class Columns(Response):
    """An answer of many numbers, written without a model in between; its shape stands in the route's description."""

    media_type = "application/json"

    def __init__(self, value: object) -> None:
        super().__init__(encode(value))


class StrictRequest(Request):
    """Reads JSON as the standard has it: no NaN, no lone surrogates; and no NUL, which databases refuse."""

    async def json(self) -> Any:
        """The body; raises json.JSONDecodeError with the position of what is wrong."""
        body = await self.body()
        value = orjson.loads(body)
        if b"\\u0000" in body:
            for place in _with_nul(value, ()):
                raise InvalidInput(dotted(place), "\\u0000", "text without NUL characters")
        return value


class StrictRoute(APIRoute):
    """A route whose body is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given our kind of request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


def _explicit(value: object) -> object:
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f" or np.isfinite(value).all():
            return np.ascontiguousarray(value)
        return [told(number) for number in value.tolist()]
    if isinstance(value, float):
        return value if math.isfinite(value) else told(value)
    if isinstance(value, dict):
        return {key: _explicit(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        # Long columns of one kind are passed on as they are: looking at their types costs next to nothing.
        return value if set(map(type, value)) <= _FINITE_KINDS else [_explicit(item) for item in value]
    return value


def _with_nul(value: object, place: tuple[int | str, ...]) -> Iterator[tuple[int | str, ...]]:
    if isinstance(value, str) and "\x00" in value:
        yield place
    elif isinstance(value, dict):
        for key, item in value.items():
            if "\x00" in key:
                yield place
            yield from _with_nul(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _with_nul(item, (*place, index))
