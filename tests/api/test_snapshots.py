"""Several answers about a study over HTTP, of one moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from seedspread.access import shares
from seedspread.analysis import audit as audits
from seedspread.api import create_app
from seedspread.context import Context
from seedspread.settings import AppSettings
from seedspread.storage import recipes
from seedspread.storage.database import Database
from tests.api.test_studies import API, submit
from tests.builders import NOW, finish, recipe, run_ids, store
from tests.support.brokers import FlakyBroker

PARTS = [
    "",
    "runs/compact",
    "findings",
    "comparisons?metric=accuracy",
    "figures/curves?metric=accuracy&arms=0%2C1",
    "seeding",
]


def snapshot(client: TestClient, *addresses: str, study: int = 1, **body: object) -> Any:
    """Ask for parts of a study; return the answer."""
    parts = [{"address": address} for address in addresses]
    return client.post(f"{API}/studies/{study}/snapshot", json={"parts": parts} | body)


def test_parts_are_what_each_route_answers(client: TestClient, sqlite: Database) -> None:
    ids = run_ids(sqlite, submit(client))
    for index, run in enumerate(ids):
        finish(sqlite, run, {"accuracy": [0.5, 0.75 + index / 100]})
    answer = snapshot(client, *PARTS).json()
    alone = [client.get(f"{API}/studies/1/{part}".rstrip("/")).json() for part in PARTS]
    assert [part["answer"] for part in answer["parts"]] == alone
    assert {part["status"] for part in answer["parts"]} == {200}
    groups = {"by": ["hidden"], "metric": "accuracy"}
    grouped = client.post(f"{API}/studies/1/snapshot", json={"parts": [{"address": "groups", "body": groups}]}).json()
    assert grouped["parts"][0] == {"status": 200, "answer": client.post(f"{API}/studies/1/groups", json=groups).json()}


def test_a_part_that_is_refused_leaves_the_others(client: TestClient, sqlite: Database) -> None:
    submit(client)
    answer = snapshot(client, "figures/nothing", "runs?state=odd", "runs/compact").json()
    assert [part["status"] for part in answer["parts"]] == [404, 422, 200]
    assert answer["parts"][1]["answer"] == client.get(f"{API}/studies/1/runs?state=odd").json()
    assert snapshot(client, "", study=9).status_code == 404


@pytest.mark.parametrize("address", ["events", "report", "../2", "snapshot", "cancel", "figures/curves?format=svg"])
def test_what_is_no_read_in_json_is_refused(client: TestClient, address: str) -> None:
    submit(client)
    refusal = snapshot(client, address)
    assert refusal.status_code == 422
    assert "runs/compact" in refusal.json()["error"]["message"]


def test_what_ends_meanwhile_is_in_no_part(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.session() as session:
        recipes.publish(session, [recipe()], NOW)
    study = store(database)
    first, second, *_ = run_ids(database, study)
    finish(database, first, {"accuracy": [0.5]})
    audit = audits.audit

    def audited(ctx: Context, study_id: int) -> Any:
        # In a thread of its own, as another process would.
        ending = threading.Thread(target=finish, args=(database, second, {"accuracy": [0.75]}))
        ending.start()
        ending.join()
        return audit(ctx, study_id)

    monkeypatch.setattr(audits, "audit", audited)
    url = database.url.render_as_string(hide_password=False)
    app = create_app(AppSettings(database_url=url, reconcile_s=3600), broker=FlakyBroker())
    with TestClient(app, base_url="http://127.0.0.1:8321") as client:
        before = snapshot(client, "runs/compact", "findings", "runs/compact", "", "distribution").json()
        after = snapshot(client, "runs/compact", "", "distribution").json()
    first_rows, _, last_rows, row, values = (part["answer"] for part in before["parts"])
    assert first_rows == last_rows
    assert first_rows["state"].count("finished") == row["counts"]["finished"] == 1
    assert [len(arm["points"]) for arm in values["arms"]] == [1, 0]
    assert after["parts"][0]["answer"]["state"].count("finished") == 2
    assert [len(arm["points"]) for arm in after["parts"][2]["answer"]["arms"]] == [1, 1]
    assert before["revision"] != after["revision"]
    assert before["settled"] != after["settled"]


def test_a_run_that_trains_moves_the_revision_and_settles_nothing(client: TestClient, sqlite: Database) -> None:
    first, second, *_ = run_ids(sqlite, submit(client))
    finish(sqlite, first, {"accuracy": [0.5]})
    before = snapshot(client, "").json()
    with sqlite.session() as session:
        change = text(
            "UPDATE run SET state = 'running', attempt = 1, step = 3, touched_at = touched_at + 9 WHERE id = :id"
        )
        session.execute(change, {"id": second})
    after = snapshot(client, "").json()
    assert before["revision"] != after["revision"]
    assert before["settled"] == after["settled"]
    client.post(f"{API}/studies/1/exclude", json={"runs": [first], "reason": "a broken disk"})
    assert snapshot(client, "").json()["settled"] != after["settled"]


def test_a_link_to_one_study_reads_no_other_in_parts(client: TestClient, sqlite: Database) -> None:
    submit(client)
    submit(client, name="another")
    ctx: Context = client.app.state.context  # type: ignore[attr-defined]
    _, token = shares.create_share(ctx, 1, 30)
    with TestClient(
        create_app(AppSettings(database_url=str(sqlite.url), reconcile_s=3600, auth="token"), broker=FlakyBroker()),
        base_url="http://127.0.0.1:8321",
        headers={"Authorization": f"Bearer {token}"},
    ) as reader:
        mine = snapshot(reader, "runs/compact", "comparison?a=0&b=2:wide").json()
        assert [part["status"] for part in mine["parts"]] == [200, 403]
        assert snapshot(reader, "runs/compact", study=2).status_code == 403
