"""The reconciler brings back what went missing, and never floods the broker."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from seedspread.context import Context
from seedspread.core.study import SeedRange
from seedspread.errors import Conflict, Unavailable
from seedspread.storage import leases, workers
from seedspread.storage.tables import RunRow
from seedspread.storage.workers import Registration
from seedspread.studies import dispatch, submit
from seedspread.studies.dispatch import Recovered, reconcile
from tests.builders import LEASE_S, run_ids, spec
from tests.support.application import Clock
from tests.support.brokers import FlakyBroker


def claim(ctx: Context, run_id: int, attempt: int = 1) -> None:
    with ctx.database.session() as session:
        assert leases.claim(session, run_id, attempt, "w1", ctx.clock(), LEASE_S)


def test_a_silent_worker_loses_its_run_until_it_is_given_up(ctx: Context, broker: FlakyBroker, clock: Clock) -> None:
    study = submit.submit(ctx, spec()).study_id
    run = run_ids(ctx.database, study)[0]
    rounds = []
    for attempt in (1, 2, 3):
        claim(ctx, run, attempt)
        broker.sent = [message for message in broker.sent if message[0] != run]
        clock.move(LEASE_S + 1)
        rounds.append(reconcile(ctx, clock()))
        if attempt < 3:
            assert (run, attempt + 1, "cpu") in broker.sent
    assert [(found.requeued, found.failed) for found in rounds] == [(1, 0), (1, 0), (0, 1)]


def test_nothing_to_do_is_nothing_done(ctx: Context, broker: FlakyBroker, clock: Clock) -> None:
    submit.submit(ctx, spec())
    clock.move(1000)
    assert reconcile(ctx, clock()) == Recovered(0, 0, 0), "the broker holds a message for each run: none is sent again"
    assert len(broker.sent) == 6


def test_a_broker_that_forgot_everything_is_filled_again(ctx: Context, broker: FlakyBroker, clock: Clock) -> None:
    submit.submit(ctx, spec())
    broker.lose_everything()
    clock.move(ctx.settings.resend_s - 1)
    assert reconcile(ctx, clock()).sent == 0, "just sent: the messages may be on their way"
    clock.move(2)
    assert reconcile(ctx, clock()).sent == 6
    assert reconcile(ctx, clock()).sent == 0


def test_what_could_not_be_sent_is_sent_when_the_broker_is_back(
    ctx: Context, broker: FlakyBroker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FlakyBroker, "ping", lambda self: setattr(self, "away", True))
    submit.submit(ctx, spec())
    assert reconcile(ctx, clock()).sent == 0
    broker.away = False
    assert reconcile(ctx, clock()).sent == 6


def test_a_queue_is_filled_to_its_window_and_no_further(
    ctx: Context, broker: FlakyBroker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "WINDOW", 20)
    study = submit.submit(ctx, spec(seeds=SeedRange(count=30))).study_id
    assert len(broker.sent) == 20
    for run_id in run_ids(ctx.database, study)[:8]:
        claim(ctx, run_id)
    broker.taken = 8
    assert reconcile(ctx, clock()).sent == 8
    assert len(set(broker.sent)) == 28, "the next ones, not the same again"


def test_runs_go_to_their_own_queue(ctx: Context, broker: FlakyBroker) -> None:
    submit.submit(ctx, spec(device="gpu"))
    submit.submit(ctx, spec())
    assert {queue for _, _, queue in broker.sent} == {"cpu", "gpu"}
    assert (broker.depth("cpu"), broker.depth("gpu")) == (6, 6)


def test_further_steps_are_taken_and_one_that_fails_stops_no_other(ctx: Context, clock: Clock) -> None:
    taken: list[datetime] = []

    def fails(_: Context, __: datetime) -> None:
        raise Conflict("not now")

    stepping = replace(ctx, steps=(fails, lambda _, now: taken.append(now)))
    reconcile(stepping, clock())
    assert taken == [clock()]


def test_workers_silent_for_an_hour_are_forgotten(ctx: Context, clock: Clock) -> None:
    with ctx.database.session() as session:
        workers.register(session, Registration("host:1/1", "host", 1, "cpu"), clock())
    clock.move(3599)
    reconcile(ctx, clock())
    with ctx.database.reading() as session:
        assert len(workers.listed(session, clock(), 10)) == 1
    clock.move(2)
    reconcile(ctx, clock())
    with ctx.database.reading() as session:
        assert workers.listed(session, clock(), 10) == []


def test_topping_up_says_when_the_broker_is_away(ctx: Context, broker: FlakyBroker) -> None:
    submit.submit(ctx, spec())
    broker.away = True
    with pytest.raises(Unavailable):
        dispatch.top_up(ctx)
    with ctx.database.reading() as session:
        assert session.scalars(select(RunRow.state).distinct()).all() == ["queued"]
