"""Require a token, where the service is reached from elsewhere."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedspread.access import changes, tokens
from seedspread.access.roles import is_open, may
from seedspread.access.sentences import role_too_low, token_required
from seedspread.access.tokens import Holder
from seedspread.api.http.errors import Problem, answer, answer_to
from seedspread.context import Context
from seedspread.errors import SeedspreadError

COOKIE = "seedspread_token"
COOKIE_AGE_S = 30 * 24 * 3600  # a month: a browser that is used is not asked to sign in again and again
_SAFE = ("GET", "HEAD", "OPTIONS")


class Access:
    """Middleware that answers only those whose token allows it.

    Programs send `Authorization: Bearer TOKEN`, browsers the cookie of the sign-in. Requests for a change are logged,
    refused ones included. Where no token is required the middleware passes everything on: on this machine's loopback
    address a person works alone.
    """

    def __init__(self, app: ASGIApp, required: bool) -> None:
        self.app = app
        self.required = required

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.required:
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        method, path = request.method, request.url.path
        token = _token_of(request)
        try:
            signed_in = await run_in_threadpool(_holder_of, request, token) if token else None
        except SeedspreadError as error:
            if is_open(path):  # the health must answer while the database is away
                await self.app(scope, receive, send)
            else:
                await answer_to(error)(scope, receive, send)
            return
        scope.setdefault("state", {})["holder"] = signed_in
        if is_open(path):
            await self.app(scope, receive, send)
            return
        refusal = _refusal(signed_in, method, path)
        status = 500  # unless the response says otherwise

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await (refusal or self.app)(scope, receive, noted)
        finally:
            if signed_in is not None and method not in _SAFE:
                await run_in_threadpool(_record, request, signed_in, method, path, status)


def holder(request: Request) -> Holder | None:
    """Return whose token a request carries, as `Access` left it."""
    signed_in: Holder | None = request.scope.get("state", {}).get("holder")
    return signed_in


def _refusal(signed_in: Holder | None, method: str, path: str) -> Response | None:
    if signed_in is None:
        message, hint = token_required()
        return answer(401, Problem(code="unauthorized", message=message, hint=hint), {"WWW-Authenticate": "Bearer"})
    if not may(signed_in.role, method, path):
        return answer(403, Problem(code="forbidden", message=role_too_low(signed_in.name, signed_in.role)))
    return None


def _holder_of(request: Request, token: str) -> Holder | None:
    ctx: Context = request.app.state.context
    return tokens.holder_of(ctx, token)


def _record(request: Request, signed_in: Holder, method: str, path: str, status: int) -> None:
    ctx: Context = request.app.state.context
    try:
        changes.record(ctx, signed_in, method, path, status)
    except SeedspreadError:
        # The change itself has been answered; the access log of the server still has it.
        return


def _token_of(request: Request) -> str | None:
    """Return the token of the `Authorization` header, else of the cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.cookies.get(COOKIE) or None
