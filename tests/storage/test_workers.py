"""Workers: announced, alive while they beat, forgotten."""

from __future__ import annotations

from datetime import timedelta

from seedspread.storage import workers
from seedspread.storage.database import Database
from seedspread.storage.workers import Registration
from tests.builders import NOW, run_ids, store

WORKER = Registration("host:1/1", "host", 1, "cpu")


def test_a_worker_is_alive_while_it_beats(database: Database) -> None:
    study_id = store(database)
    run_id = run_ids(database, study_id)[0]
    with database.session() as session:
        workers.register(session, WORKER, NOW)
        assert workers.beat(session, WORKER.name, NOW + timedelta(seconds=5), run_id=run_id, ended=2)
    with database.reading() as session:
        (listed,) = workers.listed(session, NOW + timedelta(seconds=15), 10)
        (silent,) = workers.listed(session, NOW + timedelta(seconds=16), 10)
    assert (listed.alive, listed.run_id, listed.study_id, listed.runs) == (True, run_id, study_id, 2)
    assert listed.started_at == NOW
    assert not silent.alive


def test_one_that_nobody_knows_is_told_to_announce_itself(database: Database) -> None:
    with database.session() as session:
        assert not workers.beat(session, "nobody", NOW, run_id=None)


def test_starting_anew_counts_anew(database: Database) -> None:
    with database.session() as session:
        workers.register(session, WORKER, NOW)
        workers.beat(session, WORKER.name, NOW, run_id=None, ended=3)
        workers.register(session, WORKER, NOW + timedelta(seconds=1))
    with database.reading() as session:
        assert [worker.runs for worker in workers.listed(session, NOW, 10)] == [0]


def test_forgetting(database: Database) -> None:
    with database.session() as session:
        workers.register(session, WORKER, NOW)
        workers.register(session, Registration("host:2/1", "host", 2, "gpu"), NOW + timedelta(hours=1))
        workers.forget_silent(session, NOW + timedelta(hours=1), 60)
    with database.session() as session:
        assert [worker.name for worker in workers.listed(session, NOW, 10)] == ["host:2/1"]
        workers.forget(session, "host:2/1")
        assert workers.listed(session, NOW, 10) == []
