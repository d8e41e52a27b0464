"""Uploaded data files: kept once by digest, refused where they are not what they claim."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from tests.support.brokers import FlakyBroker

BODY = b"x,target\n1,a\n2,b\n3,a\n4,b\n"
SHA256 = hashlib.sha256(BODY).hexdigest()
BINARY = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def service(sqlite: Database, tmp_path: Path) -> Iterator[TestClient]:
    settings = AppSettings(database_url=str(sqlite.url), data_dir=tmp_path, data_roots="", max_upload_bytes=1000)
    with TestClient(create_app(settings, broker=FlakyBroker()), base_url="http://127.0.0.1:8321") as client:
        yield client


def test_an_upload_is_kept_by_digest_and_may_be_looked_into(service: TestClient, tmp_path: Path) -> None:
    address = f"/api/v1/datasets/uploads/{SHA256}?name=wine.csv"
    assert service.get(address).status_code == 404
    stored = service.put(address, content=BODY, headers=BINARY).json()
    assert Path(stored["path"]).read_bytes() == BODY
    assert service.get(address).json() == stored
    checked = service.post("/api/v1/datasets/check", json={"path": stored["path"]}).json()
    assert (checked["sha256"], checked["contents"]["examples"]) == (SHA256, 4)
    assert [path.name for path in (tmp_path / "data" / "uploads").iterdir()] == [SHA256]


@pytest.mark.parametrize(
    ("sha256", "name", "body", "field"),
    [
        (SHA256, "wine.csv", b"another,body\n", "sha256"),
        (SHA256.upper(), "wine.csv", BODY, "sha256"),
        (SHA256, "../wine.csv", BODY, "name"),
        (SHA256, ".pgpass", BODY, "name"),
        (hashlib.sha256(b"").hexdigest(), "empty.csv", b"", "body"),
    ],
)
def test_what_is_not_as_it_claims_leaves_nothing(
    service: TestClient, tmp_path: Path, sha256: str, name: str, body: bytes, field: str
) -> None:
    answer = service.put(f"/api/v1/datasets/uploads/{sha256}", params={"name": name}, content=body, headers=BINARY)
    assert (answer.status_code, answer.json()["error"]["faults"][0]["field"]) == (422, field)
    folder = tmp_path / "data" / "uploads"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_too_large_a_body_is_refused_by_its_declared_length_and_by_what_arrives(service: TestClient) -> None:
    body = b"x" * 1001
    address = f"/api/v1/datasets/uploads/{hashlib.sha256(body).hexdigest()}?name=large.csv"
    assert service.put(address, content=body, headers=BINARY).status_code == 413
    assert service.put(address, content=iter([body]), headers=BINARY).status_code in (413, 422)


def test_files_elsewhere_on_the_machine_are_not_looked_into(service: TestClient, tmp_path: Path) -> None:
    secret = tmp_path / "pgpass.csv"
    secret.write_text("host,target\ndb,hunter2\n")
    answer = service.post("/api/v1/datasets/check", json={"path": str(secret)})
    assert answer.status_code == 422
    assert "hunter2" not in answer.text
    missing = service.post("/api/v1/datasets/check", json={"path": str(tmp_path / "missing.csv")})
    assert missing.json()["error"]["faults"][0]["expected"] == answer.json()["error"]["faults"][0]["expected"]
