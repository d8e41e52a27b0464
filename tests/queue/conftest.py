"""One worker for the tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.queue.farm import Farm, Worker, farm


@pytest.fixture(scope="session")
def shared(shared_broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Farm, Worker]]:
    """A farm with one worker of one pool process, which tests must not stop; a Celery worker takes seconds to start."""
    folder = tmp_path_factory.mktemp("farm")
    database_url = f"sqlite:///{folder / 'seedspread.db'}"
    with farm(folder, shared_broker_url, database_url) as opened:
        yield opened, opened.work(1)
