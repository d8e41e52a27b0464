"""Runs and their series over HTTP."""

from __future__ import annotations

import math

import pytest
from starlette.testclient import TestClient

from seedspread.core.states import RunState
from seedspread.storage import runs as run_rows
from seedspread.storage.database import Database
from tests.api.test_studies import API, submit
from tests.builders import finish, run_ids


@pytest.fixture
def runs(client: TestClient, sqlite: Database) -> list[int]:
    """Three of six runs ended: finished, finished with numbers that are not finite, failed."""
    ids = run_ids(sqlite, submit(client))
    finish(sqlite, ids[0], {"accuracy": [0.5, 0.75], "loss": [1.0, 0.5]})
    finish(sqlite, ids[1], {"accuracy": [math.inf, -math.inf, math.nan]})
    finish(sqlite, ids[2], {}, state=RunState.FAILED, reason="<b>it raised</b>")
    return ids


def test_a_list_with_summaries(client: TestClient, runs: list[int]) -> None:
    found = client.get(f"{API}/studies/1/runs", params={"sort": "metric", "order": "desc", "per_page": 2}).json()
    assert (found["total"], len(found["items"])) == (6, 2)
    first = found["items"][0]
    assert (first["id"], first["metrics"]["accuracy"]["best"]) == (runs[0], 0.75)
    diverged = client.get(f"{API}/studies/1/runs", params={"query": "is:diverged"}).json()["items"][0]
    assert diverged["metrics"]["accuracy"] == {
        "last": "NaN",
        "last_step": 3,
        "best": "NaN",
        "best_step": None,
        "area": "NaN",
        "min": "NaN",
        "max": "NaN",
        "count": 3,
        "non_finite": 3,
    }


def test_lists_are_narrowed(client: TestClient, runs: list[int]) -> None:
    def ids(**params: object) -> list[int]:
        answer = client.get(f"{API}/studies/1/runs", params=params)  # type: ignore[arg-type]
        return [item["id"] for item in answer.json()["items"]]

    assert ids(arm=1) == runs[1::2]
    assert ids(state=["failed", "finished"]) == runs[:3]
    assert ids(query="arm:wide -is:queued") == [runs[1]]
    assert ids(query="reason:raised") == [runs[2]]


def test_columns(client: TestClient, runs: list[int]) -> None:
    columns = client.get(f"{API}/studies/1/runs/compact").json()
    assert columns["id"] == runs
    assert columns["state"][:3] == ["finished", "finished", "failed"]
    assert columns["metrics"]["accuracy"]["last"] == [0.75, "NaN", None, None, None, None]
    assert columns["reason"][2] == "<b>it raised</b>"


def test_columns_are_sent_again_only_once_something_moved(client: TestClient, runs: list[int]) -> None:
    def asked(tag: str = "") -> tuple[int, str]:
        answer = client.get(f"{API}/studies/1/runs/compact", headers={"if-none-match": tag})
        return answer.status_code, answer.headers["etag"]

    _, tag = asked()
    assert asked(tag) == (304, tag)
    client.patch(f"{API}/runs/{runs[0]}", json={"notes": "the first one"}).raise_for_status()
    status, noted = asked(tag)
    assert (status, noted != tag) == (200, True)
    client.put(f"{API}/runs/{runs[0]}/exclusion", json={"reason": "a broken disk"}).raise_for_status()
    assert asked(noted)[0] == 200
    columns = client.get(f"{API}/studies/1/runs/compact").json()
    assert columns["annotations"] == {str(runs[0]): {"tags": [], "notes": "the first one"}}
    assert columns["excluded_reason"][0] == "a broken disk"


def test_one_run(client: TestClient, runs: list[int]) -> None:
    run = client.get(f"{API}/runs/{runs[0]}").json()
    assert (run["state"], run["arm_name"], run["study_name"]) == ("finished", "base", "does width matter?")
    assert [attempt["state"] for attempt in run["attempts"]] == ["finished"]
    manifest = client.get(f"{API}/runs/{runs[0]}/manifest").json()
    assert manifest["sha256"] == run["manifest_sha256"]
    assert manifest["manifest"]["seed"] == 0
    assert client.get(f"{API}/runs/{runs[0]}/log").json() == {"run_id": runs[0], "attempt": 1, "text": "the end"}


def test_series_name_numbers_that_are_not_finite(client: TestClient, runs: list[int]) -> None:
    series = client.get(f"{API}/runs/{runs[1]}/series").json()
    assert series["series"] == {"accuracy": {"steps": [1, 2, 3], "values": ["Infinity", "-Infinity", "NaN"]}}
    later = client.get(f"{API}/runs/{runs[1]}/series", params={"from_step": 3, "metric": "accuracy"}).json()
    assert later["series"]["accuracy"]["steps"] == [3]
    many = client.get(f"{API}/studies/1/series", params={"metric": "accuracy", "run": runs[:2]}).json()
    assert many["run_ids"] == runs[:2]
    assert many["values"] == [[0.5, 0.75], ["Infinity", "-Infinity", "NaN"]]


def test_cancel_and_retry(client: TestClient, runs: list[int]) -> None:
    assert client.post(f"{API}/runs/{runs[3]}/cancel").json() == {"runs": 1}
    assert client.post(f"{API}/runs/{runs[3]}/cancel").status_code == 409
    assert client.post(f"{API}/runs/{runs[3]}/retry").json() == {"runs": 1}
    refused = client.post(f"{API}/runs/{runs[0]}/retry")
    assert refused.status_code == 409
    assert refused.json()["error"]["hint"] == "replay it to train it once more"


def test_exclusion_with_its_reason(client: TestClient, runs: list[int]) -> None:
    excluded = client.put(f"{API}/runs/{runs[0]}/exclusion", json={"reason": "the disk was full"}).json()
    assert excluded["excluded_reason"] == "the disk was full"
    assert excluded["excluded_at"] is not None
    assert client.get(f"{API}/studies/1").json()["excluded"] == 1
    assert client.delete(f"{API}/runs/{runs[0]}/exclusion").json()["excluded_reason"] is None


def test_what_a_run_used_is_read_by_attempt_and_in_columns(
    client: TestClient, runs: list[int], sqlite: Database
) -> None:
    content = {"samples": {"time": [0.5], "cpu": [0.9]}, "peaks": {"cpu": 0.9, "memory_bytes": 7}, "gpus": []}
    with sqlite.session() as session:
        run_rows.put_usage(session, runs[0], 1, content)
    answer = client.get(f"{API}/runs/{runs[0]}/usage").json()
    assert (answer["run_id"], answer["attempt"]) == (runs[0], 1)
    assert answer["usage"]["samples"]["cpu"] == [0.9]
    assert answer["usage"]["samples"]["memory_bytes"] is None
    assert answer["usage"]["peaks"]["memory_bytes"] == 7
    assert client.get(f"{API}/runs/{runs[0]}/usage", params={"attempt": 2}).json()["usage"] is None
    assert client.get(f"{API}/runs/{runs[0]}/usage", params={"attempt": 0}).status_code == 422
    assert client.get(f"{API}/runs/99/usage").status_code == 404
    columns = client.get(f"{API}/studies/1/runs/compact").json()
    assert columns["peak_memory_bytes"][columns["id"].index(runs[0])] == 7
    assert [value for value in columns["peak_memory_bytes"] if value is not None] == [7]
    assert columns["peak_gpu_memory_bytes"] == [None] * 6
