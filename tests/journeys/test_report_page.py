"""The report: in the reader's light or dark, on paper, as a file, as text, and each of its figures by itself."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.journeys.service import Service

GROUND = "getComputedStyle(document.body).backgroundColor"
FRAME_GROUND = "getComputedStyle(document.querySelector('iframe').contentDocument.body).backgroundColor"
WHITE, DARK = "rgb(255, 255, 255)", "rgb(15, 17, 21)"


def downloaded(page: Page, button: str, target: Path) -> Path:
    """What a button saves, in a file of the name it suggests."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    path = target / download.value.suggested_filename
    download.value.save_as(path)
    return path


def opened(page: Page, service: Service, study: int) -> None:
    """Goes to the study's report and waits until it stands there."""
    page.goto(f"{service.url}/studies/{study}/report")
    expect(page.frame_locator("iframe").get_by_role("heading", name="Methods")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("region", name="Its figures, each by itself")).to_be_visible()


@pytest.mark.parametrize(("theme", "ground"), [("light", WHITE), ("dark", DARK)])
def test_the_report_and_its_file_follow_the_theme_and_print_light(
    chromium: Browser, service: Service, forests: int, tmp_path: Path, theme: Literal["light", "dark"], ground: str
) -> None:
    with chromium.new_context(color_scheme=theme) as context:
        page = context.new_page()
        opened(page, service, forests)
        assert page.evaluate(FRAME_GROUND) == ground
        page.emulate_media(media="print")
        assert page.evaluate(FRAME_GROUND) == WHITE
        page.emulate_media(media="screen")

        kept = downloaded(page, "Download HTML", tmp_path)
        assert kept.name == f"study-{forests}.html"
        page.goto(kept.as_uri())
        assert page.evaluate(GROUND) == ground
        curve = page.locator("figure svg [stroke='#005A9C']").first
        expect(curve).to_have_css("stroke", {"light": "rgb(0, 90, 156)", "dark": "rgb(61, 159, 224)"}[theme])
        page.emulate_media(media="print")
        assert page.evaluate(GROUND) == WHITE


def test_the_pages_own_theme_reaches_into_the_report(page: Page, service: Service, forests: int) -> None:
    page.add_init_script("localStorage.setItem('seedspread.theme', 'dark')")
    opened(page, service, forests)
    assert page.evaluate(FRAME_GROUND) == DARK
    page.get_by_role("button", name=re.compile("theme", re.IGNORECASE)).click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")
    assert page.evaluate(FRAME_GROUND) == WHITE


def test_the_report_is_copied_as_text(chromium: Browser, service: Service, forests: int) -> None:
    with chromium.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        opened(page, service, forests)
        page.get_by_role("button", name="Copy as Markdown").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()").startswith("# Do more trees help?")
        expect(page.get_by_role("button", name="Copied")).to_have_count(0)
        page.get_by_role("button", name="Copy as LaTeX").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert r"\begin{table}" in page.evaluate("navigator.clipboard.readText()")


def test_each_figure_is_saved_as_picture_drawing_and_numbers(
    page: Page, service: Service, forests: int, tmp_path: Path
) -> None:
    opened(page, service, forests)
    title = "Validation accuracy over 6 seeds per arm, last step"
    picture = downloaded(page, f"{title} as PNG", tmp_path).read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")) == (1800, 1080)
    drawing = downloaded(page, f"{title} as SVG", tmp_path)
    assert ElementTree.parse(drawing).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    numbers = downloaded(page, f"{title} as CSV", tmp_path)
    with numbers.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    stored = service.get(f"/studies/{forests}/runs?sort=seed")["items"]
    assert {int(row["run"]): float(row["value"]) for row in rows} == {
        run["id"]: run["metrics"]["val_accuracy"]["last"] for run in stored
    }


def test_a_runs_curves_are_saved_too(page: Page, service: Service, forests: int, tmp_path: Path) -> None:
    run = service.get(f"/studies/{forests}/runs?sort=seed")["items"][0]["id"]
    page.goto(f"{service.url}/runs/{run}")
    card = page.get_by_role("region", name="Validation accuracy over steps")
    expect(card.locator("[data-drawn=true]")).to_be_visible(timeout=15_000)
    for form, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("CSV", b"run,metric,step,value\n")):
        card.get_by_role("button", name=re.compile("^Download")).click()
        with page.expect_download() as download:
            card.get_by_role("menuitem", name=form).click()
        target = tmp_path / download.value.suggested_filename
        download.value.save_as(target)
        assert target.read_bytes().startswith(start), form
