"""Submission and recovery over a real broker and a real database server, and without them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import redis
from sqlalchemy import func, select
from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.context import Context
from seedspread.core.study import SeedRange
from seedspread.errors import Unavailable
from seedspread.queue.app import make_celery
from seedspread.queue.dispatch import Dispatcher
from seedspread.settings import AppSettings
from seedspread.storage.tables import StudyRow
from seedspread.studies import submit
from seedspread.studies.dispatch import reconcile
from tests import servers
from tests.builders import spec
from tests.support.application import Clock
from tests.support.brokers import SilentBroker

HERE = "http://127.0.0.1:8321"


def over(ctx: Context, broker_url: str) -> Context:
    return replace(ctx, broker=Dispatcher(make_celery(AppSettings(broker_url=broker_url))))


def test_a_message_a_run_and_all_again_when_the_broker_forgot(ctx: Context, broker_url: str, clock: Clock) -> None:
    real = over(ctx, broker_url)
    submit.submit(real, spec(seeds=SeedRange(count=10)))
    assert real.broker.depth("cpu") == 20
    with redis.Redis.from_url(broker_url) as client:
        client.flushdb()
    assert reconcile(real, clock()).sent == 0
    clock.move(ctx.settings.resend_s + 1)
    assert reconcile(real, clock()).sent == 20
    assert real.broker.depth("cpu") == 20


def test_without_the_broker_nothing_is_accepted_and_nothing_lost(ctx: Context, clock: Clock) -> None:
    with servers.valkey() as url:
        real = over(ctx, f"{url}/0")
        submit.submit(real, spec())
    with pytest.raises(Unavailable) as caught:
        submit.submit(real, spec())
    assert caught.value.hint is not None
    assert reconcile(real, clock()).sent == 0
    with ctx.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(StudyRow)) == 1
    with servers.valkey() as url:
        clock.move(ctx.settings.resend_s + 1)
        assert reconcile(over(ctx, f"{url}/0"), clock()).sent == 6


def test_without_the_database_server_everything_is_503() -> None:
    with servers.postgres() as url:
        settings = AppSettings(database_url=url, reconcile_s=3600)
        client = TestClient(create_app(settings, broker=SilentBroker()), base_url=HERE, raise_server_exceptions=False)
        client.__enter__()
        assert client.get("/api/v1/studies").status_code == 200
    try:
        for method, path in (
            ("GET", "/studies"),
            ("POST", "/studies/1/cancel"),
            ("GET", "/runs/1"),
            ("GET", "/queues"),
        ):
            answer = client.request(method, f"/api/v1{path}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
            assert answer.json()["error"]["hint"]
        assert client.get("/api/v1/health").json()["database"]["ok"] is False
    finally:
        client.__exit__(None, None, None)
