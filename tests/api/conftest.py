"""The application over an empty database, with a broker that can be away and background work that is idle."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.settings import AppSettings
from seedspread.storage import recipes
from seedspread.storage.database import Database
from tests.builders import NOW, recipe
from tests.support.brokers import FlakyBroker


@pytest.fixture
def broker() -> FlakyBroker:
    return FlakyBroker()


@pytest.fixture
def sqlite(migrated_sqlite_file: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database that knows the toy recipe: for tests of HTTP, which storage doesn't concern."""
    opened = Database(f"sqlite:///{shutil.copy(migrated_sqlite_file, tmp_path / 'seedspread.db')}")
    with opened.session() as session:
        recipes.publish(session, [recipe()], NOW)
    yield opened
    opened.dispose()


@pytest.fixture
def app(sqlite: Database, broker: FlakyBroker) -> FastAPI:
    settings = AppSettings(database_url=str(sqlite.url), reconcile_s=3600)
    return create_app(settings, broker=broker)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as opened:
        yield opened
