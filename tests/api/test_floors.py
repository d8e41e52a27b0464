"""Noise floors over REST: saved from a study, judged, drawn, deleted."""

from __future__ import annotations

import random

from starlette.testclient import TestClient

from seedspread.storage.database import Database
from tests.support.studies import measured_study

DRAWN = random.Random(1)
FLOORS = "/api/v1/floors"


def test_a_floor_is_saved_judged_drawn_and_deleted(client: TestClient, sqlite: Database) -> None:
    study = measured_study(sqlite, {"base": [DRAWN.gauss(0.93, 0.006) for _ in range(20)]})
    saved = client.post(FLOORS, json={"name": "base", "study_id": study})
    assert saved.status_code == 200
    assert (saved.json()["study_id"], saved.json()["conditions"]["recipe"]) == (study, "toy")
    assert client.post(FLOORS, json={"name": "base", "study_id": study}).status_code == 409
    drawn = client.get("/api/v1/figures/distribution", params={"floor": "base"})
    assert (drawn.status_code, drawn.json()["empty"]) == (200, False)
    new = measured_study(sqlite, {"new": [0.965, 0.963, 0.961]})
    judged = client.post(f"{FLOORS}/base/judgements", json={"candidate": "new", "study_id": new})
    assert (judged.json()["state"], judged.json()["conditions_unchecked"]) == ("better", [])
    assert "new − base is +3.3 points (95% CI +" in judged.json()["headline"]
    again = client.get("/api/v1/figures/distribution", params={"floor": "base", "format": "csv"})
    assert again.headers["etag"] != drawn.headers["etag"]
    assert {line.split(",")[0] for line in again.text.splitlines()[1:]} == {"base", "new"}
    assert [floor["name"] for floor in client.get(FLOORS).json()] == ["base"]
    assert client.delete(f"{FLOORS}/base").status_code == 204
    for answer in (
        client.delete(f"{FLOORS}/base"),
        client.get(f"{FLOORS}/base"),
        client.get("/api/v1/figures/distribution", params={"floor": "base"}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_other_figures_are_not_drawn_of_a_floor(client: TestClient, sqlite: Database) -> None:
    study = measured_study(sqlite, {"base": [DRAWN.gauss(0.93, 0.006) for _ in range(20)]})
    client.post(FLOORS, json={"name": "base", "study_id": study})
    for name, query in (("curves", {"floor": "base"}), ("distribution", {"floor": "base", "arms": "1.0"})):
        assert client.get(f"/api/v1/figures/{name}", params=query).status_code == 422
