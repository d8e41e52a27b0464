"""Access beyond loopback: no answer without a token, and each role within its limits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from seedspread.access import tokens
from seedspread.access.roles import Role
from seedspread.api import create_app
from seedspread.cli.app import run
from seedspread.cli.console.serving import server_config
from seedspread.context import Context
from seedspread.settings import AppSettings, is_loopback
from seedspread.storage import recipes
from seedspread.storage.database import Database
from tests.builders import NOW, recipe
from tests.support.brokers import FlakyBroker

PATHS = [
    path
    for path, methods in json.loads(Path("frontend/openapi.json").read_bytes())["paths"].items()
    if "get" in methods and path not in ("/api/v1/health", "/api/v1/session")
]


@pytest.fixture
def sqlite(migrated_sqlite_file: Path, tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{shutil.copy(migrated_sqlite_file, tmp_path / 'seedspread.db')}")
    with opened.session() as session:
        recipes.publish(session, [recipe()], NOW)
    yield opened
    opened.dispose()


@pytest.fixture
def ctx(sqlite: Database) -> Context:
    return Context(sqlite, FlakyBroker(), AppSettings(host="0.0.0.0"))


@pytest.fixture
def client(sqlite: Database) -> Iterator[TestClient]:
    settings = AppSettings(database_url=str(sqlite.url), reconcile_s=3600, host="0.0.0.0")
    app = create_app(settings, broker=FlakyBroker())
    with TestClient(app, base_url="http://seeds.example:8321", raise_server_exceptions=False) as opened:
        yield opened


def _same(moment: datetime) -> datetime:
    return moment


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", [*PATHS, "/metrics", "/api/v1/nowhere"])
def test_nothing_is_answered_without_a_token(client: TestClient, ctx: Context, path: str) -> None:
    revoked = tokens.create_token(ctx, "gone", Role.ADMIN)
    tokens.revoke_token(ctx, "gone")
    for headers in ({}, bearer("sst_wrong"), bearer(revoked), {"Cookie": "seedspread_token=sst_wrong"}):
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_the_page_and_the_health_are_answered(client: TestClient) -> None:
    assert client.get("/").status_code == 200
    assert client.get("/api/v1/health").status_code == 200
    assert client.get("/api/v1/session").json() == {"required": True, "name": None, "role": None, "study": None}


def test_each_role_does_what_it_may(client: TestClient, ctx: Context) -> None:
    headers = {role: bearer(tokens.create_token(ctx, role.value, role)) for role in Role}
    spec = {"name": "s", "recipe": "toy", "arms": [{"name": "a"}], "seeds": {"count": 1}, "metric": "accuracy"}

    def status(role: Role, method: str, path: str) -> int:
        body = spec if path.endswith("/studies") else None
        return client.request(method, f"/api/v1{path}", headers=headers[role], json=body).status_code

    for role in (Role.VIEWER, Role.MEMBER, Role.ADMIN):
        assert status(role, "GET", "/studies") == 200
    assert status(Role.LOGGER, "GET", "/studies") == 403
    assert status(Role.VIEWER, "POST", "/studies") == 403
    assert status(Role.VIEWER, "PUT", "/imports/s1") == 403
    assert status(Role.LOGGER, "PUT", "/imports/s1") == 422  # let in, and the body is missing
    assert status(Role.MEMBER, "POST", "/studies") == 201
    assert status(Role.MEMBER, "GET", "/tokens") == 403
    assert status(Role.ADMIN, "GET", "/tokens") == 200
    assert status(Role.MEMBER, "POST", "/studies/1/groups") == 422
    assert status(Role.VIEWER, "POST", "/studies/1/snapshot") == 422
    # Whoever tried is in the log, with what came of it; reading and computing are not.
    log = client.get("/api/v1/changes", headers=headers[Role.ADMIN]).json()
    assert [(entry["name"], entry["method"], entry["path"], entry["status"]) for entry in log["items"]] == [
        ("member", "POST", "/api/v1/studies", 201),
        ("logger", "PUT", "/api/v1/imports/s1", 422),
        ("viewer", "PUT", "/api/v1/imports/s1", 403),
        ("viewer", "POST", "/api/v1/studies", 403),
    ]
    second = client.get("/api/v1/changes?page=2&per_page=3", headers=headers[Role.ADMIN]).json()
    assert (second["total"], second["page"]) == (4, 2)
    assert second["items"] == log["items"][3:]


def test_a_browser_signs_in_by_a_cookie_that_scripts_cannot_read(client: TestClient, ctx: Context) -> None:
    token = tokens.create_token(ctx, "ada", Role.MEMBER)
    assert client.post("/api/v1/session", json={"token": "sst_wrong"}).status_code == 401
    answer = client.post("/api/v1/session", json={"token": f" {token}\n"})
    assert answer.json() == {"required": True, "name": "ada", "role": "member", "study": None}
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/api/v1/studies").status_code == 200
    assert client.get("/api/v1/session").json()["name"] == "ada"
    # Another site's page cannot use the cookie for a change, whatever the browser sends along.
    foreign = client.post("/api/v1/studies/delete", json={"studies": [1]}, headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 403
    assert client.delete("/api/v1/session").status_code == 204
    assert client.get("/api/v1/studies").status_code == 401


def test_revoking_a_token_ends_its_sessions(client: TestClient, ctx: Context) -> None:
    client.post("/api/v1/session", json={"token": tokens.create_token(ctx, "ada", Role.MEMBER)})
    admin = bearer(tokens.create_token(ctx, "root", Role.ADMIN))
    assert client.get("/api/v1/studies").status_code == 200
    assert client.delete("/api/v1/tokens/ada", headers=admin).status_code == 204
    assert client.get("/api/v1/studies").status_code == 401
    assert client.delete("/api/v1/tokens/ada", headers=admin).status_code == 404


def test_an_admin_makes_tokens_that_are_shown_once(client: TestClient, ctx: Context, sqlite: Database) -> None:
    admin = bearer(tokens.create_token(ctx, "root", Role.ADMIN))
    made = client.post("/api/v1/tokens", json={"name": "ci", "role": "viewer"}, headers=admin)
    token = made.json()["token"]
    assert (made.status_code, made.json()["role"]) == (201, "viewer")
    assert client.get("/api/v1/studies", headers=bearer(token)).status_code == 200
    assert client.post("/api/v1/tokens", json={"name": "ci"}, headers=admin).status_code == 409
    assert client.post("/api/v1/tokens", json={"name": "x", "role": "owner"}, headers=admin).status_code == 422
    assert token not in client.get("/api/v1/tokens", headers=admin).text
    assert token not in client.get("/api/v1/changes", headers=admin).text


def test_the_only_admin_is_not_revoked_from_elsewhere(client: TestClient, ctx: Context) -> None:
    headers = bearer(tokens.create_token(ctx, "ada", Role.ADMIN))
    tokens.create_token(ctx, "ben", Role.MEMBER)
    answer = client.delete("/api/v1/tokens/ada", headers=headers)
    assert answer.status_code == 409
    assert "only token with the role admin" in answer.json()["error"]["message"]
    assert "create another admin first" in answer.json()["error"]["hint"]
    assert client.get("/api/v1/session", headers=headers).json()["role"] == "admin"
    assert client.delete("/api/v1/tokens/ben", headers=headers).status_code == 204
    assert client.delete("/api/v1/tokens/nobody", headers=headers).status_code == 404
    tokens.create_token(ctx, "cleo", Role.ADMIN)
    assert client.delete("/api/v1/tokens/ada", headers=headers).status_code == 204
    tokens.revoke_token(ctx, "cleo")  # where the service runs, another is created as easily
    assert all(token.revoked_at for token in tokens.list_tokens(ctx))


@pytest.mark.parametrize(
    ("proxies", "peer", "seen"),
    [
        ("127.0.0.1", "127.0.0.1", ("203.0.113.9", "https")),
        ("127.0.0.1", "192.0.2.7", ("192.0.2.7", "http")),
        ("10.0.0.0/8", "10.1.2.3", ("203.0.113.9", "https")),
        ("10.0.0.0/8", "127.0.0.1", ("127.0.0.1", "http")),
        ("", "127.0.0.1", ("127.0.0.1", "http")),
    ],
)
def test_only_trusted_proxies_say_who_asked(proxies: str, peer: str, seen: tuple[str, str]) -> None:
    app = FastAPI()

    @app.get("/")
    def who(request: Request) -> list[str]:
        return [request.client.host if request.client else "", request.url.scheme]

    config = server_config(app, AppSettings(trusted_proxies=proxies))
    config.load()
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    with TestClient(config.loaded_app, client=(peer, 5000)) as client:
        assert tuple(client.get("/", headers=forwarded).json()) == seen


def test_the_last_use_is_recorded_once_a_minute(ctx: Context) -> None:
    token = tokens.create_token(ctx, "ada", Role.VIEWER)
    moments = iter([NOW, NOW + timedelta(seconds=30), NOW + timedelta(seconds=90)])
    used = []
    for moment in moments:
        at = Context(ctx.database, ctx.broker, ctx.settings, clock=partial(_same, moment))
        assert tokens.holder_of(at, token) == tokens.Holder("ada", Role.VIEWER)
        used.append(tokens.list_tokens(ctx)[0].used_at)
    assert used == [NOW, NOW, NOW + timedelta(seconds=90)]


def test_on_loopback_nobody_signs_in_unless_that_is_wanted(sqlite: Database) -> None:
    def studies(**settings: str) -> int:
        given = AppSettings.model_validate({"database_url": str(sqlite.url), "reconcile_s": 3600, **settings})
        with TestClient(create_app(given, broker=FlakyBroker()), base_url="http://127.0.0.1:8321") as opened:
            return opened.get("/api/v1/studies").status_code

    assert studies() == 200
    assert studies(auth="token") == 401


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *[(host, True) for host in ("127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost")],
        *[(host, False) for host in ("0.0.0.0", "::", "192.0.2.7", "seeds.example", "localhost.evil.example", "")],
    ],
)
def test_loopback_is_recognised(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    assert AppSettings(host=host).requires_token is not loopback


def test_serving_a_network_waits_for_somebody_who_can_sign_in(
    sqlite: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--database-url", str(sqlite.url), "--data-dir", str(tmp_path / "data")]
    for command in (["serve", "--port", "0"], ["up", "--port", "0", "--workers", "0"]):
        assert run([*command, "--host", "0.0.0.0", *where]) == 1
        error = capsys.readouterr().err
        assert "requires a token" in error
        assert "seedspread token create NAME --role admin" in error
    # A token that only sends runs lets nobody in.
    assert run(["token", "create", "laptop", *where]) == 0
    assert run(["serve", "--port", "0", "--host", "0.0.0.0", *where]) == 1


def test_the_command_line_takes_its_token_from_a_variable_or_a_file(
    sqlite: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedspread.cli.console.options import access_token

    assert run(["token", "create", "ada", "--role", "member", "--database-url", str(sqlite.url)]) == 0
    token = capsys.readouterr().out.strip()
    (tmp_path / "token").write_text(f"{token}\n")
    monkeypatch.setenv("SEEDSPREAD_TOKEN_FILE", str(tmp_path / "token"))
    assert access_token() == token
    monkeypatch.setenv("SEEDSPREAD_TOKEN_FILE", str(tmp_path / "nothing"))
    assert run(["status"]) == 2
    assert "SEEDSPREAD_TOKEN_FILE" in capsys.readouterr().err
    monkeypatch.delenv("SEEDSPREAD_TOKEN_FILE")
    monkeypatch.setenv("SEEDSPREAD_TOKEN", f" {token} ")
    assert access_token() == token


@pytest.mark.parametrize("token", ["sst_é€", "sst_a\nsst_b"])
def test_a_token_that_fits_no_header_is_refused_without_showing_it(
    token: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEDSPREAD_TOKEN", token)
    assert run(["status"]) == 2
    errors = capsys.readouterr().err
    assert "ASCII characters on one line" in errors
    assert "sst_" not in errors


def test_tokens_from_before_roles_send_studies_as_they_did(sqlite: Database, ctx: Context) -> None:
    from sqlalchemy import text

    with sqlite.session() as session:
        session.execute(
            text("INSERT INTO token (name, digest, created_at) VALUES ('old', :digest, :at)"),
            {"digest": tokens.digest_of("sst_old"), "at": "2026-01-01 00:00:00.000000"},
        )
    assert tokens.holder_of(ctx, "sst_old") == tokens.Holder("old", Role.LOGGER)
