"""Studies in brief over HTTP."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from seedspread.storage.database import Database
from tests.api.test_studies import API, fault, submit
from tests.builders import finish, run_ids


def test_summaries_stand_beside_the_list(client: TestClient, sqlite: Database) -> None:
    waiting, done = submit(client), submit(client, arms=[{"name": "only"}])
    for place, run in enumerate(run_ids(sqlite, done)):
        finish(sqlite, run, {"accuracy": [0.9 + place / 100]})
    answer = client.get(f"{API}/studies/summaries", params={"ids": f"{done},99,{waiting}"}).json()
    assert answer["unknown"] == [99]
    first, second = answer["items"]
    assert (first["study_id"], first["standing"], first["better"]) == (done, "measured", None)
    assert first["short"].endswith(" (3 seeds)")
    assert (second["study_id"], second["standing"], second["short"]) == (waiting, "waiting", "waiting for 6 runs")
    nothing = {"errors": 0, "warnings": 0, "notices": 0, "first": None, "failed": 0, "diverged": 0, "excluded": 0}
    assert second["attention"] == {**nothing, "not_examined": second["attention"]["not_examined"]}
    codes = [finding["code"] for finding in client.get(f"{API}/studies/{done}/findings").json()]
    assert first["attention"]["not_examined"] == codes.count("not-examined") > 0


@pytest.mark.parametrize("ids", ["", "x", "1,,2", "-1", "0", "1;2", "9" * 30, "1.5", "²"])
def test_what_is_no_list_of_ids(client: TestClient, ids: str) -> None:
    assert fault(client.get(f"{API}/studies/summaries", params={"ids": ids}))["field"] == "ids"


def test_at_most_a_hundred(client: TestClient) -> None:
    many = ",".join(map(str, range(1, 102)))
    assert fault(client.get(f"{API}/studies/summaries", params={"ids": many}))["expected"] == "1 to 100 studies"
    assert fault(client.get(f"{API}/studies/summaries"))["field"] == "ids"
