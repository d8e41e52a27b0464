"""Processor time that a run costs in the database: claimed, reported and ended, on SQLite and PostgreSQL.

    python -m tests.bench.bench_road [--runs 400] [--epochs 10] [--repeats 5]

A run reports 4 metrics over `--epochs` epochs, its environment and its fingerprints, and ends: what one of `digits-mlp`
does. The time of the server is not counted for PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from seedspread.core.report import Batch, Ending, Fingerprint, FingerprintKind
from seedspread.core.states import RunState
from seedspread.core.study import ArmSpec, SeedRange
from seedspread.storage import leases
from seedspread.storage.database import Database
from tests import servers
from tests.builders import LEASE_S, NOW, run_ids, spec, store

METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")


def batch(seed: int, epochs: int) -> Batch:
    """What a run reports at its end."""
    steps = [float(epoch) for epoch in range(1, epochs + 1)]
    prints = [Fingerprint(FingerprintKind.WEIGHTS, f"{seed:032x}{epoch:032x}", epoch) for epoch in range(epochs + 1)]
    series = {metric: (steps, [1.0 / (epoch + seed) for epoch in range(1, epochs + 1)]) for metric in METRICS}
    environment = {"packages": {f"package-{number}": "1.0" for number in range(100)}, "seed": seed % 4}
    return Batch(
        epoch=epochs, epochs=epochs, series=series, fingerprints=prints, environment=environment, log_tail="x" * 800
    )


@contextmanager
def counted(database: Database) -> Iterator[Counter[str]]:
    """Count the statements that are sent."""
    counts: Counter[str] = Counter()

    def sent(*_: Any) -> None:
        counts["statements"] += 1

    event.listen(database.engine, "before_cursor_execute", sent)
    try:
        yield counts
    finally:
        event.remove(database.engine, "before_cursor_execute", sent)


def steps_of(run_id: int, number: int, epochs: int, now: datetime) -> Iterator[tuple[str, Callable[[Session], object]]]:
    """Yield what a worker does with a run, each in a transaction of its own."""
    report = batch(number, epochs)
    ending = Ending(RunState.FINISHED, duration_s=0.05, cpu_s=0.05, log_tail="x" * 800)
    yield "claim", lambda session: leases.claim(session, run_id, 1, "worker", now, LEASE_S)
    if number % 2:
        yield "report", lambda session: leases.report(session, run_id, 1, report, now, LEASE_S)
        yield "end", lambda session: leases.end(session, run_id, 1, ending, now)
    else:
        yield "report and end", lambda session: leases.end(session, run_id, 1, ending, now, last=report, only=True)


def measure(database: Database, runs: int, epochs: int) -> dict[str, float]:
    """Return CPU-milliseconds and statements a run, by step."""
    study = store(database, spec(arms=(ArmSpec(name="base"),), seeds=SeedRange(count=runs)))
    ids = run_ids(database, study)[:runs]
    spent: defaultdict[str, float] = defaultdict(float)
    statements: Counter[str] = Counter()
    with counted(database) as counts:
        for number, run_id in enumerate(ids):
            now = NOW + timedelta(seconds=number)
            for name, act in steps_of(run_id, number, epochs, now):
                began, before = time.process_time(), counts["statements"]
                with database.session() as session:
                    act(session)
                spent[name] += time.process_time() - began
                statements[name] += counts["statements"] - before
    counted_runs = Counter(name for number, run_id in enumerate(ids) for name, _ in steps_of(run_id, number, 1, NOW))
    return {f"{name}, ms": 1000 * value / counted_runs[name] for name, value in spent.items()} | {
        f"{name}, statements": value / counted_runs[name] for name, value in statements.items()
    }


def main() -> int:
    """Measure both databases in turn and print the medians."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_road", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers.postgres() as cluster:
        figures: dict[str, list[dict[str, float]]] = {"SQLite": [], "PostgreSQL": []}
        for repeat in range(chosen.repeats):
            with servers.fresh_database(cluster) as url:
                urls = {"SQLite": f"sqlite:///{Path(folder) / f'{repeat}.db'}", "PostgreSQL": url}
                for name, address in urls.items():
                    database = Database(address)
                    database.upgrade()
                    figures[name].append(measure(database, chosen.runs, chosen.epochs))
                    database.dispose()
    medians = {
        name: {key: round(statistics.median(each[key] for each in several), 2) for key in several[0]}
        for name, several in figures.items()
    }
    json.dump(medians, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
