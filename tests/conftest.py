"""Fixtures every test may use: real servers, a fresh database, a browser."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
import redis

from tests import servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Valkey is told to have 64 databases; 0 is left to whoever uses the server's own address.
broker_databases = itertools.cycle(range(1, 64))


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey server for the whole session, without a database number."""
    with servers.valkey() as url:
        yield url


@pytest.fixture
def broker_url(valkey_url: str) -> str:
    """An empty database of the session's Valkey server, this test's own."""
    url = f"{valkey_url}/{next(broker_databases)}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The maintenance database of a real PostgreSQL 18 cluster for the whole session."""
    with servers.postgres() as url:
        yield url


@pytest.fixture
def sqlite_database_url(tmp_path: Path) -> str:
    """A SQLite file that isn't there yet, this test's own."""
    return f"sqlite:///{tmp_path / 'seedspread.db'}"


@pytest.fixture
def postgres_database_url(postgres_url: str) -> Iterator[str]:
    """A new, empty PostgreSQL database, this test's own."""
    with servers.fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of each kind in turn: a test that asks for it runs on both."""
    name = "sqlite_database_url" if request.param == "sqlite" else "postgres_database_url"
    url: str = request.getfixturevalue(name)
    return url
