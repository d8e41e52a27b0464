"""How the page feels with large studies: from the click to a usable study, filter and sort, frames while it scrolls.

    python -m tests.bench.bench_page [--steps 1000] [--out FILE.json]

A service with a study of 1,000 runs and one of 10,000, written without the detour over a worker; a real Chromium.
`usable`: from the click on a study to its rows, its curves and its distribution drawn. `filter`, `sort`: from the key
or click to the frame that shows the new rows. Frames are counted while the table scrolls by 200 rows a frame.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from frontend import build_page
from seedspread.storage.database import Database
from tests.bench.bench_figures import fill
from tests.browser import chromium as browsers
from tests.journeys.service import Service, running

if TYPE_CHECKING:
    from playwright.sync_api import Page

DRAWN = """() => document.querySelectorAll('[data-drawn=true]').length >= 2
    && document.querySelectorAll('.runs-row').length > 5"""

# Two frames after the change, what was asked for has been painted.
TO_PAINT = """(act) => new Promise((done) => {
    const start = performance.now();
    (0, eval)(act);
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
})"""

SCROLL = """() => new Promise((done) => {
    const table = document.querySelector('.runs').getBoundingClientRect().top + window.scrollY;
    const start = performance.now();
    let frames = 0;
    const step = () => {
        window.scrollTo(0, table + frames * 200);
        frames += 1;
        if (performance.now() - start < 2000) requestAnimationFrame(step);
        else done(frames / ((performance.now() - start) / 1000));
    };
    requestAnimationFrame(step);
})"""

TYPE = """(() => {
    const field = document.querySelector('input[aria-label="Filter the runs"]');
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, 'acc>0.935');
    field.dispatchEvent(new Event('input', {bubbles: true}));
})()"""

CLICK = "[...document.querySelectorAll('button.sort')].find((head) => head.textContent === 'accuracy').click()"


def opened(page: Page, service: Service, study: int) -> dict[str, float]:
    """Milliseconds of the study's page, opened by a click from the list, and frames a second."""
    link = f"a[href='/studies/{study}']"
    page.goto(service.url)
    page.wait_for_selector(link)
    # Once before it counts: the service and the browser are warm then.
    for _ in range(2):
        page.goto(service.url)
        page.wait_for_selector(link)
        page.wait_for_timeout(500)
        start = page.evaluate("performance.now()")
        page.click(link)
        page.wait_for_function(DRAWN, polling=16, timeout=60_000)
        usable = page.evaluate("performance.now()") - start
    page.wait_for_timeout(1500)
    paint: Any = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return {
        "first_content_ms": paint,
        "usable_ms": usable,
        "filter_ms": page.evaluate(TO_PAINT, TYPE),
        "sort_ms": page.evaluate(TO_PAINT, CLICK),
        "frames_per_s": page.evaluate(SCROLL),
    }


def measured(steps: int) -> dict[str, dict[str, float]]:
    """The figures of both studies."""
    if not build_page.is_current():
        build_page.build()
    found = browsers.find()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/seedspread.db")
        database.upgrade()
        studies = {"1,000 runs": fill(database, 500, steps), "10,000 runs": fill(database, 5000, 10)}
        database.dispose()
        with running(Path(folder), workers=1) as service, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=found.program,
                args=browsers.sandbox_arguments(),
                env={**os.environ, **found.environment},
            )
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            told = {name: opened(page, service, study) for name, study in studies.items()}
            browser.close()
    return told


def main(arguments: list[str]) -> int:
    """Measures, prints, and keeps the numbers where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    told = measured(given.steps)
    for name, numbers in told.items():
        sys.stdout.write(f"{name}: " + ", ".join(f"{key} {value:.0f}" for key, value in numbers.items()) + "\n")
    if given.out is not None:
        given.out.write_text(json.dumps(told, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
