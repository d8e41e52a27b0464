"""How long the page's figures take on the server: measured, counted, drawn and written as JSON.

    python -m tests.bench.bench_figures [--runs 100] [--steps 1000] [--rounds 5] [--clock wall|cpu] [--out FILE.json]

Two arms of `--runs` seeds with `--steps` steps each, in a SQLite file. `whole set` is every figure of a study and the
comparison, one after the other, as the study page asks for them. `warm`: the process and the database's pages are
warm, nothing is kept from the question before (the study has just moved). `kept`: nothing moved since.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import insert, select, update

from seedspread.analysis.compare import ArmOfStudy, compare_arms
from seedspread.analysis.figures.draw import FIGURES, Options, draw
from seedspread.cache import RevisionCache
from seedspread.context import Context
from seedspread.core.states import RunState
from seedspread.core.study import SeedRange
from seedspread.settings import AppSettings
from seedspread.storage import series
from seedspread.storage.database import Database
from seedspread.storage.tables import ChunkRow, RunRow, SummaryRow
from tests.builders import NOW, run_ids, spec, store
from tests.support.brokers import SilentBroker

CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}


def fill(database: Database, runs: int, steps: int) -> int:
    """A finished study of two arms, written without the detour over a worker."""
    study_id = store(database, spec(seeds=SeedRange(count=runs), smallest_difference=0.005))
    rng = np.random.default_rng(1)
    along = np.arange(1, steps + 1)
    chunks, summaries = [], []
    for place, run in enumerate(run_ids(database, study_id)):
        end = 0.93 + 0.01 * (place % 2) + rng.normal(0, 0.004)
        values = end * (1 - np.exp(-along / (steps / 8))) + rng.normal(0, 0.003, steps)
        packed = series.pack(along, values)
        names = {"run_id": run, "metric": "accuracy"}
        chunks.append(names | {"attempt": 1, "first_step": 1, "count": steps, "steps": packed[0], "values": packed[1]})
        best = int(values.argmax())
        ends = {"last": float(values[-1]), "best": float(values[best]), "min": float(values.min())}
        counts = {"last_step": steps, "best_step": best + 1, "count": steps, "non_finite": 0}
        summaries.append(names | ends | counts | {"max": float(values.max())})
    with database.session() as session:
        session.execute(insert(ChunkRow), chunks)
        session.execute(insert(SummaryRow), summaries)
        ended = {"state": RunState.FINISHED, "finished_at": NOW, "step": steps}
        session.execute(update(RunRow).where(RunRow.study_id == study_id).values(**ended))
    return study_id


def timed(rounds: int, clock: str, work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """The median of some rounds, in milliseconds by the clock."""
    taken = []
    for _ in range(rounds):
        before()
        start = CLOCKS[clock]()
        work()
        taken.append(1000 * (CLOCKS[clock]() - start))
    return statistics.median(taken)


def measured(runs: int, steps: int, rounds: int, clock: str) -> dict[str, float]:
    """Milliseconds by figure, for the whole set, and for the whole set when it is kept."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.db")
        database.upgrade()
        study_id = fill(database, runs, steps)
        context = Context(database, SilentBroker(), AppSettings())

        def forget() -> None:
            object.__setattr__(context, "answers", RevisionCache())

        def figure(name: str) -> int:
            return len(draw(context, study_id, name, Options()).json())

        def compared() -> int:
            one = compare_arms(context, ArmOfStudy(study_id, 0), ArmOfStudy(study_id, 1))
            return len(one.model_dump_json())

        def everything() -> None:
            for name in FIGURES:
                figure(name)
            compared()

        everything()
        found = {name: timed(rounds, clock, lambda name=name: figure(name), forget) for name in FIGURES}  # type: ignore[misc]
        found["comparison"] = timed(rounds, clock, compared, forget)
        found["whole set, warm"] = timed(rounds, clock, everything, forget)
        found["whole set, kept"] = timed(rounds, clock, everything)
        found["curves, kB"] = figure("curves") / 1000
        with database.reading() as session:
            assert session.scalar(select(RunRow.id).limit(1)) is not None
        database.dispose()
    return found


def main() -> int:
    """Measure and print; 1 where the whole set takes 300 ms or more."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_figures", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="seeds an arm")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clock", choices=list(CLOCKS), default="wall", help="cpu where the machine is shared")
    parser.add_argument("--out", type=Path, help="write the figures here too")
    given = parser.parse_args()
    found = measured(given.runs, given.steps, given.rounds, given.clock)
    for name, value in found.items():
        sys.stdout.write(f"{name:18} {value:9.1f}{'' if name.endswith('kB') else ' ms'}\n")
    if given.out:
        given.out.write_text(json.dumps(found, indent=2))
    return 0 if found["whole set, warm"] < 300 else 1


if __name__ == "__main__":
    sys.exit(main())
