"""Compress responses for clients on other machines."""

from __future__ import annotations

import ipaddress

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

LEVEL = 1
"""1.27 MB of curves become 477 kB in 12 ms; level 6 takes 28 ms for 438 kB."""
MINIMUM_BYTES = 4096  # below, the time of compressing outweighs the bytes saved
_PACKED = ("application/vnd.apache.parquet",)


class Compression:
    """Middleware that compresses API responses.

    Event streams and responses to clients on this machine are not compressed: on loopback 1.3 MB take a millisecond or
    two, compressing them would cost 12 ms and unpacking 3 more. The page's own files are compressed when it is built
    (`page.Files`).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        excluded = (*DEFAULT_EXCLUDED_CONTENT_TYPES, *_PACKED)
        self.compressing = GZipMiddleware(app, MINIMUM_BYTES, LEVEL, exclude_content_types=excluded)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        far = scope["type"] == "http" and scope["path"].startswith("/api/") and not _is_here(scope)
        await (self.compressing if far else self.app)(scope, receive, send)


def _is_here(scope: Scope) -> bool:
    # Behind a proxy on this machine uvicorn puts in the address that the proxy forwards.
    host = (scope.get("client") or ("",))[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
