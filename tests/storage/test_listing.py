"""Lists: every term of the search language, every sort key, on both databases."""

from __future__ import annotations

import math

import pytest

from seedspread.core import query
from seedspread.core.states import RunState
from seedspread.core.study import SeedRange
from seedspread.errors import InvalidInput
from seedspread.storage import search as listing
from seedspread.storage.database import Database
from seedspread.storage.search import RUN_KEYS, STUDY_KEYS, Slice
from seedspread.storage.tables import RunRow
from tests.builders import finish, run_ids, spec, store


@pytest.fixture
def many(database: Database) -> dict[str, int]:
    """Four studies: waiting, half done, done with trouble, cancelled."""
    small = SeedRange(count=1)
    ids = {
        "waiting": store(database, spec(name="Waiting 100%", tags=("paper", "x_y"), seeds=small)),
        "half": store(database, spec(name="half done", recipe="other", notes="about width", seeds=small)),
        "done": store(database, spec(name="done", tags=("Paper",))),
        "off": store(database, spec(name="off", seeds=small)),
    }
    finish(database, run_ids(database, ids["half"])[0], {"accuracy": [0.25]})
    done = run_ids(database, ids["done"])
    for run_id, value in zip(done, [0.9, 0.8, 0.7, 0.6, math.nan], strict=False):
        finish(database, run_id, {"accuracy": [0.95, value], "loss": [value]})
    finish(database, done[5], {}, state=RunState.FAILED, reason="it ran out of memory")
    for run_id in run_ids(database, ids["off"]):
        finish(database, run_id, {}, state=RunState.CANCELLED)
    with database.session() as session:
        session.get_one(RunRow, done[3]).excluded_reason = "a <odd> run"
    return ids


SEARCHES: list[tuple[str, set[str]]] = [
    ("", {"waiting", "half", "done", "off"}),
    ("recipe:other", {"half"}),
    ("-recipe:other", {"waiting", "done", "off"}),
    ("tag:paper", {"waiting", "done"}),
    ("tag:x_y", {"waiting"}),
    ("tag:xzy", set()),
    ("-tag:paper", {"half", "off"}),
    ("width", {"half"}),
    ("100%", {"waiting"}),
    ("1%0", set()),
    ("WAITING", {"waiting"}),
    ("name:done", {"half", "done"}),
    ("is:queued", {"waiting"}),
    ("is:running", {"half"}),
    ("is:finished", {"done"}),
    ("is:cancelled", {"off"}),
    ("is:failed", {"done"}),
    ("is:diverged", {"done"}),
    ("is:excluded", {"done"}),
    ("metric<0.5", {"half"}),
    ("metric>0.5", {"done"}),
    ("metric>=0.8 metric<=0.8000001", {"done"}),
    ("-metric>0.5", {"waiting", "half", "off"}),
    ("loss>0.5", {"done"}),
    ("runs>2", {"done"}),
    ("runs!=2", {"done"}),
    ("runs<2.5", {"waiting", "half", "off"}),
    ("id:123456", set()),
    ("tag:paper is:finished metric>0.5", {"done"}),
    ("nothing=1", set()),
]


def test_searching_studies(database: Database, many: dict[str, int]) -> None:
    for text, names in SEARCHES:
        with database.reading() as session:
            found, total = listing.studies(session, query.parse(text, query.STUDIES), Slice("id"))
        assert {study.id for study in found} == {many[name] for name in names}, text
        assert total == len(names)


def test_searching_runs(database: Database, many: dict[str, int]) -> None:
    done = run_ids(database, many["done"])
    cases: dict[str, list[int]] = {
        "": [0, 1, 2, 3, 4, 5],
        "arm:WIDE": [1, 3, 5],
        "-arm:wide": [0, 2, 4],
        "is:finished": [0, 1, 2, 3, 4],
        "is:failed": [5],
        "is:diverged": [4],
        "is:excluded": [3],
        "is:replay": [],
        "seed:1": [2, 3],
        "seed>0.5 seed<2": [2, 3],
        "memory": [5],
        "reason:odd": [3],
        '"<odd>"': [3],
        "worker:w1": [0, 1, 2, 3, 4, 5],
        "accuracy>0.75": [0, 1],
        "-accuracy>0.75": [2, 3, 4, 5],
        "metric=0.9": [0],
        "duration>1": [0, 1, 2, 3, 4, 5],
        "epoch=2": [0, 1, 2, 3, 4],
        "attempt>1": [],
    }
    with database.reading() as session:
        for text, expected in cases.items():
            found, total = listing.runs(session, many["done"], query.parse(text, query.RUNS), Slice("id"))
            assert [run.id for run in found] == [done[place] for place in expected], text
            assert total == len(expected)


def test_every_sort_key_sorts_both_ways(database: Database, many: dict[str, int]) -> None:
    with database.reading() as session:
        for descending in (False, True):
            for key in (*STUDY_KEYS, "metric:loss"):
                assert len(listing.studies(session, (), Slice(key, descending))[0]) == 4
            for key in (*RUN_KEYS, "metric:loss"):
                assert len(listing.runs(session, many["done"], (), Slice(key, descending))[0]) == 6


def test_runs_without_a_number_come_last(database: Database, many: dict[str, int]) -> None:
    done = run_ids(database, many["done"])
    for descending, order in ((True, [0, 1, 2, 3]), (False, [3, 2, 1, 0])):
        with database.reading() as session:
            rows, _ = listing.runs(session, many["done"], (), Slice("metric", descending))
        assert [run.id for run in rows][:4] == [done[place] for place in order]
        assert {run.id for run in rows[4:]} == set(done[4:])


def test_pages_join_to_the_whole(database: Database, many: dict[str, int]) -> None:
    with database.reading() as session:
        pages = [listing.runs(session, many["done"], (), Slice("state", page=page, per_page=4)) for page in (1, 2, 3)]
    assert [len(found) for found, _ in pages] == [4, 2, 0]
    assert {total for _, total in pages} == {6}
    assert {run.id for found, _ in pages for run in found} == set(run_ids(database, many["done"]))


def test_narrowing_by_arm_and_state(database: Database, many: dict[str, int]) -> None:
    with database.reading() as session:
        found, total = listing.runs(session, many["done"], (), Slice("id"), arm=1, states=["failed", "cancelled"])
    assert total == 1
    assert found[0].state == "failed"


def test_an_unknown_sort_key_is_refused(database: Database) -> None:
    with database.reading() as session, pytest.raises(InvalidInput, match="sort"):
        listing.studies(session, (), Slice("colour"))
