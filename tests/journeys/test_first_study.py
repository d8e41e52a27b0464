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
    page.goto(f"{service.url}/studies/new?recipe=digits-forest")
    page.get_by_label("Question").fill("Do trees help?")
    page.get_by_role("button", name="Add arm").click()
    page.get_by_label("Name of arm 2").fill("many")
    page.get_by_label("trees of base").fill("5")
    page.get_by_label("trees of many").fill("20")
    page.get_by_role("textbox", name="Seeds").fill("4")
    expect(page.get_by_label("Specification as yaml")).to_have_value(re.compile("trees: 20"))
    page.get_by_role("button", name="Train 8 runs").click()

    expect(page.get_by_role("heading", name="Do trees help?")).to_be_visible()
    # A point a run, and one for the mean of each arm.
    expect(page.locator(POINTS)).to_have_count(10, timeout=45_000)
    expect(page.get_by_text("8 runs", exact=True)).to_be_visible()
    expect(page.get_by_role("table", name="Runs").get_by_text("finished")).to_have_count(8)


def test_curves_grow_without_a_reload(page: Page, service: Service) -> None:
    trees = {"trees": 100, "reports": 20}
    study = service.submit(
        name="growing", recipe="digits-forest", arms=[{"name": "slow", "parameters": trees}], seeds=6
    )
    page.goto(f"{service.url}/studies/{study}")
    some = page.get_by_role("heading", name=re.compile(r"Validation accuracy over \w+, [1-5] seeds?"))
    expect(some).to_be_visible(timeout=40_000)
    expect(page.get_by_role("heading", name=re.compile(r"over \w+, 6 seeds"))).to_be_visible(timeout=40_000)
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_what_is_wrong_is_marked_where_it_is(chromium: Browser, service: Service) -> None:
    # Not the watched page: a browser logs every 422, which is what a wrong value gets.
    page = chromium.new_page()
    page.goto(f"{service.url}/studies/new?recipe=digits-forest")
    page.get_by_label("Question").fill("no trees at all")
    trees = page.get_by_label("trees of base")
    trees.fill("0")
    fault = page.get_by_text("0: expected a number of at least 1", exact=True)
    expect(fault).to_be_visible(timeout=15_000)
    expect(trees).to_have_attribute("aria-invalid", "true")
    trees.fill("16")
    expect(fault).to_have_count(0, timeout=15_000)
    page.close()


def test_the_first_study_by_keyboard_alone(page: Page, service: Service) -> None:
    page.goto(service.url)
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Command")).to_be_focused()
    page.keyboard.type("new study")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/studies/new"))
    expect(page.get_by_label("Question")).to_be_visible()
    tab_to(page, "Question")
    page.keyboard.type("by keyboard")
    tab_to(page, "Recipe")
    page.keyboard.type("digits-forest")
    tab_to(page, "trees of base")
    page.keyboard.type("5")
    tab_to(page, "Seeds")
    page.keyboard.press("Control+a")
    page.keyboard.type("3")
    expect(page.get_by_role("button", name="Train 3 runs")).to_be_enabled(timeout=15_000)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="by keyboard")).to_be_visible()
    expect(page.locator(POINTS)).to_have_count(4, timeout=45_000)


def tab_to(page: Page, label: str) -> None:
    """Presses Tab until the field of that name has the focus."""
    focused = """() => {
        const element = document.activeElement;
        return element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? "";
    }"""
    for _ in range(60):
        if page.evaluate(focused) == label:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {label}")
