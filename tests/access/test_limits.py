"""Failures are counted, and nobody pays for those of others; streams outlive faults and names."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from seedspread.access import shares, tokens
from seedspread.access.roles import Role
from seedspread.access.tokens import Holder
from seedspread.api import create_app
from seedspread.api.http import hub as hubs
from seedspread.api.http import rate
from seedspread.context import Context
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from tests.access.test_access import bearer, sqlite
from tests.api.test_events import parsed, serving
from tests.builders import finish, run_ids, store
from tests.support.brokers import FlakyBroker
from tests.support.studies import context_of
from tests.waiting import until

__all__ = ["sqlite"]


@pytest.fixture
def app(sqlite: Database, tmp_path: Path) -> FastAPI:
    settings = AppSettings(
        database_url=str(sqlite.url), data_dir=tmp_path, reconcile_s=3600, auth="token", requests_per_s=1000
    )
    return create_app(settings, broker=FlakyBroker())


@pytest.fixture
def ctx(sqlite: Database) -> Context:
    return context_of(sqlite)


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    with serving(app) as (url, _):
        yield url


def at_once(requests: list[dict[str, Any]]) -> list[int]:
    """Send all requests at the same time; return their statuses."""
    return [answer.status_code for answer in answers_at_once(requests)]


def answers_at_once(requests: list[dict[str, Any]]) -> list[httpx.Response]:
    """Send all requests at the same time; return their answers."""

    async def send() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=len(requests))
        async with httpx.AsyncClient(timeout=30, limits=limits, trust_env=False) as client:
            return await asyncio.gather(*(client.request(**request) for request in requests))

    return asyncio.run(send())


def sign_in(address: str, token: str) -> dict[str, Any]:
    return {"method": "POST", "url": f"{address}/session", "json": {"token": token}}


def test_of_parallel_sign_ins_only_those_that_fail_are_counted(address: str, ctx: Context) -> None:
    valid = sign_in(address, tokens.create_token(ctx, "ada", Role.VIEWER))
    assert at_once([valid] * 25) == [200] * 25
    assert at_once([{**valid, "json": {"token": 1}}] * 12) == [422] * 12
    assert Counter(at_once([sign_in(address, "sst_x")] * 40)) == {401: 10, 429: 30}


def test_a_valid_token_never_waits_for_wrong_ones_of_its_address(address: str, ctx: Context) -> None:
    url = f"{address}/studies"
    wrong = {"method": "GET", "url": url, "headers": bearer("sst_wrong")}
    headers = bearer(tokens.create_token(ctx, "ada", Role.VIEWER))
    valid = {"method": "GET", "url": url, "headers": headers}
    begun = time.monotonic()
    answers = answers_at_once([wrong] * 115 + [valid] * 5)
    come_back = 2 * (time.monotonic() - begun)
    statuses = Counter(answer.status_code for answer in answers[:115])
    assert [answer.status_code for answer in answers[115:]] == [200] * 5
    assert set(statuses) == {401, 429}
    assert 100 <= statuses[401] <= 101 + come_back
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"]["code"] == "too_many_requests"
    assert refused.headers["retry-after"] == "1"
    assert httpx.get(url, headers=headers).status_code == 200
    assert httpx.get(url).status_code == 401  # no token, no guess


def test_a_link_and_a_token_of_its_name_are_limited_apart(sqlite: Database, ctx: Context) -> None:
    study = store(sqlite)
    _, link = shares.create_share(ctx, study, 1)
    token = tokens.create_token(ctx, "share link 1", Role.VIEWER)
    settings = AppSettings(database_url=str(sqlite.url), reconcile_s=3600, auth="token", requests_per_s=1)
    with TestClient(create_app(settings, broker=FlakyBroker()), base_url="http://127.0.0.1") as client:
        url = f"/api/v1/studies/{study}"
        assert 429 in [client.get(url, headers=bearer(link)).status_code for _ in range(9)]
        assert client.get(url, headers=bearer(token)).status_code == 200


def test_streams_end_by_who_listens_whatever_tokens_are_named(address: str, sqlite: Database, ctx: Context) -> None:
    study = store(sqlite)
    share, link = shares.create_share(ctx, study, 1)
    names = {name: tokens.create_token(ctx, name, Role.VIEWER) for name in ("share link x", "share link 1", "ada")}
    assert share.id == 1
    url = f"{address}/studies/{study}/events"

    def stream(client: httpx.Client, token: str) -> Iterator[Any]:
        opened = client.send(client.build_request("GET", url, headers=bearer(token)), stream=True)
        assert opened.status_code == 200
        return parsed(opened.iter_lines())

    with httpx.Client(timeout=10, trust_env=False) as client:
        streams = {name: stream(client, token) for name, token in names.items()}
        by_link = stream(client, link)
        for events in (*streams.values(), by_link):
            assert next(events).name == "runs"
        shares.revoke_share(ctx, study, share.id)
        assert list(by_link) == []
        tokens.revoke_token(ctx, "ada")
        assert list(streams["ada"]) == []
        finish(sqlite, run_ids(sqlite, study)[0], now=ctx.clock())
        assert next(streams["share link 1"]).data["counts"]["finished"] == 1
        tokens.revoke_token(ctx, "share link x")
        assert [event.name for event in streams["share link x"]] == ["runs"]  # what it had not read yet
        health = httpx.get(f"{address}/health").json()
        assert health["events"] == {"ok": True, "kind": "events", "problem": None}


def test_streams_outlive_a_fault_and_health_says_so(
    address: str, app: FastAPI, sqlite: Database, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Context, holders: Collection[Holder]) -> set[Holder]:
        raise ValueError(f"secret of {len(holders)}")

    study = store(sqlite)
    token = tokens.create_token(ctx, "ada", Role.VIEWER)
    events = f"{address}/studies/{study}/events"
    with httpx.stream("GET", events, headers=bearer(token), timeout=10) as opened:
        heard = parsed(opened.iter_lines())
        next(heard)
        with capture_logs() as logged, monkeypatch.context() as patched:
            patched.setattr(hubs, "ended_among", broken)
            until(lambda: app.state.hub.problem is not None, what="the fault to show")
            health = httpx.get(f"{address}/health").json()
            assert (health["status"], health["events"]["ok"]) == ("degraded", False)
            assert "ended links (ValueError)" in health["events"]["problem"]
            assert "secret" not in str(health)
            # What is not at fault goes on.
            finish(sqlite, run_ids(sqlite, study)[0], now=ctx.clock())
            assert next(heard).data["counts"]["finished"] == 1
        until(lambda: app.state.hub.problem is None, what="the fault to pass")
        faults = [entry for entry in logged if entry["log_level"] == "error"]
        assert [entry["part"] for entry in faults] == ["ended links"]  # once, not in every round
        assert httpx.get(f"{address}/health").json()["events"]["ok"] is True
        tokens.revoke_token(ctx, "ada")
        assert list(heard) == []


def test_a_bucket_gives_back_no_more_than_it_holds() -> None:
    buckets = rate.Buckets(0.1, 2, lambda: 5.0)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 10, 10]
    buckets.give_back("a")
    assert [buckets.take("a") for _ in range(2)] == [0, 10]
    for _ in range(5):
        buckets.give_back("a")
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 10]
