"""Requests that no part of the application should see."""

from __future__ import annotations

import ipaddress

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedspread.api.http.errors import Problem, answer, answer_to, answer_to_status
from seedspread.errors import InvalidInput

_SAFE = ("GET", "HEAD", "OPTIONS")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def names_of(host: str, allowed: str) -> frozenset[str] | None:
    """The names under which a service that listens on `host` is asked for; None for any.

    Who listens on loopback is reached under the names of this machine alone. Another name that leads here was pointed
    here by somebody else (DNS rebinding), so that a browser takes us for a part of their site. On other addresses a
    service has names we cannot know, and answers to all of them unless told.

    Args:
        host: the address that is listened on.
        allowed: further names, separated by commas; `*` is any.
    """
    named = frozenset(name for part in allowed.split(",") if (name := _name(part)))
    if "*" in named or not (named or _is_loopback(host)):
        return None
    return named | {_name(host), *_THIS_MACHINE} if _is_loopback(host) else named


class Guard:
    """Refuses what is too large, NUL characters in addresses (databases cannot take them), and other sites' requests.

    Without a log-in, whatever page a person has open could otherwise cancel a study on their own machine: browsers
    say with Sec-Fetch-Site where a request comes from, and with Host whom they think they ask.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int, names: frozenset[str] | None = None) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.names = names

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
        asked = request.headers.get("host", "")
        if self.names is not None and _name(asked) not in self.names:
            hint = f"if it is yours: SEEDSPREAD_ALLOWED_HOSTS={_name(asked) or 'NAME'} before the service is started"
            return answer(400, Problem(code="unknown_host", message=f"no service goes by {asked!r} here", hint=hint))
        if "%00" in request.url.query or "\x00" in request.url.path:
            return answer_to(InvalidInput("url", request.url.path, "an address without NUL characters"))
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > self.max_body_bytes:
            return answer_to_status(413, request)
        if request.method not in _SAFE and request.headers.get("sec-fetch-site") == "cross-site":
            return answer(403, Problem(code="forbidden", message="another site's page asked for a change"))
        return None


def _name(host: str) -> str:
    """A Host header, or an address, without port, brackets and final dot; lower case."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    # More than one colon: an address of IPv6 without brackets, which has no port.
    return (host if host.count(":") > 1 else host.partition(":")[0]).rstrip(".")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(_name(host)).is_loopback
    except ValueError:
        return _name(host) == "localhost"
