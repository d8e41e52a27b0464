"""A study whose curves grow before one's eyes, without a training: reports written as a worker writes them."""

from __future__ import annotations

import contextlib
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from seedspread.core.report import Batch
from seedspread.core.study import SeedRange
from seedspread.storage import leases
from tests.builders import run_ids, spec, store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedspread.storage.database import Database

EPOCHS = 1000
LEASE_S = 3600.0
PAUSE_S = 1.0
"""Each run reports about once a second."""


def begun(database: Database, runs: int) -> int:
    """A study of two arms, all of its runs in progress; its id."""
    study_id = store(database, spec(name="growing", seeds=SeedRange(count=runs // 2)), now=datetime.now(UTC))
    with database.session() as session:
        for run in run_ids(database, study_id):
            leases.claim(session, run, 1, "bench", datetime.now(UTC), LEASE_S)
    return study_id


def _report(database: Database, study_id: int, stopping: threading.Event) -> None:
    ids = run_ids(database, study_id)
    rng = np.random.default_rng(1)
    pause_s = PAUSE_S / 10
    for epoch in range(1, EPOCHS):
        for tenth in range(10):
            with database.session() as session:
                for run in ids[tenth::10]:
                    value = 0.94 * (1 - np.exp(-epoch / 20)) + rng.normal(0, 0.005)
                    batch = Batch(epoch=epoch, epochs=EPOCHS, series={"accuracy": ([epoch], [float(value)])})
                    leases.report(session, run, 1, batch, datetime.now(UTC), LEASE_S)
            if stopping.wait(pause_s):
                return


@contextlib.contextmanager
def growing(database: Database, study_id: int) -> Iterator[None]:
    """Every run of the study reports about once a second while the block lasts."""
    stopping = threading.Event()
    thread = threading.Thread(target=_report, args=(database, study_id, stopping), name="reports")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
