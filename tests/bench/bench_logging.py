"""What a call of the logger costs, beside a flushed JSON line, and Trackio where it can be installed.

    python -m tests.bench.bench_logging [--calls 20000] [--trackio]

Each is measured in a process of its own, in processor time and by the clock; of five rounds the fastest counts. The
import is measured cold, without what Python itself needs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.bench_mlflow import QUIET, installed

TIMED = """
import json, sys, time
calls = int(sys.argv[1])
def measure(log):
    best = []
    for _ in range(5):
        cpu, wall = time.process_time(), time.perf_counter()
        for step in range(calls):
            log(step)
        best.append(((time.process_time() - cpu) / calls, (time.perf_counter() - wall) / calls))
    return [1e6 * min(column) for column in zip(*best)]
begun = time.process_time()
"""
LOGGERS = {
    "a flushed JSON line": """
import json
imported = time.process_time() - begun
file = open("line.jsonl", "a")
def log(step):
    file.write(json.dumps({"step": step, "val_acc": 0.5, "loss": 0.25}) + "\\n")
    file.flush()
""",
    "seedspread": """
from seedspread import run
imported = time.process_time() - begun
run = run(arm="a", seed=0, folder="study")
def log(step):
    run.log(val_acc=0.5, loss=0.25, step=step)
""",
    "trackio": """
import trackio
imported = time.process_time() - begun
trackio.init(project="bench", name="a")
def log(step):
    trackio.log({"val_acc": 0.5, "loss": 0.25}, step=step)
""",
}
END = """
print(json.dumps([*measure(log), 1e3 * imported]), flush=True)
import os
os._exit(0)
"""


def measured(python: Path, name: str, calls: int, folder: Path) -> list[float]:
    """Return microseconds a call (processor, clock) and milliseconds of the import."""
    program = TIMED + LOGGERS[name] + END
    environment = {**QUIET, "HOME": str(folder), "TRACKIO_DIR": str(folder / "trackio"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [python, "-c", program, str(calls)], cwd=folder, check=True, capture_output=True, text=True, env=environment
    )
    values: list[float] = json.loads(done.stdout.splitlines()[-1])
    return values


def main() -> int:
    """Print a line for each logger."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--trackio", action="store_true", help="install Trackio in an environment that is thrown away")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pythons = {"a flushed JSON line": Path(sys.executable), "seedspread": Path(sys.executable)}
        if options.trackio and (python := installed(folder, "trackio")) is not None:
            pythons["trackio"] = python
        for logger, python in pythons.items():
            cpu, wall, load = measured(python, logger, options.calls, folder)
            costs = f"{cpu:.1f} µs a call ({wall:.1f} by the clock), imported in {load:.0f} ms of processor time"
            sys.stdout.write(f"{logger}: {costs}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
