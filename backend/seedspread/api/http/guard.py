"""Refuse unsafe requests; set security headers."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedspread.api.http.errors import Problem, answer, answer_to, answer_to_status
from seedspread.errors import InvalidInput
from seedspread.settings import is_loopback

_SAFE = ("GET", "HEAD", "OPTIONS")
_BODY_TYPES = ("application/json", "application/octet-stream", "application/vnd.apache.arrow.stream")
"""Types of bodies that change something. A foreign page cannot send these without asking the browser first."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""Scripts come from this service alone; Plotly and reports need inline styles."""

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def names_of(host: str, allowed: str) -> frozenset[str] | None:
    """Return the host names that the service answers to; None for any.

    On loopback these are this machine's own names. Any other name that resolves here was pointed here by somebody else
    (DNS rebinding), and a browser would treat the service as part of their site. On other addresses a service has names
    that it cannot know, so it answers to all of them unless `allowed` lists some.

    Args:
        host: the address that the service listens on.
        allowed: further names, separated by commas; `*` allows any.
    """
    names = frozenset(name for part in allowed.split(",") if (name := _name(part)))
    if "*" in names or not (names or is_loopback(_name(host))):
        return None
    return names | {_name(host), *_THIS_MACHINE} if is_loopback(_name(host)) else names


class Guard:
    """Middleware that rejects unsafe requests.

    It rejects oversized bodies, NUL characters in addresses, unknown host names, and changes requested by other sites'
    pages. Where no token is required, any open page could otherwise cancel a study on its reader's machine. Browsers
    name the page that sends a request in `Origin` and `Sec-Fetch-Site`, and the host that they address in `Host`. Pages
    on another port of this machine are other sites too.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_body_bytes: int,
        names: frozenset[str] | None = None,
        larger_bodies: Mapping[str, int] | None = None,
    ) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.names = names
        self.larger_bodies = larger_bodies or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit_bytes = self._limit_bytes(scope["path"])
        refusal = self._refusal(Request(scope), limit_bytes)
        await (refusal or self.app)(scope, self._limited(receive, limit_bytes), _with_headers(send))

    def _limit_bytes(self, path: str) -> int:
        """Return the size of the largest body that a path takes."""
        limits = (size for start, size in self.larger_bodies.items() if path.startswith(start))
        return max(limits, default=self.max_body_bytes)

    def _limited(self, receive: Receive, limit_bytes: int) -> Receive:
        """Wrap `receive` to limit bodies of undeclared length."""
        received_bytes = 0

        async def limited() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > limit_bytes:
                raise HTTPException(413)
            return message

        return limited

    def _refusal(self, request: Request, limit_bytes: int) -> JSONResponse | None:
        host = request.headers.get("host", "")
        if self.names is not None and _name(host) not in self.names:
            hint = f"if it is yours: SEEDSPREAD_ALLOWED_HOSTS={_name(host) or 'NAME'} before the service is started"
            return answer(400, Problem(code="unknown_host", message=f"no service goes by {host!r} here", hint=hint))
        if "%00" in request.url.query or "\x00" in request.url.path:
            return answer_to(InvalidInput("url", request.url.path, "an address without NUL characters"))
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > limit_bytes:
            return answer_to_status(413, request)
        if request.method in _SAFE:
            return None
        if _is_foreign(request, host):
            return answer(403, Problem(code="forbidden", message="Only this service's own pages may ask for a change."))
        body_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        has_body = length not in ("", "0") or "transfer-encoding" in request.headers
        if has_body and body_type not in _BODY_TYPES:
            message = f"The body's Content-Type must be application/json (got {body_type or 'none'})."
            return answer(415, Problem(code="unsupported_media_type", message=message))
        return None


def _is_foreign(request: Request, host: str) -> bool:
    """Tell whether a page of another origin sent the request."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    # The scheme is left out: a proxy in front may end TLS, and a page's host and port are what an attacker lacks.
    return origin is not None and origin.partition("://")[2].lower() != host.strip().lower()


def _with_headers(send: Send) -> Send:
    """Wrap `send` to add the security headers that a route omits."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return wrapped


def _name(host: str) -> str:
    """Return a Host header in lower case, without port, brackets, final dot."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    # More than one colon: an address of IPv6 without brackets, which has no port.
    return (host if host.count(":") > 1 else host.partition(":")[0]).rstrip(".")
