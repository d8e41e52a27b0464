"""The built dashboard, served beside the API; without it a sentence says how to build it."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).resolve().parent.parent / "static"

NOT_BUILT = (
    "The dashboard is not built here; the API under /api/v1 works without it.\n"
    "Build it with `python frontend/build_page.py` in a checkout, or install a released wheel, which contains it.\n"
)
_FOR_EVER = "public, max-age=31536000, immutable"


def add_page(app: FastAPI, folder: Path) -> bool:
    """Serve the page from `folder`, for every address the API does not have; whether it is there."""
    if not (folder / "index.html").is_file():
        app.add_api_route("/", _not_built, include_in_schema=False)
        return False
    app.frontend("/", directory=folder, fallback="index.html", check_dir=True)
    return True


async def _not_built() -> PlainTextResponse:
    return PlainTextResponse(NOT_BUILT)


class CacheHeaders:
    """Lets browsers keep what carries a hash in its name for ever, and ask again for everything else of the page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or path.startswith(("/api/", "/metrics")):
            await self.app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                kept = _FOR_EVER if path.startswith("/assets/") else "no-cache"
                MutableHeaders(scope=message)["Cache-Control"] = kept
            await send(message)

        await self.app(scope, receive, sent)
