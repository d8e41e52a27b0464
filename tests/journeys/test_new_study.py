"""The form for a new study: filled by a link, wrong, planned, and in a narrow window."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.journeys.service import Service


def test_a_link_fills_recipe_and_parameters(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/studies/new?recipe=digits-forest&p.trees=12&p.leaves=3")
    expect(page.get_by_label("trees of base")).to_have_value("12", timeout=15_000)
    expect(page.get_by_text("Ignored unknown parameters of digits-forest: leaves.")).to_be_visible()


def test_what_was_begun_outlives_a_reload_until_it_is_trained_or_dropped(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/studies/new")
    page.get_by_label("Question").fill("half a thought")
    page.reload()
    expect(page.get_by_label("Question")).to_have_value("half a thought", timeout=15_000)
    page.get_by_role("link", name="Recipes").click()
    expect(page.get_by_role("heading", name="Recipes", level=1)).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Question")).to_have_value("half a thought")
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Question")).to_have_value("")
    expect(page.get_by_text("Restored your unsaved draft.")).to_have_count(0)


@pytest.mark.usefixtures("forests")
def test_the_plan_stands_beside_the_button_and_is_taken_by_a_click(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/studies/new?recipe=digits-forest&name=More%20trees%3F")
    page.get_by_role("button", name="Add arm").click()
    page.get_by_label("Smallest difference").fill("0.5")
    estimate = page.get_by_role("status", name="Estimate")
    expect(estimate.get_by_text("Detecting a difference of 0.5 points takes about")).to_be_visible(timeout=15_000)
    expect(estimate.get_by_text(re.compile(r"40 runs: about .* on 2 workers\."))).to_be_visible()
    # Tests share the service: the estimate may rest on any finished study of two arms of this recipe, and names it.
    basis = estimate.get_by_role("link")
    known = service.get(str(basis.get_attribute("href")))
    expect(basis).to_have_text(known["name"])
    assert (known["recipe"], known["state"], len(known["arms"]) > 1) == ("digits-forest", "finished", True)
    take = estimate.get_by_role("button", name=re.compile(r"Use [\d,]+ seeds"))
    seeds = re.sub(r"\D", "", take.inner_text())
    take.click()
    expect(page.get_by_role("textbox", name="Seeds")).to_have_value(seeds)
    expect(page.get_by_role("button", name=f"Train {2 * int(seeds):,} runs")).to_be_enabled(timeout=15_000)


def test_pressing_train_with_something_wrong_leads_to_the_field(chromium: Browser, service: Service) -> None:
    # Not the watched page: a browser logs every 422, which is what a wrong value gets.
    page = chromium.new_page()
    page.goto(f"{service.url}/studies/new?recipe=digits-forest&name=twice")
    page.get_by_role("button", name="Add arm").click()
    page.get_by_label("Name of arm 2").fill("base")
    page.get_by_role("textbox", name="Seeds").fill("some")
    expect(page.get_by_text("2 problems to fix before training")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("expected names that differ; used more than once: base").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Train")).click()
    expect(page.get_by_label("Name of arm 2")).to_be_focused()
    page.get_by_label("Name of arm 2").fill("other")
    page.get_by_role("textbox", name="Seeds").fill("3")
    expect(page.get_by_role("button", name="Train 6 runs")).to_be_visible(timeout=15_000)
    page.close()


def test_presets_say_what_they_are_for_and_the_form_fits_a_phone(chromium: Browser, service: Service) -> None:
    with chromium.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{service.url}/studies/new?recipe=digits-forest")
        rounds = page.get_by_role("radio", name="rounds")
        expect(rounds).to_have_accessible_description(
            "Nothing seeded, then the split, then everything: what does seeding change?", timeout=15_000
        )
        page.get_by_label("Question").fill("by thumb")
        rounds.check()
        expect(page.get_by_role("button", name="Train 60 runs")).to_be_enabled(timeout=15_000)
        trees = page.get_by_label("trees of base").bounding_box()
        assert trees is not None
        assert trees["x"] + trees["width"] <= 390
        assert page.evaluate("document.documentElement.scrollWidth") == 390
