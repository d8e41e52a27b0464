"""Error responses, in one shape whatever raised the error."""

from __future__ import annotations

import errno
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from seedspread.api.http.json import encode
from seedspread.api_prefix import PREFIX
from seedspread.core.validation import from_detail, one_a_place
from seedspread.errors import Conflict, InvalidInput, NotFound, SeedspreadError, Unauthorized, Unavailable, problem_of

log = structlog.get_logger(__name__)

RETRY_AFTER_S = 2  # about what a broker or database needs to restart

MAX_EXAMINED = 1000
"""Most validation errors that are looked at, before one for each position is listed."""

_STATUS: tuple[tuple[type[SeedspreadError], int], ...] = (
    (InvalidInput, 422),
    (Unauthorized, 401),
    (NotFound, 404),
    (Conflict, 409),
    (Unavailable, 503),
)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_HINTS = {
    404: f"GET {PREFIX}/openapi.json lists every path",
    405: f"GET {PREFIX}/openapi.json lists the methods of every path",
    413: "send less at once",
}


class Fault(BaseModel):
    """One thing that is wrong with what was sent."""

    field: str = Field(description="where, as a dotted path", examples=["arms[1].parameters.hidden"])
    value: Any = Field(description="what was there", examples=[0])
    expected: str = Field(description="what would be right", examples=["a number of at least 1"])
    missing: bool = Field(False, description="whether the field was not there at all")


class Problem(BaseModel):
    """Problem, with what to do about it."""

    code: str = Field(examples=["invalid_input"])
    message: str = Field(examples=["arms[1].parameters.hidden: 0 is not usable; expected a number of at least 1"])
    hint: str | None = Field(None, description="what to do about it")
    faults: list[Fault] = Field(default_factory=list, description="what is wrong with what was sent, at most 100")
    unlisted: int = Field(0, description="how many further faults there are")


class ErrorAnswer(BaseModel):
    """Body of every error response."""

    error: Problem


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of a route for the API docs."""
    descriptions = {
        401: "The request carries no valid token.",
        403: "The role of the token does not allow this.",
        404: "There is no such thing.",
        409: "What the request acts on is in a state that forbids it.",
        413: "The body is too large.",
        429: "Too many requests; Retry-After says how many seconds to wait.",
        422: "Something in the request cannot be used; each fault names field, value and what would be right.",
        503: "The database or the broker is away; the same request may work later (see Retry-After).",
    }
    return {status: {"model": ErrorAnswer, "description": descriptions[status]} for status in statuses}


def add_handlers(app: FastAPI) -> None:
    """Answer every error of the application in the one shape."""
    app.add_exception_handler(SeedspreadError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _starlette)
    app.add_exception_handler(OSError, _disk)
    app.add_exception_handler(Exception, unforeseen)


def answer(status: int, problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Build an error response."""
    response = JSONResponse(None, status_code=status, headers=headers)
    response.body = encode({"error": problem.model_dump()})
    response.headers["content-length"] = str(len(response.body))
    return response


async def _ours(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SeedspreadError)  # noqa: S101 - Starlette dispatches by type
    return answer_to(error)


def answer_to(error: SeedspreadError) -> JSONResponse:
    """Build the response for one of our errors."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else None
    return answer(status, Problem(**problem_of(error)), headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - Starlette dispatches by type
    details = error.errors()
    if any(detail["loc"][0] == "path" for detail in details):
        return answer(
            404, Problem(code="not_found", message=f"there is nothing at {request.url.path}", hint=_HINTS[404])
        )
    return answer_to(InvalidInput.all_of(one_a_place(invalid_fields(error))))


def invalid_fields(error: RequestValidationError) -> list[InvalidInput]:
    """Translate FastAPI's validation errors into InvalidInput."""
    details = error.errors()
    faults = [_from_fastapi(detail) for detail in details[:MAX_EXAMINED]]
    faults[0].unlisted = max(len(details) - MAX_EXAMINED, 0) + getattr(error, "unlisted", 0)
    return faults


async def _starlette(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette dispatches by type
    return answer_to_status(error.status_code, request, str(error.detail), dict(error.headers or {}))


def answer_to_status(
    status: int, request: Request, detail: str = "", headers: dict[str, str] | None = None
) -> JSONResponse:
    """Build the response for a bare HTTP status.

    Our own wording replaces `detail` for statuses that have one.
    """
    messages = {
        404: f"there is nothing at {request.url.path}",
        405: f"{request.url.path} does not take {request.method}",
        413: "the body of the request is too large",
    }
    problem = Problem(code=_CODES.get(status, "error"), message=messages.get(status, detail), hint=_HINTS.get(status))
    return answer(status, problem, headers)


async def _disk(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        hint = "make room or make the folder writable; the same request works then"
        return answer_to(Unavailable(f"the service cannot write a file: {error.strerror}", hint=hint))
    return await unforeseen(request, error)


async def unforeseen(request: Request, error: Exception) -> JSONResponse:
    """Log an error that nobody expected and build its response."""
    log.error("a request failed", method=request.method, path=request.url.path, exc_info=error)
    hint = "this is a fault of Seedspread; its log has the details"
    return answer(500, Problem(code="internal", message=f"the service failed: {type(error).__name__}", hint=hint))


def _from_fastapi(detail: Any) -> InvalidInput:
    location, *loc = detail["loc"]
    if detail["type"] == "json_invalid":
        at = detail["loc"][-1]
        return InvalidInput("body", f"character {at}", f"well-formed JSON ({detail['ctx']['error']})")
    value = detail["input"]
    if isinstance(value, bytes):
        return InvalidInput("body", value[:80].decode("utf-8", "replace"), "JSON, with Content-Type: application/json")
    if location == "body" and not loc:
        loc = ["body"]
    return from_detail(detail["type"], tuple(loc), detail["msg"], value)
