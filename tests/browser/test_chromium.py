"""The browser of the tests: it draws, and what goes wrong in a page does not pass unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.watch import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def test_a_page_runs_its_script(page: Page) -> None:
    page.set_content("<p id=n></p><script>document.getElementById('n').textContent = 6 * 7</script>")
    assert page.text_content("#n") == "42"


def test_errors_and_outside_requests_are_seen(chromium: Browser) -> None:
    with chromium.new_context(offline=True) as context:
        page = context.new_page()
        watch = Watch(page)
        page.set_content(
            "<img src='http://seedspread.invalid/pixel'>"
            "<script>console.error('lost'); throw new Error('broken')</script>"
        )
        page.wait_for_load_state("load")
    assert any("seedspread.invalid" in complaint for complaint in watch.complaints)
    assert any("lost" in complaint for complaint in watch.complaints)
    assert any("broken" in complaint for complaint in watch.complaints)
