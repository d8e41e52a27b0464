"""Seeded simulator of queue, leases and reconciler: no processes, all of time, messages, crashes and clocks simulated.

It drives the real functions of `studies` and `storage` over an in-memory SQLite. A schedule is drawn from its seed
alone: what workers do in which order, what the broker loses, doubles or refuses, which transactions fail before or
after they are committed, who is killed, halted or stopped, whose clock jumps, and what users do. Then all faults end,
and every run has to reach its end soon.

`python -m tests.support.simulator [SECONDS] [FIRST SEED]` runs schedules and says how many a minute.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import structlog
from sqlalchemy import create_engine, delete, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from seedspread.context import Context
from seedspread.core.plan import plan
from seedspread.core.recipe import Ability
from seedspread.core.report import Batch, Ending
from seedspread.core.states import TERMINAL, RunState
from seedspread.core.study import SeedRange
from seedspread.errors import Conflict, Unavailable
from seedspread.settings import AppSettings
from seedspread.storage import database as storage
from seedspread.storage import leases, recipes, series, studies, workers
from seedspread.storage.leases import Claimed, ClaimState
from seedspread.storage.tables import AttemptRow, ChunkRow, RunRow, StudyRow, WorkerRow
from seedspread.storage.upkeep import integrity
from seedspread.studies import change
from seedspread.studies.dispatch import reconcile
from tests.builders import entropy, recipe, spec

INFO = recipe("toy")
EPOCHS = 2
WORKERS = 3
STEPS = 30
CALM_S = 400.0
"""Simulated time within which every run has to end once the faults have ended: leases, resends and trainings."""


class Violation(AssertionError):
    """An invariant that a schedule broke."""


class Simulated(storage.Database):
    """In-memory SQLite whose transactions fail on request, before or after they are committed."""

    def __init__(self) -> None:
        self.url = make_url("sqlite://")
        self.engine = create_engine(
            self.url,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
            json_serializer=storage._dumps,
        )
        event.listen(self.engine, "connect", storage._set_up_connection)
        event.listen(self.engine, "begin", storage._begin)
        self._writing = self.engine.execution_options(seedspread_begin="BEGIN IMMEDIATE")
        self._marks, self._marker, self._markers = storage._SharedMarks(), None, 0
        self._snapshot: ContextVar[Session | None] = ContextVar("snapshot", default=None)
        self.fault: Callable[[], str] = lambda: ""

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a transaction that may fail before it does anything, or after all of it is stored."""
        fault = self.fault()
        if fault == "before":
            raise Unavailable("simulated: away")
        with super().session() as session:
            yield session
        if fault == "after":
            raise Unavailable("simulated: the answer was lost")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that reads, and may fail before."""
        if self.fault() == "before":
            raise Unavailable("simulated: away")
        with super().reading() as session:
            yield session


@dataclass
class SimulatedBroker:
    """Broker that holds messages in any order, and may be away, forgetful or stuttering."""

    rng: random.Random
    messages: list[tuple[int, int, str]] = field(default_factory=list)
    away: bool = False
    breaks: bool = False

    def send(self, waiting: Iterable[tuple[int, int, str]]) -> int:
        """Take messages; it may break off half-way."""
        sent = 0
        for message in waiting:
            if self.away or (self.breaks and self.rng.random() < 0.2):
                raise Unavailable("simulated: the broker is away")
            self.messages.append(message)
            sent += 1
        return sent

    def ping(self) -> None:
        """Answer, unless away."""
        if self.away:
            raise Unavailable("simulated: the broker is away")

    def depth(self, queue: str) -> int:
        """Count the waiting messages."""
        self.ping()
        return len(self.messages)

    def take(self) -> tuple[int, int, str] | None:
        """Hand out any message."""
        if self.away or not self.messages:
            return None
        return self.messages.pop(self.rng.randrange(len(self.messages)))


@dataclass
class Clocks:
    """True time in seconds, and how far each clock is off."""

    now: float = 0.0
    off: Counter[str] = field(default_factory=Counter)
    start: datetime = datetime(2030, 1, 1, tzinfo=UTC)

    def read(self, owner: str) -> datetime:
        """Return the time by somebody's clock."""
        return self.start + timedelta(seconds=self.now + self.off[owner])


def value_at(run_id: int, attempt: int, step: int) -> float:
    """Return what an attempt measures: no two attempts measure the same."""
    return run_id + attempt / 100 + step / 10_000


class Worker:
    """Worker process: what `WorkerSession` does, a transaction at a time."""

    def __init__(self, world: World, number: int, life: int = 0) -> None:
        self.world, self.number = world, number
        self.name = f"w{number}.{life}"
        self.clock = f"worker {number}"
        self.life = life
        self.claimed: Claimed | None = None
        self.message: tuple[int, int, str] | None = None
        self.ending: Ending | None = None
        self.epoch = 0
        self.halted_until = 0.0
        self.beats_at = 0.0

    def step(self) -> None:
        """Do the next thing; where the database is away, the same again later."""
        if self.world.clocks.now < self.halted_until:
            return
        try:
            if self.world.clocks.now >= self.beats_at:
                self._register()
                self.beats_at = self.world.clocks.now + self.world.settings.beat_s
            if self.claimed is None:
                self._take()
            elif self.ending is not None:
                self._end()
            else:
                self._train()
        except Unavailable:
            return

    def _register(self) -> None:
        now = self.world.clocks.read(self.clock)
        with self.world.database.session() as session:
            if not workers.beat(session, self.name, now, run_id=self.claimed.run_id if self.claimed else None):
                workers.register(session, workers.Registration(self.name, "host", self.number + 1, "cpu"), now)
                workers.enable(session, self.name, Ability({"toy": "d" * 64}, {}), [])

    def _take(self) -> None:
        self.message = self.message or self.world.broker.take()
        if self.message is None:
            return
        run_id, attempt, _ = self.message
        with self.world.database.session() as session:
            claimed = leases.claim(
                session, run_id, attempt, self.name, self.world.clocks.read(self.clock), self.world.settings.lease_s
            )
        # Not reached where the answer is lost: the message is then tried again, as `retry` of a worker does.
        self.message, self.claimed, self.epoch, self.ending = None, claimed, 0, None
        if claimed is not None:
            self.world.claims[run_id, attempt] += 1

    def _train(self) -> None:
        assert self.claimed is not None
        run_id, attempt = self.claimed.run_id, self.claimed.attempt
        now, lease_s = self.world.clocks.read(self.clock), self.world.settings.lease_s
        if self.world.rng.random() < 0.3:
            with self.world.database.session() as session:
                state = leases.beat(session, run_id, attempt, self.name, now, lease_s)
        else:
            epoch = self.epoch + 1
            batch = Batch(epoch=epoch, series={"accuracy": ([epoch], [value_at(run_id, attempt, epoch)])})
            with self.world.database.session() as session:
                state = leases.report(session, run_id, attempt, batch, now, lease_s)
            self.epoch = epoch
        if state is ClaimState.LOST:
            self.claimed = None
        elif state is ClaimState.CANCEL:
            self.ending = Ending(RunState.CANCELLED, "cancelled")
        elif self.epoch == EPOCHS:
            fails = self.world.faulty and self.world.rng.random() < 0.05
            self.ending = Ending(RunState.FAILED, "diverged") if fails else Ending(RunState.FINISHED)

    def _end(self) -> None:
        assert self.claimed is not None
        assert self.ending is not None
        with self.world.database.session() as session:
            run_id, attempt = self.claimed.run_id, self.claimed.attempt
            leases.end(session, run_id, attempt, self.ending, self.world.clocks.read(self.clock))
        self.claimed = None

    def stop(self) -> Worker:
        """Give the run back, as at SIGTERM, and return a new worker."""
        try:
            with self.world.database.session() as session:
                if self.claimed is not None:
                    now = self.world.clocks.read(self.clock)
                    leases.release(session, self.claimed.run_id, self.claimed.attempt, now)
                workers.forget(session, self.name)
        except Unavailable:
            pass  # killed before it could
        return Worker(self.world, self.number, self.life + 1)

    def killed(self) -> Worker:
        """Forget everything and return a new worker, which may sweep for the dead one."""
        if self.world.rng.random() < 0.5:
            try:
                with self.world.database.session() as session:
                    workers.remove_dead(session, self.name, self.world.clocks.read(self.clock))
            except Unavailable:
                pass
        return Worker(self.world, self.number, self.life + 1)


class World:
    """One schedule."""

    def __init__(self, database: Simulated, seed: int) -> None:
        self.rng = random.Random(seed)
        self.database = database
        self.clocks = Clocks(start=datetime(2030, 1, 1, tzinfo=UTC) + timedelta(days=seed % 1000))
        self.broker = SimulatedBroker(self.rng)
        self.settings = AppSettings()
        self.contexts = [
            Context(
                database,
                self.broker,
                self.settings,
                clock=partial(self.clocks.read, f"api {number}"),
                monotonic=lambda: self.clocks.now,
            )
            for number in range(2)
        ]
        self.workers = [Worker(self, number) for number in range(WORKERS)]
        self.claims: Counter[tuple[int, int]] = Counter()
        self.retries = 0
        self.faulty = True
        self.log: list[str] = []
        with database.session() as session:
            session.execute(delete(StudyRow))
            session.execute(delete(WorkerRow))
            asked = spec(seeds=SeedRange(count=self.rng.randint(1, 2)))
            planned = plan(asked, INFO.sources, entropy())
            self.study_id = studies.insert(session, asked, INFO, planned, {}, self.contexts[0].clock(), "r", None)
        self.planned = len(planned)

    def run(self) -> None:
        """Run the schedule; raise `Violation` where an invariant is broken."""
        self.database.fault = self._database_fault
        for _ in range(STEPS):
            self.clocks.now += self.rng.uniform(0.1, 4)
            self._action()
        self.database.fault = lambda: ""
        self._end_faults()
        until = self.clocks.now + CALM_S
        rounds = 0
        while any(state not in TERMINAL for state in self._states()):
            if self.clocks.now > until:
                raise Violation(f"runs did not end: {self._states()} after {self.log}")
            self.clocks.now += 2
            for worker in self.workers:
                worker.step()
            rounds += 1
            if rounds % 3 == 0:
                reconcile(self.contexts[0], self.contexts[0].clock())
        self._check()

    def _database_fault(self) -> str:
        draw = self.rng.random()
        return "before" if draw < 0.03 else "after" if draw < 0.06 else ""

    def _action(self) -> None:
        actions: list[tuple[float, Callable[[], None]]] = [
            (50, self._work),
            (15, self._reconcile),
            (4, self._kill),
            (2, self._stop),
            (3, self._halt),
            (2, self._forget),
            (3, self._double),
            (3, self._toggle),
            (4, self._jump),
            (5, self._use),
        ]
        action = self.rng.choices([act for _, act in actions], [weight for weight, _ in actions])[0]
        self.log.append(action.__name__.strip("_"))
        action()

    def _work(self) -> None:
        for worker in self.rng.sample(self.workers, 2):
            worker.step()

    def _reconcile(self) -> None:
        ctx = self.rng.choice(self.contexts)
        try:
            reconcile(ctx, ctx.clock())
        except Unavailable:
            return

    def _kill(self) -> None:
        number = self.rng.randrange(WORKERS)
        self.workers[number] = self.workers[number].killed()

    def _stop(self) -> None:
        number = self.rng.randrange(WORKERS)
        self.workers[number] = self.workers[number].stop()

    def _halt(self) -> None:
        self.rng.choice(self.workers).halted_until = self.clocks.now + self.rng.uniform(5, 90)

    def _forget(self) -> None:
        self.broker.messages.clear()

    def _double(self) -> None:
        self.broker.messages += self.rng.sample(self.broker.messages, min(2, len(self.broker.messages)))

    def _toggle(self) -> None:
        self.broker.away, self.broker.breaks = not self.broker.away, self.rng.random() < 0.5

    def _jump(self) -> None:
        owner = self.rng.choice(["api 0", "api 1", *(worker.clock for worker in self.workers)])
        self.clocks.off[owner] = self.rng.choice([0, 0, 5, -5, 40, -40, 3600, -3600, 86_400, -86_400])

    def _use(self) -> None:
        ctx = self.rng.choice(self.contexts)
        run = self.rng.choice(self._runs())
        try:
            match self.rng.randrange(5):
                case 0:
                    change.cancel_run(ctx, run)
                case 1:
                    change.cancel_study(ctx, self.study_id)
                case 2:
                    self.retries += 1
                    change.retry_study(ctx, self.study_id)
                case 3:
                    change.exclude_run(ctx, run, "simulated")
                case _:
                    self.retries += 1
                    change.retry_run(ctx, run)
        except (Conflict, Unavailable):
            return

    def _end_faults(self) -> None:
        self.faulty = False
        self.broker.away = self.broker.breaks = False
        self.clocks.off.clear()
        for worker in self.workers:
            worker.halted_until = 0.0

    def _runs(self) -> list[int]:
        fault, self.database.fault = self.database.fault, lambda: ""
        with self.database.reading() as session:
            runs = list(session.scalars(select(RunRow.id).where(RunRow.study_id == self.study_id).order_by(RunRow.id)))
        self.database.fault = fault
        return runs

    def _states(self) -> list[RunState]:
        with self.database.reading() as session:
            return [RunState(state) for state in session.scalars(select(RunRow.state))]

    def _check(self) -> None:
        """Check that no run is lost, doubled or mixed of two attempts, and that attempts are bounded."""
        with self.database.reading() as session:
            rows = session.scalars(select(RunRow).order_by(RunRow.id)).all()
            attempts = session.scalars(select(AttemptRow).order_by(AttemptRow.run_id, AttemptRow.number)).all()
            chunks = session.execute(select(ChunkRow.run_id, ChunkRow.attempt, ChunkRow.steps, ChunkRow.values)).all()
        if len(rows) != self.planned:
            raise Violation(f"{len(rows)} runs instead of {self.planned}")
        for key, times in self.claims.items():
            if times > 1:
                raise Violation(f"attempt {key} was claimed {times} times")
        for row in rows:
            mine = [attempt for attempt in attempts if attempt.run_id == row.id]
            finished = [attempt.number for attempt in mine if attempt.state == RunState.FINISHED]
            if finished != ([row.attempt] if row.state == RunState.FINISHED else []):
                raise Violation(f"run {row.id} is {row.state} in attempt {row.attempt}; finished were {finished}")
            if any(attempt.ended_at is None for attempt in mine):
                raise Violation(f"run {row.id} has an attempt without an end")
            tries = sum(attempt.state != "released" for attempt in mine)
            bound = self.settings.max_attempts * (1 + self.retries)
            if tries > bound:
                raise Violation(f"run {row.id} was tried {tries} times, at most {bound} are allowed")
            self._check_series(row, [chunk for chunk in chunks if chunk.run_id == row.id])

    def _check_series(self, row: RunRow, chunks: list[tuple[int, int, bytes, bytes]]) -> None:
        counted = [(steps, values) for _, attempt, steps, values in chunks if attempt == row.attempt]
        if row.state != RunState.FINISHED:
            return
        if len(counted) != 1:
            raise Violation(f"run {row.id} has {len(counted)} chunks")
        points = series.unpack(*counted[0])
        expected = [value_at(row.id, row.attempt, step) for step in range(1, EPOCHS + 1)]
        if points.steps.tolist() != list(range(1, EPOCHS + 1)) or not np.array_equal(points.values, expected):
            raise Violation(f"run {row.id} holds {points}, expected {expected}")


def prepared() -> Simulated:
    """Return an in-memory database with the newest schema and the toy recipe."""
    database = Simulated()
    database.upgrade()
    with database.session() as session:
        recipes.publish(session, [INFO], datetime(2029, 1, 1, tzinfo=UTC))
    return database


def schedule(database: Simulated, seed: int) -> None:
    """Run the schedule of a seed.

    Raises:
        Violation: naming the seed, which repeats the schedule.
    """
    try:
        World(database, seed).run()
    except Exception as error:
        database.fault = lambda: ""
        raise Violation(f"seed {seed}: {type(error).__name__}: {error}") from error


def main() -> None:
    """Run schedules for a while."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    database, begun, used = prepared(), time.monotonic(), time.process_time()
    violations = []
    while time.monotonic() - begun < seconds:
        try:
            schedule(database, seed)
            if seed % 20 == 0 and (broken := integrity.contradictions(database)):
                raise Violation(f"seed {seed}: {broken}")
        except Violation as violation:
            violations.append(str(violation)[:600])
        seed += 1
    wall, cpu = time.monotonic() - begun, time.process_time() - used
    sys.stdout.write("".join(f"{violation}\n" for violation in violations[:10]))
    sys.stdout.write(
        f"{seed - first} schedules, {len(violations)} violations; {60 * (seed - first) / wall:.0f} a minute, "
        f"{60 * (seed - first) / cpu:.0f} a minute of processor time\n"
    )


if __name__ == "__main__":
    main()
