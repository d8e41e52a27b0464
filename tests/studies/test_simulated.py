"""Queue, leases and reconciler under fault schedules drawn from seeds; a failure names the seed that repeats it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import bindparam, not_, update

from seedspread.storage import leases, recovery
from seedspread.storage.upkeep import integrity
from seedspread.studies import dispatch
from tests.support.simulator import Simulated, Violation, World, prepared, schedule

SCHEDULES = 8
FOUND = (78,)
"""Seeds of schedules that broke an invariant once, each with what mended it in the log of the sources."""


@pytest.fixture(scope="module")
def simulated() -> Iterator[Simulated]:
    database = prepared()
    yield database
    database.fault = lambda: ""
    database.dispose()


def test_no_schedule_loses_or_doubles_a_run(simulated: Simulated) -> None:
    # Other schedules each time; SEEDSPREAD_SIMULATE=SEED repeats one.
    first = int(os.environ.get("SEEDSPREAD_SIMULATE") or secrets.randbelow(10**9))
    for seed in (*FOUND, *range(first, first + SCHEDULES)):
        schedule(simulated, seed)
        broken = integrity.contradictions(simulated) if seed % 4 == 0 else []
        assert broken == [], f"seed {seed}"


def test_a_lease_of_a_clock_far_ahead_does_not_keep_a_run(simulated: Simulated) -> None:
    world = World(simulated, 1)
    ctx = world.contexts[0]
    run = world._runs()[0]
    world.clocks.off["ahead"] = 86_400
    with simulated.session() as session:
        assert leases.claim(session, run, 1, "w", world.clocks.read("ahead"), ctx.settings.lease_s)
    rounds = []
    for _ in range(3):
        rounds.append(dispatch.reconcile(ctx, ctx.clock()).requeued)
        world.clocks.now += ctx.settings.lease_s * 0.7
    assert rounds == [0, 0, 1]
    # One that is renewed is left alone, however wrong the clock.
    with simulated.session() as session:
        assert leases.claim(session, run, 2, "w", world.clocks.read("ahead"), ctx.settings.lease_s)
    for _ in range(5):
        assert dispatch.reconcile(ctx, ctx.clock()).requeued == 0
        world.clocks.now += ctx.settings.lease_s * 0.7
        with simulated.session() as session:
            leases.beat(session, run, 2, "w", world.clocks.read("ahead"), ctx.settings.lease_s)


def test_a_message_of_a_clock_far_ahead_is_sent_again(simulated: Simulated) -> None:
    world = World(simulated, 2)
    ctx = world.contexts[0]
    world.clocks.off["api 0"] = 86_400
    world.workers[0].step()  # registers, so that somebody can train
    sent = dispatch.reconcile(ctx, ctx.clock()).sent
    assert sent == world.planned
    world.clocks.off.clear()
    world.broker.messages.clear()
    assert dispatch.reconcile(ctx, ctx.clock()).sent == sent


def broken_seeds(database: Simulated, seeds: range) -> Iterator[int]:
    """Yield the seeds whose schedules break an invariant."""
    for seed in seeds:
        try:
            schedule(database, seed)
        except Violation:
            yield seed


def test_the_simulator_sees_runs_that_nobody_takes_back(simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "lost", lambda *_: [])
    assert next(broken_seeds(simulated, range(100, 140)), None) is not None


def test_the_simulator_sees_a_run_that_is_trained_twice(simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    run = leases._RUN.c
    whatever = bindparam("of_attempt", type_=run.attempt.type) != -1
    monkeypatch.setattr(
        leases,
        "_CLAIM",
        update(leases._RUN)
        .where(run.id == bindparam("of_run"), run.state != "cancelled", whatever, not_(leases._WANTED_ELSEWHERE))
        .values(
            state="running",
            worker=bindparam("by", type_=run.worker.type),
            started_at=bindparam("now", type_=run.started_at.type),
            lease_until=bindparam("lease"),
        ),
    )
    assert next(broken_seeds(simulated, range(100, 140)), None) is not None
