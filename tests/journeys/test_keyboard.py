"""The page by its keys, its saved views, and the browser's own Back and Forward."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.service import Service

FOCUS = """() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    return element !== document.body && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
}"""


def rows(page: Page, told: str) -> None:
    """Waits until the runs table holds so many rows; only those in sight are drawn."""
    expect(page.locator(".runs-card").get_by_text(told, exact=True)).to_be_visible(timeout=15_000)


def test_keys_lead_everywhere_and_focus_is_seen(page: Page, service: Service, forests: int) -> None:
    page.goto(f"{service.url}/studies/{forests}")
    rows(page, "12 rows")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys.get_by_text("Filter the runs")).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)

    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Studies", exact=True)).to_be_visible()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")

    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Command")).to_be_focused()
    page.keyboard.type("more trees")
    expect(page.get_by_role("option", name="Open Do more trees help?")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Do more trees help?")).to_be_visible()


def test_runs_are_filtered_selected_and_compared_by_keys(page: Page, service: Service, forests: int) -> None:
    page.goto(f"{service.url}/studies/{forests}")
    rows(page, "12 rows")
    page.keyboard.press("/")
    expect(page.get_by_label("Filter the runs")).to_be_focused()
    page.keyboard.type("arm:few jx")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Filter the runs")).not_to_be_focused()
    expect(page.get_by_label("Filter the runs")).to_have_value(re.compile("arm:few ?"))
    rows(page, "6 of 12 rows")

    for key in "jxjjkx":
        page.keyboard.press(key)
    expect(page.get_by_label("Select few, seed 0")).to_be_checked()
    expect(page.get_by_label("Select few, seed 1")).to_be_checked()
    expect(page.get_by_text("2 runs selected")).to_be_visible()
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"/compare\?runs=\d+,\d+"))
    page.go_back()
    expect(page.get_by_text("2 runs selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("2 runs selected")).to_have_count(0)
    assert "sel=" not in page.url


def test_a_view_is_saved_found_again_and_forgotten(page: Page, service: Service, forests: int) -> None:
    page.goto(f"{service.url}/studies/{forests}")
    rows(page, "12 rows")
    page.get_by_label("Filter the runs").fill("arm:many")
    page.get_by_role("button", name="Duration").click()
    runs = page.locator(".runs-card")
    runs.get_by_role("button", name="Saved views").click()
    page.get_by_role("menuitem", name="Save this view…").click()
    page.get_by_label("Name").fill("many by duration")
    page.keyboard.press("Enter")

    page.goto(f"{service.url}/studies/{forests}")
    rows(page, "12 rows")
    runs.get_by_role("button", name="Saved views").click()
    page.get_by_role("menuitem", name="many by duration").click()
    expect(page.get_by_label("Filter the runs")).to_have_value("arm:many")
    expect(page.get_by_role("columnheader", name="Duration")).to_have_attribute("aria-sort", "ascending")
    rows(page, "6 of 12 rows")
    runs.get_by_role("button", name="Saved views").click()
    page.get_by_role("menuitem", name="Delete “many by duration”").click()
    runs.get_by_role("button", name="Saved views").click()
    expect(page.get_by_role("menuitem", name="many by duration")).to_have_count(0)


def test_back_and_forward_keep_what_was_chosen(page: Page, service: Service, forests: int) -> None:
    page.goto(service.url)
    page.get_by_role("link", name="Do more trees help?").first.click()
    rows(page, "12 rows")
    page.get_by_label("Filter the runs").fill("arm:few")
    rows(page, "6 of 12 rows")
    page.get_by_role("link", name="Report").click()
    expect(page.get_by_role("heading", name="Report: Do more trees help?")).to_be_visible()
    page.go_back()
    rows(page, "6 of 12 rows")
    expect(page.get_by_label("Filter the runs")).to_have_value("arm:few")
    page.go_back()
    expect(page.get_by_role("heading", name="Studies", exact=True)).to_be_visible()
    page.go_forward()
    rows(page, "6 of 12 rows")
    page.go_forward()
    expect(page.get_by_role("heading", name="Report: Do more trees help?")).to_be_visible()
