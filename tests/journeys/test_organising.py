"""Putting studies and runs in order: projects, tags, pins, archive, several at once, groups of runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.journeys.service import Service


def forest(trees: int) -> dict[str, object]:
    """Return an arm of a forest with so many trees."""
    return {"name": f"{trees} trees", "parameters": {"trees": trees}}


@pytest.fixture(scope="module")
def sweep(service: Service) -> int:
    """Return a finished sweep of three arms under four seeds."""
    study = service.submit(name="grouped", recipe="digits-forest", arms=[forest(n) for n in (1, 4, 16)], seeds=4)
    service.wait(study)
    return study


def pick(page: Page, name: str) -> Locator:
    """Return the box that selects a study."""
    return page.get_by_label(f"Select {name}", exact=True)


def test_several_studies_get_a_project_and_are_archived_and_deleted(page: Page, service: Service) -> None:
    for name in ("keep alpha", "keep beta", "drop gamma"):
        study = service.submit(name=name, recipe="digits-forest", arms=[forest(1)], seeds=1)
        service.wait(study)
    page.goto(f"{service.url}/?q=keep")
    pick(page, "keep alpha").check()
    pick(page, "keep beta").check()
    expect(page.get_by_text("2 studies selected")).to_be_visible()
    page.get_by_role("button", name="Project…").click()
    page.get_by_label("Project", exact=True).last.fill("Forests")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("2 studies selected")).to_have_count(0)
    page.goto(service.url)
    page.get_by_label("Project").select_option("Forests")
    expect(page.locator(".study-title")).to_have_count(2)
    page.reload()
    expect(page.locator(".study-title")).to_have_text(["keep beta", "keep alpha"])
    page.get_by_label("Select all shown studies").check()
    page.get_by_role("button", name="Tags…").click()
    page.get_by_label("Add tags").fill("draft")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="draft")).to_have_count(2)
    pick(page, "keep beta").check()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.locator(".study-title")).to_have_text(["keep alpha"])
    page.get_by_role("button", name="Archived").click()
    expect(page.locator(".study-title")).to_have_text(["keep beta"])
    pick(page, "keep beta").check()
    page.get_by_role("button", name="Restore").click()
    page.goto(f"{service.url}/?q=drop")
    pick(page, "drop gamma").check()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete 1 study").click()
    expect(page.get_by_text("No matching studies")).to_be_visible()
    assert service.get("/studies?query=drop")["total"] == 0
    assert service.get("/studies?query=keep")["total"] == 2


def test_runs_are_grouped_by_a_parameter_and_by_all_but_the_seed(page: Page, service: Service, sweep: int) -> None:
    page.goto(f"{service.url}/studies/{sweep}")
    page.get_by_label("Group by").select_option("trees")
    rows = page.locator("table.groups tbody tr")
    expect(rows).to_have_count(3)
    best = service.post(f"/studies/{sweep}/groups", {"by": ["trees"]})["groups"][2]
    expect(rows.first).to_contain_text("16 trees")
    expect(rows.first.locator("td").nth(2)).to_have_text("4")
    expect(rows.first.get_by_text(re.compile(r"^0\.\d+ ± 0\.\d+$"))).to_be_visible()
    assert best["n"] == 4
    page.get_by_label("Filter the runs").fill("seed<2")
    expect(rows.first.locator("td").nth(2)).to_have_text("2")
    page.get_by_label("Filter the runs").fill("")
    page.get_by_label("Group by").select_option("all but the seed")
    expect(rows).to_have_count(3)
    page.reload()
    expect(rows).to_have_count(3)
    rows.first.get_by_role("button", name="Show runs").click()
    expect(page.get_by_label("Filter the runs")).to_have_value("trees=16")
    expect(page.get_by_text("4 of 12 rows")).to_be_visible()


def test_a_run_is_tagged_in_the_table_and_noted_on_its_page(page: Page, service: Service, sweep: int) -> None:
    run = service.get(f"/studies/{sweep}/runs?sort=seed")["items"][0]["id"]
    page.goto(f"{service.url}/studies/{sweep}?sel={run}")
    page.get_by_role("button", name="Tags…").click()
    page.get_by_label("Add tags").fill("odd")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(f"[data-run='{run}'] .tag")).to_have_text("odd")
    page.get_by_label("Filter the runs").fill("tag:odd")
    expect(page.get_by_text("1 of 12 rows")).to_be_visible()
    page.goto(f"{service.url}/runs/{run}")
    page.get_by_role("button", name="More about this run").click()
    page.get_by_role("menuitem", name="Tags and notes…").click()
    page.get_by_role("textbox", name="Notes").fill("restarted by hand")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("paragraph").get_by_text("restarted by hand")).to_be_visible()
    assert service.get(f"/runs/{run}")["notes"] == "restarted by hand"
