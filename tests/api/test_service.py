"""The service itself: its parts, its metrics, its page, and the errors nobody asked for."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.api.app import MAX_BODY_BYTES, ROUTERS
from seedspread.api.http.json import StrictRoute
from seedspread.api.openapi import document
from seedspread.api.shared import shared
from seedspread.context import utc_now
from seedspread.observe import studies as observe
from seedspread.settings import AppSettings
from seedspread.storage import leases, workers
from seedspread.storage.database import Database
from seedspread.storage.workers import Registration
from tests.api.test_studies import API, SPEC, submit
from tests.builders import LEASE_S
from tests.support.brokers import FlakyBroker
from tests.waiting import until

OPENAPI = Path(__file__).parents[2] / "frontend" / "openapi.json"


def test_health(client: TestClient, broker: FlakyBroker) -> None:
    health = client.get(f"{API}/health").json()
    assert (health["status"], health["database"]["kind"], health["workers"]) == ("ok", "sqlite", 0)
    assert health["version"]
    broker.away = True
    health = client.get(f"{API}/health").json()
    assert (health["status"], health["broker"]["ok"]) == ("degraded", False)
    assert "start it" in health["broker"]["problem"]


def test_recipes(client: TestClient) -> None:
    (listed,) = client.get(f"{API}/recipes").json()
    assert list(listed["parameters"]["properties"]) == ["hidden", "rate", "data"]
    assert client.get(f"{API}/recipes/toy").json() == listed
    assert client.get(f"{API}/recipes/toys").json()["error"]["hint"] == "there are: toy"


def test_workers_and_queues(client: TestClient, sqlite: Database) -> None:
    submit(client)
    queues = {queue["name"]: queue for queue in client.get(f"{API}/queues").json()}
    assert (queues["cpu"]["runs"], queues["cpu"]["messages"]) == ({"queued": 6, "running": 0}, 6)
    assert "seedspread worker --queue cpu" in queues["cpu"]["blocked"]
    assert queues["gpu"]["blocked"] is None
    now = utc_now()
    with sqlite.session() as session:
        workers.register(session, Registration("host:1/1", "host", 1, "cpu"), now)
        leases.claim(session, 1, 1, "host:1/1", now, LEASE_S)
        workers.beat(session, "host:1/1", now, run_id=1)
    (worker,) = client.get(f"{API}/workers").json()
    assert (worker["alive"], worker["run_id"], worker["study_id"]) == (True, 1, 1)
    cpu = next(queue for queue in client.get(f"{API}/queues").json() if queue["name"] == "cpu")
    assert (cpu["runs"], cpu["workers"], cpu["blocked"]) == ({"queued": 5, "running": 1}, 1, None)


def test_metrics_for_prometheus(client: TestClient) -> None:
    submit(client)
    client.get(f"{API}/studies/1")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'seedspread_runs{state="queued"} 6.0' in lines
    assert 'seedspread_queue_messages{queue="cpu"} 6.0' in lines
    assert 'seedspread_workers{queue="cpu"} 0.0' in lines
    counted = 'seedspread_request_duration_seconds_count{method="GET",route="/api/v1/studies/{study_id}",status="200"}'
    assert f"{counted} 1.0" in lines


class TestErrors:
    """One shape, whoever found the error."""

    def test_unknown_addresses(self, client: TestClient) -> None:
        for method, path in (("GET", "/api/nope"), ("POST", "/api/v1/nope"), ("GET", "/api/v2/studies")):
            answer = client.request(method, path, headers={"Accept": "text/html"})
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")

    def test_methods_that_are_not_taken(self, client: TestClient) -> None:
        answer = client.put(f"{API}/health")
        assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")

    def test_a_body_that_is_too_large(self, client: TestClient) -> None:
        headers = {"Content-Type": "application/json"}
        declared = headers | {"Content-Length": str(MAX_BODY_BYTES + 1)}
        unsaid = (b" " * 2**20 for _ in range(MAX_BODY_BYTES // 2**20 + 1))
        for answer in (
            client.post(f"{API}/studies", content=b"{}", headers=declared),
            client.post(f"{API}/studies", content=unsaid, headers=headers),
        ):
            assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")

    def test_the_broker_away(self, client: TestClient, broker: FlakyBroker) -> None:
        broker.away = True
        answer = client.post(f"{API}/studies", json=SPEC)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert answer.json()["error"]["hint"]
        assert int(answer.headers["retry-after"]) > 0
        assert client.get(f"{API}/studies").json()["total"] == 0

    def test_a_fault_of_ours(self, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(observe, "study", fails)
        answer = client.get(f"{API}/studies/1")
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")

    def test_another_sites_page_cannot_change_anything(self, client: TestClient) -> None:
        submit(client)
        cross = {"Sec-Fetch-Site": "cross-site"}
        assert client.post(f"{API}/studies/1/cancel", headers=cross).json()["error"]["code"] == "forbidden"
        assert client.get(f"{API}/studies/1", headers=cross).status_code == 200
        assert client.post(f"{API}/studies/1/cancel", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_a_database_that_is_away_is_503_and_comes_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file where a folder has to be")
    settings = AppSettings(database_url=f"sqlite:///{home / 'seedspread.db'}", reconcile_s=0.05)
    app = create_app(settings, broker=FlakyBroker())
    with TestClient(app, base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as client:
        assert client.get(f"{API}/health").json()["status"] == "degraded"
        answer = client.get(f"{API}/studies")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert "retry-after" in answer.headers
        assert client.get(f"{API}/studies/1/events").status_code == 503
        assert "seedspread_database_up 0.0" in client.get("/metrics").text
        home.unlink()
        until(lambda: client.get(f"{API}/studies").status_code == 200, what="coming back")


class TestPage:
    @pytest.fixture
    def built(self, tmp_path: Path) -> Path:
        folder = tmp_path / "static"
        (folder / "assets").mkdir(parents=True)
        (folder / "index.html").write_text("<!doctype html><title>Seedspread</title>")
        (folder / "assets" / "index-abc123.js").write_text("export {}")
        return folder

    @pytest.fixture
    def client(self, sqlite: Database, built: Path) -> TestClient:
        settings = AppSettings(database_url=str(sqlite.url))
        return TestClient(create_app(settings, broker=FlakyBroker(), page=built), base_url="http://127.0.0.1:8321")

    def test_deep_links_lead_to_the_page(self, client: TestClient) -> None:
        for path in ("/", "/studies/4", "/compare?a=1&b=2"):
            answer = client.get(path, headers={"Accept": "text/html"})
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
            assert "<title>Seedspread</title>" in answer.text

    def test_what_carries_a_hash_is_kept(self, client: TestClient) -> None:
        answer = client.get("/assets/index-abc123.js")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        missing = client.get("/assets/index-none.js")
        assert missing.status_code == 404
        assert "immutable" not in missing.headers.get("cache-control", "")

    def test_without_the_built_page_a_sentence_says_how_to_build_it(self, sqlite: Database, tmp_path: Path) -> None:
        settings = AppSettings(database_url=str(sqlite.url), reconcile_s=3600)
        app: FastAPI = create_app(settings, broker=FlakyBroker(), page=tmp_path / "none")
        with TestClient(app, base_url="http://127.0.0.1:8321") as client:
            assert "python frontend/build_page.py" in client.get("/api/docs").text
            assert "python frontend/build_page.py" in client.get("/").text
            assert client.get(f"{API}/health").json()["page"] is False


def test_the_description_in_the_checkout_is_current() -> None:
    current = OPENAPI.read_bytes() == document()
    assert current, "frontend/openapi.json describes another API: make openapi"


def test_the_page_shares_the_colours_markers_and_search_patterns() -> None:
    written = (OPENAPI.parent / "src" / "lib" / "shared.json").read_bytes()
    assert written == shared(), "python -m seedspread.api.shared > frontend/src/lib/shared.json"


def test_every_route_and_field_is_described() -> None:
    described = orjson.loads(document())
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), f"{method} {path} says nothing"
            assert operation["tags"], f"{method} {path} is under no heading"
            answers = operation["responses"]
            assert "HTTPValidationError" not in str(answers), f"{method} {path} promises another shape of errors"
    assert described == orjson.loads(document())


def test_every_body_is_read_strictly() -> None:
    loose = [
        (route.methods, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.body_field is not None and not isinstance(route, StrictRoute)
    ]
    assert loose == []


@pytest.mark.parametrize("number", ["1" + 30 * "0", "1" + 400 * "0", "-1e999"])
def test_a_number_too_large_to_say_is_refused(client: TestClient, number: str) -> None:
    body = f'{{"name": "v", "page": {number}, "search": ""}}'
    answer = client.put("/api/v1/views", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")
