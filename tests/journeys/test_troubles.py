"""What a page makes of odd names, odd numbers, and a service that fails: each has a shape that helps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from frontend import build_page
from seedspread.storage.database import Database
from tests.journeys.oddities import MARKUP, SERIES, fill
from tests.journeys.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, dict[str, int]]]:
    """A service without workers, and its studies' ids by name."""
    if not build_page.is_current():
        build_page.build()
    folder = tmp_path_factory.mktemp("odd")
    database = Database(f"sqlite:///{folder / 'seedspread.db'}")
    database.upgrade()
    studies = fill(database)
    database.dispose()
    with running(folder, workers=0) as service:
        yield service, studies


@pytest.fixture
def loose(chromium: Browser) -> Iterator[Page]:
    """A page that may log errors: a browser logs every answer that is none."""
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        yield context.new_page()


@pytest.mark.parametrize("name", SERIES)
def test_figures_of_odd_numbers_are_drawn(page: Page, odd: tuple[Service, dict[str, int]], name: str) -> None:
    service, studies = odd
    page.goto(f"{service.url}/studies/{studies[name]}")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(page.locator("[data-drawn=true]").nth(2)).to_be_attached(timeout=15_000)
    expect(page.get_by_role("table", name="Runs").get_by_role("row")).to_have_count(7)
    run = service.get(f"/studies/{studies[name]}/runs?sort=seed")["items"][0]["id"]
    page.goto(f"{service.url}/runs/{run}")
    expect(page.get_by_role("heading", name="base, seed 0", level=1)).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_odd_names_are_text_and_stay_within_the_window(
    page: Page, odd: tuple[Service, dict[str, int]], width: int
) -> None:
    service, studies = odd
    study = studies[MARKUP]
    run = service.get(f"/studies/{study}/runs?sort=seed")["items"][0]["id"]
    page.set_viewport_size({"width": width, "height": 900})
    drawn = page.locator("[data-drawn=true]")
    pages = {
        "/": (page.get_by_role("link", name=MARKUP).first, page.locator(".spark").first),
        f"/studies/{study}": (page.get_by_role("heading", name=MARKUP, level=1), drawn.nth(2)),
        f"/runs/{run}": (page.get_by_text(MARKUP).first, drawn.first),
        f"/compare?arms={study}.0,{study}.1": (page.get_by_text(MARKUP).first, drawn.first),
        f"/studies/{study}/report": (page.get_by_role("heading", name=MARKUP), page.locator("iframe")),
    }
    for path, (named, last) in pages.items():
        page.goto(f"{service.url}{path}")
        expect(named).to_be_attached(timeout=15_000)
        expect(last).to_be_attached(timeout=15_000)
        assert page.evaluate(WIDTH) <= width, path
        assert "hacked" not in page.evaluate("document.title.replace(/onerror=.*/, '')"), path


@pytest.mark.parametrize("status", [500, 503])
def test_an_answer_that_failed_says_what_to_do_and_is_asked_for_again(
    loose: Page, odd: tuple[Service, dict[str, int]], status: int
) -> None:
    service, studies = odd
    loose.route("**/figures/**", lambda route: route.fulfill(status=status, body="oh"))
    loose.goto(f"{service.url}/studies/{studies['constant values']}")
    expect(loose.get_by_role("table", name="Runs").get_by_role("row")).to_have_count(7)  # the rest stands
    again = loose.locator(".figure-card").first.get_by_role("button", name="Try again")
    expect(again).to_be_visible(timeout=20_000)
    told = {500: "the service's log says why", 503: "cannot reach its database or its queue"}[status]
    expect(loose.locator(".figure-card").first).to_contain_text(told)
    loose.unroute_all()
    again.click()
    expect(loose.locator("[data-drawn=true]").first).to_be_attached(timeout=15_000)


def test_half_an_answer_is_named_as_such(loose: Page, odd: tuple[Service, dict[str, int]]) -> None:
    service, _ = odd

    def halve(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text()[: len(answer.text()) // 2])

    loose.route(re.compile(r"/api/v1/studies(\?|$)"), halve)
    loose.goto(service.url)
    expect(loose.get_by_role("alert")).to_contain_text("broke off half-way", timeout=20_000)
    loose.unroute_all()
    loose.get_by_role("button", name="Try again").click()
    expect(loose.get_by_role("link", name="one point").first).to_be_visible()


def test_no_answer_at_all_leaves_what_is_there_and_is_made_up_for(
    loose: Page, odd: tuple[Service, dict[str, int]]
) -> None:
    service, _ = odd
    loose.goto(service.url)
    expect(loose.get_by_role("link", name="one point").first).to_be_visible()
    loose.route("**/api/**", lambda route: route.abort())
    away = loose.get_by_text("The service does not answer.").first
    expect(away).to_be_visible(timeout=30_000)
    expect(loose.get_by_role("link", name="one point").first).to_be_visible()
    loose.unroute_all()
    expect(away).to_have_count(0, timeout=20_000)


def test_addresses_that_make_no_sense_still_lead_to_a_page(loose: Page, odd: tuple[Service, dict[str, int]]) -> None:
    service, studies = odd
    study = studies["constant values"]
    loose.goto(f"{service.url}/studies/{study}?sort=bogus.up&sel=x,-1,99999&off=nothing&runs=%3C%3E%22&more=nonsense")
    expect(loose.get_by_role("table", name="Runs")).to_be_visible()
    loose.goto(f"{service.url}/studies/{study}?metric=nonsense")
    expect(loose.get_by_text("nonsense").first).to_be_visible(timeout=15_000)
    expect(loose.get_by_role("heading", name="constant values", level=1)).to_be_visible()
    for path in ("/compare?arms=1.9,99999.0", "/compare?runs=99999,x", "/compare?arms=", "/studies/99999/report"):
        loose.goto(f"{service.url}{path}")
        expect(loose.locator("main h1").first).to_be_visible(timeout=15_000)
        expect(loose.get_by_text("This page failed to render")).to_have_count(0)
