"""Runs of dead workers come back; messages are sent when they are due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from seedspread.core.states import RunState
from seedspread.storage import leases, recovery
from seedspread.storage.database import Database
from seedspread.storage.tables import AttemptRow, RunRow
from tests.builders import LEASE_S, NOW, finish, run_ids, store

SILENT = NOW + timedelta(seconds=LEASE_S + 1)


@pytest.fixture
def runs(database: Database) -> list[int]:
    return run_ids(database, store(database))


def lose(database: Database, run_id: int, attempt: int) -> RunState | None:
    with database.session() as session:
        assert leases.claim(session, run_id, attempt, "w1", NOW, LEASE_S)
    with database.session() as session:
        return recovery.requeue(session, run_id, attempt, SILENT, 3)


def state(database: Database, run_id: int) -> tuple[str, int]:
    with database.reading() as session:
        row = session.get_one(RunRow, run_id)
        return row.state, row.attempt


def test_only_silent_workers_lose_their_runs(database: Database, runs: list[int]) -> None:
    with database.session() as session:
        leases.claim(session, runs[0], 1, "w1", NOW, LEASE_S)
        leases.claim(session, runs[1], 1, "w2", NOW, LEASE_S)
        leases.beat(session, runs[1], 1, "w2", NOW + timedelta(seconds=10), LEASE_S)
    with database.reading() as session:
        assert recovery.lost(session, NOW) == []
        assert recovery.lost(session, SILENT) == [(runs[0], 1)]


def test_a_worker_that_beat_in_the_meantime_keeps_its_run(database: Database, runs: list[int]) -> None:
    with database.session() as session:
        leases.claim(session, runs[0], 1, "w1", NOW, LEASE_S)
        leases.beat(session, runs[0], 1, "w1", SILENT, LEASE_S)
        assert recovery.requeue(session, runs[0], 1, SILENT, 3) is None
    assert state(database, runs[0]) == ("running", 1)


def test_a_lost_run_is_given_up_when_it_keeps_being_lost(database: Database, runs: list[int]) -> None:
    assert [lose(database, runs[0], attempt) for attempt in (1, 2, 3)] == ["queued", "queued", "failed"]
    assert state(database, runs[0]) == ("failed", 3)
    with database.reading() as session:
        row = session.get_one(RunRow, runs[0])
        assert row.reason is not None
        assert "worker w1 stopped responding" in row.reason
        assert "gave up after 3 lost attempts" in row.reason
        states = session.scalars(select(AttemptRow.state).order_by(AttemptRow.number)).all()
    assert states == ["lost", "lost", "failed"]


def test_only_losses_in_a_row_count(database: Database, runs: list[int]) -> None:
    lose(database, runs[0], 1)
    with database.session() as session:
        leases.claim(session, runs[0], 2, "w1", NOW, LEASE_S)
        leases.release(session, runs[0], 2, NOW)
    lose(database, runs[0], 3)
    with database.reading() as session:
        assert recovery.streak(session, runs[0], "lost") == 1


def test_a_lost_run_that_was_to_be_cancelled_is_cancelled(database: Database, runs: list[int]) -> None:
    with database.session() as session:
        leases.claim(session, runs[0], 1, "w1", NOW, LEASE_S)
        session.execute(update(RunRow).where(RunRow.id == runs[0]).values(cancel_requested=True))
    with database.session() as session:
        assert recovery.requeue(session, runs[0], 1, SILENT, 3) is RunState.CANCELLED
    assert state(database, runs[0]) == ("cancelled", 1)


def test_what_is_due(database: Database, runs: list[int]) -> None:
    finish(database, runs[5])
    with database.session() as session:
        assert recovery.queued(session) == {"cpu": 5}
        recovery.mark_sent(session, runs[:2], NOW)
        recovery.mark_sent(session, runs[2:3], NOW + timedelta(seconds=10))
    with database.reading() as session:
        never = recovery.unsent(session, "cpu", NOW, 15, 100)
        later = recovery.unsent(session, "cpu", NOW + timedelta(seconds=16), 15, 100)
        assert recovery.unsent(session, "gpu", NOW, 15, 100) == []
    assert [run.run_id for run in never] == [runs[3], runs[4]]
    assert [run.run_id for run in later] == [runs[3], runs[4], runs[0], runs[1]]
    assert later[0] == (runs[3], 1, "cpu")
