"""Real Celery workers on a real Valkey server, killed and stopped in the middle of their work."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import make_url

from seedspread.core.states import RunState
from seedspread.embedded import valkey
from seedspread.embedded.folder import locked
from seedspread.embedded.supervisor import Supervisor
from seedspread.errors import Unavailable
from seedspread.studies.change import cancel_study
from tests.queue.farm import Farm, Worker, farm
from tests.waiting import until

STEPS = 8
SLOW = {"steps": STEPS, "pause_s": 0.15}


@pytest.fixture
def opened(tmp_path: Path, broker_url: str, sqlite_database_url: str) -> Iterator[Farm]:
    with farm(tmp_path, broker_url, sqlite_database_url) as opened:
        yield opened


@pytest.fixture
def anywhere(tmp_path: Path, broker_url: str, database_url: str) -> Iterator[Farm]:
    """On SQLite and on PostgreSQL."""
    with farm(tmp_path, broker_url, database_url) as opened:
        yield opened


def test_a_study_is_trained_stored_and_counted_once(anywhere: Farm) -> None:
    anywhere.work(2)
    study = anywhere.study(20, {"steps": 3})

    anywhere.await_end(study)

    anywhere.assert_counted_once(study, "score", 3)
    assert {run.attempt for run in anywhere.runs(study)} == {1}
    assert anywhere.ctx.broker.depth("cpu") == 0


def test_a_run_that_fails_says_why_and_the_others_go_on(shared: tuple[Farm, Worker]) -> None:
    opened, _ = shared
    raising, dying, fine = (opened.study(1, {"trouble": trouble}) for trouble in ("raise", "kill", ""))

    for study in (raising, dying, fine):
        opened.await_end(study)

    assert opened.runs(raising)[0].reason == "ValueError: trouble number 3"
    assert "Traceback" in opened.runs(raising)[0].log_tail
    killed = opened.runs(dying)[0]
    assert (
        killed.reason == "the trainer was killed (signal 9), probably out of memory; gave up after 3 attempts in a row"
    )
    assert (killed.failure, opened.attempts(killed.id)) == ("memory", ["killed", "killed", "failed"])
    assert opened.runs(raising)[0].failure == "training"
    assert opened.states(fine) == {RunState.FINISHED: 1}


def test_a_killed_pool_process_loses_nothing(opened: Farm) -> None:
    worker = opened.work(2)
    study = opened.study(6, SLOW)
    opened.await_running(study, 2)

    victim = worker.pool()[0]
    victim.kill()

    opened.await_end(study)
    opened.assert_counted_once(study, "score", STEPS)
    twice = [run.id for run in opened.runs(study) if run.attempt == 2]
    assert [opened.attempts(run) for run in twice] == [["lost", "finished"]]
    assert len(worker.pool()) == 2


def test_a_killed_trainer_is_replaced_and_its_run_is_trained_again(shared: tuple[Farm, Worker]) -> None:
    opened, worker = shared
    study = opened.study(3, SLOW)
    opened.await_running(study)

    worker.trainers()[0].kill()

    opened.await_end(study)
    opened.assert_counted_once(study, "score", STEPS)
    assert sorted(opened.attempts(run.id) for run in opened.runs(study)) == [
        ["finished"],
        ["finished"],
        ["killed", "finished"],
    ]


def test_a_killed_worker_leaves_no_process_and_its_run_is_taken_up_at_once_by_the_next(opened: Farm) -> None:
    worker = opened.work(2)
    study = opened.study(6, SLOW)
    opened.await_running(study, 2)
    family = worker.family()

    worker.stop(signal.SIGKILL)

    _, left = psutil.wait_procs(family, timeout=20)
    assert not [process for process in left if process.status() != psutil.STATUS_ZOMBIE]
    opened.work(2)
    opened.await_end(study)
    opened.assert_counted_once(study, "score", STEPS)
    assert sorted(run.attempt for run in opened.runs(study)) == [1, 1, 1, 1, 2, 2]


def test_a_stopped_worker_gives_back_what_it_trains_and_leaves_no_process(opened: Farm) -> None:
    worker = opened.work(2)
    study = opened.study(4, {"steps": 50, "pause_s": 0.2})
    opened.await_running(study, 2)
    family = worker.family()

    assert worker.stop(signal.SIGTERM, patience_s=30) == 0

    assert opened.states(study) == {RunState.QUEUED: 4}
    given_back = [run for run in opened.runs(study) if run.attempt == 2]
    assert [opened.attempts(run.id) for run in given_back] == [["released"], ["released"]]
    assert opened.announced() == 0
    _, left = psutil.wait_procs(family, timeout=20)
    assert left == []


def test_a_cancelled_study_stops_within_a_beat(shared: tuple[Farm, Worker]) -> None:
    opened, _ = shared
    study = opened.study(5, {"steps": 100, "pause_s": 0.2})
    opened.await_running(study)

    assert cancel_study(opened.ctx, study).runs == 5

    opened.await_end(study, 5)
    assert opened.states(study) == {RunState.CANCELLED: 5}


def test_a_frozen_worker_loses_its_run_and_can_do_no_harm_when_it_wakes(
    tmp_path: Path, broker_url: str, sqlite_database_url: str
) -> None:
    with farm(tmp_path, broker_url, sqlite_database_url, lease_s=5.0) as opened:
        first = opened.work(1)
        study = opened.study(1, {"steps": 30, "pause_s": 0.1})
        opened.await_running(study)
        frozen = first.family()
        for process in frozen:
            process.suspend()
        opened.work(1)

        until(lambda: opened.runs(study)[0].attempt == 2 and opened.runs(study)[0].state == RunState.RUNNING, 40)
        for process in frozen:
            process.resume()

        opened.await_end(study)
        opened.assert_counted_once(study, "score", 30)
        assert opened.attempts(opened.runs(study)[0].id)[0] == "lost"


def test_a_broker_that_comes_back_empty_loses_nothing(tmp_path: Path, sqlite_database_url: str) -> None:
    with locked(tmp_path) as folder:
        supervisor = Supervisor(folder / "run" / "processes.json")
        url = valkey.start(supervisor, folder)
        try:
            with farm(tmp_path, url, sqlite_database_url) as opened:
                opened.work(1)
                study = opened.study(8, {"steps": 4, "pause_s": 0.1})
                opened.await_running(study)
                os.kill(supervisor.process(valkey.NAME).pid, signal.SIGKILL)
                with pytest.raises(Unavailable):
                    opened.ctx.broker.ping()

                until(lambda: back(supervisor, opened), 10, "the broker's return")

                opened.await_end(study)
                opened.assert_counted_once(study, "score", 4)
        finally:
            supervisor.stop()


def test_a_database_that_is_away_for_a_while_is_waited_for(
    tmp_path: Path, broker_url: str, postgres_url: str, postgres_database_url: str
) -> None:
    name = make_url(postgres_database_url).database
    address = postgres_url.replace("postgresql+psycopg://", "postgresql://")
    with (
        farm(tmp_path, broker_url, postgres_database_url) as opened,
        psycopg.connect(address, autocommit=True) as operator,
    ):
        opened.work(1)
        study = opened.study(3, SLOW)
        opened.await_running(study)

        operator.execute("UPDATE pg_database SET datallowconn = false WHERE datname = %s", [name])
        operator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        with pytest.raises(Unavailable):
            opened.database.ping()
        time.sleep(2)
        operator.execute("UPDATE pg_database SET datallowconn = true WHERE datname = %s", [name])

        opened.await_end(study)
        opened.assert_counted_once(study, "score", STEPS)
        assert {run.attempt for run in opened.runs(study)} == {1}


def back(supervisor: Supervisor, opened: Farm) -> bool:
    supervisor.tend()
    try:
        opened.ctx.broker.ping()
    except Unavailable:
        return False
    return True
