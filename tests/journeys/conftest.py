"""One service with its built page for all journeys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from frontend import build_page
from tests.journeys.service import Service, running
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator


FOLDER = Path(__file__).parent


def warm(service: Service) -> None:
    """Comes back once both workers have trained something, and leaves the service as empty as it was."""
    until(lambda: len(service.get("/workers")) == 2 and service.get("/recipes") != [], 60, "two workers")
    study = service.submit(name="warm", recipe="digits-mlp", arms=[{"name": "a", "parameters": {"epochs": 2}}], seeds=6)
    service.wait(study, 120)
    service.delete(f"/studies/{study}")


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A whole service, two workers, its page built from the sources as they are."""
    if not build_page.is_current():
        build_page.build()
    with running(tmp_path_factory.mktemp("service")) as started:
        warm(started)
        yield started


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The service's start is no part of the first journey's minute."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.timeout(60, func_only=True))
