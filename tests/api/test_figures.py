"""Figures over HTTP: what there is, of arms of any studies, of runs, and of what was deleted."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from seedspread.analysis.figures.draw import FIGURES
from seedspread.storage import measured as stored
from seedspread.storage import studies
from seedspread.storage.database import Database
from tests.builders import run_ids
from tests.support.studies import exclude, measured_study

BASE = [0.90, 0.92, 0.91, 0.93]
WIDE = [0.92, 0.94, 0.925, 0.95]
API = "/api/v1"


@pytest.fixture
def pair(sqlite: Database) -> tuple[int, int]:
    return measured_study(sqlite, {"base": BASE, "wide": WIDE}), measured_study(sqlite, {"deep": WIDE})


def test_figures_say_what_they_need_and_offer(client: TestClient) -> None:
    listed = {kind["name"]: kind for kind in client.get(f"{API}/figures").json()}
    assert list(listed) == list(FIGURES)
    assert listed["distribution"]["options"][0] == {
        "name": "kind",
        "label": "Chart type",
        "choices": [
            {"value": "box", "label": "Box"},
            {"value": "violin", "label": "Violin"},
            {"value": "histogram", "label": "Histogram"},
            {"value": "points", "label": "Points"},
            {"value": "ecdf", "label": "Cumulative (ECDF)"},
        ],
        "values": "choices",
    }
    assert {name for name, kind in listed.items() if kind["runs"]} == {"curves"}
    assert {name for name, kind in listed.items() if kind["fewest_arms"] == 2} == {
        "differences",
        "arrival",
        "winner",
        "improvement",
        "parameter",
        "parallel",
        "importance",
    }
    assert (listed["churn"]["shown"], listed["curves"]["shown"], listed["variance"]["shown"]) == (
        "on request",
        "always",
        "never",
    )
    assert listed["curves"]["reports"] == ["means", "sources"]


def test_a_figure_of_two_studies_has_a_tag_of_both(client: TestClient, sqlite: Database, pair: tuple[int, int]) -> None:
    first, second = pair
    path = f"{API}/figures/curves?arms={first}.1,{second}.0"
    answer = client.get(path)
    assert answer.status_code == 200
    assert [arm["name"] for arm in answer.json()["layout"]["meta"]["arms"]] == ["wide", "deep"]
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(path, headers=tag).status_code == 304
    assert client.get(f"{API}/figures/distribution?arms={first}.1,{second}.0", headers=tag).status_code == 200
    exclude(sqlite, run_ids(sqlite, second)[0], "a stray process")
    assert client.get(path, headers=tag).status_code == 200


def test_the_numbers_and_the_drawing_are_those_of_the_figure(client: TestClient, pair: tuple[int, int]) -> None:
    first, second = pair
    path = f"{API}/figures/distribution?arms={first}.0,{second}.0"
    answer = client.get(f"{path}&format=csv")
    rows = answer.text.splitlines()
    assert rows[0] == "study,arm,run,seed,value"
    assert {tuple(row.split(",")[:2]) for row in rows[1:]} == {(str(first), "base"), (str(second), "deep")}
    assert 'filename="arms-distribution.csv"' in answer.headers["Content-Disposition"]
    assert client.get(f"{path}&format=svg").text.startswith("<svg")
    assert "role:" not in str(client.get(f"{path}&theme=dark").json()["data"])


@pytest.mark.parametrize(
    ("ending", "media", "begins"), [("pdf", "application/pdf", b"%PDF"), ("png", "image/png", b"\x89PNG")]
)
def test_figures_come_for_print(
    client: TestClient, pair: tuple[int, int], ending: str, media: str, begins: bytes
) -> None:
    first, second = pair
    for path in (
        f"figures/distribution.{ending}?arms={first}.0,{second}.0&",
        f"studies/{first}/figures/curves.{ending}?",
    ):
        answer = client.get(f"{API}/{path}width_in=6.5&font_pt=9")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, media)
        assert answer.content.startswith(begins)
        assert f'.{ending}"' in answer.headers["Content-Disposition"]
    same = client.get(f"{API}/figures/distribution?arms={first}.0&format={ending}")
    assert same.content.startswith(begins)
    refused = client.get(f"{API}/figures/distribution.{ending}?arms={first}.0&width_in=500")
    assert (refused.status_code, "width_in" in refused.text) == (422, True)


def test_vector_drawings_take_a_size(client: TestClient, pair: tuple[int, int]) -> None:
    path = f"{API}/figures/distribution.svg?arms={pair[0]}.0"
    assert 'width="720"' in client.get(path).text
    assert 'width="3.3in"' in client.get(f"{path}&font_pt=8").text


def test_figures_beside_each_other_share_a_range(client: TestClient, pair: tuple[int, int]) -> None:
    first, second = pair
    beside = f"{first}.0,{second}.0"
    ranges = [
        client.get(f"{API}/figures/distribution?arms={arm}&beside={beside}").json()["layout"]["xaxis"]["range"]
        for arm in beside.split(",")
    ]
    assert ranges[0] == ranges[1]
    assert ranges[0][0] < 0.90
    assert ranges[0][1] > 0.95


def test_runs_of_two_studies_are_drawn_together(client: TestClient, sqlite: Database, pair: tuple[int, int]) -> None:
    runs = [run_ids(sqlite, pair[0])[0], run_ids(sqlite, pair[1])[1]]
    path = f"{API}/figures/curves?runs={runs[0]},{runs[1]}&metric=loss"
    answer = client.get(path)
    assert answer.json()["title"] == "Loss over steps, 2 runs"
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    rows = client.get(f"{path}&format=csv").text.splitlines()
    assert rows[0] == "run,metric,step,value"
    assert len(rows) == 5


def test_what_was_deleted_is_one_clear_404(client: TestClient, sqlite: Database, pair: tuple[int, int]) -> None:
    first, second = pair
    gone = run_ids(sqlite, second)[0]
    with sqlite.session() as session:
        studies.remove(session, second)
    for path in (f"figures/curves?arms={first}.0,{second}.0", f"figures/distribution?arms={second}.0,{first}.0"):
        answer = client.get(f"{API}/{path}")
        assert answer.status_code == 404
        assert answer.json()["error"]["message"] == f"there is no study {second}"
        assert answer.json()["error"]["hint"] == "It was deleted, or the address is wrong."
    answer = client.get(f"{API}/figures/curves?runs={gone}")
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, f"there is no run {gone}")


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("curves", 422, "arms"),
        ("curves?arms=1.0&runs=1", 422, "arms"),
        ("curves?arms=", 422, "arms"),
        ("curves?arms=1", 422, "arms"),
        ("curves?arms=1.x", 422, "arms"),
        ("curves?arms=0.0", 422, "arms"),
        ("curves?arms=1.9", 422, "arms"),
        ("curves?arms=1.0&beside=x", 422, "beside"),
        ("curves?arms=99999999999999999999.0", 422, "arms"),
        ("curves?runs=", 422, "runs"),
        ("curves?runs=a", 422, "runs"),
        ("curves?runs=-1", 422, "runs"),
        ("curves?runs=99999999999999999999", 422, "runs"),
        ("distribution?runs=1", 422, "runs"),
        ("variance?arms=1.0", 422, "arms"),
        ("curves?arms=1.0&metric=f1", 422, "metric"),
        ("curves?arms=1.0&centre=mode", 422, "centre"),
        ("distribution?arms=1.0&kind=pie", 422, "kind"),
        ("pie?arms=1.0", 404, ""),
        ("pie?runs=1", 404, ""),
    ],
)
def test_what_cannot_be_drawn_is_named(
    client: TestClient, pair: tuple[int, int], path: str, status: int, field: str
) -> None:
    assert pair[0] == 1
    answer = client.get(f"{API}/figures/{path}")
    assert answer.status_code == status
    assert [fault["field"] for fault in answer.json()["error"].get("faults", [])][:1] == ([field] if field else [])


def test_the_revision_is_read_once_for_a_figure(
    client: TestClient, pair: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    original = stored.revision

    def counted(session: Session, study_id: int) -> str | None:
        calls.append(study_id)
        return original(session, study_id)

    monkeypatch.setattr(stored, "revision", counted)
    assert client.get(f"{API}/studies/{pair[0]}/figures/distribution").status_code == 200
    assert calls == [pair[0]]
    calls.clear()
    assert client.get(f"{API}/figures/curves?arms={pair[0]}.0,{pair[1]}.0").status_code == 200
    assert sorted(calls) == sorted(pair)
