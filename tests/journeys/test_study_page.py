"""What a person does with a finished study: compares, excludes, replays, shares, deletes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.journeys.service import Service


def test_two_arms_are_compared_and_their_code_is_shown(page: Page, service: Service, forests: int) -> None:
    other = service.submit(
        name="a network",
        recipe="digits-mlp",
        arms=[{"name": "mlp", "parameters": {"epochs": 1}}],
        seeds=1,
        engine="graph",
    )
    service.wait(other, 55)
    page.goto(f"{service.url}/studies/{forests}")
    page.get_by_role("link", name="Compare in detail").first.click()
    expect(page.get_by_text("Mean ± 95% CI")).to_be_visible()
    expect(page.get_by_text("The recipe's code is identical.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^trees 5 40"))).to_be_visible()

    page.goto(f"{service.url}/compare?arms={forests}.0,{other}.0")
    expect(page.locator(".diff-added").first).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="split").click()
    expect(page.locator("table.diff.split").first).to_be_visible()
    assert "diff=split" in page.url


def test_a_seed_is_excluded_with_a_reason_that_the_report_repeats(page: Page, service: Service) -> None:
    study = service.submit(
        name="one seed too many", recipe="digits-forest", arms=[{"name": "few", "parameters": {"trees": 3}}], seeds=4
    )
    service.wait(study, 50)
    page.goto(f"{service.url}/studies/{study}")
    page.get_by_label("Select few, seed 2").check()
    page.get_by_role("region", name="Runs").get_by_role("button", name="Exclude…").click()
    page.get_by_label("Reason").fill("the machine ran out of memory")
    page.get_by_role("button", name="Exclude", exact=True).click()
    expect(page.get_by_text("excluded: the machine ran out of memory")).to_be_visible()

    page.get_by_role("link", name="Report").click()
    report = page.frame_locator("iframe")
    expect(report.get_by_text("the machine ran out of memory").first).to_be_visible()


def test_a_run_is_replayed_and_its_verdict_read(page: Page, service: Service, forests: int) -> None:
    run = service.get(f"/studies/{forests}/runs?sort=seed")["items"][0]["id"]
    page.goto(f"{service.url}/runs/{run}")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("≡ identical")).to_be_visible(timeout=50_000)
    expect(page.get_by_text("All fingerprints are equal.")).to_be_visible()


def test_a_link_leads_to_the_same_view(page: Page, service: Service, forests: int) -> None:
    page.goto(f"{service.url}/studies/{forests}")
    page.get_by_label("Metric").select_option("val_loss")
    page.get_by_label("Chart type").first.select_option("violin")
    page.get_by_label("Filter the runs").fill("arm:many")
    page.get_by_role("button", name="Seed", exact=True).click()
    page.get_by_label("Select many, seed 3").check()
    page.get_by_role("button", name="Difference over seeds", exact=True).click()
    link = page.url

    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_label("Metric")).to_have_value("val_loss")
    expect(page.get_by_label("Chart type").first).to_have_value("violin")
    expect(page.get_by_label("Filter the runs")).to_have_value("arm:many")
    expect(page.get_by_label("Select many, seed 3")).to_be_checked()
    expect(page.get_by_role("button", name="Difference over seeds", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_text("6 of 12 rows")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Seed", exact=True)).to_have_attribute("aria-sort", "ascending")


def test_a_pinned_row_is_lit_in_the_curves_and_among_the_points(page: Page, service: Service, forests: int) -> None:
    page.goto(f"{service.url}/studies/{forests}")
    expect(page.locator("[data-drawn=true]").nth(1)).to_be_visible(timeout=15_000)
    page.get_by_label("Select few, seed 1").check()
    expect(page.locator(".lit-line")).to_have_count(1)
    expect(page.locator(".lit-point").first).to_be_visible()
    page.get_by_role("button", name="Clear selection").click()
    expect(page.locator(".lit-line")).to_have_count(0)

    # A pair stands for two runs; the layer that plotly listens on lies above its points.
    pair = page.locator("[data-testid=figure-differences] .scatterlayer .point").first
    pair.hover(force=True)
    expect(page.locator(".lit-line")).to_have_count(2)
    pair.click(force=True)
    page.get_by_role("dialog", name=re.compile("^Seed")).get_by_role("button", name="Select", exact=True).click()
    expect(page.get_by_text("2 runs selected")).to_be_visible()
    assert "sel=" in page.url


def test_a_study_deleted_while_it_is_open_says_so(chromium: Browser, service: Service) -> None:
    study = service.submit(name="short lived", recipe="digits-forest", arms=[{"name": "few"}], seeds=1)
    page = chromium.new_page()
    page.goto(f"{service.url}/studies/{study}")
    expect(page.get_by_role("heading", name="short lived")).to_be_visible()
    service.delete(f"/studies/{study}")
    expect(page.get_by_role("heading", name="This study was deleted")).to_be_visible(timeout=20_000)
    page.close()


def test_what_never_existed_leads_back(chromium: Browser, service: Service) -> None:
    page = chromium.new_page()
    for path in ("/studies/999999", "/runs/999999", "/studies/nonsense", "/no/such/page"):
        page.goto(f"{service.url}{path}")
        expect(page.get_by_role("link", name="All studies")).to_be_visible()
    page.close()
