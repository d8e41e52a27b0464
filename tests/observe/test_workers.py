"""Workers and queues: who trains what, how busy, what waits and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from seedspread.context import Context
from seedspread.core.report import Ending
from seedspread.core.states import RunState
from seedspread.core.study import SeedRange
from seedspread.observe.workers import list_queues, list_workers
from seedspread.settings import AppSettings
from seedspread.storage import leases, workers
from seedspread.storage.database import Database
from seedspread.storage.tables import RunRow
from seedspread.storage.workers import Registration
from seedspread.views.service import QueueView
from tests.builders import LEASE_S, NOW, run_ids, spec, store
from tests.support.brokers import FlakyBroker

WORKER = Registration("host:1/1", "host", 1, "cpu")


@pytest.fixture
def broker() -> FlakyBroker:
    return FlakyBroker()


@pytest.fixture
def at(database: Database, broker: FlakyBroker) -> Callable[[float], Context]:
    """The surroundings so many seconds after NOW."""
    return lambda seconds: Context(database, broker, AppSettings(), clock=lambda: NOW + timedelta(seconds=seconds))


def train(database: Database, run_id: int, *, start: float, end: float | None) -> None:
    """The worker's claim at `start`, and its end where there is one, in seconds after NOW."""
    with database.session() as session:
        begun = NOW + timedelta(seconds=start)
        assert leases.claim(session, run_id, 1, WORKER.name, begun, LEASE_S) is not None
        workers.beat(session, WORKER.name, begun, run_id=run_id)
        if end is not None:
            done = NOW + timedelta(seconds=end)
            ending = Ending(state=RunState.FINISHED, reason=None, duration_s=1.0, cpu_s=1.0, log_tail="")
            assert leases.end(session, run_id, 1, ending, done)
            workers.beat(session, WORKER.name, done, run_id=None, ended=1)


def announced(database: Database) -> None:
    with database.session() as session:
        workers.register(session, WORKER, NOW)


def cpu(ctx: Context) -> QueueView:
    return next(queue for queue in list_queues(ctx) if queue.name == "cpu")


def test_a_worker_tells_what_it_trains_and_how_busy_it_was(database: Database, at: Callable[[float], Context]) -> None:
    announced(database)
    first, second, *_ = run_ids(database, store(database))
    train(database, first, start=0, end=10)
    (idle,) = list_workers(at(20))
    assert (idle.state, idle.training, idle.ended_lately, idle.busy) == ("idle", None, 1, 0.5)
    assert idle.beat_age_s == 10
    train(database, second, start=20, end=None)
    (busy,) = list_workers(at(30))
    assert busy.state == "training"
    assert busy.busy == pytest.approx(2 / 3)
    assert busy.training is not None
    assert (busy.training.run_id, busy.training.study, busy.training.arm) == (second, "a study", "wide")
    assert not busy.training.replay
    (silent,) = list_workers(at(20 + 60))
    assert (silent.state, silent.busy) == ("silent", None)


def test_what_ended_long_ago_counts_no_more(database: Database, at: Callable[[float], Context]) -> None:
    announced(database)
    train(database, run_ids(database, store(database))[0], start=0, end=10)
    assert cpu(at(309)).ended_lately == 1
    assert cpu(at(311)).ended_lately == 0
    assert cpu(at(311)).rate_per_s is None


def test_a_queue_tells_its_studies_its_rate_and_the_time_left(
    database: Database, at: Callable[[float], Context]
) -> None:
    announced(database)
    older, newer = (store(database, spec(name=name, seeds=SeedRange(count=2))) for name in ("older", "newer"))
    for place, run in enumerate(run_ids(database, older)[:2]):
        train(database, run, start=10 * place, end=10 * place + 10)
    train(database, run_ids(database, newer)[0], start=20, end=None)
    found = cpu(at(20))
    assert [(one.study_id, one.queued, one.running) for one in found.waiting] == [(older, 2, 0), (newer, 3, 1)]
    assert (found.busy, found.rate_per_s, found.left_s) == (1, 0.1, 60)
    assert found.why[0] == "its worker is training"


def test_idle_time_is_no_part_of_a_queues_rate(database: Database, at: Callable[[float], Context]) -> None:
    announced(database)
    first, second, *_ = run_ids(database, store(database, spec(name="pause", seeds=SeedRange(count=3))))
    train(database, first, start=0, end=10)
    train(database, second, start=200, end=210)
    announced(database)
    assert cpu(at(215)).rate_per_s == pytest.approx(0.1)


class TestWhy:
    def test_nobody_takes_them(self, database: Database, at: Callable[[float], Context]) -> None:
        store(database)
        found = cpu(at(0))
        assert "start one with `seedspread worker --queue cpu`" in str(found.blocked)
        assert (found.why, found.left_s) == ([], None)

    def test_the_broker_is_away(self, database: Database, broker: FlakyBroker, at: Callable[[float], Context]) -> None:
        announced(database)
        store(database)
        broker.away = True
        found = cpu(at(0))
        assert (found.messages, found.blocked, found.why) == (None, "the broker does not answer (start it)", [])

    def test_messages_that_were_lost(self, database: Database, at: Callable[[float], Context]) -> None:
        announced(database)
        store(database)
        assert cpu(at(0)).why == ["the broker holds no message for them: lost messages are sent again within 15 s"]

    def test_messages_of_cancelled_runs(
        self, database: Database, broker: FlakyBroker, at: Callable[[float], Context]
    ) -> None:
        broker.send([(1, 1, "cpu")])
        assert cpu(at(0)).why == ["1 message more than queued runs: workers drop surplus messages"]

    def test_replays_for_one_worker_and_runs_being_cancelled(
        self, database: Database, broker: FlakyBroker, at: Callable[[float], Context]
    ) -> None:
        announced(database)
        first, second, *_ = run_ids(database, store(database))
        train(database, first, start=0, end=None)
        with database.session() as session:
            session.execute(update(RunRow).where(RunRow.id == first).values(cancel_requested=True))
            session.execute(update(RunRow).where(RunRow.id == second).values(wanted_worker="other:2"))
        broker.send([(second, 1, "cpu")])
        assert cpu(at(1)).why == [
            "its worker is training",
            "1 run reserved for worker other:2 by a replay",
            "1 run cancelled while training: each stops at its next step",
        ]
