"""No serious finding of axe-core on any page, in either theme; and no page wider than its window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.sync_api import expect

from frontend import build_page
from tests.browser import chromium as browsers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.journeys.service import Service

AXE = browsers.FOLDER / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}


def paths(study: int, run: int) -> list[tuple[str, str]]:
    """Every page, with the heading that says it is there."""
    return [
        ("/", "Studies"),
        (f"/studies/{study}?more=power&sel={run}", "Do more trees help?"),
        ("/studies/new", "New study"),
        ("/studies/new?recipe=digits-forest&preset=factorial&p.trees=5&p.leaves=2", "New study"),
        (f"/runs/{run}", "few, seed 0"),
        (f"/runs/{run}?against={run + 1}", "few, seed 0"),
        (f"/compare?arms={study}.0,{study}.1", "Compare"),
        (f"/compare?arms={study}.0,{study}.1&figures=beside&diff=split", "Compare"),
        (f"/compare?runs={run},{run + 1},{run + 2}", "Compare"),
        (f"/compare?arms={study}.7", "Compare"),
        (f"/studies/{study}/report", "Report: Do more trees help?"),
        ("/recipes", "Recipes"),
        ("/data", "Data"),
        ("/workers", "Workers"),
        ("/no/such/page", "No such page"),
    ]


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    if not AXE.is_file():
        build_page.install_packages(build_page.require_node(), browsers.FOLDER)
    return AXE.read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_finding_on_any_page(
    chromium: Browser, service: Service, forests: int, axe: str, theme: Literal["light", "dark"]
) -> None:
    run = service.get(f"/studies/{forests}/runs?sort=seed")["items"][0]["id"]
    found: list[str] = []
    with chromium.new_context(color_scheme=theme, reduced_motion="reduce") as context:
        page = context.new_page()
        for path, heading in paths(forests, run):
            page.goto(f"{service.url}{path}")
            expect(page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible(timeout=15_000)
            expect(page.locator(".loading")).to_have_count(0, timeout=15_000)
            found += [f"{path}: {finding}" for finding in findings(page, axe)]
    assert found == []


def findings(page: Page, axe: str) -> list[str]:
    """What axe-core finds serious, with the first element it means."""
    page.evaluate(axe)
    result: Any = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in result["violations"]
        if violation["impact"] in SERIOUS
    ]


def test_no_page_is_wider_than_its_window(chromium: Browser, service: Service, forests: int) -> None:
    run = service.get(f"/studies/{forests}/runs?sort=seed")["items"][0]["id"]
    with chromium.new_context() as context:
        page = context.new_page()
        for path, heading in paths(forests, run):
            page.set_viewport_size({"width": 390, "height": 900})
            page.goto(f"{service.url}{path}")
            expect(page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible(timeout=15_000)
            expect(page.locator(".loading")).to_have_count(0, timeout=15_000)
            for width in (390, 2560):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
