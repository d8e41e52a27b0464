"""An API that answers, without workers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from seedspread.api import create_app
from seedspread.context import utc_now
from seedspread.core.recipe import Direction, MetricInfo, RecipeInfo, RecipeKind
from seedspread.core.sources import Source
from seedspread.embedded import listening
from seedspread.settings import AppSettings
from seedspread.storage import recipes
from seedspread.storage.database import Database
from tests.waiting import until

RECIPE = RecipeInfo(
    name="digits",
    version="1",
    kind=RecipeKind.FREE,
    help="Digits.\nMore of it.",
    parameters={
        "type": "object",
        "properties": {
            "hidden": {"type": "integer", "default": 32, "minimum": 1, "maximum": 4096, "description": "units"}
        },
    },
    sources=(Source.SPLIT, Source.INIT),
    metrics=(MetricInfo(name="accuracy", direction=Direction.MAXIMIZE, unit="share"),),
    source_digest="0" * 64,
)


class SilentBroker:
    """Takes every message and delivers none."""

    def send(self, waiting: object) -> int:
        return len(list(waiting))  # type: ignore[call-overload]

    def ping(self) -> None:
        """Always there."""

    def depth(self, queue: str) -> int:
        return 0


@dataclass(frozen=True)
class Api:
    """A running API and its database."""

    url: str
    database: Database


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An API with one recipe; commands find it through the environment."""
    settings = AppSettings(data_dir=tmp_path / "data")
    database = Database(settings.resolved_database_url)
    database.upgrade()
    with database.session() as session:
        recipes.publish(session, [RECIPE], utc_now())
    server = uvicorn.Server(uvicorn.Config(create_app(settings, broker=SilentBroker()), log_config=None))
    with listening.bound("127.0.0.1", 0) as listener:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve(sockets=[listener])))
        thread.start()
        until(lambda: server.started, what="the API's start")
        url = listening.url(listener)
        monkeypatch.setenv("SEEDSPREAD_API", url)
        try:
            yield Api(url, database)
        finally:
            server.should_exit = True
            thread.join()
            loop.close()
            database.dispose()
