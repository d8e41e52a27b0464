"""Read JSON strictly; write non-finite numbers explicitly."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Coroutine
from itertools import islice
from typing import Any

import numpy as np
import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from seedspread import strict_json, words
from seedspread.core.states import RunState
from seedspread.errors import InvalidInput
from seedspread.strict_json import KeyGivenTwice, Size, TooLarge
from seedspread.views.numbers import to_json


def encode(value: object) -> bytes:
    """Encode as JSON in UTF-8.

    NaN and infinities become the strings "NaN", "Infinity", "-Infinity", in arrays too.
    """
    return orjson.dumps(_explicit(value), option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


MOST_ERRORS = 1000
MOST_MEMBERS = 300
SMALL_BYTES = 2**16  # parsed in a fraction of a millisecond; a thread would cost more
_FINITE_KINDS: frozenset[type] = frozenset({int, str, bool, type(None), RunState})


def tagged(request: Request, content: bytes, tag: str) -> Response:
    """Answer with JSON and its ETag.

    A client that has it already gets 304 without the JSON.
    """
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


class Columns(Response):
    """Response of many numbers, encoded without a model.

    The route's description documents its shape.
    """

    media_type = "application/json"

    def __init__(self, value: object) -> None:
        super().__init__(encode(value))


class StrictRequest(Request):
    """Request that reads JSON strictly, as `strict_json` does.

    A large body is parsed outside the event loop, so that others are answered meanwhile.
    """

    size = Size()

    async def json(self) -> Any:
        """Parse the body, once.

        Raises:
            json.JSONDecodeError: with the position of the error.
            InvalidInput: the body has more in it, or is deeper, than the route takes.
            HTTPException: the body is too large.
        """
        if not hasattr(self, "_document"):
            body = await self.body()
            if len(body) > self.size.n_bytes:
                raise HTTPException(413)
            try:
                if len(body) > SMALL_BYTES:
                    self._document = await run_in_threadpool(strict_json.loads, body, self.size)
                else:
                    self._document = strict_json.loads(body, self.size)
            except KeyGivenTwice as error:
                message = f"each key of an object once, not {error.key[:100]!r} {error.times} times"
                at = max(body.rfind(orjson.dumps(error.key)), 0)
                raise json.JSONDecodeError(message, body[:at].decode("utf-8", "replace"), at) from None
            except TooLarge as error:
                raise InvalidInput("body", words.size(len(body)), str(error)) from None
        return self._document

    async def cut_errors(self, body_type: TypeAdapter[Any]) -> int:
        """Shorten a document that has very many errors; return their number.

        Describing a hundred thousand errors takes seconds, in which nobody else is answered. Those of the first members
        of each list and object are described. The result is 0 for other documents.

        Raises:
            json.JSONDecodeError, InvalidInput, HTTPException: as for `json`.
        """
        document = await self.json()
        if len(await self.body()) <= SMALL_BYTES:
            return 0
        errors = await run_in_threadpool(_count_errors, body_type, document)
        if errors <= MOST_ERRORS:
            return 0
        cut = _cut(document)
        if not _count_errors(body_type, cut):
            expected = "only values that the description of the API allows"
            raise InvalidInput("body", f"{errors:,} other values", expected)
        self._document = cut
        return errors


class StrictRoute(APIRoute):
    """Route that reads its body strictly."""

    size = Size()

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler with our request class."""
        handler = super().get_route_handler()

        annotation: Any = None if self.body_field is None else self.body_field.field_info.annotation
        body_type = None if self.body_field is None else TypeAdapter(annotation)

        async def strict(request: Request) -> Response:
            strict_request = StrictRequest(request.scope, request.receive)
            strict_request.size = self.size
            errors = 0
            if body_type is not None and "json" in request.headers.get("content-type", ""):
                # Before FastAPI does, which would answer anything but a JSONDecodeError by a bare 400.
                with contextlib.suppress(json.JSONDecodeError):
                    errors = await strict_request.cut_errors(body_type)
            try:
                return await handler(strict_request)
            except RequestValidationError as error:
                error.unlisted = max(errors - len(error.errors()), 0)  # type: ignore[attr-defined]
                raise

        return strict


class LargeRoute(StrictRoute):
    """Route whose body may hold the numbers of many runs."""

    size = Size(n_bytes=64 * 2**20, items=300_000, numbers=8_000_000)


def _count_errors(body_type: TypeAdapter[Any], document: object) -> int:
    try:
        body_type.validate_python(document)
    except ValidationError as error:
        return error.error_count()
    return 0


def _cut(value: object) -> object:
    """Return a document with the first members of each list and object."""
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in islice(value.items(), MOST_MEMBERS)}
    if isinstance(value, list):
        return [_cut(item) for item in value[:MOST_MEMBERS]]
    return value


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
