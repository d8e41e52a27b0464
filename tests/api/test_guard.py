"""Whom the service takes itself to be asked as: other names that lead to loopback are somebody else's doing."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.api.http.guard import names_of
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from tests.support.brokers import FlakyBroker


def client(database: Database, **settings: str) -> TestClient:
    given = AppSettings.model_validate({"database_url": str(database.url), **settings})
    return TestClient(create_app(given, broker=FlakyBroker()), base_url="http://127.0.0.1:8321")


def status(api: TestClient, host: str) -> int:
    return api.get("/api/v1/openapi.json", headers={"Host": host}).status_code


OURS = ["localhost", "LOCALHOST:8321", "localhost.", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:8321"]
OTHERS = [
    "evil.example",
    "evil.example:8321",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "192.0.2.7",
    "",
    "[::2]:1",
]


@pytest.mark.parametrize("host", OURS)
def test_on_loopback_this_machines_names_are_answered(sqlite: Database, host: str) -> None:
    assert status(client(sqlite), host) == 200


@pytest.mark.parametrize("host", OTHERS)
def test_on_loopback_other_names_are_not(sqlite: Database, host: str) -> None:
    answer = client(sqlite).get("/", headers={"Host": host})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "unknown_host")
    assert "SEEDSPREAD_ALLOWED_HOSTS" in error["hint"]


def test_names_that_a_person_allowed_are_answered_beside_them(sqlite: Database) -> None:
    api = client(sqlite, allowed_hosts="seeds.example, Box.local:8321")
    for host in ("seeds.example", "seeds.example:443", "box.local", "localhost"):
        assert status(api, host) == 200
    assert status(api, "evil.example") == 400
    assert status(client(sqlite, allowed_hosts="*"), "evil.example") == 200


def test_elsewhere_every_name_is_answered_unless_some_are_named(sqlite: Database) -> None:
    assert status(client(sqlite, host="0.0.0.0"), "seeds.example") == 200
    named = client(sqlite, host="0.0.0.0", allowed_hosts="seeds.example")
    assert (status(named, "seeds.example"), status(named, "evil.example")) == (200, 400)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost", "::1", "[::1]"])
def test_what_is_loopback(host: str) -> None:
    names = names_of(host, "")
    assert names is not None
    assert names >= {"localhost", "127.0.0.1", "::1"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "seeds.example"])
def test_what_is_not(host: str) -> None:
    assert names_of(host, "") is None


CHANGE = "/api/v1/nothing-of-this-name"


def cancel(api: TestClient, **headers: str) -> int:
    return api.post(CHANGE, headers={name.replace("_", "-"): value for name, value in headers.items()}).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_pages_of_other_origins_change_nothing(sqlite: Database, headers: dict[str, str], host: str) -> None:
    assert cancel(client(sqlite, host=host), **headers) == 403


def test_own_pages_and_programs_may_ask_for_changes(sqlite: Database) -> None:
    api = client(sqlite)
    for headers in ({}, {"Origin": "http://127.0.0.1:8321"}, {"Sec_Fetch_Site": "same-origin"}):
        assert cancel(api, **headers) == 404


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_bodies_that_a_form_can_send_are_refused(sqlite: Database, kind: str) -> None:
    answer = client(sqlite).post("/api/v1/compare", content=b'{"groups": {}}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["/", "/api/v1/openapi.json", "/api/docs", "/metrics-of-no-kind"])
def test_every_answer_says_what_a_browser_may_do_with_it(sqlite: Database, path: str) -> None:
    headers = client(sqlite).get(path).headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
