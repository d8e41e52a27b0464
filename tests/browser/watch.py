"""Watches a page for what a person would only see in the developer tools."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Error, Page, Request

LOCAL_HOSTS = {"127.0.0.1", "localhost", None}


class Watch:
    """Collects uncaught errors, console errors, and requests that leave this machine."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        page.on("pageerror", self._on_error)
        page.on("console", self._on_console)
        page.on("request", self._on_request)

    def _on_error(self, error: Error) -> None:
        self.complaints.append(f"uncaught: {error}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in LOCAL_HOSTS:
            self.complaints.append(f"outside request: {request.url}")
