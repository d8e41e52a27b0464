"""A database with the newest schema, of each kind in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seedspread.storage.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database; a test that asks for it runs on SQLite and on PostgreSQL."""
    opened = Database(database_url)
    opened.upgrade()
    yield opened
    opened.dispose()
