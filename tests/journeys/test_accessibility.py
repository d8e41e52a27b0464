"""No finding of axe-core in either theme and at two widths, targets that fingers hit, no page wider than its window."""

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
LEAST_PX = 24
"""WCAG 2.2, 2.5.8: targets of fingers, links within sentences aside."""

# Everything one can press, with its box; a label's box counts for what it labels.
SMALL_TARGETS = """(least) => {
    const roles = '[role=button], [role=option], [role=tab], [role=menuitem]';
    const kinds = `a[href], button, input, select, textarea, summary, ${roles}`;
    const seen = { visibilityProperty: true, opacityProperty: true };
    const large = ({ width, height }) => width >= least - 0.5 && height >= least - 0.5;
    const told = [];
    for (const element of document.querySelectorAll(kinds)) {
        if (!element.checkVisibility(seen) || element.closest('.visually-hidden, .skip, [aria-hidden=true]')) continue;
        const boxes = [element, ...(element.labels ?? [])].map((one) => one.getBoundingClientRect());
        if (boxes.every(({ width }) => width === 0)) continue;
        const alone = element.parentElement.textContent.trim() === element.textContent.trim();
        const inSentence = element.tagName === 'A' && getComputedStyle(element).display === 'inline' && !alone;
        if (inSentence || boxes.some(large)) continue;
        const { width, height } = boxes[0];
        told.push(`${Math.round(width)}x${Math.round(height)} ${element.outerHTML.slice(0, 110)}`);
    }
    return told;
}"""


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
        ("/floors", "Noise floors"),
        ("/alerts", "Alerts"),
        ("/access", "Access"),
        ("/no/such/page", "No such page"),
    ]


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    if not AXE.is_file():
        build_page.install_packages(build_page.require_node(), browsers.FOLDER)
    return AXE.read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_finding_on_any_page(
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
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 900})
                found += [f"{path} at {width} px: {finding}" for finding in findings(page, axe)]
    assert found == []


def findings(page: Page, axe: str) -> list[str]:
    """Return the findings of axe-core, of every severity, each with its first element."""
    page.evaluate(axe)
    result: Any = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']} ({violation['impact']}): {violation['nodes'][0]['html'][:200]}"
        for violation in result["violations"]
    ]


def test_fingers_hit_every_target(chromium: Browser, service: Service, forests: int) -> None:
    run = service.get(f"/studies/{forests}/runs?sort=seed")["items"][0]["id"]
    small: list[str] = []
    with chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        for path, heading in paths(forests, run):
            page.goto(f"{service.url}{path}")
            expect(page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible(timeout=15_000)
            expect(page.locator(".loading")).to_have_count(0, timeout=15_000)
            small += [f"{path}: {target}" for target in page.evaluate(SMALL_TARGETS, LEAST_PX)]
            # Hints of keys mean nothing where there are none.
            assert page.locator("kbd:visible").count() == 0, path
    assert small == []


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
