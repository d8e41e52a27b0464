"""The HTML file of a study, opened from disk: filter, hover, another metric, and no request at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.journeys.service import Service

DRAWN = """
(name) => document.querySelector(`[data-testid=figure-${name}]`).data
  .filter((trace) => trace.meta.role !== "mean")
  .reduce((sum, trace) => sum + new Set(trace.customdata.map((row) => row[0])).size, 0)
"""


def test_a_study_is_explored_without_a_service(
    chromium: Browser, service: Service, forests: int, tmp_path: Path
) -> None:
    answer = httpx2.get(f"{service.url}/api/v1/studies/{forests}/explorer", timeout=60)
    assert answer.headers["content-disposition"] == f'attachment; filename="study-{forests}-explorer.html"'
    file = tmp_path / "study.html"
    file.write_bytes(answer.content)
    with chromium.new_context(offline=True) as context:
        page = context.new_page()
        problems: list[str] = []
        question: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: question.append(request.url))
        page.goto(file.as_uri())
        expect(page.get_by_role("heading", name="Do more trees help?")).to_be_visible()
        expect(page.locator(".shared-answer .verdict")).to_contain_text("many")
        expect(page.locator("tr[data-run]")).to_have_count(12)
        expect(page.locator(".plot[data-drawn=true]")).to_have_count(2)
        assert page.evaluate(DRAWN.strip(), "shared-strip") == 12
        page.get_by_label("Filter the runs").fill("arm:many seed<3")
        expect(page.get_by_text("3 of 12 runs")).to_be_visible()
        expect(page.locator("tr[data-run]")).to_have_count(3)
        page.wait_for_function(f"({DRAWN.strip()})('shared-strip') === 3")
        page.get_by_label("Metric").select_option("val_loss")
        expect(page.get_by_role("heading", name="val_loss over")).to_be_visible()
        page.locator("tr[data-run]").first.hover()
        expect(page.locator(".lit-point, .lit-halo").first).to_be_attached()
        assert problems == []
        assert [url for url in question if not url.startswith(("file:", "data:", "blob:"))] == []
