"""The stream of a study, over a real server: complete, resumable, ended cleanly."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import update
from sqlalchemy.orm import Session

from seedspread.access import tokens
from seedspread.access.roles import Role
from seedspread.api import create_app
from seedspread.api.http.hub import Hub
from seedspread.cli.console.serving import Server
from seedspread.context import utc_now
from seedspread.core.study import SeedRange
from seedspread.settings import AppSettings
from seedspread.storage import leases, runs, studies
from seedspread.storage.database import Database
from seedspread.storage.runs import Moved
from seedspread.storage.tables import RunRow
from tests.builders import LEASE_S, finish, run_ids, spec, store
from tests.support.brokers import FlakyBroker
from tests.support.studies import context_of
from tests.waiting import until


@dataclass
class Event:
    name: str
    id: str | None
    data: dict[str, Any]

    @property
    def states(self) -> dict[int, str]:
        return {run[0]: run[1] for run in self.data["runs"]}


@contextmanager
def serving(app: FastAPI) -> Iterator[tuple[str, Server]]:
    server = Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started, what="the server's start")
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/api/v1", server
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive(), "the server still runs"


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    with serving(app) as (address, _):
        yield address


@contextmanager
def listening(address: str, study_id: int, after: str | None = None) -> Iterator[Iterator[Event]]:
    headers = {"Last-Event-ID": after} if after else {}
    with httpx.stream("GET", f"{address}/studies/{study_id}/events", headers=headers, timeout=10) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield parsed(response.iter_lines())


def parsed(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            yield Event(fields["event"], fields.get("id"), json.loads(fields["data"]))
            fields = {}


def touch(database: Database, run_id: int, moment: datetime, **values: Any) -> None:
    with database.session() as session:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(touched_at=moment, **values))


def test_first_everything_then_only_what_moves(address: str, sqlite: Database) -> None:
    study_id = store(sqlite, now=utc_now())
    runs = run_ids(sqlite, study_id)
    with listening(address, study_id) as events:
        first = next(events)
        assert first.name == "runs"
        assert first.states == dict.fromkeys(runs, "queued")
        assert first.data["counts"] == {"queued": 6, "running": 0, "finished": 0, "failed": 0, "cancelled": 0}
        assert first.id == str(first.data["revision"])
        finish(sqlite, runs[2], now=utc_now())
        second = next(events)
        assert second.data["runs"] == [[runs[2], "finished", 1, 2, 2]]
        assert second.data["counts"]["finished"] == 1
        assert second.data["revision"] > first.data["revision"]
        assert (second.data["rate_per_s"], second.data["left_s"]) == (None, None), "one run is too few to tell from"


def test_the_pace_is_told_as_the_study_tells_it(address: str, sqlite: Database) -> None:
    now = utc_now()
    study_id = store(sqlite, spec(seeds=SeedRange(count=12)), now=now)
    for place, run_id in enumerate(run_ids(sqlite, study_id)[:12]):
        began = now - timedelta(seconds=24 - 2 * place)
        finish(sqlite, run_id, now=began, ended=began + timedelta(seconds=2))
    with listening(address, study_id) as events:
        told = next(events).data
    shown = httpx.get(f"{address}/studies/{study_id}").json()
    for name in ("rate_per_s", "left_s"):
        assert told[name] > 0
        assert told[name] == pytest.approx(shown[name], rel=0.5), "a moment lies between the two"


def test_replays_are_told_of_and_not_counted(address: str, sqlite: Database) -> None:
    study_id = store(sqlite, now=utc_now())
    runs = run_ids(sqlite, study_id)
    touch(sqlite, runs[5], utc_now(), replay_of=runs[0])
    with listening(address, study_id) as events:
        first = next(events)
    assert first.states.keys() == set(runs)
    assert first.data["counts"]["queued"] == 5


def test_a_move_that_was_committed_late_is_not_lost(address: str, sqlite: Database) -> None:
    study_id = store(sqlite, now=utc_now())
    runs = run_ids(sqlite, study_id)
    with listening(address, study_id) as events:
        next(events)
        touch(sqlite, runs[0], utc_now(), epoch=5)
        assert next(events).data["runs"] == [[runs[0], "queued", 1, 5, -1]]
        # This one began before, by a worker's slower clock, and its transaction ended after.
        touch(sqlite, runs[1], utc_now() - timedelta(seconds=5), epoch=3)
        assert next(events).data["runs"] == [[runs[1], "queued", 1, 3, -1]]


def test_a_stream_goes_on_where_it_broke_off(app: FastAPI, sqlite: Database) -> None:
    study_id = store(sqlite, now=utc_now() - timedelta(days=1))
    runs = run_ids(sqlite, study_id)
    with serving(app) as (address, _):
        with listening(address, study_id) as events:
            heard = next(events)
        finish(sqlite, runs[3], now=utc_now())
        with listening(address, study_id, heard.id) as events:
            resumed = next(events)
        assert resumed.states == {runs[3]: "finished"}
    finish(sqlite, runs[4], now=utc_now())
    with serving(app) as (address, _), listening(address, study_id, resumed.id) as events:
        after_restart = next(events)
    assert after_restart.states[runs[4]] == "finished"
    assert runs[0] not in after_restart.states, "what has not moved for long is not told again"
    assert after_restart.data["revision"] > resumed.data["revision"]


def test_an_id_that_is_none_starts_over(address: str, sqlite: Database) -> None:
    study_id = store(sqlite)
    for after in ("nonsense", "99999999999999999999", "-1"):
        with listening(address, study_id, after) as events:
            assert next(events).data["counts"]["queued"] == 6


def test_many_listeners_hear_the_same(address: str, sqlite: Database) -> None:
    study_id = store(sqlite, now=utc_now())
    run_id = run_ids(sqlite, study_id)[0]
    with listening(address, study_id) as one, listening(address, study_id) as other:
        assert next(one).data["runs"] == next(other).data["runs"]
        with sqlite.session() as session:
            leases.claim(session, run_id, 1, "w1", utc_now(), LEASE_S)
        assert next(one).data == next(other).data


def test_a_deleted_study_is_gone(address: str, sqlite: Database) -> None:
    study_id = store(sqlite)
    with listening(address, study_id) as events:
        next(events)
        with sqlite.session() as session:
            studies.remove(session, study_id)
        assert next(events).name == "gone"
        assert list(events) == []
    assert httpx.get(f"{address}/studies/{study_id}/events").status_code == 404


def test_stopping_the_server_ends_streams_at_once(app: FastAPI, sqlite: Database) -> None:
    study_id = store(sqlite)
    with serving(app) as (address, server), listening(address, study_id) as events:
        next(events)
        begun = utc_now()
        server.should_exit = True
        assert list(events) == []
    assert utc_now() - begun < timedelta(seconds=2)
    assert app.state.hub._watched == {}


def test_streams_of_a_revoked_token_end_and_others_go_on(sqlite: Database) -> None:
    study_id = store(sqlite, now=utc_now())
    app = create_app(AppSettings(database_url=str(sqlite.url), reconcile_s=3600, auth="token"), broker=FlakyBroker())
    ctx = context_of(sqlite)
    viewer, other = (tokens.create_token(ctx, name, Role.VIEWER) for name in ("ada", "ben"))
    with serving(app) as (address, _):
        url = f"{address}/studies/{study_id}/events"

        def stream(token: str) -> AbstractContextManager[httpx.Response]:
            return httpx.stream("GET", url, headers={"Authorization": f"Bearer {token}"}, timeout=20)

        with stream(viewer) as revoked, stream(other) as kept:
            assert (revoked.status_code, kept.status_code) == (200, 200)
            gone, going_on = parsed(revoked.iter_lines()), parsed(kept.iter_lines())
            assert next(gone).name == next(going_on).name == "runs"
            tokens.revoke_token(ctx, "ada")  # as by the command line: not through this process
            assert list(gone) == []
            finish(sqlite, run_ids(sqlite, study_id)[0], now=utc_now())
            assert next(going_on).data["counts"]["finished"] == 1
        with stream(viewer) as again:
            assert again.status_code == 401


def test_nothing_is_read_again_while_nobody_writes(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    study_id = store(sqlite)
    hub = Hub(context_of(sqlite), poll_s=3600)
    reads: list[datetime | None] = []
    moved = runs.moved

    def noted(session: Session, study_id: int, since: datetime | None) -> list[Moved]:
        reads.append(since)
        return moved(session, study_id, since)

    monkeypatch.setattr(runs, "moved", noted)

    async def polls() -> tuple[int, list[int]]:
        stream = hub.listen(study_id, None)
        first = await anext(stream)
        for _ in range(3):
            await hub._poll(study_id)
        assert len(reads) == 1
        run = run_ids(sqlite, study_id)[0]
        await asyncio.to_thread(finish, sqlite, run, {"accuracy": [0.5]})
        await hub._poll(study_id)
        second = await anext(stream)
        await hub.close()
        assert [update async for update in stream] == []
        assert second.runs is not None
        return len(first.runs or ()), [run.id for run in second.runs]

    all_runs, changed = asyncio.run(polls())
    assert (all_runs, changed) == (6, run_ids(sqlite, study_id)[:1])
    assert len(reads) == 2
