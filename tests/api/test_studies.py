"""Studies over HTTP: the whole life of one, and every way of asking badly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedspread.storage.database import Database
from tests.builders import finish, run_ids
from tests.support.brokers import FlakyBroker

API = "/api/v1"
SPEC: dict[str, Any] = {
    "name": "does width matter?",
    "recipe": "toy",
    "arms": [{"name": "base"}, {"name": "wide", "parameters": {"hidden": 16}}],
    "seeds": 3,
    "metric": "accuracy",
    "tags": ["paper"],
}


def submit(client: TestClient, **changes: Any) -> int:
    answer = client.post(f"{API}/studies", json=SPEC | changes)
    assert answer.status_code == 201, answer.text
    study_id: int = answer.json()["study_id"]
    return study_id


def fault(answer: Any) -> dict[str, Any]:
    """The first fault of an answer, which has the one shape of errors."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "hint", "faults", "unlisted"}
    assert answer.status_code == 422
    assert error["code"] == "invalid_input"
    found: dict[str, Any] = error["faults"][0]
    assert set(found) == {"field", "value", "expected", "missing"}
    return found


def test_the_life_of_a_study(client: TestClient, sqlite: Database, broker: FlakyBroker) -> None:
    answer = client.post(f"{API}/studies", json=SPEC)
    assert answer.json() == {"study_id": 1, "created": True, "runs": 6}
    assert answer.headers["location"] == f"{API}/studies/1"
    assert len(broker.sent) == 6
    runs = run_ids(sqlite, 1)
    finish(sqlite, runs[0], {"accuracy": [0.5, float("nan")]})

    listed = client.get(f"{API}/studies", params={"query": "tag:paper is:running", "sort": "name"}).json()
    assert (listed["total"], listed["page"], listed["per_page"]) == (1, 1, 50)
    assert listed["items"][0]["arms"][0]["values"] == ["NaN"]
    one = client.get(f"{API}/studies/1").json()
    assert one["counts"] == {"queued": 5, "running": 0, "finished": 1, "failed": 0, "cancelled": 0}
    assert one["spec"]["arms"][1]["parameters"] == {"hidden": 16}

    edited = client.patch(f"{API}/studies/1", json={"tags": ["a", "b"], "notes": "two\nlines"}).json()
    assert (edited["tags"], edited["notes"], edited["name"]) == (["a", "b"], "two\nlines", SPEC["name"])
    assert client.post(f"{API}/studies/1/exclude", json={"runs": runs[:1], "reason": "odd"}).json() == {"runs": 1}
    shown = client.get(f"{API}/studies/1/distribution").json()
    assert shown["arms"][0]["points"] == [{"run_id": 1, "seed": 0, "value": "NaN", "excluded_reason": "odd"}]
    assert client.post(f"{API}/studies/1/include", json={"runs": runs[:1]}).json() == {"runs": 1}
    assert client.post(f"{API}/studies/1/cancel", json={"runs": runs[1:3]}).json() == {"runs": 2}
    assert client.post(f"{API}/studies/1/cancel").json() == {"runs": 3}
    assert client.post(f"{API}/studies/1/retry").json() == {"runs": 5}
    assert client.post(f"{API}/studies/1/seeds", json={"count": 2}).json() == {"seeds": [3, 4], "runs": 4}

    deleted = client.delete(f"{API}/studies/1")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert client.get(f"{API}/studies/1").status_code == 404
    assert client.get(f"{API}/runs/{runs[0]}").status_code == 404


def test_an_idempotency_key_makes_a_repeat_harmless(client: TestClient) -> None:
    headers = {"Idempotency-Key": "abc"}
    first = client.post(f"{API}/studies", json=SPEC, headers=headers)
    again = client.post(f"{API}/studies", json=SPEC, headers=headers)
    other = client.post(f"{API}/studies", json=SPEC | {"name": "x"}, headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json() == first.json() | {"created": False}
    assert other.json()["error"]["code"] == "conflict"


def test_checking_stores_nothing(client: TestClient) -> None:
    checked = client.post(f"{API}/studies/check", json=SPEC | {"arms": [], "preset": "sources"}).json()
    assert [arm["name"] for arm in checked["arms"]] == ["nothing varies", "split varies", "init varies", "all vary"]
    assert checked["runs"] == 12
    assert client.get(f"{API}/studies").json()["total"] == 0


def test_faults_of_all_fields_come_together(client: TestClient) -> None:
    answer = client.post(f"{API}/studies", json={"name": " ", "seeds": [], "colour": "red", "arms": [{}]})
    faults = {found["field"]: found for found in answer.json()["error"]["faults"]}
    assert set(faults) == {"name", "recipe", "colour", "arms[0].name", "seeds"}
    assert faults["colour"]["value"] == "red"
    assert [found["field"] for found in faults.values() if found["missing"]] == ["recipe", "arms[0].name"]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"seeds": 0}, {"seeds.count"}),
        ({"seeds": 0, "metric": "f1"}, {"seeds.count"}),
        ({"recipe": "toys", "seeds": 0}, {"recipe", "seeds.count"}),
        ({"metric": "f1"}, {"metric"}),
    ],
)
def test_faults_of_fields_and_of_parameters_come_together(
    client: TestClient, changes: dict[str, Any], fields: set[str]
) -> None:
    arms = [{"name": "a", "parameters": {"hidden": 65}}, {"name": "b", "parameters": {"depth": 2}}]
    answer = client.post(f"{API}/studies", json=SPEC | {"arms": arms} | changes)
    of_arms = set() if "recipe" in changes else {"arms[0].parameters.hidden", "arms[1].parameters.depth"}
    assert {found["field"] for found in answer.json()["error"]["faults"]} == fields | of_arms


def test_parameters_of_variants_are_checked_where_they_were_written(client: TestClient) -> None:
    odd = {"arms": [], "preset": "sources", "cross": {"split": 2}, "variants": [{"name": "v", "parameters": {"no": 1}}]}
    answer = client.post(f"{API}/studies", json=SPEC | odd)
    assert {found["field"] for found in answer.json()["error"]["faults"]} == {"cross", "variants[0].parameters.no"}


def test_however_odd_the_arms_are_they_are_no_fault_of_the_service(client: TestClient) -> None:
    for arms in (3, [3], [{"parameters": [1]}], {"a": 1}, [{"name": "a", "parameters": {"hidden": {}}}]):
        answer = client.post(f"{API}/studies/check", json=SPEC | {"arms": arms, "seeds": 0})
        assert answer.status_code == 422
        assert "seeds.count" in {found["field"] for found in answer.json()["error"]["faults"]}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"colour": "red"}, "colour", "no field of this name"),
        ({"recipe": "toys"}, "recipe", "one of toy"),
        ({"arms": [{"name": "a", "parameters": {"hidden": 65}}]}, "arms[0].parameters.hidden", "at most 64"),
        ({"arms": [{"name": "a"}, {"name": "a"}]}, "arms", "names that differ"),
        ({"seeds": []}, "seeds", "at least one seed"),
        ({"seeds": 0}, "seeds.count", "1 or more"),
        ({"seeds": [1, 2, 1]}, "seeds", "given more than once: 1"),
        ({"seeds": [-1]}, "seeds[0]", "0 or more"),
        ({"seeds": [2**60]}, "seeds", "or less"),
        ({"seeds": 100_000}, "seeds", "at most 100000 runs"),
        ({"metric": "f1"}, "metric", "accuracy, loss"),
        ({"name": ""}, "name", "at least 1 character"),
        ({"name": "x" * 10_000}, "name", "at most 200 characters"),
        ({"name": "a\nb"}, "name", "one line"),
        ({"name": "a\x00b"}, "body", "NUL"),
        ({"seeds": "many"}, "seeds", "a count, a list of seeds"),
        ({"tags": ["two words"]}, "tags[0]", "text matching"),
        ({"smallest_difference": -1}, "smallest_difference", "more than 0"),
        ({"device": "tpu"}, "device", "'cpu' or 'gpu'"),
        ({"threads": "many"}, "threads", "a whole number"),
        ({"arms": [{"name": "a", "policies": {"split": "wild"}}]}, "arms[0].policies.split", "'vary', 'fixed' or"),
        ({"arms": [{"name": "a", "policies": {"luck": "vary"}}]}, "arms[0].policies.luck", "'split'"),
        ({"arms": [{"name": "a", "policies": {"dropout": "vary"}}]}, "arms[0].policies.dropout", "split, init"),
        ({"arms": [{"name": "a", "parameters": {"data": "/no/file.csv"}}]}, "arms[0].parameters.data", "file"),
    ],
)
def test_a_bad_value_is_named_with_what_would_be_right(
    client: TestClient, changes: dict[str, Any], field: str, expected: str
) -> None:
    found = fault(client.post(f"{API}/studies", json=SPEC | changes))
    assert field in found["field"]
    assert expected in found["expected"]
    assert client.get(f"{API}/studies").json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"name": "a",}', "well-formed JSON"),
        (b'{"name": NaN}', "well-formed JSON"),
        (b'{"name": "\\ud800"}', "well-formed JSON"),
        (b'{"name": "a", "seeds": 3, "name": "b"}', "each key of an object once, not 'name' 2 times"),
        (b'{"name": "a: {", "arms": [{"name": "\\":", "name": ":"}]}', "each key of an object once, not 'name'"),
        (b"\xff\xfe", "well-formed JSON"),
        (b"[1, 2]", "object"),
        (b"", "required"),
        (b"null", ""),
    ],
)
def test_a_body_that_is_no_specification(client: TestClient, body: bytes, expected: str) -> None:
    answer = client.post(f"{API}/studies", content=body, headers={"Content-Type": "application/json"})
    assert expected in fault(answer)["expected"]


def test_malformed_json_says_where(client: TestClient) -> None:
    answer = client.post(f"{API}/studies", content=b'{"name": "a",}', headers={"Content-Type": "application/json"})
    assert fault(answer)["value"].startswith("character 1")


def test_a_body_of_another_kind_says_what_it_has_to_be(client: TestClient) -> None:
    answer = client.post(f"{API}/studies", content=json.dumps(SPEC), headers={"Content-Type": "text/plain"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (415, "unsupported_media_type")
    assert "application/json (got text/plain)" in error["message"]


NAMES = [
    "<script>alert(1)</script>",
    "'; DROP TABLE study; --",
    'quotes " and \\ backslashes',
    "🎲🇬🇧 e\u0301 \u202eright to left",
    "x" * 200,
    "%s {0} ${x}",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_as_it_was_written(client: TestClient, name: str) -> None:
    study_id = submit(client, name=name)
    assert client.get(f"{API}/studies/{study_id}").json()["name"] == name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    found = client.get(f"{API}/studies", params={"query": f'"{quoted}"'}).json()
    assert [item["id"] for item in found["items"]] == [study_id]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/studies/1", {"name": ""}),
        ("PATCH", "/studies/1", {"tags": ["a b"]}),
        ("PATCH", "/studies/1", {"spec": {}}),
        ("POST", "/studies/1/seeds", {"count": 0}),
        ("POST", "/studies/1/seeds", {"count": "3"}),
        ("POST", "/studies/1/seeds", {}),
        ("POST", "/studies/1/exclude", {"runs": [1], "reason": " "}),
        ("POST", "/studies/1/exclude", {"runs": [1]}),
        ("POST", "/studies/1/exclude", {"runs": [2**70], "reason": "x"}),
        ("POST", "/studies/1/cancel", {"runs": "all"}),
        ("PUT", "/runs/1/exclusion", {"reason": ""}),
        ("GET", "/studies?sort=colour", None),
        ("GET", "/studies?order=up", None),
        ("GET", "/studies?page=0", None),
        ("GET", "/studies?per_page=1001", None),
        ("GET", "/studies?state=asleep", None),
        ("GET", "/studies?query=is:asleep", None),
        ("GET", "/studies?query=a%00b", None),
        ("GET", "/studies/1/runs?sort=colour", None),
        ("GET", "/studies/1/runs?state=asleep", None),
        ("GET", "/studies/1/runs?query=colour:red", None),
        ("GET", "/studies/1/distribution?metric=f1", None),
        ("GET", "/studies/1/distribution?summary=first", None),
        ("GET", "/studies/1/series?metric=f1", None),
        ("GET", "/studies/1/series?max_points=1", None),
        ("GET", "/runs/1/series?from_step=first", None),
    ],
)
def test_other_requests_are_refused_in_the_same_shape(
    client: TestClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    submit(client)
    fault(client.request(method, f"{API}{path}", json=body))


def test_a_link_to_what_never_existed_is_not_found(client: TestClient) -> None:
    paths = ("/studies/7", "/studies/x", f"/studies/{2**70}", "/studies/0", "/studies/7/runs", "/studies/7/events")
    for path in (*paths, "/studies/7/runs/compact", "/runs/7", "/runs/7/series", "/runs/7/log", "/recipes/none"):
        answer = client.get(f"{API}{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path


@pytest.mark.parametrize("path", ["/api/v1/studies", "/api/v1/studies/summaries?ids=1"])
def test_a_list_that_a_client_has_already_is_not_sent_again(client: TestClient, path: str) -> None:
    study = client.post("/api/v1/studies", json=SPEC).json()["study_id"]
    first = client.get(path)
    tag = {"If-None-Match": first.headers["etag"]}
    again = client.get(path, headers=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    client.post(f"/api/v1/studies/{study}/cancel")
    changed = client.get(path, headers=tag)
    assert changed.status_code == 200
    assert changed.json() != first.json()
