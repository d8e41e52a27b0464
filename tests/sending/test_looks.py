"""Looks belong to the study wherever it lives: a service's verdict on a folder is the folder's."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from seedspread.analysis.compare import compare_all
from seedspread.api import create_app
from seedspread.api_prefix import PREFIX
from seedspread.client import ApiError, Client
from seedspread.recording import ArmRecord, StudyWriter, create_study, open_study
from seedspread.recording.writer import new_study
from seedspread.running.judge import judge, note_look
from seedspread.sending.push import push
from seedspread.sending.studies import from_folder
from seedspread.sending.watch import FolderWatch
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from seedspread.studies.receiver import LocalReceiver
from seedspread.views.statistics import ComparisonView
from tests.support.studies import context_of

ARMS = ("base", "wide")


@pytest.fixture
def sqlite(migrated_sqlite_file: Path, tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{shutil.copy(migrated_sqlite_file, tmp_path / 'seedspread.db')}")
    yield opened
    opened.dispose()


def trained(folder: Path, seeds: range, planned: int, *, arms: tuple[str, ...] = ARMS, **rule: Any) -> None:
    """Record seeds of a study that plans so many, as `seedspread run` does."""
    record = new_study(
        "looks",
        metric="acc",
        direction="maximize",
        arms=[ArmRecord(name, {"hidden": at}) for at, name in enumerate(arms)],
        seeds=list(range(planned)),
        rule={"level": 0.95, **rule},
    )
    writer = create_study(folder, record)
    writer.study.seeds, writer.study.rule = list(range(planned)), record.rule
    writer.update(writer.study)
    for seed in seeds:
        for at, arm in enumerate(arms):
            run = writer.begin(arm, seed)
            run.log({"acc": 0.9 + 0.004 * at + random.Random(f"{seed} {arm}").gauss(0, 0.01)})
            run.end("finished")


def shown(view: ComparisonView) -> tuple[Any, ...]:
    """Return what a person reads of a verdict."""
    interval = view.interval
    ends = None if interval is None else (interval.low, interval.high, interval.level)
    caveats = [caveat.text for caveat in view.caveats if caveat.code == "interim"]
    return view.headline, view.state, view.n, ends, view.interim, caveats


def both(database: Database, folder: Path) -> tuple[list[Any], list[Any]]:
    """Return the verdicts of the service that the folder is sent to, and the folder's own."""
    context = context_of(database)
    study = push(from_folder(open_study(folder)), LocalReceiver(context)).study_id
    own = judge(open_study(folder)).family
    assert own is not None
    return [shown(view) for view in compare_all(context, study).comparisons], [shown(view) for view in own.comparisons]


def read(folder: Path) -> None:
    """Read the folder's verdict, which is a look."""
    note_look(folder, judge(open_study(folder)).arms)


@pytest.mark.parametrize("arms", [ARMS, ("base", "wide", "deep")])
def test_a_service_shows_the_verdict_of_the_folder_at_every_stage(
    sqlite: Database, tmp_path: Path, arms: tuple[str, ...]
) -> None:
    folder = tmp_path / "study"
    trained(folder, range(6), 8, arms=arms)  # interrupted, and read
    there, here = both(sqlite, folder)
    assert there == here
    assert "runs are pending" in here[0][5][0]
    read(folder)
    trained(folder, range(6, 8), 8, arms=arms)  # the plan is complete
    there, here = both(sqlite, folder)
    assert there == here
    assert "a verdict was read at 6 seeds per arm" in here[0][5][0]
    read(folder)
    trained(folder, range(8, 20), 20, arms=arms)  # seeds were added
    there, here = both(sqlite, folder)
    assert there == here
    assert "seeds were added after results were in (6, then 2, then 12 per arm)" in here[0][5][0]
    assert here[0][3] is None or here[0][3][2] >= 0.99


@pytest.mark.parametrize(("dead", "rule"), [("deep", {}), ("wide", {"until": "decided", "at_most": 12})])
def test_an_arm_that_never_ran_is_compared_in_neither(
    sqlite: Database, tmp_path: Path, dead: str, rule: dict[str, Any]
) -> None:
    folder = tmp_path / "study"
    trained(folder, range(12), 12, arms=tuple(arm for arm in ("base", "wide", "deep", "big") if arm != dead), **rule)
    writer = StudyWriter(folder)
    writer.study.arms.insert(1, ArmRecord(dead, {"hidden": -1}))
    writer.update(writer.study)
    for seed in range(3):
        writer.begin(dead, seed).end("failed", reason="exit code 1")
    context = context_of(sqlite)
    there, here = both(sqlite, folder)
    assert there == here
    assert len(there) == 2
    service, own = compare_all(context, 1), judge(open_study(folder)).family
    assert own is not None
    assert (service.m, service.correction) == (own.m, own.correction)
    assert service.m == 3
    assert [(v.a.name, v.b.name) for v in service.comparisons] == [(v.a.name, v.b.name) for v in own.comparisons]
    assert [v.p_corrected for v in service.comparisons] == pytest.approx([v.p_corrected for v in own.comparisons])


def test_a_plan_without_looks_keeps_its_fixed_interval(sqlite: Database, tmp_path: Path) -> None:
    trained(tmp_path / "study", range(10), 10)
    there, here = both(sqlite, tmp_path / "study")
    assert there == here
    assert not here[0][4]


def test_arms_of_a_script_that_does_not_repeat_are_unpaired_in_both(sqlite: Database, tmp_path: Path) -> None:
    trained(tmp_path / "study", range(8), 8)
    paired, _ = both(sqlite, tmp_path / "study")
    writer = StudyWriter(tmp_path / "study")
    writer.study.rule["paired"] = False  # what the check finds after the first runs were sent
    writer.update(writer.study)
    there, here = both(sqlite, tmp_path / "study")
    assert there == here
    assert there != paired


@pytest.mark.parametrize("first", [(10, 10), (12, 40)])
def test_a_plan_that_stops_once_decided_is_judged_at_its_looks_in_both(
    sqlite: Database, tmp_path: Path, first: tuple[int, int]
) -> None:
    folder, (ended, most) = tmp_path / "study", first
    trained(folder, range(ended), most, until="decided", at_most=most)
    there, here = both(sqlite, folder)
    assert there == here
    assert here[0][2] == 10
    read(folder)
    trained(folder, range(ended, 20), 20, until="decided", at_most=20)
    there, here = both(sqlite, folder)
    assert there == here
    assert "seeds were added after results were in (10, then 10 per arm)" in here[0][5][0]


@pytest.mark.parametrize(
    ("ended", "planned", "rule", "look"),
    [
        (6, 8, {}, (6, 8)),
        (3, 8, {}, None),
        (12, 40, {"until": "decided", "at_most": 40}, (10, 40)),
    ],
)
def test_a_verdict_that_the_page_of_a_watched_folder_shows_is_a_look_of_the_folder(
    sqlite: Database, tmp_path: Path, ended: int, planned: int, rule: dict[str, Any], look: tuple[int, int] | None
) -> None:
    folder, problems = tmp_path / "watched" / "study", list[str]()
    trained(folder, range(ended), planned, **rule)
    app = create_app(AppSettings(database_url=str(sqlite.url), reconcile_s=3600, watch=str(folder.parent)))
    watch = FolderWatch([folder.parent], tmp_path / "watched.json", problems.append)
    with TestClient(app, base_url="http://127.0.0.1:8321") as client:
        receiver = LocalReceiver(app.state.context)
        watch.look(receiver)
        watch._not_before = 0.0
        watch.look(receiver)
        assert open_study(folder).study.looks == []  # nobody has seen anything
        for address in ("comparisons", "comparison", "comparisons?metric=acc&summary=best"):
            client.get(f"/api/v1/studies/1/{address}").raise_for_status()
        watch._not_before = 0.0
        watch.look(receiver)
    assert open_study(folder).study.looks_taken() == ([look] if look else [])
    copy = shutil.copytree(folder, tmp_path / "copy")
    read(folder)
    assert open_study(folder).study.looks_taken() == open_study(copy).study.looks_taken()
    trained(folder, range(ended, planned + 12), planned + 12, **(rule and {**rule, "at_most": planned + 12}))
    there, here = both(sqlite, folder)
    assert there == here
    assert problems == []


def test_a_claim_checked_over_the_service_is_a_look_of_the_watched_folder(sqlite: Database, tmp_path: Path) -> None:
    folder = tmp_path / "watched" / "study"
    trained(folder, range(8), 8)
    app = create_app(AppSettings(database_url=str(sqlite.url), reconcile_s=3600, watch=str(folder.parent)))
    watch = FolderWatch([folder.parent], tmp_path / "watched.json", print)
    with TestClient(app, base_url="http://127.0.0.1:8321") as client:
        receiver = LocalReceiver(app.state.context)
        watch.look(receiver)
        watch._not_before = 0.0
        watch.look(receiver)
        client.post("/api/v1/claims", json={"study_id": 1, "better": True}).raise_for_status()
        watch._not_before = 0.0
        watch.look(receiver)
    assert open_study(folder).study.looks_taken() == [(8, 8)]


def test_looks_are_sent_once_and_never_undone(sqlite: Database, tmp_path: Path) -> None:
    folder, context = tmp_path / "study", context_of(sqlite)
    trained(folder, range(8), 8)
    copy = shutil.copytree(folder, tmp_path / "copy")
    read(folder)
    trained(folder, range(8, 12), 12)
    for source in (folder, folder, copy, folder):
        study = push(from_folder(open_study(source)), LocalReceiver(context)).study_id
    view = compare_all(context, study).comparisons[0]
    assert "(8, then 4 per arm)" in next(caveat.text for caveat in view.caveats if caveat.code == "interim")


def test_an_older_service_takes_studies_without_looks_alone(tmp_path: Path) -> None:
    bodies = []

    def answer(request: httpx.Request) -> httpx.Response:
        body = httpx.Response(200, content=request.content).json()
        bodies.append(body)
        unknown = [name for name in ("looks", "planned", "paired", "at_most") if name in body]
        if unknown:
            facts = {"expected": "no such field", "missing": False}
            faults = [{"field": name, "value": body[name], **facts} for name in unknown]
            error = {"code": "invalid_input", "message": "no", "hint": None, "faults": faults}
            return httpx.Response(422, json={"error": error})
        return httpx.Response(200, json={"study_id": 3, "runs": {}})

    folder = tmp_path / "study"
    trained(folder, range(8), 8)
    with Client("http://old") as client:
        client._http = httpx.Client(base_url=f"http://old{PREFIX}", transport=httpx.MockTransport(answer))
        assert client.announce("x", from_folder(open_study(folder)).study).study_id == 3
        read(folder)
        with pytest.raises(ApiError, match="is an older version, which cannot pay for this study's looks"):
            client.announce("x", from_folder(open_study(folder)).study)
    assert "looks" not in bodies[1]
