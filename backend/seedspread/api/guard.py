"""Requests that no part of the application should see."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from seedspread.api.errors import Problem, answer, answer_to
from seedspread.errors import InvalidInput

_SAFE = ("GET", "HEAD", "OPTIONS")


class Guard:
    """Refuses NUL characters in addresses, which databases cannot take, and changes asked for by other sites' pages.

    Without a log-in, whatever page a person has open could otherwise cancel a study on their own machine: browsers
    say with Sec-Fetch-Site where a request comes from.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if b"%00" in scope.get("query_string", b"") or "\x00" in scope["path"]:
            fault = InvalidInput("url", request.url.path, "an address without NUL characters")
            await answer_to(fault)(scope, receive, send)
            return
        if scope["method"] not in _SAFE and request.headers.get("sec-fetch-site") == "cross-site":
            problem = Problem(code="forbidden", message="another site's page asked for a change", hint=None)
            await answer(403, problem)(scope, receive, send)
            return
        await self.app(scope, receive, send)
