"""Statistics and figures over HTTP."""

from __future__ import annotations

import random

import pytest
from starlette.testclient import TestClient

from seedspread.analysis.figures.draw import FIGURES
from seedspread.core.study import AdaptivePlan, RuleSpec
from seedspread.storage.database import Database
from tests.builders import run_ids
from tests.support.studies import exclude, measured_study

DRAWN = random.Random(3)
SHARED = [DRAWN.gauss(0, 0.004) for _ in range(12)]
BASE = [0.94 + shift for shift in SHARED]
WIDE = [0.95 + shift + DRAWN.gauss(0, 0.001) for shift in SHARED]


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


def test_a_comparison_opens_with_its_verdict(client: TestClient, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE}, smallest_difference=0.001)
    exclude(database, run_ids(database, study_id)[0], "a stray process")
    answer = client.get(f"/api/v1/studies/{study_id}/comparison", params={"a": "base", "b": "wide"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["state"] == "better"
    assert "Excluded by hand: seed 0 of base (a stray process)." in found["detail"]
    assert found["a"]["excluded"] == [{"seed": 0, "reason": "a stray process"}]
    assert found["difference"]["n_a"] == 11


def test_arms_of_two_studies_can_be_compared(client: TestClient, database: Database) -> None:
    first, second = measured_study(database, {"base": BASE}), measured_study(database, {"base": WIDE})
    found = client.get(f"/api/v1/studies/{first}/comparison", params={"a": 0, "b": f"{second}:base"}).json()
    assert found["b"]["study_id"] == second


def test_all_arms_are_compared_with_the_first(client: TestClient, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE, "deep": BASE})
    found = client.get(f"/api/v1/studies/{study_id}/comparisons").json()
    assert found["m"] == 3
    assert found["comparisons"][1]["reason"] == "identical"


def test_numbers_from_elsewhere_are_compared(client: TestClient) -> None:
    body = {"groups": {"a": BASE, "b": [*WIDE, None, "NaN"]}, "direction": "maximize"}
    found = client.post("/api/v1/compare", json=body).json()["comparisons"][0]
    assert found["winner"] == "b"
    assert found["b"]["missing"] == 1
    assert found["b"]["non_finite"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"groups": {"a": [1.0]}}, "groups"),
        ({"groups": {"a": [1.0], "b": ["x"]}}, "groups.b"),
        ({"groups": {"a": [1.0], "b": [2.0]}, "level": 1.0}, "level"),
        ({"groups": {"a": [1.0], "b": [2.0]}, "paired": True}, "a"),
    ],
)
def test_numbers_that_cannot_be_compared_are_refused(client: TestClient, body: dict[str, object], field: str) -> None:
    answer = client.post("/api/v1/compare", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["faults"][0]["field"].startswith(field)


def test_empty_and_constant_groups_get_words_instead_of_numbers(client: TestClient) -> None:
    for groups in ({"a": [], "b": [1.0]}, {"a": [1.0] * 12, "b": [1.0] * 12}, {"a": ["NaN"], "b": ["Infinity"]}):
        answer = client.post("/api/v1/compare", json={"groups": groups})
        assert answer.status_code == 200
        assert "NaN" not in answer.text
        assert answer.json()["comparisons"][0]["state"] == "cannot_be_judged"


def test_every_figure_is_served_with_a_tag_that_a_browser_may_keep(client: TestClient, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    paths = [f"/api/v1/studies/{study_id}/figures/{name}" for name in FIGURES]
    first = [client.get(path) for path in paths]
    assert all(answer.status_code == 200 and answer.json()["title"] for answer in first)

    def again() -> set[int]:
        kept = [{"If-None-Match": answer.headers["ETag"]} for answer in first]
        return {client.get(path, headers=tag).status_code for path, tag in zip(paths, kept, strict=True)}

    assert again() == {304}
    exclude(database, run_ids(database, study_id)[0], "a stray process")
    assert again() == {200}


def test_a_figure_comes_in_colours_as_numbers_and_as_a_drawing(client: TestClient, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    path = f"/api/v1/studies/{study_id}/figures/distribution"
    dark = client.get(path, params={"theme": "dark", "arms": "1"}).json()
    assert [trace["meta"]["arm"] for trace in dark["data"]] == [1] * len(dark["data"])
    assert "role:" not in str(dark["data"])
    rows = client.get(path, params={"format": "csv"}).text.splitlines()
    assert rows[0] == "arm,run,seed,value"
    assert len(rows) == 25
    assert client.get(path, params={"format": "svg"}).text.startswith("<svg")


def test_what_is_not_there_is_answered_in_the_one_shape(client: TestClient, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    for path, status in (
        ("/studies/99/figures/curves", 404),
        (f"/studies/{study_id}/figures/pie", 404),
        (f"/studies/{study_id}/figures/curves?arms=9", 422),
        (f"/studies/{study_id}/figures/curves?arms=x", 422),
        (f"/studies/{study_id}/figures/curves?metric=f1", 422),
        (f"/studies/{study_id}/comparison?b=deep", 422),
        ("/studies/99/comparisons", 404),
    ):
        answer = client.get(f"/api/v1{path}")
        assert answer.status_code == status, path
        assert answer.json()["error"]["message"]


def test_seeds_are_planned(client: TestClient, database: Database) -> None:
    assert client.post("/api/v1/plan-seeds", json={"difference": 0.01, "std": 0.01}).json()["seeds"] == 17
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    found = client.post("/api/v1/plan-seeds", json={"difference": 0.001, "study_id": study_id}).json()
    assert found["paired"] is True
    assert found["now"] == 12
    assert client.post("/api/v1/plan-seeds", json={"std": 0.1}).status_code == 422


def test_the_best_of_k_places_a_quoted_run(client: TestClient, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE})
    (arm,) = client.get(f"/api/v1/studies/{study_id}/best-of-k", params={"quoted": max(BASE)}).json()
    assert arm["quoted"]["better"] == 0


def test_reports_and_data_are_files(client: TestClient, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    path = f"/api/v1/studies/{study_id}"
    page = client.get(f"{path}/report")
    assert page.headers["content-type"].startswith("text/html")
    assert "content-disposition" not in page.headers
    kept = client.get(f"{path}/report", params={"format": "latex", "download": True})
    assert kept.headers["content-disposition"].endswith(f'"study-{study_id}.tex"')
    assert client.get(f"{path}/data").text.count("\n") == 25
    assert client.get(f"{path}/data", params={"format": "parquet"}).content.startswith(b"PAR1")
    assert client.get(f"{path}/data", params={"format": "xlsx"}).status_code == 422
    assert client.get("/api/v1/studies/99/report").status_code == 404


def test_an_adaptive_study_shows_its_plan_before_any_look(client: TestClient, database: Database) -> None:
    rule = RuleSpec(adaptive=AdaptivePlan(batch=5, max_seeds=20))
    study_id = measured_study(database, {"base": [], "wide": []}, number_of_seeds=10, rule=rule)
    found = client.get(f"/api/v1/studies/{study_id}/plan").json()
    assert [look["n"] for look in found["plan"]] == [10, 15, 20]
    assert found["open"] is True
    assert found["next_at"] == 10
    fixed = measured_study(database, {"base": BASE})
    assert client.get(f"/api/v1/studies/{fixed}/plan").status_code == 404


def test_where_the_spread_comes_from_is_refused_where_nothing_tells(client: TestClient, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE})
    answer = client.get(f"/api/v1/studies/{study_id}/variance")
    assert answer.status_code == 422
    assert "preset" in answer.json()["error"]["hint"]
    (arm,) = client.get(f"/api/v1/studies/{study_id}/test-set-noise").json()
    assert arm["variance"] is None


def test_the_best_of_plain_numbers(client: TestClient) -> None:
    body = {"groups": {"a": [0.5, 0.7, 0.9, None], "b": {"3": 1.0, "4": "NaN"}}, "quoted": 0.7}
    first, second = client.post("/api/v1/best-of-k", json=body).json()
    assert first["curve"]["values"] == pytest.approx([0.7, (0.7 + 0.9 + 0.9) / 3, 0.9])
    assert (first["quoted"]["better"], first["quoted"]["equal"], first["quoted"]["like_best_of"]) == (1, 1, 1)
    assert (first["arm"]["missing"], second["arm"]["non_finite"], second["curve"]["n"]) == (1, 1, 1)
    smaller = client.post("/api/v1/best-of-k", json=body | {"direction": "minimize"}).json()
    assert smaller[0]["curve"]["values"][-1] == 0.5
    assert client.post("/api/v1/best-of-k", json={"groups": {}}).status_code == 422


def test_crossed_numbers_from_elsewhere_are_divided(client: TestClient) -> None:
    cells = [(i, j) for i in range(4) for j in range(5)]
    runs = [{"levels": [i, str(j)], "value": 0.9 + i / 100 + j / 1000 + i * j % 3 / 10000} for i, j in cells]
    found = client.post("/api/v1/variance", json={"sources": ["split", "init"], "runs": runs}).json()
    assert found["shares"][0]["name"] == "split"
    assert 0.9 < found["icc"]["icc2"] < 1
    assert found["icc"]["icc1_interval"]["level"] == 0.95
    gone = [{"levels": [0, "0"], "value": None}, *runs[1:]]
    missing = client.post("/api/v1/variance", json={"sources": ["split", "init"], "runs": gone}).json()
    assert (missing["components"]["method"], missing["components"]["empty_cells"], missing["icc"]) == ("REML", 1, None)
    assert missing["n"] == 19
    few = client.post("/api/v1/variance", json={"sources": ["split", "init"], "runs": runs[:6]})
    assert few.status_code == 422
    assert "enough cells to estimate the noise" in few.json()["error"]["message"]


@pytest.mark.parametrize(
    ("claim", "groups", "answer"),
    [
        ({"better_by": 0.005}, {"a": BASE, "b": [value + 0.05 for value in WIDE]}, "holds"),
        ({"not_worse_by": 0.05}, {"a": WIDE, "b": WIDE[::-1]}, "holds"),
        ({"target": 0.1}, {"b": WIDE}, "holds"),
        ({"target": 2.0}, {"b": WIDE}, "fails"),
        ({"published": {"mean": 0.1, "sd": 0.01, "n": 5}}, {"b": WIDE}, "holds"),
    ],
)
def test_claims_about_numbers_are_checked(
    client: TestClient, claim: dict[str, object], groups: dict[str, list[float]], answer: str
) -> None:
    body = {"groups": groups, "direction": "maximize", "paired": False, **claim}
    checked = client.post("/api/v1/claims", json=body).json()
    assert checked["answer"] == answer
    assert checked["interval"]["level"] == 0.95


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"groups": {"b": WIDE}}, "claim"),
        ({"groups": {"b": WIDE}, "target": 1, "better_by": 1}, "claim"),
        ({"groups": {"b": WIDE}, "better_by": 1}, "groups"),
        ({"groups": {"a": BASE, "b": WIDE}, "target": 1}, "groups"),
    ],
)
def test_claims_that_cannot_be_checked_are_refused(client: TestClient, body: dict[str, object], field: str) -> None:
    answer = client.post("/api/v1/claims", json={"direction": "maximize", **body})
    assert answer.status_code == 422
    assert answer.json()["error"]["faults"][0]["field"] == field


def test_comparisons_say_more_than_the_mean(client: TestClient, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE})
    view = client.get(f"/api/v1/studies/{study_id}/comparison").json()
    chances = [view["posterior"][name] for name in ("a_higher", "within", "b_higher")]
    assert sum(chances) == pytest.approx(1)
    assert view["robust"]["median"]["value"] == pytest.approx(view["difference"]["mean"], abs=0.01)
    assert view["robust"]["ratio"]["value"] > 1
    assert view["outlook_b"]["next_run"]["low"] < view["outlook_b"]["next_run"]["high"]
    assert view["outlook_b"]["worst_tenth"]["value"] == pytest.approx(min(WIDE), abs=0.005)


def test_another_centre_may_decide_plain_numbers(client: TestClient) -> None:
    body = {"groups": {"a": BASE, "b": WIDE}, "direction": "maximize", "centre": "log_ratio", "paired": False}
    view = client.post("/api/v1/compare", json=body).json()["comparisons"][0]
    assert (view["state"], view["centre"], view["interval"]) == ("better", "log_ratio", None)
    assert 1 < view["estimate"]["interval"]["low"] < view["estimate"]["value"]
    assert view["difference"]["mean"] == pytest.approx(sum(WIDE) / 12 - sum(BASE) / 12)
    median = client.post("/api/v1/compare", json=body | {"centre": "median"}).json()["comparisons"][0]
    assert median["estimate"]["name"] == "difference of medians"
    assert client.post("/api/v1/compare", json=body | {"centre": "mode"}).status_code == 422
    claim = {**body, "better_by": 0.005}
    assert client.post("/api/v1/claims", json=claim).json()["answer"] == "holds"


def test_the_centre_of_a_study_is_part_of_its_rule(client: TestClient, database: Database) -> None:
    study_id = measured_study(database, {"base": BASE, "wide": WIDE}, rule=RuleSpec(centre="trimmed"))
    view = client.get(f"/api/v1/studies/{study_id}/comparison").json()
    assert (view["centre"], view["state"]) == ("trimmed", "better")
    assert "the 20% trimmed mean of wide − base is" in view["headline"]
    loss = client.get(f"/api/v1/studies/{study_id}/comparison", params={"metric": "loss"}).json()
    assert loss["centre"] == "mean"
