"""Views saved for all, over HTTP."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

API = "/api/v1/views"
BEST = {"page": "study-3", "name": "best arms", "search": "?show=0,2&smooth=0.9"}


def names(client: TestClient, page: str = "study-3") -> list[str]:
    return [view["name"] for view in client.get(API, params={"page": page}).json()]


def test_a_view_is_saved_for_its_page_listed_and_deleted(client: TestClient) -> None:
    assert names(client) == []
    saved = client.put(API, json=BEST)
    assert saved.status_code == 200
    client.put(API, json=BEST | {"name": "a first", "search": ""})
    assert names(client) == ["a first", "best arms"]
    assert names(client, "studies") == []
    assert client.get(API, params={"page": "study-3"}).json()[1]["search"] == BEST["search"]
    gone = {"page": "study-3", "name": "best arms"}
    assert client.delete(API, params=gone).status_code == 204
    assert client.delete(API, params=gone).status_code == 404
    assert names(client) == ["a first"]


def test_a_name_that_another_view_has_is_answered_and_may_be_replaced(client: TestClient) -> None:
    client.put(API, json=BEST)
    assert client.put(API, json=BEST).status_code == 200, "the same view once more is no conflict"
    other = BEST | {"search": "?metric=loss"}
    refused = client.put(API, json=other)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "conflict"
    assert "best arms" in refused.json()["error"]["message"]
    assert client.get(API, params={"page": "study-3"}).json()[0]["search"] == BEST["search"]
    assert client.put(API, json=other | {"replace": True}).status_code == 200
    assert client.get(API, params={"page": "study-3"}).json()[0]["search"] == "?metric=loss"


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "n" * 101}, {"page": "../x"}, {"search": "https://elsewhere"}]
)
def test_what_is_no_view_is_refused(client: TestClient, wrong: dict[str, str]) -> None:
    assert client.put(API, json=BEST | wrong).status_code == 422
