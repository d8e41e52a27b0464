"""Answers that are compressed: large ones, for others than this machine, and never a stream."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from seedspread.storage.database import Database
from tests.api.test_events import parsed, serving
from tests.api.test_studies import API
from tests.builders import store

LARGE = f"{API}/openapi.json"


def encoding(app: FastAPI, path: str, host: str) -> str | None:
    with TestClient(app, base_url="http://127.0.0.1:8321", client=(host, 50_000)) as client:
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert answer.json()
        return answer.headers.get("content-encoding")


def test_a_large_answer_to_another_machine_is_compressed(app: FastAPI) -> None:
    assert encoding(app, LARGE, "192.0.2.7") == "gzip"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_nothing_is_compressed_for_this_machine(app: FastAPI, host: str) -> None:
    assert encoding(app, LARGE, host) is None


def test_a_small_answer_is_left_as_it_is(app: FastAPI) -> None:
    assert encoding(app, f"{API}/health", "192.0.2.7") is None


def test_a_stream_of_events_is_never_compressed_behind_a_proxy_either(app: FastAPI, sqlite: Database) -> None:
    study = store(sqlite)
    far = {"X-Forwarded-For": "192.0.2.7", "Accept-Encoding": "gzip"}
    with serving(app) as (address, _):
        assert httpx.get(f"{address}/openapi.json", headers=far, timeout=60).headers["content-encoding"] == "gzip"
        with httpx.stream("GET", f"{address}/studies/{study}/events", headers=far, timeout=60) as stream:
            assert "content-encoding" not in stream.headers
            assert next(parsed(stream.iter_lines())).name == "runs"
