"""What is done with one run from its page: stopped, trained again, left out, counted again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.service import Service


def test_a_run_is_cancelled_and_trained_again_from_its_page(page: Page, service: Service) -> None:
    slow = {"trees": 4000, "reports": 100}
    study = service.submit(name="stopped", recipe="digits-forest", arms=[{"name": "slow", "parameters": slow}], seeds=1)
    run = service.get(f"/studies/{study}/runs")["items"][0]["id"]
    page.goto(f"{service.url}/runs/{run}")
    answer = page.get_by_role("region", name="Answer")
    page.get_by_role("button", name="Cancel").click()
    expect(answer.get_by_text(re.compile("^Cancelled"))).to_be_visible(timeout=30_000)
    expect(answer.get_by_text("Retry uses the same seed in a new trainer process.")).to_be_visible()
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=15_000)
    service.post(f"/studies/{study}/cancel", {})
    service.wait(study)


def test_a_run_is_left_out_with_a_reason_and_counted_again(page: Page, service: Service, forests: int) -> None:
    run = service.get(f"/studies/{forests}/runs?sort=seed")["items"][1]["id"]
    page.goto(f"{service.url}/runs/{run}")
    page.get_by_role("button", name="Exclude…").click()
    page.get_by_label("Reason").fill("the disk was full")
    page.get_by_role("button", name="Exclude", exact=True).click()
    expect(page.get_by_text("Excluded from statistics: the disk was full")).to_be_visible()
    page.get_by_role("button", name="Include again").click()
    expect(page.get_by_text("Excluded from statistics")).to_have_count(0)
    system = page.get_by_role("region", name="System")
    expect(system.get_by_role("img", name=re.compile("^Memory over .* peak .* MB$"))).to_be_visible()
    page.get_by_role("link", name="Show in study").click()
    expect(page).to_have_url(f"{service.url}/studies/{forests}?sel={run}")
    expect(page.get_by_text("1 run selected")).to_be_visible(timeout=15_000)


def test_a_runs_fingerprints_stand_beside_anothers_and_the_commands_name_the_service(
    page: Page, service: Service, forests: int
) -> None:
    one, other = (run["id"] for run in service.get(f"/studies/{forests}/runs?sort=seed&query=arm:few")["items"][:2])
    page.goto(f"{service.url}/runs/{one}")
    page.get_by_label("Compare with run").fill(str(other))
    expect(page.get_by_text("The first difference is in seeds.")).to_be_visible(timeout=15_000)
    assert page.url.endswith(f"?against={other}")
    commands = page.get_by_role("region", name="Commands that repeat the run")
    expect(commands).to_contain_text(f"seedspread replay {one} --api {service.url}")
