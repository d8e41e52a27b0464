"""A context whose clock stands still and whose broker can be away."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from seedspread.settings import AppSettings
from seedspread.storage import recipes
from seedspread.storage.database import Database
from seedspread.usecases.context import Context
from tests.builders import NOW, entropy, recipe
from tests.usecases.brokers import FlakyBroker


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
