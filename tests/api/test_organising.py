"""Projects, pins, archives, tags and notes over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from seedspread.storage.database import Database
from tests.builders import run_ids

API = "/api/v1"
SPEC: dict[str, Any] = {
    "name": "does width matter?",
    "recipe": "toy",
    "arms": [{"name": "base"}, {"name": "wide", "parameters": {"hidden": 16}}],
    "seeds": 2,
    "metric": "accuracy",
    "tags": ["paper"],
}


@pytest.fixture
def studies(client: TestClient) -> list[int]:
    """Three studies, the first in a project."""
    names = ("one", "two", "three")
    documents = [SPEC | {"name": name, **({"project": "Widths & depths"} if name == "one" else {})} for name in names]
    return [client.post(f"{API}/studies", json=document).json()["study_id"] for document in documents]


def names(client: TestClient, query: str = "") -> list[str]:
    """Return the names of the studies that a search lists, in order."""
    answer = client.get(f"{API}/studies", params={"query": query})
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


def test_studies_are_found_by_their_project(client: TestClient, studies: list[int]) -> None:
    assert client.get(f"{API}/studies/{studies[0]}").json()["project"] == "Widths & depths"
    assert names(client, 'project:"widths & DEPTHS"') == ["one"]
    changed = client.post(f"{API}/studies/edit", json={"studies": studies[1:], "project": "Depths"})
    assert changed.json() == {"studies": 2}
    assert client.get(f"{API}/projects").json() == [
        {"name": "Depths", "studies": 2, "archived": 0},
        {"name": "Widths & depths", "studies": 1, "archived": 0},
    ]
    assert client.patch(f"{API}/studies/{studies[0]}", json={"project": ""}).json()["project"] == ""
    assert [project["name"] for project in client.get(f"{API}/projects").json()] == ["Depths"]


def test_pinned_studies_come_first_and_archived_ones_only_when_asked_for(
    client: TestClient, studies: list[int]
) -> None:
    assert names(client) == ["three", "two", "one"]
    assert client.patch(f"{API}/studies/{studies[0]}", json={"pinned": True}).json()["pinned"] is True
    assert names(client) == ["one", "three", "two"]
    assert names(client, "is:pinned") == ["one"]
    assert client.post(f"{API}/studies/edit", json={"studies": studies[:2], "archived": True}).json() == {"studies": 2}
    assert names(client) == ["three"]
    assert names(client, "is:archived") == ["one", "two"]
    assert names(client, "-is:archived") == ["three"]
    assert names(client, f"id:{studies[1]}") == ["two"]
    assert client.get(f"{API}/studies/{studies[1]}").json()["archived"] is True
    client.post(f"{API}/studies/edit", json={"studies": studies, "archived": False, "pinned": False})
    assert names(client) == ["three", "two", "one"]


def test_tags_of_several_studies_change_together_or_not_at_all(client: TestClient, studies: list[int]) -> None:
    body = {"studies": studies, "add_tags": ["draft", "paper"], "remove_tags": []}
    assert client.post(f"{API}/studies/edit", json=body).json() == {"studies": 3}
    assert client.get(f"{API}/studies/{studies[2]}").json()["tags"] == ["paper", "draft"]
    missing = client.post(f"{API}/studies/edit", json={"studies": [studies[0], 99], "remove_tags": ["paper"]})
    assert missing.status_code == 404
    crowd = client.post(
        f"{API}/studies/edit", json={"studies": studies, "add_tags": [f"t{number}" for number in range(49)]}
    )
    assert crowd.status_code == 422
    assert crowd.json()["error"]["faults"][0]["expected"] == "at most 50 tags in all"
    assert client.get(f"{API}/studies/{studies[0]}").json()["tags"] == ["paper", "draft"]


def test_several_studies_are_deleted_together_or_not_at_all(client: TestClient, studies: list[int]) -> None:
    assert client.post(f"{API}/studies/delete", json={"studies": [*studies[:2], 99]}).status_code == 404
    assert len(names(client)) == 3
    assert client.post(f"{API}/studies/delete", json={"studies": studies[:2]}).json() == {"studies": 2}
    assert names(client) == ["three"]
    assert client.post(f"{API}/studies/delete", json={"studies": []}).status_code == 422


def test_runs_have_tags_and_notes(client: TestClient, studies: list[int], sqlite: Database) -> None:
    runs = run_ids(sqlite, studies[0])
    edited = client.patch(f"{API}/runs/{runs[0]}", json={"tags": ["odd"], "notes": "restarted\nby hand"}).json()
    assert (edited["tags"], edited["notes"]) == (["odd"], "restarted\nby hand")
    tagged = client.post(f"{API}/studies/{studies[0]}/tags", json={"runs": runs[:2], "add": ["odd", "look"]})
    assert tagged.json() == {"runs": 2}
    columns = client.get(f"{API}/studies/{studies[0]}/runs/compact").json()
    assert columns["annotations"] == {
        str(runs[0]): {"tags": ["odd", "look"], "notes": "restarted\nby hand"},
        str(runs[1]): {"tags": ["odd", "look"], "notes": ""},
    }
    found = client.get(f"{API}/studies/{studies[0]}/runs", params={"query": "tag:LOOK hand"}).json()
    assert [run["id"] for run in found["items"]] == runs[:1]
    client.post(f"{API}/studies/{studies[0]}/tags", json={"runs": runs[:2], "remove": ["odd", "look"]})
    assert list(client.get(f"{API}/studies/{studies[0]}/runs/compact").json()["annotations"]) == [str(runs[0])]
    assert client.patch(f"{API}/runs/{runs[0]}", json={"tags": ["two words"]}).status_code == 422


def test_the_same_submission_is_the_same_with_and_without_an_empty_project(client: TestClient) -> None:
    headers = {"Idempotency-Key": "abc"}
    first = client.post(f"{API}/studies", json=SPEC, headers=headers)
    assert client.post(f"{API}/studies", json=SPEC | {"project": ""}, headers=headers).json()["study_id"] == 1
    other = client.post(f"{API}/studies", json=SPEC | {"project": "x"}, headers=headers)
    assert (first.status_code, other.status_code) == (201, 409)
