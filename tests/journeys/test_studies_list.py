"""The list of studies: what is decided in each, what needs attention, searched, sorted, and on a telephone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

    from tests.journeys.service import Service

TREES = [{"name": "one", "parameters": {"trees": 1}}, {"name": "many", "parameters": {"trees": 40}}]


@pytest.fixture(scope="module")
def listed(misbehaving: Service) -> Service:
    """A study that is decided, one whose runs fail, one whose values are not finite, and a name of odd letters."""
    studies = [
        misbehaving.submit(name="trees decided", recipe="digits-forest", arms=TREES, seeds=12, tags=["paper"]),
        misbehaving.submit(name="fails each time", recipe="raises", arms=[{"name": "only"}], seeds=3),
        misbehaving.submit(name="not a number", recipe="not-finite", arms=[{"name": "only"}], seeds=2),
        misbehaving.submit(
            name="🌱<b>“odd”</b> " + "unbreakable" * 15, recipe="not-finite", arms=[{"name": "x" * 100}], seeds=1
        ),
    ]
    for study in studies:
        misbehaving.wait(study, 100)
    return misbehaving


def row(page: Page, name: str) -> Locator:
    """The row of the study of this name."""
    return page.locator("tr[data-study]").filter(has=page.get_by_role("link", name=name, exact=True))


def names(page: Page) -> list[str]:
    """The studies' names from top to bottom."""
    return [name.split()[0] for name in page.locator(".study-title").all_inner_texts()]


def test_each_study_says_what_is_decided_and_what_needs_attention(page: Page, listed: Service) -> None:
    page.goto(listed.url)
    decided = row(page, "trees decided")
    expect(decided.get_by_text(re.compile(r"many better by [\d.]+ points$"))).to_be_visible()
    expect(decided.get_by_title(re.compile("^many beats one by"))).to_be_visible()
    failing = row(page, "fails each time")
    expect(failing.get_by_text("all 3 runs failed")).to_be_visible()
    expect(failing.get_by_title("3 failed runs")).to_be_visible()
    expect(failing.get_by_role("link", name=re.compile("^1 finding"))).to_be_visible()
    expect(row(page, "not a number").get_by_title("2 runs with non-finite values")).to_be_visible()


def test_a_finding_leads_to_where_it_stands(page: Page, listed: Service) -> None:
    page.goto(listed.url)
    row(page, "fails each time").get_by_role("link", name=re.compile("^1 finding")).click()
    expect(page.locator("#findings").get_by_text("3 of 3 runs failed")).to_be_in_viewport()


def test_a_verdict_that_arrives_moves_nothing(page: Page, listed: Service) -> None:
    held: list[Route] = []
    page.route("**/studies/summaries*", lambda route: held.append(route))
    page.goto(listed.url)
    expect(page.locator(".study-title")).to_have_count(4)
    before = [link.bounding_box() for link in page.locator("tr[data-study]").all()]
    for route in held:
        route.continue_()
    page.unroute("**/studies/summaries*")
    expect(row(page, "trees decided").get_by_text("many better by")).to_be_visible()
    assert [link.bounding_box() for link in page.locator("tr[data-study]").all()] == before


def test_search_and_sort_live_in_the_address(page: Page, listed: Service) -> None:
    page.goto(listed.url)
    page.get_by_role("button", name="Study", exact=True).click()
    expect(page.get_by_role("columnheader", name="Study")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator(".study-title").first).to_have_text("fails each time")
    assert names(page)[:3] == ["fails", "not", "trees"]
    page.get_by_label("Search the studies").fill("tag:paper")
    expect(page.locator("tr[data-study]")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Search the studies")).to_have_value("tag:paper")
    expect(row(page, "trees decided")).to_be_visible()
    page.get_by_label("Search the studies").fill("nothing of the kind")
    page.get_by_role("button", name="Show all studies").click()
    expect(page.locator("tr[data-study]")).to_have_count(4)
    page.get_by_role("link", name="raises", exact=True).click()
    expect(page.locator(".study-title")).to_have_text(["fails each time"])


def test_on_a_telephone_each_study_is_a_card(chromium: Browser, listed: Service) -> None:
    with chromium.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(listed.url)
        decided = row(page, "trees decided")
        expect(decided.get_by_text("many better by")).to_be_visible()
        expect(page.get_by_role("button", name="Submitted")).to_be_visible()
        for shown in (decided, row(page, "fails each time").get_by_title("3 failed runs")):
            box = shown.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
