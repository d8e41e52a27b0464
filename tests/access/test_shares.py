"""Read-only links: one study, until they end; and limits on how often anybody may ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from seedspread.access import shares, tokens
from seedspread.access.roles import Role, is_open, may_read_shared
from seedspread.api import create_app
from seedspread.api.http import rate
from seedspread.context import Context
from seedspread.errors import InvalidInput, NotFound
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from seedspread.storage.tables import RunRow, ShareRow, StudyRow
from tests.access.test_access import bearer, sqlite
from tests.builders import finish, run_ids, spec, store
from tests.support.brokers import FlakyBroker

__all__ = ["sqlite"]

ROUTES = [
    (method.upper(), path)
    for path, methods in json.loads(Path("frontend/openapi.json").read_bytes())["paths"].items()
    for method in methods
]
SECRET = "nobody-outside-may-read-this"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ctx(sqlite: Database, clock: Clock) -> Context:
    """Two studies, of which the second holds the secret in name, arms, notes and tags."""
    store(sqlite)
    hidden = store(sqlite, spec(name=SECRET, notes=SECRET, tags=(SECRET,)))
    for study in (1, hidden):
        for run in run_ids(sqlite, study):
            finish(sqlite, run)
    with sqlite.session() as session:
        for row in session.scalars(select(RunRow).where(RunRow.study_id == hidden)):
            row.log_tail = row.notes = SECRET
    return Context(sqlite, FlakyBroker(), AppSettings(host="0.0.0.0"), clock)


@pytest.fixture
def client(sqlite: Database, clock: Clock) -> Iterator[TestClient]:
    settings = AppSettings(database_url=str(sqlite.url), reconcile_s=3600, host="0.0.0.0", requests_per_s=1000)
    app = create_app(settings, broker=FlakyBroker(), clock=clock)
    with TestClient(app, base_url="http://seeds.example:8321", raise_server_exceptions=False) as opened:
        yield opened


def addresses(path: str, study: int, run: int) -> str:
    """Fill in a path: the study and its first run, else names that exist."""
    names = {"study_id": study, "run_id": run, "share_id": 1, "name": "distribution", "external_id": "x"}
    return path.format(**names, sha256="a" * 64)


def test_a_link_reads_one_study_and_nothing_else(client: TestClient, ctx: Context) -> None:
    _, token = shares.create_share(ctx, 1, 30)
    allowed = set()
    for method, path in ROUTES:
        if path.endswith("/events"):  # a stream without an end
            assert may_read_shared(1, method, addresses(path, 1, 1), [])
            assert not may_read_shared(1, method, addresses(path, 2, 1), [])
            continue
        mine = client.request(method, addresses(path, 1, 1), headers=bearer(token), follow_redirects=False)
        elsewhere = addresses(path, 2, 7)
        other = mine
        if elsewhere != addresses(path, 1, 1):
            other = client.request(method, elsewhere, headers=bearer(token), follow_redirects=False)
        if is_open(path):
            assert SECRET not in mine.text + other.text
            continue
        assert other.status_code == 403 or path == "/api/v1/figures", (method, path)
        if mine.status_code != 403:
            allowed.add((method, path.removeprefix("/api/v1/studies/{study_id}")))
            assert mine.status_code in (200, 404, 422), (method, path, mine.text)
    assert allowed == {("GET", ""), ("GET", "/api/v1/figures"), ("POST", "/snapshot")} | {
        ("GET", f"/{name}")
        for name in (
            *("best-of-k", "comparison", "comparisons", "data", "distribution", "explorer", "figures/{name}"),
            *("findings", "plan", "report", "runs", "runs/compact", "seeding", "series", "test-set-noise", "variance"),
        )
    }
    assert client.get("/metrics", headers=bearer(token)).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "comparison?a=2:base&b=2:wide",
        "comparison?a=0&b=%202:wide",
        "comparison?a=0&b=1&b=2:wide",
        "series?run=7&run=8",
        "figures/curves?arms=2.0",
        "figures/curves?arms=2:0",
        "figures/distribution?runs=7,8",
        "runs?query=study:2",
        "../2",
        "%2e%2e/2",
        "1/../../2",
        "data?what=runs&study=2",
    ],
)
def test_no_query_reaches_another_study(client: TestClient, ctx: Context, path: str) -> None:
    _, token = shares.create_share(ctx, 1, 30)
    answer = client.get(f"/api/v1/studies/1/{path}", headers=bearer(token))
    assert answer.status_code in (200, 403, 404, 422)
    assert SECRET not in answer.text
    if path.startswith("series"):
        assert answer.json()["run_ids"] == []


def test_a_browser_opens_a_link_until_it_ends(client: TestClient, ctx: Context, clock: Clock) -> None:
    admin = bearer(tokens.create_token(ctx, "ada", Role.MEMBER))
    created = client.post("/api/v1/studies/1/shares", json={"days": 2}, headers=admin).json()
    assert (created["created_by"], created["study_id"]) == ("ada", 1)
    with ctx.database.reading() as session:
        assert created["path"].removeprefix("/shared/") not in str(session.scalars(select(ShareRow.digest)).all())
    opened = client.get(created["path"], follow_redirects=False)
    assert (opened.status_code, opened.headers["location"]) == (303, "/studies/1")
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert client.get("/api/v1/studies/1").status_code == 200
    assert client.get("/api/v1/studies/2").status_code == 403
    session_view = client.get("/api/v1/session").json()
    assert (session_view["study"], session_view["name"]) == (1, "share link 1")
    # Whoever signs in on the same browser reads everything again.
    client.post("/api/v1/session", json={"token": tokens.create_token(ctx, "bob", Role.VIEWER)})
    assert client.get("/api/v1/studies/2").status_code == 200
    client.delete("/api/v1/session")
    client.get(created["path"])
    clock.now += timedelta(days=2, seconds=1)
    assert client.get("/api/v1/studies/1").status_code == 401
    assert client.get(created["path"]).status_code == 410
    clock.now -= timedelta(days=1)
    assert client.get("/api/v1/studies/1").status_code == 200
    assert client.delete("/api/v1/studies/2/shares/1", headers=admin).status_code == 404
    assert client.delete("/api/v1/studies/1/shares/1", headers=admin).status_code == 204
    assert client.get("/api/v1/studies/1").status_code == 401
    assert client.get("/api/v1/studies/1/shares", headers=admin).json()[0]["revoked_at"] is not None
    link = tokens.Holder("share link 1", Role.VIEWER, study=1, share=1)
    namesake = tokens.Holder("share link 1", Role.VIEWER)
    assert shares.ended_among(ctx, {link, namesake}) == {link}
    viewer = bearer(tokens.create_token(ctx, "eve", Role.VIEWER))
    assert client.post("/api/v1/studies/1/shares", headers=viewer).status_code == 403


def test_links_need_a_study_and_an_end(ctx: Context) -> None:
    with pytest.raises(NotFound):
        shares.create_share(ctx, 99, 1)
    for days in (0, 366):
        with pytest.raises(InvalidInput, match="days"):
            shares.create_share(ctx, 1, days)
    _, token = shares.create_share(ctx, 1, 1)
    assert tokens.holder_of(ctx, token) is None
    with ctx.database.session() as session:
        session.delete(session.get_one(StudyRow, 1))
    assert shares.reader_of(ctx, token) is None


def test_who_submitted_and_excluded_is_kept(client: TestClient, ctx: Context) -> None:
    ada = bearer(tokens.create_token(ctx, "ada", Role.MEMBER))
    body = {"name": "s", "recipe": "toy", "arms": [{"name": "a"}], "seeds": {"count": 1}, "metric": "accuracy"}
    study = client.post("/api/v1/studies", json=body, headers=ada).json()["study_id"]
    assert client.get(f"/api/v1/studies/{study}", headers=ada).json()["created_by"] == "ada"
    assert client.get("/api/v1/studies/1", headers=ada).json()["created_by"] is None
    bob = bearer(tokens.create_token(ctx, "bob", Role.MEMBER))
    reason = {"reason": "power cut"}
    assert client.put("/api/v1/runs/1/exclusion", json=reason, headers=bob).json()["excluded_by"] == "bob"
    several = {"runs": [2], "reason": "same"}
    client.post("/api/v1/studies/1/exclude", json=several, headers=ada)
    listed = client.get("/api/v1/studies/1/runs?sort=id&order=asc", headers=ada).json()["items"]
    assert [run["excluded_by"] for run in listed][:3] == ["bob", "ada", None]
    client.delete("/api/v1/runs/1/exclusion", headers=ada)
    assert client.get("/api/v1/runs/1", headers=ada).json()["excluded_by"] is None


def test_wrong_sign_ins_and_wrong_tokens_have_to_wait(client: TestClient, ctx: Context) -> None:
    statuses = [client.post("/api/v1/session", json={"token": "sst_x"}).status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    answer = client.post("/api/v1/session", json={"token": tokens.create_token(ctx, "ada", Role.ADMIN)})
    assert answer.status_code == 429
    assert 25 <= int(answer.headers["retry-after"]) <= 30
    assert answer.json()["error"]["code"] == "too_many_requests"
    # Programs go on: only the sign-in is closed.
    assert (
        client.get("/api/v1/studies", headers=bearer(tokens.create_token(ctx, "bob", Role.VIEWER))).status_code == 200
    )
    wrong = [client.get("/api/v1/studies", headers=bearer("sst_wrong")).status_code for _ in range(130)]
    assert set(wrong[:100]) == {401}
    assert wrong[-1] == 429
    assert client.get("/api/v1/health").status_code == 200


def test_a_token_may_ask_so_often(sqlite: Database, ctx: Context) -> None:
    settings = AppSettings(database_url=str(sqlite.url), reconcile_s=3600, host="0.0.0.0", requests_per_s=1)
    with TestClient(create_app(settings, broker=FlakyBroker()), base_url="http://seeds.example") as client:
        busy, calm = (bearer(tokens.create_token(ctx, name, Role.VIEWER)) for name in ("busy", "calm"))
        answers = [client.get("/api/v1/studies", headers=busy) for _ in range(8)]
        assert [answer.status_code for answer in answers][:5] == [200] * 5
        assert answers[-1].status_code == 429
        assert answers[-1].headers["retry-after"] == "1"
        assert client.get("/api/v1/studies", headers=calm).status_code == 200


def test_buckets_fill_again_and_forget(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    buckets = rate.Buckets(0.5, 2, lambda: now[0])
    assert buckets.wait_s("a") == 0
    for _ in range(2):
        buckets.take("a")
    assert buckets.wait_s("a") == 2
    now[0] -= 50  # a clock that goes back gives nothing and takes nothing
    assert buckets.wait_s("a") == 2
    now[0] += 53
    assert buckets.wait_s("a") == 0
    monkeypatch.setattr(rate, "MOST_KEYS", 3)
    for key in "bcd":
        buckets.take(key)
    filled: dict[str, Any] = dict(buckets._filled)
    assert list(filled) == ["b", "c", "d"]
