"""`make bench`: the same training through Seedspread and by a plain script, in one go, as a ratio."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench import script, service

RESULTS = Path(__file__).resolve().parents[2] / "bench-results"
LEAST_RATIO = 20.0


def options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="seeds trained through Seedspread")
    parser.add_argument("--plain", type=int, default=8, help="seeds trained by the plain script, then scaled")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2, help="workers, and plain scripts at a time")
    return parser.parse_args()


def specification(seeds: int, epochs: int) -> dict[str, Any]:
    """One arm of `digits-mlp` with its defaults, which are the plain script's."""
    return {
        "name": f"bench: {seeds} seeds of digits-mlp",
        "recipe": "digits-mlp",
        "arms": [{"name": "base", "parameters": {"epochs": epochs}}],
        "seeds": seeds,
        "metric": "val_accuracy",
    }


def machine() -> dict[str, Any]:
    """What the figures depend on beside the code."""
    packages = {name: version(name) for name in ("keras", "numpy", "seedspread", "tensorflow-cpu")}
    cores = len(os.sched_getaffinity(0))
    return {"cores": cores, "python": platform.python_version(), "packages": packages, "processor": platform.machine()}


def report(given: argparse.Namespace, ours: service.Measured, plain: script.Measured) -> dict[str, Any]:
    """Every figure, as it is kept."""
    per_seed, plain_per_seed = ours.study.cpu_s / ours.runs, plain.cost.cpu_s / given.plain
    return {
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine(),
        "options": vars(given),
        "seedspread": {"submission_to_last_result": asdict(ours.study), "with_start": asdict(ours.with_start)},
        "plain": asdict(plain.cost),
        "cpu_s_per_seed": {"seedspread": per_seed, "plain": plain_per_seed, "ratio": plain_per_seed / per_seed},
        "wall_ratio": (plain.cost.wall_s / given.plain) / (ours.study.wall_s / ours.runs),
        "mean_val_accuracy": {
            "seedspread": statistics.fmean(ours.values),
            "plain": statistics.fmean(plain.values),
        },
    }


def sentences(found: dict[str, Any]) -> str:
    """The figures for a reader."""
    given, ours, plain = found["options"], found["seedspread"], found["plain"]
    study, whole, per_seed = ours["submission_to_last_result"], ours["with_start"], found["cpu_s_per_seed"]
    accuracy = found["mean_val_accuracy"]
    return f"""\
Seedspread, {given["workers"]} workers, {given["seeds"]} seeds of digits-mlp, {given["epochs"]} epochs:
  submission to last result   {study["wall_s"]:6.1f} s  {study["cpu_s"]:7.1f} CPU s  {per_seed["seedspread"]:.3f} a seed
  with the service's start    {whole["wall_s"]:6.1f} s  {whole["cpu_s"]:7.1f} CPU s
The plain script, {given["workers"]} at a time, {given["plain"]} seeds:
  all of them                 {plain["wall_s"]:6.1f} s  {plain["cpu_s"]:7.1f} CPU s  {per_seed["plain"]:.3f} a seed
A seed is {per_seed["ratio"]:.0f} times cheaper in CPU seconds and {found["wall_ratio"]:.0f} times in wall time.
Mean validation accuracy: {accuracy["seedspread"]:.4f} here, {accuracy["plain"]:.4f} by the script.
"""


def main() -> int:
    """Measures, prints and keeps the figures; fails where a seed is not at least 20 times cheaper."""
    given = options()
    ours = service.measure(specification(given.seeds, given.epochs), given.workers)
    found = report(given, ours, script.measure(given.plain, given.epochs, given.workers))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "cost.json").write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(sentences(found))
    return 0 if found["cpu_s_per_seed"]["ratio"] >= LEAST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
