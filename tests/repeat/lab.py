"""A database, the use cases, and one worker session in this process: everything a replay needs but Celery."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import select

from seedspread.context import Context
from seedspread.core.states import RunState
from seedspread.core.study import StudySpec
from seedspread.core.validation import parse
from seedspread.settings import AppSettings
from seedspread.storage.database import Database
from seedspread.storage.tables import RunRow
from seedspread.studies.submit import submit
from seedspread_worker.pool.abilities import offers_file
from seedspread_worker.pool.publish import Publisher
from seedspread_worker.pool.session import WorkerSession
from tests.queue.farm import NO_TENSORFLOW
from tests.support.brokers import SilentBroker

NOISY = """\
\"\"\"A linear classifier on random data, by hand: every source shows, and it takes no time.\"\"\"

import numpy as np

from seedspread_worker import Field, Metric, RecipeParameters, Run, free_recipe

RATE = 0.1


class Parameters(RecipeParameters):
    epochs: int = Field(2, ge=1, le=1000, description="passes over the data")
    data: str = Field("drawn", description="data", json_schema_extra={"x-data": "table"}, examples=["drawn"])


@free_recipe(
    name="noisy",
    version="1",
    parameters=Parameters,
    sources=("split", "shuffle", "init"),
    metrics=(Metric("loss", "minimize"),),
)
def noisy(run: Run) -> None:
    x = np.random.default_rng(0).normal(size=(64, 4))
    path = run.data_path("data")
    if path is not None:
        x = x * len(path.read_bytes())
    run.fingerprint("data", x)
    x = x[run.rng("split").permutation(64)[:48]]
    run.fingerprint("split", x)
    weights = run.rng("init").normal(size=4)
    run.weights(0, [weights])
    order = run.rng("shuffle")
    for epoch in range(1, run.parameters.epochs + 1):
        rows = order.permutation(48)
        run.fingerprint("order", rows)
        for row in x[rows]:
            weights = weights - RATE * (np.tanh(row @ weights) - 0.5) * row
        run.weights(epoch, [weights])
        run.log(epoch, loss=float(np.mean((np.tanh(x @ weights) - 0.5) ** 2)))
    run.fingerprint("final", weights)
"""


class Lab:
    """What a test works with; `ctx` is what the use cases take."""

    def __init__(self, folder: Path, modules: list[str], *, tensorflow: bool) -> None:
        self.modules = modules
        self.settings = AppSettings(data_dir=folder, recipes=",".join(modules), beat_s=0.5)
        self.database = Database(self.settings.resolved_database_url)
        self.database.upgrade()
        self.broker = SilentBroker()
        self.ctx = Context(self.database, self.broker, self.settings)
        self._path = {} if tensorflow else {"PYTHONPATH": str(NO_TENSORFLOW)}
        self.session: WorkerSession | None = None
        self.publish()

    def publish(self) -> None:
        """Make the recipes known as their files are now."""
        offers, note = offers_file(self.settings.data_dir), self.settings.recipes_note
        Publisher(self.database, self.modules, offers, note, threading.Event()).publish()

    def study(self, recipe: str = "noisy", *, seeds: int = 2, **question: Any) -> list[int]:
        """Submit a study and train it; its runs' ids."""
        arms = question.pop("arms", None) or [{"name": "base", "parameters": question.pop("parameters", {})}]
        given: dict[str, Any] = {"name": "a study", "recipe": recipe, "seeds": seeds}
        spec = given | question | ({} if "preset" in question else {"arms": arms})
        study = submit(self.ctx, parse(StudySpec, spec)).study_id
        self.work()
        return self.ids(study)

    def study_of(self, run_id: int) -> int:
        """The study of a run."""
        return self.row(run_id).study_id

    def ids(self, study: int) -> list[int]:
        """The study's runs, replays left out."""
        with self.database.reading() as session:
            query = select(RunRow.id).where(RunRow.study_id == study, RunRow.replay_of.is_(None))
            return list(session.scalars(query.order_by(RunRow.id)))

    def row(self, run_id: int) -> RunRow:
        """A run's row."""
        with self.database.reading() as session:
            return session.get_one(RunRow, run_id)

    def work(self) -> None:
        """Train every run that waits, in the warm trainer of one worker."""
        with self.database.reading() as session:
            query = select(RunRow.id, RunRow.attempt).where(RunRow.state == RunState.QUEUED).order_by(RunRow.id)
            waiting = session.execute(query).all()
        with mock.patch.dict(os.environ, self._path):
            if self.session is None:
                self.session = WorkerSession(self.settings, "cpu")
                self.session.start()
            for run_id, attempt in waiting:
                self.session.work(run_id, attempt)

    def dismiss(self) -> None:
        """End the worker; the next work is done by a new one."""
        if self.session is not None:
            self.session.close()
            self.session = None

    def close(self) -> None:
        """End everything."""
        self.dismiss()
        self.database.dispose()


@contextmanager
def lab(folder: Path, modules: list[str], *, tensorflow: bool = False) -> Iterator[Lab]:
    """A lab whose data lie in `folder`."""
    opened = Lab(folder, modules, tensorflow=tensorflow)
    try:
        yield opened
    finally:
        opened.close()
