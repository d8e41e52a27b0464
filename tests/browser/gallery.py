"""Takes a picture of every page and dialog, to be looked at: `python -m tests.browser.gallery FOLDER [NAME…]`.

Each at 1440 and 390 pixels, dark and light, of studies that `tests.browser.scenes` stores; NAME picks some of them.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from playwright.sync_api import Error

from frontend import build_page
from seedspread.storage.database import Database
from tests.browser import chromium as browsers
from tests.browser.scenes import begin, fill
from tests.journeys.service import Service, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SETTLED_MS = 900
WIDTHS = (1440, 390)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
IMPORTED = "arm,seed,accuracy\n" + "\n".join(
    f"{arm},{seed},{0.9 + 0.01 * (arm == 'new') + 0.001 * (seed * 7 % 5)}"
    for arm in ("old", "new")
    for seed in range(8)
)


@dataclass(frozen=True)
class Picture:
    """Page with the steps before its screenshot."""

    path: str
    act: Callable[[Page], object] | None = None


def press(name: str) -> Callable[[Page], object]:
    """Press the first button whose name contains the text."""
    return lambda page: page.get_by_role("button", name=name).first.click()


def chosen(name: str) -> Callable[[Page], object]:
    """Open the study's menu and press an item."""

    def act(page: Page) -> None:
        page.get_by_role("button", name="More about this study").click()
        page.get_by_role("menuitem", name=name).click()

    return act


def why(page: Page) -> None:
    """Unfold the reasons of the answer."""
    page.locator(".why summary, .why button").first.click()


def first_runs(service: Service, study: int, state: str = "finished") -> list[int]:
    """Return runs of a study in a state; all of them if none is in it."""
    items = service.get(f"/studies/{study}/runs?sort=seed&limit=100")["items"]
    return [item["id"] for item in items if item["state"] == state] or [item["id"] for item in items]


def pictures(service: Service, ids: dict[str, int]) -> dict[str, Picture]:
    """Return every picture by its name."""
    better, live = ids["Does width help?"], ids["Does momentum help?"]
    sweep, failed = ids["Which width is best?"], ids["Does the new loader work?"]
    runs = first_runs(service, better)
    by_name = {f"study-{number:02d}": Picture(f"/studies/{number}") for number in ids.values()}
    by_name |= {
        "list": Picture("/"),
        "list-search": Picture("/?q=width"),
        "list-none": Picture("/?q=nothing+like+this"),
        "list-selected": Picture("/", lambda page: page.locator("tbody input[type=checkbox]").first.click()),
        "runs-table": Picture("/runs"),
        "study-why": Picture(f"/studies/{better}", why),
        "study-add-seeds": Picture(f"/studies/{better}", press("Add seeds…")),
        "study-share": Picture(f"/studies/{better}", chosen("Share read only…")),
        "study-edit": Picture(f"/studies/{better}", chosen("Name, project, tags, notes…")),
        "study-delete": Picture(f"/studies/{better}", chosen("Delete…")),
        "study-cancel": Picture(f"/studies/{live}", chosen("Cancel remaining runs…")),
        "study-more": Picture(f"/studies/{better}?more=power"),
        "study-floor": Picture(f"/studies/{better}", press("Save as noise floor…")),
        "study-grouped": Picture(f"/studies/{sweep}?group=hidden"),
        "run-finished": Picture(f"/runs/{runs[0]}"),
        "run-live": Picture(f"/runs/{first_runs(service, live, 'running')[0]}"),
        "run-queued": Picture(f"/runs/{first_runs(service, live, 'queued')[0]}"),
        "run-failed": Picture(f"/runs/{first_runs(service, failed, 'failed')[0]}"),
        "run-against": Picture(f"/runs/{runs[0]}?against={runs[1]}"),
        "compare": Picture(f"/compare?arms={better}.0,{better}.1"),
        "compare-studies": Picture(f"/compare?arms={better}.0,{sweep}.4"),
        "compare-sweep": Picture("/compare?arms=" + ",".join(f"{sweep}.{arm}" for arm in range(5))),
        "compare-runs": Picture(f"/compare?runs={runs[0]},{runs[1]},{runs[2]}"),
        "compare-empty": Picture("/compare"),
        "report": Picture(f"/studies/{better}/report"),
        "report-sources": Picture(f"/studies/{ids['Which source moves it, one at a time?']}/report"),
        "new": Picture("/studies/new?recipe=toy"),
        "new-faults": Picture("/studies/new?recipe=toy&p.hidden=900"),
        "new-clone": Picture(f"/studies/new?clone={sweep}"),
        "recipes": Picture("/recipes"),
        "data": Picture("/data"),
        "workers": Picture("/workers"),
        "floors": Picture("/floors"),
        "floor": Picture("/floors/width-32"),
        "floor-judge": Picture("/floors/width-32", press("Judge a candidate…")),
        "alerts": Picture("/alerts"),
        "access": Picture("/access"),
        "keys": Picture("/", lambda page: page.keyboard.press("?")),
        "palette": Picture("/", lambda page: page.keyboard.press("Control+k")),
        "missing": Picture("/no/such/page"),
        "missing-study": Picture("/studies/99999"),
        "error": Picture(f"/studies/{better}"),
        "away": Picture("/", lambda page: page.wait_for_timeout(6000)),
    }
    return by_name


def take(browser: Browser, url: str, name: str, picture: Picture, folder: Path) -> list[str]:
    """Take a page in both themes and widths; return what went wrong."""
    problems = []
    for width in WIDTHS:
        size: Any = {"width": width, "height": 1300 if width > 600 else 1700}
        phone: Any = {"has_touch": True, "is_mobile": True} if width < 600 else {}
        with browser.new_context(viewport=size, reduced_motion="reduce", **phone) as context:
            page = context.new_page()
            if name == "error":
                page.route("**/figures/**", lambda route: route.fulfill(status=500, body="oh"))
            try:
                page.goto(f"{url}{picture.path}")
                page.wait_for_timeout(SETTLED_MS)
                if name == "away":
                    page.route("**/api/**", lambda route: route.abort())
                if picture.act is not None:
                    page.set_default_timeout(5000)
                    picture.act(page)
                    page.wait_for_timeout(300)
            except Error as error:
                problems.append(f"{name} at {width}: {str(error).splitlines()[0]}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                problems.append(f"{name} at {width}: {wide} px wide")
            for theme in THEMES:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                page.wait_for_timeout(250)
                page.screenshot(path=folder / f"{name}-{width}-{theme}.png")
    return problems


@contextlib.contextmanager
def staged(port: int = 0) -> Iterator[tuple[Service, dict[str, int]]]:
    """Run a service without workers that holds every scene, a noise floor and an imported study."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        address = f"sqlite:///{folder}/seedspread.db"
        database = Database(address)
        database.upgrade()
        ids = fill(database)
        database.dispose()
        (folder / "imported.csv").write_text(IMPORTED)
        command = [sys.executable, "-m", "seedspread.cli", "import", str(folder / "imported.csv")]
        environment = {**os.environ, "SEEDSPREAD_DATABASE_URL": address, "SEEDSPREAD_DATA_DIR": str(folder)}
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        with running(folder, workers=0, tensorflow=False, port=port) as service:
            service.post(f"/studies/{ids['Called off early']}/cancel", {})
            database = Database(address)
            begin(database, ids["Does momentum help?"])
            database.dispose()
            ids["imported"] = max(item["id"] for item in service.get("/studies?limit=100")["items"])
            service.post("/floors", {"name": "width-32", "study_id": ids["Does width help?"]})
            candidate = {"candidate": "new loader", "values": [0.951, 0.949, 0.955]}
            service.post("/floors/width-32/judgements", candidate)
            yield service, ids


def main(arguments: list[str]) -> int:
    """Take the pictures; return 1 if a page is wider than its window or could not be brought into its state."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    if not build_page.is_current():
        build_page.build()
    problems: list[str] = []
    with staged() as (service, ids), browsers.launched() as browser:
        for name, picture in pictures(service, ids).items():
            if not given.names or any(name.startswith(chosen_name) for chosen_name in given.names):
                problems += take(browser, service.url, name, picture, given.folder)
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
