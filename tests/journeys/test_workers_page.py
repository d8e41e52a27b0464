"""Workers, queues and recipes: who trains what, what waits and why, and the way to a new study."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.service import Service

LONG = [{"name": "long", "parameters": {"epochs": 5000}}]


def test_who_trains_what_waits_and_why(page: Page, misbehaving: Service) -> None:
    study = misbehaving.submit(name="takes its time", recipe="slow", arms=LONG, seeds=3)
    stuck = misbehaving.submit(name="waits for a GPU", recipe="digits-mlp", arms=[{"name": "a"}], seeds=2, device="gpu")
    page.goto(f"{misbehaving.url}/workers")
    standing = page.get_by_label("Status")
    expect(standing.get_by_text(re.compile("^1 of 1 worker busy; 2 runs wait on cpu"))).to_be_visible(timeout=30_000)
    expect(standing.get_by_text("seedspread worker --queue gpu")).to_be_visible()
    cpu = page.get_by_role("row", name=re.compile("^cpu"))
    expect(cpu.get_by_text("1 running, 2 queued")).to_be_visible()
    expect(cpu.get_by_text("its worker is training")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^gpu")).get_by_role("link", name="waits for a GPU")).to_be_visible()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Studies").click()
    page.locator("tr[data-study]").filter(has_text="waits for a GPU").get_by_role("link", name="blocked").click()
    expect(page.get_by_text(re.compile(r"epoch [1-9]\d* of 5,000"))).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="long, seed 0").click()
    expect(page.get_by_role("heading", name="long, seed 0")).to_be_visible()

    for cancelled in (study, stuck):
        misbehaving.post(f"/studies/{cancelled}/cancel", {})
    page.goto(f"{misbehaving.url}/workers")
    expect(standing.get_by_text("0 of 1 worker busy; nothing waits.")).to_be_visible(timeout=30_000)
    for gone in (study, stuck):
        misbehaving.delete(f"/studies/{gone}")


def test_a_recipe_is_found_by_its_parameter_and_leads_to_a_study(page: Page, misbehaving: Service) -> None:
    page.goto(f"{misbehaving.url}/recipes")
    page.get_by_label("Search the recipes").fill("trees")
    expect(page.get_by_role("heading", level=2)).to_have_text(["digits-forest"])
    expect(page.get_by_role("row", name=re.compile("^trees"))).to_be_visible()
    page.get_by_label("Search the recipes").fill("no such thing")
    page.get_by_role("button", name="Show all recipes").click()
    page.get_by_role("link", name="New study of not-finite").click()
    expect(page.get_by_label("Recipe", exact=True)).to_have_value("not-finite")
