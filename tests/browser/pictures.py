"""Takes the README's pictures from a real study, so that they stay true: `python -m tests.browser.pictures`.

Starts a service of its own with two workers, trains 20 seeds of two arms, and writes to `frontend/pictures`.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import expect

from frontend import build_page
from tests.browser import chromium as browsers
from tests.journeys.service import Service, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = build_page.FRONTEND / "pictures"
SETTLED_MS = 1500
UNFINISHED = re.compile(r"^(Loading|Comparing|Looking)\b.*…")


def train(service: Service) -> int:
    """The study of the pictures, finished."""
    service.await_workers(2)
    study = service.submit(
        name="Does width help on digits?",
        recipe="digits-mlp",
        arms=[{"name": "base"}, {"name": "wide", "parameters": {"hidden": 64}}],
        seeds=20,
        smallest_difference=0.005,
        tags=["paper"],
    )
    service.wait(study, 600)
    return study


def take(browser: Browser, url: str, name: str, theme: Literal["light", "dark"], height: int) -> None:
    """One picture, 1440 wide."""
    with browser.new_context(
        viewport={"width": 1440, "height": height}, color_scheme=theme, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_timeout(SETTLED_MS)
        expect(page.get_by_text(UNFINISHED)).to_have_count(0, timeout=60_000)
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    """Builds the page where it is stale, trains, and takes every picture."""
    if not build_page.is_current():
        build_page.build()
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), workers=2) as service,
        browsers.launched() as browser,
    ):
        study = train(service)
        run = service.get(f"/studies/{study}/runs?sort=seed")["items"][0]["id"]
        take(browser, f"{service.url}/studies/{study}", "study-light", "light", 1000)
        take(browser, f"{service.url}/studies/{study}", "study-dark", "dark", 1000)
        take(browser, f"{service.url}/runs/{run}", "run-light", "light", 900)
        take(browser, f"{service.url}/compare?arms={study}.0,{study}.1", "compare-dark", "dark", 900)


if __name__ == "__main__":
    main()
