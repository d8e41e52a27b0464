"""Requests that no part of the application should see."""

from __future__ import annotations

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedspread.api.errors import Problem, answer, answer_to, answer_to_status
from seedspread.errors import InvalidInput

_SAFE = ("GET", "HEAD", "OPTIONS")


class Guard:
    """Refuses what is too large, NUL characters in addresses (databases cannot take them), and other sites' changes.

    Without a log-in, whatever page a person has open could otherwise cancel a study on their own machine: browsers
    say with Sec-Fetch-Site where a request comes from.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = self._refused(Request(scope))
        await (refused or self.app)(scope, self._measured(receive), send)

    def _measured(self, receive: Receive) -> Receive:
        """Bodies that do not say how long they are end with an error once they are too long."""
        received = 0

        async def measured() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_body_bytes:
                raise HTTPException(413)
            return message

        return measured

    def _refused(self, request: Request) -> JSONResponse | None:
        if "%00" in request.url.query or "\x00" in request.url.path:
            return answer_to(InvalidInput("url", request.url.path, "an address without NUL characters"))
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > self.max_body_bytes:
            return answer_to_status(413, request)
        if request.method not in _SAFE and request.headers.get("sec-fetch-site") == "cross-site":
            return answer(403, Problem(code="forbidden", message="another site's page asked for a change"))
        return None
