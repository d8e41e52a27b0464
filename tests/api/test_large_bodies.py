"""Bodies that are huge, deep or full of errors: one answer of a page or two, and nobody else waits for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from seedspread import strict_json
from seedspread.embedded import listening
from seedspread.errors import InvalidInput
from seedspread.strict_json import KeyGivenTwice, Size, TooLarge
from tests.api.test_studies import API, SPEC
from tests.waiting import until

JSON_TYPE = {"Content-Type": "application/json"}


def arms(parameters: dict[str, Any]) -> bytes:
    return json.dumps(SPEC | {"arms": [{"name": "a", "parameters": parameters}]}).encode()


def nested(sign: str, depth: int) -> bytes:
    inner = {"[": b"[" * depth + b"]" * depth, "{": b'{"a":' * depth + b"1" + b"}" * depth}[sign]
    return arms({"hidden": 0}).replace(b'"hidden": 0', b'"hidden":' + inner)


BODIES: dict[str, tuple[Callable[[], bytes], str, int | None]] = {
    "unknown parameters": (lambda: arms({f"p{i}": 1 for i in range(25_000)}), "arms[0].parameters.p0", 24_900),
    "unknown fields": (lambda: json.dumps(SPEC | {f"f{i}": 1 for i in range(25_000)}).encode(), "f0", 24_900),
    "bad seeds": (lambda: json.dumps(SPEC | {"seeds": ["x"] * 30_000}).encode(), "seeds[0]", 29_900),
    "bad arms": (lambda: json.dumps(SPEC | {"arms": [1] * 30_000}).encode(), "arms[0]", 29_900),
    "too many keys": (lambda: arms({f"p{i}": 1 for i in range(125_000)}), "body", 0),
    "a long name": (lambda: arms({"q" * 3_000_000: 1}), "arms[0].parameters.", 0),
    "a long text": (lambda: json.dumps(SPEC | {"x": 'y\\"' * 1_000_000}).encode(), "x", 0),
    "lists 1,000 deep": (lambda: nested("[", 1000), "body", 0),
    "objects 1,000 deep": (lambda: nested("{", 1000), "body", 0),
    "lists a million deep": (lambda: nested("[", 1_000_000), "body", 0),
    "100 deep": (lambda: nested("[", 100), "body", 0),
    "a repeated key": (lambda: b"{" + b",".join(b'"k%d":1' % (i % 9) for i in range(90_000)) + b"}", "body", 0),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_large_body_gets_a_short_answer_that_counts_the_rest(client: TestClient, name: str) -> None:
    make, field, unlisted = BODIES[name]
    answer = client.post(f"{API}/studies/check", content=make(), headers=JSON_TYPE)
    assert answer.status_code == 422, answer.text[:500]
    assert len(answer.content) < 30_000
    error = answer.json()["error"]
    assert error["faults"][0]["field"].startswith(field)
    assert len(error["faults"]) == (100 if unlisted else 1)
    assert error["unlisted"] == unlisted
    assert all(len(fault["field"]) <= 300 for fault in error["faults"])


def test_json_beyond_the_size_of_its_route_is_not_parsed(client: TestClient) -> None:
    body = json.dumps(SPEC | {"notes": "y" * 9_000_000}).encode()
    assert client.post(f"{API}/studies/check", content=body, headers=JSON_TYPE).status_code == 413
    numbers = json.dumps({"groups": {"a": [0.5] * 900_000, "b": [0.5, 0.6, 0.7]}, "direction": "up"}).encode()
    answer = client.post(f"{API}/compare", content=numbers, headers=JSON_TYPE)
    assert answer.json()["error"]["faults"][0]["field"] == "direction"


def test_errors_beyond_the_first_members_are_still_errors(client: TestClient) -> None:
    seeds = [*range(20_000), *["x"] * 2000]
    answer = client.post(f"{API}/studies", json=SPEC | {"seeds": seeds})
    assert answer.status_code == 422
    assert answer.json()["error"]["faults"][0]["value"] == "2,000 other values"


@pytest.mark.parametrize("query", ["page=5&page=6", "page=5&page=5", "per_page=1&query=a&query=b"])
def test_a_query_parameter_that_is_repeated_is_named(client: TestClient, query: str) -> None:
    answer = client.get(f"{API}/studies?{query}")
    assert answer.status_code == 422
    (fault,) = answer.json()["error"]["faults"]
    assert fault["field"] == ("query" if "query" in query else "page")
    assert fault["expected"] == "this parameter once"


def test_a_query_parameter_that_takes_several_values_may_be_repeated(client: TestClient) -> None:
    answer = client.post(f"{API}/compare/file?by=a&by=b&smallest_difference=-1")
    assert [fault["field"] for fault in answer.json()["error"]["faults"]] == ["smallest_difference"]


def test_strict_json() -> None:
    size = Size(depth=3, items=6, numbers=4)
    text = rb'{"a": [1, 2, 3.5, 4], "b:\"": "\\", "c": [{"d": null}]}'
    assert strict_json.loads(text, size) == json.loads(text)
    for body in (b'{"a": 1, "a": 2}', b'[{"b": {"\\u0061": 1, "a": 2}}]', b'{"\\\\": 1, "x": "\\"", "\\\\": 2}'):
        with pytest.raises(KeyGivenTwice):
            strict_json.loads(body, size)
        with pytest.raises(KeyGivenTwice):
            strict_json.parse(body.decode())
    for body in (
        b"[[[[1]]]]",
        b"[1, 2, 3, 4, 5]",
        b'["", "", "", "", "", "", ""]',
        b'{"a":1,"b":1,"c":["","","","",""]}',
    ):
        with pytest.raises(TooLarge):
            strict_json.loads(body, size)
    for body in (b"", b"[1", b"NaN", b'"\\ud800"', b'"a\\u0000"', b'{"a":1', b'"\\'):
        with pytest.raises(json.JSONDecodeError):
            strict_json.loads(body, size)


def test_errors_show_no_more_of_a_value_than_is_read() -> None:
    began = time.perf_counter()
    for value in ("x" * 50_000_000, [["y" * 10_000_000] * 3] * 100_000, dict.fromkeys(range(500_000), "z")):
        assert len(str(InvalidInput("f" * 10_000_000, value, "less"))) < 500
    assert time.perf_counter() - began < 1.0


def test_others_are_answered_while_a_body_full_of_errors_is(app: FastAPI) -> None:
    body = BODIES["unknown parameters"][0]()
    listener = listening.bound("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    serving.start()
    try:
        with httpx.Client(base_url=listening.url(listener), timeout=60) as client:
            until(lambda: server.started)
            client.get(f"{API}/health")
            senders = [
                threading.Thread(
                    target=lambda: httpx.post(f"{client.base_url}{API}/studies/check", content=body, headers=JSON_TYPE)
                )
                for _ in range(3)
            ]
            for sender in senders:
                sender.start()
            waits = []
            while any(sender.is_alive() for sender in senders):
                began = time.perf_counter()
                assert client.get(f"{API}/health").status_code == 200
                waits.append(time.perf_counter() - began)
            assert max(waits) < 2.0
    finally:
        server.should_exit = True
        serving.join()
        listener.close()
