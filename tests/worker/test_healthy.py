"""What a container's health check asks: does a worker of this machine beat?"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from seedspread.storage import workers
from seedspread.storage.database import Database
from seedspread.storage.workers import Registration
from seedspread_worker.pool.health import beating

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with its tables."""
    database = Database(database_url)
    database.upgrade()
    yield database
    database.dispose()


def register(database: Database, name: str, host: str, queue: str, now: datetime) -> None:
    with database.session() as session:
        workers.register(session, Registration(name, host, 1, queue), now)


def test_workers_of_this_machine_and_queue_count_while_they_beat(database: Database) -> None:
    register(database, "a", "here", "cpu", NOW)
    register(database, "b", "here", "cpu", NOW - timedelta(seconds=21))
    register(database, "c", "here", "gpu", NOW)
    register(database, "d", "there", "cpu", NOW)
    assert beating(database, "cpu", "here", NOW, 20) == 1
    assert beating(database, "gpu", "here", NOW, 20) == 1
    assert beating(database, "gpu", "there", NOW, 20) == 0


def exit_code(url: str) -> int:
    """What the health check of a container answers."""
    command = [sys.executable, "-m", "seedspread_worker.pool.health", "--queue", "cpu"]
    environment = {**os.environ, "SEEDSPREAD_DATABASE_URL": url}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def test_the_command_answers_by_its_exit_code(sqlite_database_url: str) -> None:
    database = Database(sqlite_database_url)
    database.upgrade()
    assert exit_code(sqlite_database_url) == 1
    register(database, "a", socket.gethostname(), "cpu", datetime.now(UTC))
    database.dispose()
    assert exit_code(sqlite_database_url) == 0


def test_a_database_that_is_away_is_not_healthy() -> None:
    assert exit_code("postgresql+psycopg://postgres@/postgres?host=/nowhere") == 1
