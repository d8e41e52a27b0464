"""Data over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.api.test_studies import API, fault, submit

TABLE = "width,height,kind\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n"


def test_data_of_an_empty_service(client: TestClient) -> None:
    found = client.get(f"{API}/datasets").json()
    assert [(one["recipe"], one["name"]) for one in found["built_in"]] == [("toy", "digits"), ("toy", "wine")]
    assert found["files"] == []


def test_a_file_is_checked_and_then_listed_with_its_study(client: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    checked = client.post(f"{API}/datasets/check", json={"path": str(path), "target": "kind"}).json()
    assert (checked["kind"], checked["contents"]["examples"]) == ("table", 4)
    assert checked["contents"]["classes"] == [{"name": "a", "examples": 2}, {"name": "b", "examples": 2}]
    study = submit(client, arms=[{"name": "only", "parameters": {"data": str(path)}}])
    (listed,) = client.get(f"{API}/datasets").json()["files"]
    assert (listed["sha256"], listed["state"]) == (checked["sha256"], "same")
    assert [one["id"] for one in listed["used"]["studies"]] == [study]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"path": "/no/such/file"}, "path"),
        ({"path": ""}, "path"),
        ({"path": "a\u0000b"}, None),
        ({"path": "/", "kind": "picture"}, "kind"),
        ({}, "path"),
        ({"path": "/", "paths": []}, "paths"),
    ],
)
def test_what_cannot_be_checked(client: TestClient, body: dict[str, object], field: str | None) -> None:
    answer = client.post(f"{API}/datasets/check", json=body)
    assert answer.status_code == 422
    if field is not None:
        assert fault(answer)["field"] == field
