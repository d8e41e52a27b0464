"""CPU milliseconds of a seed in a trainer: one call an epoch, and epochs in one call; the shipped Keras recipes.

    python -m tests.bench.bench_engine [--seeds 40] [--texts REVIEWS.tsv] [--out FILE.json]

One process trains every seed both ways, one after the other, so that load on the machine falls on both alike; bits
are compared. The time is that of everything a trainer does about a run: seeding, watching, data, training, reports.
Programs are compiled before the clock starts; the first run has a column of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from seedspread.core.study import Settings
from seedspread_worker.catalog.shelf import Shelf
from seedspread_worker.trainer.main import Orders, TrainingLoop
from tests.worker.running import manifest_of

RESULTS = Path(__file__).resolve().parents[2] / "bench-results"
HISTORY = RESULTS / "engine-history.jsonl"
WARM = 3
"""Seeds ahead of the measured ones: two compare initial weights with newly built models."""

CASES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "digits-mlp": ("digits-mlp", {}),
    "tabular-mlp, breast cancer": ("tabular-mlp", {}),
    "tabular-mlp, wine": ("tabular-mlp", {"data": "wine"}),
    "digits-cnn": ("digits-cnn", {}),
}


class NoOrders:
    """Stands for the parent, which cancels nothing."""

    def is_cancelled(self, run: int) -> bool:
        """Never."""
        return False


class Reports(io.BytesIO):
    """Stands for the pipe to the parent; keeps what one run reports."""

    def taken(self) -> list[dict[str, Any]]:
        """The messages since the last call."""
        lines = self.getvalue().splitlines()
        self.seek(0)
        self.truncate()
        return [json.loads(line) for line in lines]


@dataclass
class Case:
    """Milliseconds by way of training, seed by seed."""

    ms: dict[str, list[float]] = field(default_factory=lambda: {"single": [], "fused": []})
    compiled_ms: dict[str, float] = field(default_factory=dict)
    calls: str = ""

    def row(self, name: str) -> dict[str, Any]:
        """The figures of a table's row."""
        medians = {way: statistics.median(values) for way, values in self.ms.items()}
        ratio = statistics.median(a / b for a, b in zip(self.ms["single"], self.ms["fused"], strict=True))
        least = {way: min(values) for way, values in self.ms.items()}
        return {"case": name, "calls": self.calls, "median_ms": medians, "least_ms": least, "ratio": ratio} | {
            "first_ms": self.compiled_ms
        }


class Bench:
    """A trainer in this process, with two engines."""

    def __init__(self) -> None:
        self._reports = Reports()
        pipe, orders = cast("BinaryIO", self._reports), cast("Orders", NoOrders())
        self._loop = TrainingLoop(Shelf([]), Settings(), orders, pipe, preload=True)

    def measure(self, recipe: str, seeds: int, parameters: Mapping[str, Any]) -> Case:
        """Train every seed both ways.

        Raises:
            RuntimeError: a run failed, or its bits differ.
        """
        from seedspread_worker.engine.engine import Engine

        engines = {"single": Engine(fuse_after=float("inf")), "fused": Engine(fuse_after=0)}
        case = Case()
        for seed in range(seeds + WARM):
            bits = {}
            for way, engine in engines.items():
                self._loop._engine = engine
                ms, bits[way], calls = self._train(recipe, seed, parameters)
                if seed >= WARM:
                    case.ms[way].append(ms)
                elif seed == 0:
                    case.compiled_ms[way] = ms
                case.calls = calls
            if bits["single"] != bits["fused"]:
                raise RuntimeError(f"{recipe}, seed {seed}: bits differ")
        return case

    def _train(self, recipe: str, seed: int, parameters: Mapping[str, Any]) -> tuple[float, list[Any], str]:
        manifest = manifest_of(recipe, seed, modules=(), **parameters).model_dump(mode="json")
        with contextlib.redirect_stdout(io.StringIO()):
            start = time.process_time()
            self._loop._attempt({"run": seed, "manifest": manifest})
            ms = 1000 * (time.process_time() - start)
        messages = self._reports.taken()
        if messages[-1]["type"] != "finished":
            raise RuntimeError(f"{recipe}, seed {seed}: {messages[-1]}")
        environment = {name: fact for item in messages for name, fact in item.get("environment", {}).items()}
        bits = [item for item in messages if item["type"] in ("fingerprint", "metrics", "examples")]
        return ms, bits, environment["epochs_per_call"]


def processor() -> str:
    """The model of the processor, as Linux names it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown."""
    lines = ["| recipe | epochs a call | one call an epoch, ms | fused, ms | ratio | least, ms | first run, ms |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        median, least, first = row["median_ms"], row["least_ms"], row["first_ms"]
        pairs = (f"{part['single']:.0f} → {part['fused']:.0f}" for part in (least, first))
        cells = [row["case"], row["calls"], f"{median['single']:.1f}", f"{median['fused']:.1f}", f"{row['ratio']:.1f}"]
        lines.append(f"| {' | '.join([*cells, *pairs])} |")
    return "\n".join(lines)


def main() -> int:
    """Measure, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=40, help="seeds measured, each trained both ways")
    parser.add_argument("--cases", help="only these, separated by semicolons")
    parser.add_argument("--texts", type=Path, help="labelled texts, for text-cnn-lstm too")
    parser.add_argument("--out", type=Path, default=RESULTS / "engine.json", help="where to keep the figures")
    given = parser.parse_args()
    cases = dict(CASES) | ({"text-cnn-lstm": ("text-cnn-lstm", {"data": str(given.texts)})} if given.texts else {})
    names = given.cases.split(";") if given.cases else list(cases)
    bench, rows = Bench(), []
    for name in names:
        recipe, parameters = cases[name]
        rows.append(bench.measure(recipe, given.seeds, parameters).row(name))
        sys.stdout.write(f"{rows[-1]}\n")
        sys.stdout.flush()
    document = {
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {"processor": processor(), "cores": len(os.sched_getaffinity(0)), "load": os.getloadavg()[0]},
        "seeds": given.seeds,
        "rows": rows,
    }
    RESULTS.mkdir(exist_ok=True)
    given.out.write_text(json.dumps(document, indent=2) + "\n")
    with HISTORY.open("a") as history:
        history.write(json.dumps(document) + "\n")
    machine = document["machine"]
    sys.stdout.write(f"\n{machine}, {given.seeds} seeds each\n\n{table(rows)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
