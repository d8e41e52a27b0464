"""A database, a broker, a reconciler and real Celery workers: everything but the API."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import select

from seedspread.context import Context, utc_now
from seedspread.core.states import TERMINAL, RunState
from seedspread.core.study import StudySpec
from seedspread.core.validation import parse
from seedspread.errors import SeedspreadError
from seedspread.queue.app import make_celery
from seedspread.queue.dispatch import Dispatcher
from seedspread.settings import AppSettings
from seedspread.storage import recipes
from seedspread.storage.database import Database
from seedspread.storage.tables import AttemptRow, ChunkRow, RunRow, SummaryRow, WorkerRow
from seedspread.studies.dispatch import reconcile
from seedspread.studies.submit import submit
from tests.waiting import until

HERE = Path(__file__).parent
QUICK = HERE / "quick_recipes.py"
TRAINER = "seedspread_worker.trainer.main"
NO_TENSORFLOW = HERE / "no_tensorflow"


class Worker:
    """A Celery worker in a process of its own session."""

    def __init__(self, settings: AppSettings, concurrency: int, *, tensorflow: bool, queue: str = "cpu") -> None:
        path = {} if tensorflow else {"PYTHONPATH": str(NO_TENSORFLOW)}
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "seedspread_worker", "--queue", queue, "--concurrency", str(concurrency)],
            env={**os.environ, **settings.as_environment(), **path},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.process = psutil.Process(self._popen.pid)

    def pool(self) -> list[psutil.Process]:
        """Its pool processes."""
        children = [child for child in self.process.children() if child.status() != psutil.STATUS_ZOMBIE]
        return [child for child in children if TRAINER not in child.cmdline()]

    def trainers(self) -> list[psutil.Process]:
        """The trainers of its pool processes: forked from a template, or started."""
        below = [process for process in self.family() if TRAINER in process.cmdline()]
        return [process for process in below if process.name() == "ss-trainer" or "--orders" in process.cmdline()]

    def family(self) -> list[psutil.Process]:
        """It and everything below it."""
        return [self.process, *self.process.children(recursive=True)]

    def stop(self, number: signal.Signals = signal.SIGTERM, patience_s: float = 15.0) -> int:
        """Signal it and wait until it is gone; its exit code."""
        self._popen.send_signal(number)
        return self._popen.wait(patience_s)

    def end(self) -> None:
        """End it and all it started, whatever state they are in."""
        if self._popen.poll() is None:
            family = self.family()
            os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
            psutil.wait_procs(family, timeout=20)


class Farm:
    """What a test works with; `ctx` is what the use cases take."""

    def __init__(self, settings: AppSettings) -> None:
        self.settings = settings
        self.database = Database(settings.resolved_database_url)
        self.database.upgrade()
        self.ctx = Context(self.database, Dispatcher(make_celery(settings)), settings)
        self._workers: list[Worker] = []
        self._over = threading.Event()
        self._reconciler = threading.Thread(target=self._reconcile, name="reconciler")
        self._reconciler.start()

    def work(
        self, concurrency: int = 1, *, tensorflow: bool = False, queue: str = "cpu", recipes: str | None = None
    ) -> Worker:
        """Start a worker, and wait until it has made its recipes known; `recipes` are other modules than usual."""
        changes = {} if recipes is None else {"recipes": recipes}
        before = self.announced()
        worker = Worker(self.settings.model_copy(update=changes), concurrency, tensorflow=tensorflow, queue=queue)
        self._workers.append(worker)
        until(lambda: self.announced() >= concurrency and self._published(), 30, "the worker's start")
        if recipes is not None:
            until(lambda: self.announced() > before and self._offering(), 30, "the worker's recipes")
        return worker

    def _offering(self) -> bool:
        with self.database.reading() as session:
            return all(offers is not None for offers in session.scalars(select(WorkerRow.offers)))

    def announced(self) -> int:
        """How many pool processes have announced themselves."""
        with self.database.reading() as session:
            return len(session.scalars(select(WorkerRow.name)).all())

    def _published(self) -> bool:
        with self.database.reading() as session:
            return bool(recipes.every(session))

    def study(self, seeds: int, parameters: Mapping[str, Any] | None = None, recipe: str = "quick") -> int:
        """Submit a study of one arm; its id."""
        arms = [{"name": "base", "parameters": dict(parameters or {})}]
        given = {"name": "a test", "recipe": recipe, "arms": arms, "seeds": seeds}
        return submit(self.ctx, parse(StudySpec, given)).study_id

    def runs(self, study: int) -> Sequence[RunRow]:
        """Its runs, by position."""
        with self.database.reading() as session:
            query = select(RunRow).where(RunRow.study_id == study).order_by(RunRow.position)
            return session.scalars(query).all()

    def states(self, study: int) -> Counter[str]:
        """How many of its runs are in which state."""
        return Counter(run.state for run in self.runs(study))

    def attempts(self, run_id: int) -> list[str]:
        """How the attempts at a run ended, in order."""
        with self.database.reading() as session:
            query = select(AttemptRow.state).where(AttemptRow.run_id == run_id).order_by(AttemptRow.number)
            return list(session.scalars(query))

    def await_running(self, study: int, count: int = 1) -> None:
        """Until `count` runs have reported a point."""
        until(
            lambda: sum(run.state == RunState.RUNNING and run.step >= 0 for run in self.runs(study)) >= count,
            30,
            "a running run",
        )

    def await_end(self, study: int, timeout_s: float = 40.0) -> None:
        """Until every run has ended."""
        until(lambda: all(state in TERMINAL for state in self.states(study)), timeout_s, "the study's end")

    def assert_counted_once(self, study: int, metric: str, points: int) -> None:
        """Every run finished, with one summary and the full series of exactly one attempt."""
        for run in self.runs(study):
            assert run.state == RunState.FINISHED, run.reason
            with self.database.reading() as session:
                summaries = session.scalars(
                    select(SummaryRow.count).where(SummaryRow.run_id == run.id, SummaryRow.metric == metric)
                ).all()
                chunks = session.execute(
                    select(ChunkRow.count).where(
                        ChunkRow.run_id == run.id, ChunkRow.metric == metric, ChunkRow.attempt == run.attempt
                    )
                ).scalars()
                assert summaries == [points]
                assert sum(chunks) == points

    def _reconcile(self) -> None:
        while not self._over.wait(self.settings.reconcile_s):
            try:
                reconcile(self.ctx, utc_now())
            except SeedspreadError:
                continue  # the broker or the database is away, as some tests want it

    def close(self) -> None:
        """End everything."""
        self._over.set()
        self._reconciler.join()
        for worker in self._workers:
            worker.end()
        self.database.dispose()


@contextmanager
def farm(data_dir: Path, broker_url: str, database_url: str | None = None, **settings: Any) -> Iterator[Farm]:
    """A farm with quick reactions, in a data directory of its own."""
    brisk = {"lease_s": 30.0, "beat_s": 0.5, "reconcile_s": 0.3, "resend_s": 2.0, "flush_s": 0.05} | settings
    opened = Farm(
        AppSettings(data_dir=data_dir, broker_url=broker_url, database_url=database_url, recipes=str(QUICK), **brisk)
    )
    try:
        yield opened
    finally:
        opened.close()
