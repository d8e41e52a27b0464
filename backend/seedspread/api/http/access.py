"""Require a token, where the service is reached from elsewhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedspread.access import changes, shares, tokens
from seedspread.access.roles import asks_for_change, is_open, may, may_read_shared
from seedspread.access.sentences import only_this_study, role_too_low, token_required, too_many
from seedspread.access.tokens import Holder
from seedspread.api.http.errors import Problem, answer, answer_to
from seedspread.api.http.rate import Buckets
from seedspread.api_prefix import PREFIX
from seedspread.context import Context
from seedspread.errors import SeedspreadError

COOKIE = "seedspread_token"
SHARE_COOKIE = "seedspread_share"
COOKIE_AGE_S = 30 * 24 * 3600  # a month: a browser that is used is not asked to sign in again and again
_SESSION = f"{PREFIX}/session"
# Ten wrong tokens at once, then one in half a minute: enough for whoever copied half of one.
_SIGN_INS_PER_S, _SIGN_INS_AT_ONCE = 1 / 30, 10
_SIGN_IN_WAIT_S = 5.0  # beyond it a sign-in that holds its place open (a slow body) costs others a 429
# A page that was signed out stops after a few; a program that does not is told to wait.
_WRONG_PER_S, _WRONG_AT_ONCE = 2, 100
_SECONDS_AT_ONCE = 5


class Access:
    """Middleware that answers only those whose token allows it.

    Programs send `Authorization: Bearer TOKEN`, browsers the cookie of the sign-in. Requests for a change are logged,
    refused ones included. Where no token is required the middleware passes everything on: on this machine's loopback
    address a person works alone.
    """

    def __init__(self, app: ASGIApp, required: bool, requests_per_s: float = 100) -> None:
        self.app = app
        self.required = required
        self._sign_ins = Buckets(_SIGN_INS_PER_S, _SIGN_INS_AT_ONCE)
        self._wrong = Buckets(_WRONG_PER_S, _WRONG_AT_ONCE)
        self._requests = Buckets(requests_per_s, requests_per_s * _SECONDS_AT_ONCE)
        self._signing_in: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.required:
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        method, path = request.method, request.url.path
        caller = request.client.host if request.client else ""
        is_sign_in = method == "POST" and path.rstrip("/") == _SESSION
        if is_sign_in and (wait_s := await self._reserve(caller)):
            await _too_many(wait_s)(scope, receive, send)
            return
        status = 500  # unless the response says otherwise

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._answer(request, caller, receive, noted, lambda: status)
        finally:
            if is_sign_in:
                self._release(caller, failed=status == 401)

    async def _reserve(self, caller: str) -> int:
        """Count a sign-in before it is checked.

        Return seconds to wait, 0 if it may go on.

        What others at the address have reserved may come back: it is waited for, not held against this one.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + _SIGN_IN_WAIT_S
        while wait_s := self._sign_ins.take(caller):
            if not self._signing_in[caller] or loop.time() > until:
                return wait_s
            await asyncio.sleep(0.02)
        self._signing_in[caller] += 1
        return 0

    def _release(self, caller: str, *, failed: bool) -> None:
        """End a sign-in; only one that failed stays counted."""
        self._signing_in -= Counter([caller])
        if not failed:
            self._sign_ins.give_back(caller)

    async def _answer(
        self, request: Request, caller: str, receive: Receive, send: Send, status: Callable[[], int]
    ) -> None:
        scope, method, path = request.scope, request.method, request.url.path
        try:
            signed_in = await run_in_threadpool(_holder_of, request) if _tokens_of(request) else None
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
        refusal = self._refusal(request, signed_in, caller)
        try:
            await (refusal or self.app)(scope, receive, send)
        finally:
            if signed_in is not None and asks_for_change(method, path):
                await run_in_threadpool(_record, request, signed_in, method, path, status())

    def _refusal(self, request: Request, signed_in: Holder | None, caller: str) -> Response | None:
        if signed_in is None:
            # Counted once the token proved wrong: a valid one never waits for what others at its address tried.
            if _tokens_of(request) and (wait_s := self._wrong.take(caller)):
                return _too_many(wait_s)
            message, hint = token_required()
            return answer(401, Problem(code="unauthorized", message=message, hint=hint), {"WWW-Authenticate": "Bearer"})
        kind = "token" if signed_in.share is None else "link"
        if wait_s := self._requests.take(f"{kind} {signed_in.name}"):
            return _too_many(wait_s)
        method, path = request.method, request.url.path
        if signed_in.study is not None:
            return refused_to_link(signed_in.study, request)
        if not may(signed_in.role, method, path):
            return answer(403, Problem(code="forbidden", message=role_too_low(signed_in.name, signed_in.role)))
        return None


def refused_to_link(study: int, request: Request) -> Response | None:
    """Return the refusal of what a study's link does not open."""
    arms = [value for name in ("a", "b", "arms") for value in request.query_params.getlist(name)]
    if may_read_shared(study, request.method, request.url.path, arms):
        return None
    return answer(403, Problem(code="forbidden", message=only_this_study(study)))


def holder(request: Request) -> Holder | None:
    """Return whose token a request carries, as `Access` left it."""
    signed_in: Holder | None = request.scope.get("state", {}).get("holder")
    return signed_in


def author(request: Request) -> str | None:
    """Return the name of the token that a request carries."""
    signed_in = holder(request)
    return None if signed_in is None else signed_in.name


Author = Annotated[str | None, Depends(author)]


def _too_many(wait_s: int) -> Response:
    message, hint = too_many(wait_s)
    return answer(429, Problem(code="too_many_requests", message=message, hint=hint), {"Retry-After": str(wait_s)})


def _holder_of(request: Request) -> Holder | None:
    """Return the holder of the first valid token.

    A link counts only where nobody is signed in.
    """
    ctx: Context = request.app.state.context
    for token in _tokens_of(request):
        is_link = token.startswith(shares.PREFIX)
        signed_in = shares.reader_of(ctx, token) if is_link else tokens.holder_of(ctx, token)
        if signed_in is not None:
            return signed_in
    return None


def _record(request: Request, signed_in: Holder, method: str, path: str, status: int) -> None:
    ctx: Context = request.app.state.context
    try:
        changes.record(ctx, signed_in, method, path, status)
    except SeedspreadError:
        # The change itself has been answered; the access log of the server still has it.
        return


def _tokens_of(request: Request) -> list[str]:
    """Return the token of the `Authorization` header, else those of the cookies."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return [token.strip()]
    return [value for name in (COOKIE, SHARE_COOKIE) if (value := request.cookies.get(name))]
