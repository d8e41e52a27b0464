"""Runs as other tools write them, compared over REST: as records or as a file."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.readers.samples import ARMS, FORMATS, rows_of


def test_records_are_compared_and_the_guess_is_said(client: TestClient) -> None:
    answer = client.post("/api/v1/compare", json={"runs": rows_of(ARMS), "direction": "maximize"})
    assert answer.status_code == 200, answer.text
    family = answer.json()
    assert family["reading"] == ["read runs: 16 runs; arms by arm (base, wide); seeds from seed; metric acc"]
    assert family["comparisons"][0]["difference"]["paired"] is True
    body = {"runs": rows_of(ARMS), "baseline": "wide", "read": {"seed_column": "none"}}
    chosen = client.post("/api/v1/compare", json=body).json()
    assert chosen["baseline"] == "wide"
    assert chosen["comparisons"][0]["difference"]["paired"] is False


@pytest.mark.parametrize("name", ["german.csv", "windows.txt", "book.xlsx", "table.parquet", "packed.csv.gz"])
def test_a_file_is_compared(name: str, client: TestClient) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    answer = client.post(f"/api/v1/compare/file?name={name}", content=FORMATS[name](ARMS), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["reading"][0].startswith(f"read {name}: 16 runs")
    broken = client.post(f"/api/v1/compare/file?name={name}", content=b"\x00\x01", headers=headers)
    assert broken.status_code == 422
    assert broken.json()["error"]["faults"][0]["field"] == "FILE"


@pytest.mark.parametrize(
    "body", [{}, {"groups": {"a": [1, 2], "b": [2, 3]}, "runs": [{"seed": 1}]}, {"runs": [{"a": "b"}]}, {"runs": []}]
)
def test_what_cannot_be_compared_is_one_clean_answer(body: dict[str, object], client: TestClient) -> None:
    answer = client.post("/api/v1/compare", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["faults"]
