"""Data over HTTP."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import psutil
import pytest
from starlette.testclient import TestClient

from tests.api.test_studies import API, SPEC, fault, submit
from tests.datafiles import broken

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


@pytest.mark.parametrize("name", ["objects", "zip64 lie", "deep header", "negative shape"])
def test_a_broken_file_is_refused_when_checked_and_when_submitted(
    client: TestClient, tmp_path: Path, name: str
) -> None:
    make, expected = broken.NPZ[name]
    path = broken.write(tmp_path, "t.npz", make())
    for kind in ("table", "arrays", None):
        answer = client.post(f"{API}/datasets/check", json={"path": str(path), "kind": kind})
        assert answer.status_code == 422
        assert expected in fault(answer)["expected"]
    arms = [{"name": "only", "parameters": {"data": str(path)}}]
    answer = client.post(f"{API}/studies", json=SPEC | {"arms": arms})
    assert answer.status_code == 422
    assert fault(answer)["field"] == "arms[0].parameters.data"


def far_cell() -> bytes:
    """A workbook with a number in its last row and column."""
    book = openpyxl.Workbook()
    book.active.cell(1_048_576, 16_384, 1.0)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: broken.repeated_rows(6 * broken.MIB), "at most 50,000,000 cells"),
        (far_cell, "a sheet with a header and rows"),
        (broken.long_texts, "unpacks to at most"),
        (lambda: broken.FLAT[:300], "a readable Parquet or Arrow file"),
        (lambda: broken.GOOD[:300], "an intact compressed file"),
        (lambda: b"[" * 100_000, "at most 20 levels"),
    ],
    ids=["equal rows", "far cell", "long texts", "cut Parquet", "cut zip", "deep"],
)
def test_files_to_compare_that_are_broken_or_unpack_to_far_more(client: TestClient, make: Any, expected: str) -> None:
    content = make()
    before = psutil.Process().memory_info().rss
    answer = client.post(f"{API}/compare/file", content=content, headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 422, answer.text[:500]
    assert expected in answer.json()["error"]["message"]
    assert psutil.Process().memory_info().rss - before < 100 * broken.MIB
