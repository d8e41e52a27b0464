"""Arms beside each other: of one study, of several, chosen by search; and links to what isn't there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.journeys.service import Service


@pytest.fixture(scope="module")
def depths(service: Service) -> int:
    """A finished study of three arms, of another version of the question that `forests` asks."""
    study = service.submit(
        name="Do deeper trees help?",
        recipe="digits-forest",
        arms=[
            {"name": "few", "parameters": {"trees": 5}},
            {"name": "shallow", "parameters": {"trees": 5, "max_depth": 3}, "policies": {"split": "fixed"}},
            {"name": "deep", "parameters": {"trees": 5, "max_depth": 12}},
        ],
        seeds=4,
    )
    service.wait(study, 120)
    return study


def test_nothing_named_offers_the_first_two_arms_of_the_latest_study(page: Page, service: Service, depths: int) -> None:
    page.goto(f"{service.url}/compare")
    expect(page.get_by_text("No arms chosen")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Mean ± 95% CI")).to_be_visible()
    studies = service.get("/studies?per_page=100")["items"]
    latest = next(study["id"] for study in studies if len(study["arms"]) > 1)
    assert latest >= depths
    assert page.url.endswith(f"?arms={latest}.0,{latest}.1")


def test_three_arms_stand_in_one_table_and_their_figures_over_each_other_or_beside(
    page: Page, service: Service, depths: int
) -> None:
    page.goto(f"{service.url}/studies/{depths}")
    page.get_by_role("button", name="More about this study").click()
    page.get_by_role("menuitem", name="Compare arms").click()
    expect(page).to_have_url(f"{service.url}/compare?arms={depths}.0,{depths}.1,{depths}.2")
    table = page.get_by_role("region", name=re.compile("^val_accuracy, last epoch")).get_by_role("row")
    expect(table).to_have_count(4, timeout=15_000)
    expect(table.nth(1)).to_contain_text("baseline")
    expect(table.nth(2)).to_contain_text("shallow")
    expect(table.nth(2)).to_contain_text("points 95% CI")
    request = page.get_by_role("region", name="Differences in parameters and settings")
    expect(request.get_by_role("row", name=re.compile("^max_depth"))).to_be_visible()
    expect(request.get_by_role("row", name="split vary fixed vary")).to_be_visible()
    expect(request.get_by_role("row", name=re.compile("^trees"))).to_have_count(0)

    expect(page.locator("[data-drawn=true]")).to_have_count(3)
    page.get_by_role("button", name="side by side").click()
    expect(page.locator("[data-drawn=true]")).to_have_count(6)
    assert "figures=beside" in page.url

    page.get_by_role("button", name="Set as baseline: deep").click()
    expect(table.nth(1)).to_contain_text("deep")
    page.go_back()
    expect(table.nth(1)).to_contain_text("few")
    page.go_forward()
    expect(table.nth(1)).to_contain_text("deep")


def test_arms_of_two_studies_are_found_by_search_and_drawn_together(
    page: Page, service: Service, forests: int, depths: int, tmp_path: Path
) -> None:
    page.goto(f"{service.url}/compare?arms={depths}.2")
    page.get_by_label("Find studies").fill("more trees")
    page.get_by_role("button", name="many of Do more trees help?").click()
    expect(page.get_by_role("region", name="many against deep")).to_be_visible(timeout=15_000)
    page.get_by_label("Find studies").fill("name:deeper")
    few = page.get_by_role("button", name="few of Do deeper trees help?")
    few.press("Enter")
    expect(few).to_have_attribute("aria-pressed", "true")
    expect(few).to_be_focused()
    expect(page).to_have_url(re.compile(f"arms={depths}.2%2C{forests}.1%2C{depths}.0$"))
    curves = page.get_by_role("region", name="Validation accuracy over steps, 4 to 6 seeds per arm")
    expect(curves.locator("[data-drawn=true]")).to_be_visible(timeout=15_000)
    expect(curves.get_by_text("many (n = 6)")).to_be_visible()

    # The numbers under it are those of all three arms, each with its study.
    curves.get_by_role("button", name=re.compile("^Download")).click()
    with page.expect_download() as download:
        curves.get_by_role("menuitem", name="CSV").click()
    target = tmp_path / "curves.csv"
    download.value.save_as(target)
    lines = target.read_text().splitlines()
    assert lines[0] == "study,arm,run,seed,step,value,n,centre,low,high"
    assert {tuple(line.split(",")[:2]) for line in lines[1:]} == {
        (str(depths), "deep"),
        (str(forests), "many"),
        (str(depths), "few"),
    }


def test_runs_are_compared_by_two_and_back_returns_to_the_two_before(
    page: Page, service: Service, forests: int, depths: int
) -> None:
    first, second = (run["id"] for run in service.get(f"/studies/{forests}/runs?sort=seed")["items"][:2])
    third = service.get(f"/studies/{depths}/runs?sort=seed")["items"][0]["id"]
    page.goto(f"{service.url}/compare?runs={first},{second},{third}")
    differs = page.get_by_role("region", name="Differences")
    expect(differs.get_by_role("row", name=re.compile("^trees"))).to_be_visible(timeout=15_000)
    differs.get_by_label("to", exact=True).select_option(str(third))
    expect(page).to_have_url(re.compile(f"to={third}$"))
    differs.get_by_label("From").select_option(str(third))
    expect(differs.get_by_text("Choose two different runs.")).to_be_visible()
    page.go_back()
    expect(differs.get_by_label("From")).to_have_value(str(first))
    page.get_by_label("Metric").select_option("val_loss")
    expect(
        page.get_by_role("region", name="Validation loss over steps, 3 runs").locator("[data-drawn=true]")
    ).to_be_visible()


def test_a_link_to_arms_that_are_not_there_says_so_and_leads_on(
    chromium: Browser, service: Service, depths: int
) -> None:
    page = chromium.new_page()
    page.goto(f"{service.url}/compare?arms={depths}.0,{depths}.9,{depths}.1,999999.0")
    note = page.get_by_role("alert")
    expect(note).to_contain_text(f"Study {depths} has 3 arms, and none in place 9.", timeout=15_000)
    expect(note).to_contain_text("There is no arm 0 of a study 999999.")
    expect(page.get_by_text("Mean ± 95% CI")).to_be_visible()
    page.get_by_role("button", name="Remove missing arms").click()
    expect(note).to_have_count(0)
    expect(page).to_have_url(re.compile(f"arms={depths}.0%2C{depths}.1$"))
    page.close()


def test_a_study_deleted_while_its_arms_are_compared_says_so(chromium: Browser, service: Service, depths: int) -> None:
    page = chromium.new_page()
    other = service.submit(name="short lived", recipe="digits-forest", arms=[{"name": "gone"}], seeds=2)
    page.goto(f"{service.url}/compare?arms={depths}.0,{other}.0")
    expect(page.get_by_role("link", name="short lived").first).to_be_visible(timeout=15_000)
    service.delete(f"/studies/{other}")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text(f"There is no arm 0 of a study {other}.", timeout=15_000)
    page.close()
