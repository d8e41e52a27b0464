"""The first road: a study submitted in the page, and its points."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.journeys.service import Service

POINTS = "[data-testid=figure-distribution] .scatterlayer .point"


def test_a_study_is_submitted_in_the_page_and_its_points_appear(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/studies/new")
    page.get_by_label("Question").fill("Does width help?")
    page.get_by_role("button", name="Add an arm").click()
    page.get_by_label("Name of arm 2").fill("wide")
    page.get_by_label("hidden of wide").fill("64")
    page.get_by_label("epochs of base").fill("3")
    page.get_by_label("epochs of wide").fill("3")
    page.get_by_role("textbox", name="Seeds").fill("4")
    expect(page.get_by_label("Specification as yaml")).to_have_value(re.compile("hidden: 64"))
    page.get_by_role("button", name="Train 8 runs").click()

    expect(page.get_by_role("heading", name="Does width help?")).to_be_visible()
    # A point a run, and one for the mean of each arm.
    expect(page.locator(POINTS)).to_have_count(10, timeout=45_000)
    expect(page.get_by_text("8 runs", exact=True)).to_be_visible()
    expect(page.get_by_role("table", name="Runs").get_by_text("finished")).to_have_count(8)


def test_curves_grow_without_a_reload(page: Page, service: Service) -> None:
    study = service.submit(
        name="live curves", recipe="digits-mlp", arms=[{"name": "base", "parameters": {"epochs": 300}}], seeds=6
    )
    page.goto(f"{service.url}/studies/{study}")
    heading = page.get_by_role("heading", name=re.compile("Validation accuracy over epochs, .* seeds?"))
    expect(heading).to_be_visible(timeout=30_000)
    seen = page.locator("[data-testid=figure-curves]").evaluate("root => JSON.stringify(root._fullLayout.xaxis.range)")
    expect(page.get_by_role("heading", name="Validation accuracy over epochs, 6 seeds")).to_be_visible(timeout=45_000)
    later = page.locator("[data-testid=figure-curves]").evaluate("root => JSON.stringify(root._fullLayout.xaxis.range)")
    assert (seen, page.url) != (later, "") and page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_what_is_wrong_is_marked_where_it_is(chromium: Browser, service: Service) -> None:
    # Not the watched page: a browser logs every 422, which is what a wrong value gets.
    page = chromium.new_page()
    page.goto(f"{service.url}/studies/new")
    page.get_by_label("Question").fill("too many units")
    page.get_by_label("hidden of base").fill("5000")
    fault = page.get_by_text("5000: expected a number of at most 4096", exact=True)
    expect(fault).to_be_visible(timeout=15_000)
    assert page.get_by_label("hidden of base").get_attribute("aria-invalid") == "true"
    page.get_by_label("hidden of base").fill("16")
    expect(fault).to_have_count(0, timeout=15_000)
    page.close()
