"""The built page's files and the viewer of the API's description, as a browser asks for them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from tests.support.brokers import FlakyBroker

SCRIPT = b"export const text = 'the same again and again';\n" * 200
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def client(sqlite: Database, tmp_path: Path) -> TestClient:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "api-docs").mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Seedspread</title>")
    (folder / "assets" / "index-abc123.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-abc123.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "assets" / "small-abc123.js").write_text("export {}")
    settings = AppSettings(database_url=str(sqlite.url))
    return TestClient(create_app(settings, broker=FlakyBroker(), page=folder), base_url="http://127.0.0.1:8321")


def test_a_script_travels_as_it_was_compressed_by_the_build(client: TestClient) -> None:
    with client.stream("GET", "/assets/index-abc123.js", headers={"Accept-Encoding": "br, gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == SCRIPT
    assert len(raw) == int(answer.headers["content-length"]) < len(SCRIPT) / 10
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert (answer.headers["vary"], answer.headers["cache-control"]) == ("Accept-Encoding", FOR_EVER)


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "gzip; q=0.0, br"])
def test_who_does_not_take_gzip_gets_the_plain_file(client: TestClient, accepted: str) -> None:
    answer = client.get("/assets/index-abc123.js", headers={"Accept-Encoding": accepted})
    assert answer.content == SCRIPT
    assert "content-encoding" not in answer.headers
    assert (answer.headers["vary"], answer.headers["cache-control"]) == ("Accept-Encoding", FOR_EVER)


def test_the_two_forms_have_a_tag_each_and_what_is_the_same_is_not_sent_again(client: TestClient) -> None:
    path = "/assets/index-abc123.js"
    packed = client.get(path, headers={"Accept-Encoding": "gzip"}).headers["etag"]
    plain = client.get(path, headers={"Accept-Encoding": "identity"}).headers["etag"]
    assert packed != plain
    again = client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": packed})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", packed)
    assert (again.headers["vary"], again.headers["cache-control"]) == ("Accept-Encoding", FOR_EVER)
    assert client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": plain}).status_code == 200


def test_what_the_build_left_plain_stays_so(client: TestClient) -> None:
    for path in ("/assets/small-abc123.js", "/"):
        answer = client.get(path, headers={"Accept-Encoding": "gzip", "Accept": "text/html, */*"})
        assert answer.status_code == 200
        assert not {"content-encoding", "vary"} & set(answer.headers)


@pytest.mark.parametrize("path", ["/assets/../index.html", "/assets/%2e%2e/%2e%2e/seedspread.db", "//etc/passwd"])
def test_nothing_outside_the_folder_is_given_out(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 404 or "<title>Seedspread</title>" in answer.text


def test_the_viewer_of_the_description_asks_nobody_else(client: TestClient) -> None:
    answer = client.get("/api/docs")
    assert answer.status_code == 200
    assert "/api/v1/openapi.json" in answer.text
    assert "https://" not in answer.text
    assert "http://" not in answer.text
