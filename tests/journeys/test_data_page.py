"""Data: a file looked into, trained on, and changed behind the service's back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.journeys.service import Service

TABLE = "width,height,grower\n" + "".join(f"{row},{row * row},{'north' if row % 4 else 'south'}\n" for row in range(40))


def test_a_file_is_looked_into_trained_on_and_seen_to_change(page: Page, misbehaving: Service, tmp_path: Path) -> None:
    path = tmp_path / "vines & more.csv"
    path.write_text(TABLE)
    page.goto(misbehaving.url)
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="No study has used a file yet")).to_be_visible()

    page.get_by_label("Path on the server").fill(str(path))
    page.keyboard.press("Enter")
    expect(page.get_by_text("It reads as 40 rows of 2 numbers in 2 classes")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^north 30"))).to_be_visible()
    link = page.get_by_role("link", name="New study of tabular-mlp", exact=True).first
    address = link.get_attribute("href") or ""
    assert address.startswith("/studies/new?recipe=tabular-mlp&p.data=")
    page.reload()
    expect(page.get_by_text("It reads as 40 rows")).to_be_visible()

    study = misbehaving.submit(
        name="vines", recipe="tabular-mlp", arms=[{"name": "a", "parameters": {"data": str(path)}}], seeds=1
    )
    misbehaving.post(f"/studies/{study}/cancel", {})
    path.write_text(TABLE.replace("south", "north", 1))
    page.goto(f"{misbehaving.url}/data")
    row = page.get_by_role("row", name=re.compile(re.escape(path.name)))
    expect(row.get_by_text("changed", exact=True)).to_be_visible()
    row.get_by_role("button", name="Check file").click()
    expect(page.get_by_text("These studies used another version of this file")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Path on the server")).to_have_value("")
    misbehaving.delete(f"/studies/{study}")


def test_a_path_that_leads_nowhere_says_what_would_be_right(chromium: Browser, misbehaving: Service) -> None:
    page = chromium.new_page()
    page.goto(f"{misbehaving.url}/data?file=/no/such/file.csv")
    field = page.get_by_label("Path on the server")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("^Expected a file below a data folder of the service"))
    expect(page.get_by_role("heading", name="Built-in data sets")).to_be_visible()
    page.close()
