"""Noise floors on the page: an arm is saved, a candidate judged, the floor deleted; by mouse, keys, and on a phone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.journeys.test_accessibility import axe as axe
from tests.journeys.test_accessibility import findings
from tests.waiting import until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.service import Service

PICTURES = os.environ.get("SEEDSPREAD_PICTURES")
"""Folder for pictures of what was seen; none by default."""


def seen(page: Page, name: str, axe: str) -> None:
    """Hold what is shown free of findings, in both themes and as wide as a phone."""
    size = page.viewport_size
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert findings(page, axe) == []
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 390, "height": 844})
    # Charts follow the window a moment later.
    until(lambda: page.evaluate("document.documentElement.scrollWidth") <= 390, what="a page as wide as the phone")
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}-phone.png", full_page=True)
    if size is not None:
        page.set_viewport_size(size)


def test_a_floor_is_kept_judged_against_and_deleted(page: Page, service: Service, axe: str) -> None:
    forest = {"name": "few trees", "parameters": {"trees": 5}}
    base = service.submit(name="floor", recipe="digits-forest", arms=[forest], seeds=20)
    more = {"name": "more trees", "parameters": {"trees": 40}}
    new = service.submit(name="candidate", recipe="digits-forest", arms=[more], seeds=3)
    service.wait(base)
    service.wait(new)

    page.goto(f"{service.url}/studies/{base}")
    page.get_by_role("button", name="Save as noise floor… few trees").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("few-trees")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="few-trees", level=1)).to_be_visible()
    expect(page.get_by_text("None judged yet")).to_be_visible()
    expect(page.locator("[data-drawn=true]")).to_be_visible()

    page.get_by_role("button", name="Judge a candidate…").click()
    page.keyboard.type(str(new))
    expect(page.get_by_label("Name of the candidate")).to_have_value("more trees")
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("dialog").get_by_text(
            "more trees is better than the noise floor few-trees: more trees − few-trees is +"
        )
    ).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("cell", name="Better", exact=True)).to_be_visible()
    seen(page, "floor", axe)

    page.keyboard.press("g")
    page.keyboard.press("f")
    expect(page.get_by_role("heading", name="Noise floors", level=1)).to_be_visible()
    expect(page.get_by_role("row", name="few-trees")).to_contain_text("1 of 71")
    seen(page, "floors", axe)

    page.get_by_role("link", name="few-trees").click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="No noise floors yet")).to_be_visible()
    for study in (base, new):
        service.delete(f"/studies/{study}")
