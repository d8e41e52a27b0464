"""How the page feels: loading, large studies, and a study whose curves grow.

    python -m tests.bench.bench_page [--steps 1000] [--out FILE.json]

A service with studies of 1,000 and 10,000 runs and one of 100 runs in progress, written without the detour over a
worker; a real Chromium. All times in milliseconds unless their names say otherwise.

- `first_content`, `largest_content`, `shift` (CLS), `script_bytes` and `bytes` (as transferred): a first visit.
- `usable`: from the click on a study to its rows, its curves and its distribution drawn; `filter`, `sort`: from the key
  or click to the frame that shows the new rows; all of these with a warm service and browser.
- `answer_kb`, `slowest_answer`: of what the study's page asks the service for, together and at the longest.
- `scroll_fps`: frames a second while the table scrolls by 200 pixels a frame.
- `live_fps`, `slowest_interaction` (INP): while 100 curves grow and boxes are ticked and a filter is typed.
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
from tests.bench.growing import begun, growing
from tests.browser import chromium as browsers
from tests.journeys.service import Service, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VIEWPORT: Any = {"width": 1440, "height": 1000}
CURVES = 100

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

FRAMES = """(ms) => new Promise((done) => {
    const start = performance.now();
    let frames = 0;
    const step = () => {
        frames += 1;
        if (performance.now() - start < ms) requestAnimationFrame(step);
        else done(frames / ((performance.now() - start) / 1000));
    };
    requestAnimationFrame(step);
})"""

VITALS = """() => new Promise((done) => {
    const found = {first_content: 0, largest_content: 0, shift: 0, bytes: 0, script_bytes: 0};
    const observe = (type, take) =>
        new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({type, buffered: true});
    observe('paint', (entry) => {
        if (entry.name === 'first-contentful-paint') found.first_content = entry.startTime;
    });
    observe('largest-contentful-paint', (entry) => { found.largest_content = entry.startTime; });
    observe('layout-shift', (entry) => { if (!entry.hadRecentInput) found.shift += entry.value; });
    for (const type of ['navigation', 'resource'])
        for (const entry of performance.getEntriesByType(type)) {
            found.bytes += entry.transferSize;
            if (entry.name.endsWith('.js')) found.script_bytes += entry.transferSize;
        }
    setTimeout(() => done(found), 200);
})"""

WATCH_INTERACTIONS = """() => {
    window.interactions = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (entry.interactionId) window.interactions.push(entry.duration);
    }).observe({type: 'event', durationThreshold: 16});
}"""

TYPE = """(() => {
    const field = document.querySelector('input[aria-label="Filter the runs"]');
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, 'acc>0.935');
    field.dispatchEvent(new Event('input', {bubbles: true}));
})()"""

ANSWERS = """() => {
    const asked = performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/api/v1/studies/'));
    return {
        answer_kb: asked.reduce((sum, entry) => sum + entry.decodedBodySize, 0) / 1000,
        slowest_answer: Math.max(0, ...asked.map((entry) => entry.responseEnd - entry.requestStart)),
    };
}"""

CLICK = "[...document.querySelectorAll('button.sort')].find((head) => head.textContent === 'accuracy').click()"

Figures = dict[str, float]


def visited(browser: Browser, url: str, ready: str) -> Figures:
    """A first visit, with nothing kept from earlier ones."""
    with browser.new_context(viewport=VIEWPORT) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_function(ready, timeout=60_000)
        page.wait_for_timeout(1500)
        found: Figures = page.evaluate(VITALS)
    return found


def opened(page: Page, service: Service, study: int) -> Figures:
    """The study's page, opened by a click from the list."""
    link = f"a[href='/studies/{study}']"
    # Once before it counts: the service and the browser are warm then.
    for _ in range(2):
        page.goto(service.url)
        page.wait_for_selector(link)
        page.wait_for_timeout(500)
        page.evaluate("performance.clearResourceTimings()")
        start = page.evaluate("performance.now()")
        page.click(link)
        page.wait_for_function(DRAWN, polling=16, timeout=60_000)
        usable = page.evaluate("performance.now()") - start
    page.wait_for_timeout(1500)
    return {
        "usable": usable,
        **page.evaluate(ANSWERS),
        "filter": page.evaluate(TO_PAINT, TYPE),
        "sort": page.evaluate(TO_PAINT, CLICK),
        "scroll_fps": page.evaluate(SCROLL),
    }


def lived(page: Page, service: Service, study: int) -> Figures:
    """A study while its curves grow: at rest, and used."""
    page.goto(f"{service.url}/studies/{study}")
    page.wait_for_function(DRAWN, timeout=60_000)
    page.wait_for_timeout(2000)
    found = {"live_fps": page.evaluate(FRAMES, 5000)}
    page.evaluate(WATCH_INTERACTIONS)
    # The rows below the fold exist only once scrolled to: the card's top, not its middle.
    page.get_by_label("Filter the runs").evaluate("(field) => field.scrollIntoView()")
    for seed in range(6):
        page.get_by_label(f"Select base, seed {seed}", exact=True).click()
        page.wait_for_timeout(400)
    page.get_by_label("Filter the runs").press_sequentially("arm:wide acc>0.5", delay=120)
    page.wait_for_timeout(1000)
    durations: list[float] = page.evaluate("window.interactions")
    return found | {"interactions": len(durations), "slowest_interaction": max(durations, default=16.0)}


def measured(steps: int) -> dict[str, Figures]:
    """The figures of every part."""
    if not build_page.is_current():
        build_page.build()
    found = browsers.find()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/seedspread.db")
        database.upgrade()
        studies = {"1,000 runs": fill(database, 500, steps), "10,000 runs": fill(database, 5000, 10)}
        live = begun(database, CURVES)
        with running(Path(folder), workers=0) as service, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=found.program,
                args=browsers.sandbox_arguments(),
                env={**os.environ, **found.environment},
            )
            large = f"{service.url}/studies/{studies['1,000 runs']}"
            told = {
                "first visit, list": visited(browser, service.url, "() => document.querySelector('table a') !== null"),
                "first visit, study of 1,000 runs": visited(browser, large, DRAWN),
            }
            page = browser.new_page(viewport=VIEWPORT)
            told |= {name: opened(page, service, study) for name, study in studies.items()}
            with growing(database, live):
                told[f"{CURVES} curves that grow"] = lived(page, service, live)
            browser.close()
        database.dispose()
    return told


def main(arguments: list[str]) -> int:
    """Measures, prints, and keeps the numbers where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    told = measured(given.steps)
    for name, numbers in told.items():
        shown = (f"{key} {value:.3f}" if key == "shift" else f"{key} {value:,.0f}" for key, value in numbers.items())
        sys.stdout.write(f"{name}: {', '.join(shown)}\n")
    if given.out is not None:
        given.out.write_text(json.dumps(told, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
