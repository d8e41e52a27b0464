"""Whether runs repeat bit for bit: a table recipe × condition, then the conditions in which identity may break.

    python -m tests.bench.bench_identity --texts REVIEWS.tsv [--recipes digits-mlp,torch-wine] [--out FILE.json]

The reference of each recipe is seed 3 in a fresh trainer, without any server. Every cell goes through real workers,
broker and database, but for "fresh trainer", and compares weights after each epoch and every metric value by bits.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from seedspread.core.manifest import Manifest
from seedspread.core.record import Record
from seedspread.core.repeat import RepeatVerdict, repeat_verdict
from seedspread.core.states import RunState
from seedspread.core.study import Settings, StudySpec
from seedspread.core.validation import parse
from seedspread.studies import replay
from seedspread.studies.replay import existing_run, record_of
from seedspread.studies.submit import submit
from seedspread_worker.trainer.repeat import train
from tests import servers
from tests.frameworks.test_frameworks import FILES
from tests.frameworks.test_frameworks import RECIPES as FRAMEWORKS
from tests.queue.farm import Farm, Worker, farm
from tests.waiting import until
from tests.worker.running import manifest_of

SEED = 3
PATIENCE_S = 300.0
SHIPPED = ("digits-mlp", "digits-cnn", "tabular-mlp", "text-cnn-lstm", "digits-forest")
LONGER: Mapping[str, dict[str, Any]] = {
    "digits-mlp": {"epochs": 400},
    "digits-cnn": {"epochs": 60},
    "tabular-mlp": {"epochs": 1000},
    "text-cnn-lstm": {"epochs": 6},
    "digits-forest": {"trees": 600, "reports": 60},
}
"""Parameters with which a training is long enough to be killed in the middle."""

BREAKING: Mapping[str, tuple[dict[str, Any], dict[str, str]]] = {
    "2 threads": ({"threads": 2}, {}),
    "4 threads": ({"threads": 4}, {}),
    "oneDNN off": ({"onednn": False}, {}),
    "engine graph": ({"engine": "graph"}, {}),
    "engine xla": ({"engine": "xla"}, {}),
    "op determinism off": ({"op_determinism": False}, {}),
    "kernels held to SSE4, as on another CPU": (
        {},
        {"ONEDNN_MAX_CPU_ISA": "SSE41", "OPENBLAS_CORETYPE": "Nehalem", "XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2"},
    ),
}
"""Settings and environment variables in which a second training differs from the first."""


@dataclass
class Table:
    """Verdicts by row and column."""

    cells: dict[str, dict[str, RepeatVerdict | str]] = field(default_factory=dict)

    def add(self, recipe: str, condition: str, verdict: RepeatVerdict | str) -> None:
        """One cell, said at once; text says why there is no verdict."""
        self.cells.setdefault(recipe, {})[condition] = verdict
        print(f"{recipe:14} {condition:46} {_sentence(verdict)}", flush=True)  # noqa: T201 - a script

    def told(self) -> dict[str, dict[str, Any]]:
        """Every cell for JSON."""
        return {
            recipe: {
                name: cell if isinstance(cell, str) else cell.model_dump(mode="json") for name, cell in row.items()
            }
            for recipe, row in self.cells.items()
        }

    def markdown(self) -> str:
        """The outcomes as a table of conditions × recipes."""
        conditions = list(dict.fromkeys(name for row in self.cells.values() for name in row))
        lines = [f"| condition | {' | '.join(self.cells)} |", f"| --- |{' --- |' * len(self.cells)}"]
        for name in conditions:
            told = (_outcome(row.get(name, "–")) for row in self.cells.values())
            lines.append(f"| {name} | {' | '.join(told)} |")
        return "\n".join(lines)


def _sentence(cell: RepeatVerdict | str) -> str:
    return cell if isinstance(cell, str) else cell.sentence


def _told(cell: RepeatVerdict | str) -> Any:
    return cell if isinstance(cell, str) else cell.model_dump(mode="json")


def _outcome(cell: RepeatVerdict | str) -> str:
    return cell if isinstance(cell, str) else cell.outcome


def manifest(recipe: str, texts: Path, seed: int = SEED, **more: Any) -> Manifest:
    """What the table's runs are told; `more` may be settings or parameters."""
    settings = Settings(**{name: more.pop(name) for name in list(more) if name in Settings.model_fields})
    modules = FILES if recipe in FRAMEWORKS else ()
    return manifest_of(recipe, seed, settings=settings, modules=modules, **_given(recipe, texts), **more)


def trained(told: Manifest, environment: Mapping[str, str] | None = None) -> Record:
    """The record of one training in a fresh trainer."""
    with mock.patch.dict(os.environ, dict(environment or {})):
        ending, record = train(told, FILES if told.recipe in FRAMEWORKS else ())
    if ending.state is not RunState.FINISHED:
        raise RuntimeError(f"{told.recipe} is {ending.state}: {ending.reason}")
    return record


def through_workers(table: Table, recipe: str, texts: Path, reference: Record, database: str, url: str | None) -> None:
    """The cells of one database: places in the queue, another worker, and a worker killed in the middle."""
    with (
        servers.valkey() as broker,
        tempfile.TemporaryDirectory() as folder,
        farm(Path(folder), f"{broker}/1", url) as place,
    ):
        _start(place, recipe)
        first, *_ = _study(place, recipe, texts, [SEED, 0, 1])
        table.add(recipe, f"{database}, 1 worker, first in the queue", _judge(place, reference, first))
        *_, last = _study(place, recipe, texts, [0, 1, SEED])
        table.add(recipe, f"{database}, 1 worker, warm, last in the queue", _judge(place, reference, last))
        _start(place, recipe)
        runs = _study(place, recipe, texts, [0, 1, 2, SEED])
        table.add(recipe, f"{database}, 2 workers", _judge(place, reference, runs[-1]))
        again = replay.start(place.ctx, last).runs[0]
        until(lambda: _state(place, again) in ("finished", "failed"), PATIENCE_S, "the replay")
        table.add(recipe, f"{database}, replay on the other worker", _judge(place, reference, again))


def after_kills(table: Table, recipe: str, texts: Path) -> None:
    """The cells of runs whose trainer, or whole worker, was killed with SIGKILL in the middle."""
    reference = trained(manifest(recipe, texts, **LONGER.get(recipe, {})))
    with (
        servers.valkey() as broker,
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {"SEEDSPREAD_CHECKPOINT_S": "0"}),
        farm(Path(folder), f"{broker}/1") as place,
    ):
        worker = _start(place, recipe)
        if recipe in FRAMEWORKS:
            study = _submit(place, recipe, texts, [SEED], {"die_after": 2, "marker": f"{folder}/killed"})
            place.await_end(study, PATIENCE_S)
            (run,) = [row.id for row in place.runs(study)]
            if len(place.attempts(run)) != 2:
                raise RuntimeError(f"nothing was killed: {place.attempts(run)}")
            table.add(recipe, "trainer killed -9, resumed", _judge(place, reference, run))
            return
        study = _submit(place, recipe, texts, [SEED], LONGER[recipe])
        (run,) = _middle(place, study)
        worker.trainers()[0].send_signal(signal.SIGKILL)
        until(lambda: len(place.attempts(run)) == 2, PATIENCE_S, "the second attempt")  # a killed one is tried again
        (run,) = _middle(place, study)
        worker.end()
        _start(place, recipe)
        place.await_end(study, PATIENCE_S)
        if (ends := place.attempts(run))[1:] != ["lost", "finished"]:
            raise RuntimeError(f"the kills came too late: {ends}")
        table.add(recipe, "trainer, then worker, killed -9; third attempt", _judge(place, reference, run))


def where_it_may_break(recipe: str, texts: Path, reference: Record) -> Iterator[tuple[str, RepeatVerdict | str]]:
    """Each condition in which a second training may come out differently, with its verdict or why it was refused."""
    for name, (settings, environment) in BREAKING.items():
        try:
            yield name, repeat_verdict(reference, trained(manifest(recipe, texts, **settings), environment))
        except RuntimeError as error:
            yield name, f"refused ({error})"


def _start(place: Farm, recipe: str) -> Worker:
    """Start a worker that has the recipe."""
    return place.work(1, tensorflow=True, recipes=",".join(FILES) if recipe in FRAMEWORKS else None)


def _given(recipe: str, texts: Path) -> dict[str, Any]:
    return {"data": str(texts)} if recipe == "text-cnn-lstm" else {}


def _submit(place: Farm, recipe: str, texts: Path, seeds: list[int], more: Mapping[str, Any]) -> int:
    arms = [{"name": "base", "parameters": {**_given(recipe, texts), **more}}]
    spec = parse(StudySpec, {"name": "identity", "recipe": recipe, "arms": arms, "seeds": seeds})
    return submit(place.ctx, spec).study_id


def _study(place: Farm, recipe: str, texts: Path, seeds: list[int]) -> list[int]:
    study = _submit(place, recipe, texts, seeds, {})
    place.await_end(study, PATIENCE_S)
    return [run.id for run in place.runs(study)]


def _middle(place: Farm, study: int) -> list[int]:
    running: Callable[[], list[int]] = lambda: [r.id for r in place.runs(study) if r.state == "running" and r.step > 0]  # noqa: E731
    until(lambda: bool(running()), PATIENCE_S, "the middle of a run")
    return running()


def _state(place: Farm, run: int) -> str:
    with place.database.reading() as session:
        return existing_run(session, run)[0].state


def _judge(place: Farm, reference: Record, run: int) -> RepeatVerdict:
    with place.database.reading() as session:
        row, told = existing_run(session, run)
        if row.state != RunState.FINISHED:
            raise RuntimeError(f"run {run} is {row.state}: {row.reason}")
        return repeat_verdict(reference, record_of(session, row, told))


def options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True, help="labelled texts for text-cnn-lstm")
    parser.add_argument(
        "--recipes", default=",".join((*SHIPPED, *FRAMEWORKS)), help="which recipes, separated by commas"
    )
    parser.add_argument("--out", type=Path, help="where to keep every verdict, as JSON")
    return parser.parse_args()


def main() -> int:
    """Prints both tables; 1 where a cell that must be identical is not."""
    arguments = options()
    table, may_break = Table(), Table()
    with servers.postgres() as postgres:
        for recipe in arguments.recipes.split(","):
            reference = trained(manifest(recipe, arguments.texts))
            table.add(
                recipe,
                "fresh trainer again, no server",
                repeat_verdict(reference, trained(manifest(recipe, arguments.texts))),
            )
            through_workers(table, recipe, arguments.texts, reference, "SQLite", None)
            with servers.fresh_database(postgres) as url:
                through_workers(table, recipe, arguments.texts, reference, "PostgreSQL", url)
            after_kills(table, recipe, arguments.texts)
            for name, verdict in () if recipe in FRAMEWORKS else where_it_may_break(recipe, arguments.texts, reference):
                may_break.add(recipe, name, verdict)
    print(f"\n{table.markdown()}\n\n{may_break.markdown()}")  # noqa: T201 - a script
    if arguments.out is not None:
        arguments.out.write_text(json.dumps({"identity": table.told(), "may_break": may_break.told()}, indent=2))
    cells = [cell for row in table.cells.values() for cell in row.values()]
    return 0 if all(isinstance(cell, RepeatVerdict) and cell.identical for cell in cells) else 1


if __name__ == "__main__":
    sys.exit(main())
