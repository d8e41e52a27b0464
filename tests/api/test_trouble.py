"""A full disk and a locked database: said, answered with 503, and over as soon as the cause is."""

from __future__ import annotations

import hashlib
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.settings import AppSettings
from seedspread.storage import database as database_module
from seedspread.storage import recipes
from seedspread.storage.database import Database
from tests.api.test_studies import API, SPEC
from tests.builders import NOW, recipe
from tests.support.brokers import FlakyBroker


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_said_and_over_when_there_is_room(sqlite: Database, broker: FlakyBroker, tmp_path: Path) -> None:
    settings = AppSettings(database_url=str(sqlite.url), data_dir=tmp_path, reconcile_s=3600)
    content = b"a,b\n1,2\n"
    upload = f"{API}/datasets/uploads/{hashlib.sha256(content).hexdigest()}?name=t.csv"
    octets = {"Content-Type": "application/octet-stream"}
    with TestClient(create_app(settings, broker=broker), base_url="http://127.0.0.1:8321") as client:
        assert client.get(f"{API}/health").json()["disk"] == {"ok": True, "kind": "disk", "problem": None}
        with full_disk():
            health = client.get(f"{API}/health").json()
            answers = [client.post(f"{API}/studies", json=SPEC), client.put(upload, content=content, headers=octets)]
        assert (health["status"], health["database"]["ok"], health["disk"]["ok"]) == ("degraded", True, False)
        assert str(tmp_path) in health["disk"]["problem"]
        for answer in answers:
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert client.get(f"{API}/health").json()["status"] == "ok"
        assert client.post(f"{API}/studies", json=SPEC).status_code == 201
        assert client.put(upload, content=content, headers=octets).status_code == 200


def test_a_locked_table_is_answered_with_503_in_time(
    postgres_database_url: str, broker: FlakyBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "LOCK_TIMEOUT_S", 0.3)
    owner = Database(postgres_database_url)
    owner.upgrade()
    with owner.session() as session:
        recipes.publish(session, [recipe()], NOW)
    owner.dispose()
    app: FastAPI = create_app(AppSettings(database_url=postgres_database_url, reconcile_s=3600), broker=broker)
    address = postgres_database_url.replace("postgresql+psycopg", "postgresql")
    with TestClient(app, base_url="http://127.0.0.1:8321") as client, psycopg.connect(address) as other:
        client.get(f"{API}/health")
        other.execute("LOCK TABLE study, worker IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        answer = client.post(f"{API}/studies", json=SPEC)
        health = client.get(f"{API}/health").json()
        assert time.monotonic() - began < 4.0
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (503, "unavailable")
        assert "lock timeout" in error["message"]
        assert "\n" not in error["message"]
        assert (health["status"], health["database"]["ok"]) == ("degraded", False)
        other.rollback()
        assert client.post(f"{API}/studies", json=SPEC).status_code == 201
        assert client.get(f"{API}/health").json()["status"] == "ok"


def test_a_database_that_only_reads_is_said_and_answered_with_503(
    postgres_database_url: str, broker: FlakyBroker, tmp_path: Path
) -> None:
    opened = Database(postgres_database_url)
    opened.upgrade()
    with opened.session() as session:
        recipes.publish(session, [recipe()], NOW)
    opened.dispose()
    only_reads = postgres_database_url + "&options=-c%20default_transaction_read_only%3Don"
    settings = AppSettings(database_url=only_reads, data_dir=tmp_path, reconcile_s=3600)
    with TestClient(create_app(settings, broker=broker), base_url="http://127.0.0.1:8321") as client:
        health = client.get(f"{API}/health").json()
        answer = client.post(f"{API}/studies", json=SPEC)
        assert client.get(f"{API}/studies").status_code == 200
    assert (health["status"], health["database"]["ok"]) == ("degraded", False)
    assert health["database"]["problem"].startswith("The database only reads")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
