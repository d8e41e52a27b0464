"""Serve the dashboard and the API docs.

If they are not built, a sentence says how to build them.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import PlainTextResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedspread.api.http.guard import CONTENT_SECURITY_POLICY
from seedspread.api.http.sentences import DASHBOARD_NOT_BUILT

STATIC = Path(__file__).resolve().parents[2] / "static"

DOCS = "/api/docs"
VIEWER = "api-docs"
"""The folder of the viewer's files within the page's."""
PACKED = ".gz"
"""The ending of a file that the build compressed beside the plain one."""

_FOR_EVER = "public, max-age=31536000, immutable"
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_PLAIN_PATH = re.compile(r"(?:/[\w-][\w.-]*)+")
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


def add_docs(app: FastAPI, folder: Path) -> None:
    """Serve an API docs viewer that loads nothing from elsewhere."""

    async def docs() -> Response:
        if not (folder / VIEWER).is_dir():
            return PlainTextResponse(DASHBOARD_NOT_BUILT)
        viewer = get_swagger_ui_html(
            openapi_url=app.openapi_url or "",
            title="Seedspread: the API",
            swagger_js_url=f"/{VIEWER}/swagger-ui-bundle.js",
            swagger_css_url=f"/{VIEWER}/swagger-ui.css",
            swagger_favicon_url="/favicon.svg",
            swagger_ui_parameters={"validatorUrl": None},  # else it shows the description to a site of its makers
        )
        viewer.headers["Content-Security-Policy"] = _policy_with_inline_scripts(bytes(viewer.body).decode())
        return viewer

    app.add_api_route(DOCS, docs, include_in_schema=False)


def _policy_with_inline_scripts(page: str) -> str:
    """Return the policy that also allows the page's inline scripts, by digest."""
    digests = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in _INLINE_SCRIPT.findall(page)
    ]
    sources = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"{CONTENT_SECURITY_POLICY}; script-src 'self' {sources}"


def add_page(app: FastAPI, folder: Path) -> bool:
    """Serve the page for every address that the API does not have.

    Return False if the page is not built.
    """
    if not (folder / "index.html").is_file():
        app.add_api_route("/", _not_built, include_in_schema=False)
        return False
    app.frontend("/", directory=folder, fallback="index.html", check_dir=True)
    app.add_middleware(Files, folder=folder)
    return True


async def _not_built() -> PlainTextResponse:
    return PlainTextResponse(DASHBOARD_NOT_BUILT)


class Files:
    """Static files of the page, compressed by its build, with cache headers.

    A file with a hash in its name may be cached for ever. Any other file is requested again and answered with 304 if it
    has not changed. The plain and the compressed form of a file have different ETags.
    """

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self.app = app
        self.folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or path.startswith(("/api/", "/metrics")):
            await self.app(scope, receive, send)
            return
        headers = {"Cache-Control": _FOR_EVER if path.startswith("/assets/") else "no-cache"}
        if self._is_packed(path):
            headers["Vary"] = "Accept-Encoding"
            if _GZIP.search(Headers(scope=scope).get("accept-encoding", "")):
                headers["Content-Encoding"] = "gzip"
                headers["Content-Type"] = _media_type(path)
                scope = {**scope, "path": path + PACKED, "raw_path": (path + PACKED).encode()}

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 206, 304):
                response_headers = MutableHeaders(scope=message)
                # What did not change is told without its type and encoding.
                response_headers.update(
                    {k: v for k, v in headers.items() if message["status"] != 304 or "Content" not in k}
                )
            await send(message)

        await self.app(scope, receive, sent)

    def _is_packed(self, path: str) -> bool:
        return _PLAIN_PATH.fullmatch(path) is not None and (self.folder / (path[1:] + PACKED)).is_file()


def _media_type(path: str) -> str:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
