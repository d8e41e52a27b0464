"""One service with its built page for all journeys, and a finished study in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from frontend import build_page
from tests.browser import chromium as browsers
from tests.journeys.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The service's start is no part of the first journey's minute."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.timeout(200, func_only=True))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One headless Chromium for all journeys: a start takes seconds, and each test opens a context of its own."""
    with browsers.launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A whole service, two workers that know their recipes, its page built from the sources as they are."""
    if not build_page.is_current():
        build_page.build()
    with running(tmp_path_factory.mktemp("service"), workers=2) as started:
        started.await_workers(2)
        yield started


@pytest.fixture(scope="session")
def forests(service: Service) -> int:
    """A finished study of two arms under six seeds, of a recipe that starts at once since nothing is compiled."""
    study = service.submit(
        name="Do more trees help?",
        recipe="digits-forest",
        arms=[{"name": "few", "parameters": {"trees": 5}}, {"name": "many", "parameters": {"trees": 40}}],
        seeds=6,
        smallest_difference=0.005,
        tags=["paper"],
    )
    service.wait(study, 120)
    return study


@pytest.fixture(scope="session")
def misbehaving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of its own with one worker, which knows recipes that fail, diverge or take their time."""
    if not build_page.is_current():
        build_page.build()
    recipes = str(FOLDER.parent / "worker" / "failing_recipes.py")
    with running(tmp_path_factory.mktemp("misbehaving"), recipes=recipes) as started:
        started.await_workers(1)
        yield started
