"""Takes what somebody new sees of eight studies in ten seconds: `python -m tests.browser.impressions FOLDER`.

The first screen alone (1440 × 900 and 390 × 844), scrolled nowhere, with nothing opened. Look at each picture, say in a
sentence what the study found, and only then read `truth.txt` beside them. Where the screen did not say it, mend it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontend import build_page
from tests.browser import chromium as browsers
from tests.browser.gallery import staged

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SIZES = ((1440, 900), (390, 844))
LOOK_MS = 3000
TRUTHS = {
    "Does width help?": "better: the wider arm by about 2 points",
    "Does dropout matter at all?": "equivalent: both arms agree within 0.5 points",
    "Does augmentation help on small data?": "undecided: 6 seeds are too few for the spread of 1 point",
    "All values equal": "cannot be judged: both arms gave one and the same value under every seed",
    "Which width is best?": "a sweep of five: 8 and 16 units lead, 1 unit is worst by 4 points",
    "Which source moves it, one at a time?": "sources: the split moves it most, initial weights half as much",
    "Does the new loader work?": "all failed: the data file has 63 columns instead of 64",
    "Does momentum help?": "live: 17 of 40 runs ended, the second arm leads by about 2 points so far",
}
"""Results of the studies, by name."""


def take(browser: Browser, url: str, folder: Path, number: int, study: int) -> None:
    """Take the first screen of a study at both sizes."""
    for width, height in SIZES:
        phone: Any = {"has_touch": True, "is_mobile": True} if width < 600 else {}
        viewport: Any = {"width": width, "height": height}
        with browser.new_context(viewport=viewport, reduced_motion="reduce", **phone) as context:
            page = context.new_page()
            page.goto(f"{url}/studies/{study}")
            page.locator(".verdict").wait_for()
            page.wait_for_timeout(LOOK_MS)
            page.screenshot(path=folder / f"{number}-{width}.png")


def main(arguments: list[str]) -> int:
    """Take every first screen, and write what they have to say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    if not build_page.is_current():
        build_page.build()
    with staged() as (service, ids), browsers.launched() as browser:
        for number, name in enumerate(TRUTHS, start=1):
            take(browser, service.url, folder, number, ids[name])
    lines = [f"{number}  {name}: {truth}\n" for number, (name, truth) in enumerate(TRUTHS.items(), start=1)]
    (folder / "truth.txt").write_text("".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
