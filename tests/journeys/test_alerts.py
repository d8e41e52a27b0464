"""Alerts on the page and at a local webhook, once each, though the service is killed in between."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from frontend import build_page
from tests.journeys.service import running
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

RECIPES = "tests/worker/failing_recipes.py"


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[str]]]:
    """Run a webhook on this machine and collect its posts."""
    texts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep standard error clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/services/secret-path", texts
        server.shutdown()


def test_an_event_is_posted_once_though_the_service_is_killed(
    page: Page, webhook: tuple[str, list[str]], tmp_path: Path
) -> None:
    if not build_page.is_current():
        build_page.build()
    address, texts = webhook
    folder = tmp_path / "data"
    recipes = str(build_page.FRONTEND.parent / RECIPES)
    with running(folder, recipes=recipes, webhook=address, tensorflow=False) as first:
        first.await_workers(1)
        failing = first.submit(name="fails & tells", recipe="raises", arms=[{"name": "only"}], seeds=3)
        first.wait(failing)
        until(lambda: len(texts) == 1, 20, "the post of the failure")
        os.kill(first.pid, signal.SIGKILL)
    with running(folder, recipes=recipes, webhook=address, tensorflow=False) as second:
        second.await_workers(1)
        odd = second.submit(name="not a number", recipe="not-finite", arms=[{"name": "only"}], seeds=2)
        second.wait(odd)
        until(lambda: len(texts) == 2, 20, "the post of the divergence")
        page.goto(f"{second.url}/alerts")
        rows = page.locator("tr[data-alert]")
        expect(rows).to_have_count(2)
        expect(rows.first).to_contain_text("is not finite")
        expect(rows.last).to_contain_text("failed: ")
        expect(page.get_by_text("Sent", exact=True)).to_have_count(2)
        rows.last.get_by_role("link", name="fails & tells").click()
        expect(page).to_have_url(f"{second.url}/studies/{failing}")
    assert [text.split(" ")[0] for text in texts] == [":x:", ":warning:"]
    assert "fails &amp; tells: Run " in texts[0]
    logs = "".join(path.read_text(errors="replace") for path in (folder / "logs").glob("*.log"))
    assert "secret-path" not in logs
