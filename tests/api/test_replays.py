"""Replays, diffs and findings over HTTP."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from seedspread.api import create_app
from seedspread.core.manifest import ManifestFile
from seedspread.core.states import RunState
from seedspread.settings import AppSettings
from seedspread.storage import recipes
from seedspread.storage.database import Database
from tests.builders import NOW, finish, recipe, run_ids, store
from tests.support.brokers import SilentBroker


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    opened.upgrade()
    yield opened
    opened.dispose()


@pytest.fixture
def client(database: Database, database_url: str) -> Iterator[TestClient]:
    settings = AppSettings(database_url=database_url, reconcile_s=3600)
    with TestClient(create_app(settings, broker=SilentBroker()), base_url="http://127.0.0.1:8321") as opened:
        yield opened


def test_a_run_is_replayed_judged_and_exported(client: TestClient, database: Database) -> None:
    first, second, *others = run_ids(database, store(database))
    finish(database, first, {"loss": [0.5, math.nan], "accuracy": [0.5, 0.25]})
    finish(database, second, state=RunState.FAILED, reason="it broke")
    started = client.post(f"/api/v1/runs/{first}/replays", json={"times": 2})
    assert started.status_code == 201
    replays = started.json()["runs"]
    assert len(replays) == 2
    finish(database, replays[0], {"loss": [0.5, math.nan], "accuracy": [0.5, 0.25]})
    finish(database, replays[1], {"loss": [0.5, 1.0], "accuracy": [0.5, 0.25]})
    view = client.get(f"/api/v1/runs/{first}/replays").json()
    assert view["sentence"] == "1 of 2 replays repeated the run bit for bit."
    same, other = (replay["verdict"] for replay in view["replays"])
    assert (same["outcome"], same["weights_compared"]) == ("identical", False)
    assert same["sentence"] == f"Identical: {same['detail']}"
    assert other["sentence"] == f"Diverged: {other['detail']}"
    assert (other["first_value"]["a"], other["first_value"]["b"], other["first_value"]["ulps"]) == ("NaN", 1.0, None)
    listed = client.get("/api/v1/studies/1/runs").json()
    assert [run["id"] for run in listed["items"]] == [first, second, *others]
    file = ManifestFile.model_validate_json(client.get(f"/api/v1/runs/{first}/export").content)
    assert file.record["series"]["loss"]["values"][0] == "3fe0000000000000"
    assert file.record["source_files"] == {"toy.py": "def train(run): ...\n"}


def test_what_cannot_be_replayed_is_refused(client: TestClient, database: Database) -> None:
    first, second, *_ = run_ids(database, store(database))
    finish(database, second)
    for path, body, status, code in (
        (f"/api/v1/runs/{first}/replays", {}, 409, "conflict"),
        ("/api/v1/runs/999/replays", {}, 404, "not_found"),
        (f"/api/v1/runs/{second}/replays", {"times": 0}, 422, "invalid_input"),
        (f"/api/v1/runs/{second}/replays", {"worker": "nobody"}, 422, "invalid_input"),
        (f"/api/v1/runs/{second}/replays", {"often": 1}, 422, "invalid_input"),
    ):
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert client.get(f"/api/v1/runs/{first}/export").status_code == 409


def test_a_changed_recipe_has_a_code_of_its_own(client: TestClient, database: Database) -> None:
    run, *_ = run_ids(database, store(database))
    finish(database, run)
    with database.session() as session:
        recipes.publish(session, [recipe(source_digest="e" * 64)], NOW + timedelta(seconds=1))
    answer = client.post(f"/api/v1/runs/{run}/replays", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "code_changed")
    assert client.post(f"/api/v1/runs/{run}/replays", json={"allow_changed": True}).status_code == 201


def test_a_diff_groups_what_differs(client: TestClient, database: Database) -> None:
    base, wide, *_ = run_ids(database, store(database))
    finish(database, base, {"accuracy": [0.5]})
    finish(database, wide, {"accuracy": [math.inf]})
    found = client.get("/api/v1/runs/diff", params={"a": base, "b": wide}).json()
    assert [entry["key"] for entry in found["groups"]["parameters"]] == ["hidden"]
    assert found["groups"]["results"][0] == {
        "key": "accuracy, last",
        "a": 0.5,
        "b": "Infinity",
        "matters": False,
        "why": "",
    }
    assert client.get("/api/v1/runs/diff", params={"a": base, "b": 999}).status_code == 404
    assert client.get("/api/v1/runs/diff", params={"a": base}).status_code == 422


def test_findings_say_what_to_do(client: TestClient, database: Database) -> None:
    study = store(database)
    for place, run in enumerate(run_ids(database, study)):
        failed = place in (1, 3)
        finish(
            database, run, state=RunState.FAILED if failed else RunState.FINISHED, reason="broke" if failed else None
        )
    found = {finding["code"]: finding for finding in client.get(f"/api/v1/studies/{study}/findings").json()}
    assert set(found) == {"missing-seeds", "failed-runs", "not-examined"}
    assert found["missing-seeds"]["arms"] == [1]
    assert found["missing-seeds"]["run_count"] == 2
    assert found["failed-runs"]["advice"]
    arms = client.get(f"/api/v1/studies/{study}/seeding").json()
    assert [(arm["name"], arm["policies"]["init"]) for arm in arms] == [("base", "vary"), ("wide", "vary")]
    for path in ("findings", "seeding"):
        assert client.get(f"/api/v1/studies/999/{path}").status_code == 404
