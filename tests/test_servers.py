"""The test servers themselves: real, fresh for each test, and gone afterwards."""

from __future__ import annotations

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, text

from tests import servers


def test_each_broker_database_starts_empty(broker_url: str) -> None:
    with redis.Redis.from_url(broker_url) as client:
        assert client.dbsize() == 0
        client.set("left", "over")


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_database_starts_empty(database_url: str, attempt: int) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE left_over (attempt INTEGER)"))
        connection.execute(text("INSERT INTO left_over VALUES (:attempt)"), {"attempt": attempt})
        assert connection.execute(text("SELECT attempt FROM left_over")).scalars().all() == [attempt]
    engine.dispose()


def test_postgres_is_version_18(postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        assert connection.info.server_version // 10_000 == 18


def test_a_server_is_gone_when_its_block_ends() -> None:
    with servers.valkey() as url, redis.Redis.from_url(url) as client:
        assert client.ping()
    with redis.Redis.from_url(url) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_a_server_that_ends_at_once_says_why() -> None:
    with (
        servers.private_folder() as folder,
        pytest.raises(servers.ServerNotStartedError, match="no such thing"),
        servers.running(["/bin/sh", "-c", "echo no such thing; exit 3"], folder, lambda: False),
    ):
        pass
