"""A context whose clock stands still and whose broker can be away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from seedspread.context import Context
from seedspread.settings import AppSettings
from seedspread.storage import recipes
from seedspread.storage.database import Database
from tests.builders import NOW, entropy, recipe
from tests.support.brokers import FlakyBroker


class Clock:
    """The time, as the test has it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def broker() -> FlakyBroker:
    return FlakyBroker()


@pytest.fixture
def ctx(database: Database, broker: FlakyBroker, clock: Clock) -> Context:
    """A context on each kind of database in turn, with the toy recipe published."""
    with database.session() as session:
        recipes.publish(session, [recipe()], NOW)
    return Context(database, broker, AppSettings(max_attempts=3), clock=clock, entropy=entropy())


@pytest.fixture
def sqlite_database(migrated_sqlite_file: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database: for tests of what is done with numbers, which storage doesn't concern."""
    opened = Database(f"sqlite:///{shutil.copy(migrated_sqlite_file, tmp_path / 'seedspread.db')}")
    yield opened
    opened.dispose()
