"""Which runs a study's pace is told from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from seedspread.core.pace import Timed
from seedspread.core.states import RunState
from seedspread.storage import leases
from seedspread.storage import runs as timing
from seedspread.storage.database import Database
from seedspread.storage.tables import RunRow
from tests.builders import LEASE_S, NOW, finish, run_ids, store

LATER = NOW + timedelta(seconds=5)


def test_what_ended_and_what_is_in_progress_without_replays(database: Database) -> None:
    study_id = store(database)
    ids = run_ids(database, study_id)
    finish(database, ids[0], ended=LATER)
    finish(database, ids[1], state=RunState.FAILED, ended=LATER)
    finish(database, ids[2])
    with database.session() as session:
        session.execute(update(RunRow).where(RunRow.id == ids[2]).values(replay_of=ids[0]))
        # It is tried again, and still bears the end of the try before.
        session.execute(update(RunRow).where(RunRow.id == ids[3]).values(attempt=2, finished_at=NOW))
        leases.claim(session, ids[3], 2, "w2", LATER, LEASE_S)
        session.execute(update(RunRow).where(RunRow.id == ids[4]).values(state=RunState.CANCELLED, finished_at=NOW))
    with database.reading() as session:
        arms = [session.get_one(RunRow, run_id).arm_id for run_id in ids]
        found = timing.timed(session, study_id)
    assert sorted(found[:2], key=lambda run: run.arm) == [
        Timed("w1", arms[0], NOW, LATER),
        Timed("w1", arms[1], NOW, LATER),
    ]
    assert found[2:] == [Timed("w2", arms[3], LATER, None)]


def test_only_the_last_ones_of_a_large_study(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "SAMPLE", 2)
    study_id = store(database)
    for place, run_id in enumerate(run_ids(database, study_id)):
        finish(database, run_id, ended=NOW + timedelta(seconds=place))
    with database.reading() as session:
        found = timing.timed(session, study_id)
    assert [run.finished_at for run in found] == [NOW + timedelta(seconds=5), NOW + timedelta(seconds=4)]
