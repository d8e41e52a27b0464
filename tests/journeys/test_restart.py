"""A service that is stopped and started again while its page is open."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from frontend import build_page
from tests.journeys.service import Service, running
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

ENDED = "document.querySelector('.answer-strip [role=progressbar]')?.getAttribute('aria-valuenow') ?? 0"

RECIPES = str(build_page.FRONTEND.parent / "tests" / "worker" / "failing_recipes.py")


@pytest.fixture
def stoppable(tmp_path: Path) -> Iterator[tuple[Service, contextlib.ExitStack]]:
    """A service of its own that has trained a run, and what stops it."""
    if not build_page.is_current():
        build_page.build()
    with contextlib.ExitStack() as stop:
        service = stop.enter_context(running(tmp_path, recipes=RECIPES, tensorflow=False))
        first = service.submit(name="warm", recipe="slow", arms=[{"name": "few", "parameters": {"epochs": 1}}], seeds=1)
        service.wait(first, 60)
        yield service, stop


def test_the_page_says_it_is_offline_and_goes_on_without_a_reload(
    chromium: Browser, stoppable: tuple[Service, contextlib.ExitStack], tmp_path: Path
) -> None:
    service, stop = stoppable
    page = chromium.new_page()  # not the watched one: a browser logs every answer it does not get
    away = page.get_by_text("The service does not answer.")
    # Runs that sleep most of a second: they leave the processor to the page and to the restart.
    study = service.submit(
        name="interrupted", recipe="slow", arms=[{"name": "slow", "parameters": {"epochs": 40}}], seeds=200
    )
    page.goto(f"{service.url}/studies/{study}")
    until(lambda: bool(page.evaluate(f"Number({ENDED}) >= 1")), 30, "a run that ended")
    expect(page.get_by_text("live", exact=True)).to_be_visible()

    stop.close()
    expect(away).to_be_visible(timeout=15_000)
    expect(page.get_by_text("offline, reconnecting…")).to_be_visible()
    ended = int(page.evaluate(ENDED))
    page.get_by_label("Filter the runs").fill("is:finished")  # what is there stays and can be used
    expect(page.get_by_role("table", name="Runs").get_by_text("finished").first).to_be_visible()
    # Another page is there although nothing can be fetched, and what it asks for comes once somebody answers.
    page.get_by_role("link", name="Workers").click()
    expect(away).to_be_visible()

    with running(tmp_path, recipes=RECIPES, port=urlsplit(service.url).port or 0, tensorflow=False):
        expect(away).to_have_count(0, timeout=20_000)
        expect(page.get_by_role("heading", name="Workers", level=1)).to_be_visible()
        page.go_back()
        until(lambda: bool(page.evaluate(f"Number({ENDED}) > {ended}")), 30, "a run that ended")
        expect(page.get_by_text("live", exact=True)).to_be_visible()
        assert page.evaluate("performance.getEntriesByType('navigation').length") == 1
    page.close()
