"""`seedspread run` beside a plain shell loop over the same script: wall and processor time, and their ratios.

    python -m tests.bench.bench_command [--seeds 20] [--seconds 1.8] [--rounds 1]
    python -m tests.bench.bench_command --script keras --script shell --seeds 6     (or --script all)

Two arms are trained one run at a time, as the loop does. Both are measured in turn, since the machine's load moves; it
is printed, and above one run per core the ratio of wall times says little. Processor time says what the runner itself
costs. The runner trains the first seed twice to see whether the script repeats, which the loop does not: the ratio per
run leaves that out. `--script` takes the scripts of `unprepared`, whose frameworks must be installed.
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.unprepared import SCRIPTS, write_script

SCRIPT = """
import random, sys, time
seed, hidden, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
drawn = random.Random(f"{seed} {hidden}")
until = time.process_time() + seconds
while time.process_time() < until:
    drawn.random()
print(f"val_acc: {0.9 + 0.02 * (hidden > 32) + random.Random(f'{seed} {hidden}').gauss(0, 0.004):.4f}")
"""


def timed(command: list[str], folder: Path) -> tuple[float, float, str]:
    """Return the seconds that a command takes, by the clock and of processor time, and what it printed."""
    begun, used = time.perf_counter(), spent()
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return time.perf_counter() - begun, spent() - used, done.stdout


def write_text(path: Path, text: str) -> None:
    """Write a text file."""
    path.write_text(text)


def spent() -> float:
    """Return the processor time of all children that have ended, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@dataclass(frozen=True)
class Subject:
    """Script to measure: command of one run, arms, options of `seedspread run`, and what writes its files."""

    name: str
    argv: Callable[[str, str], list[str]]
    arms: tuple[str, str]
    options: tuple[str, ...]
    write: Callable[[Path], None]


def measure(subject: Subject, seeds: int, rounds: int) -> None:
    """Print two lines a round, the second the verdict, and the median ratios."""
    ratios: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subject.write(folder)
        plain_runs, our_runs = 2 * seeds, 2 * seeds + 1
        for at in range(rounds):
            runs = [shlex.join(subject.argv(str(seed), arm)) for seed in range(seeds) for arm in subject.arms]
            plain, plain_cpu, _ = timed(["sh", "-ec", "\n".join(runs)], folder)
            line = [sys.executable, "-m", "seedspread.cli", "run", "--seeds", str(seeds), "--folder", f"out-{at}", "-q"]
            line += [f"--arm={name}={value}" for name, value in zip(("base", "other"), subject.arms, strict=True)]
            ours, ours_cpu, printed = timed([*line, *subject.options, "--", *subject.argv("{seed}", "{arm}")], folder)
            ratios.append((ours / plain, ours_cpu / plain_cpu))
            sys.stdout.write(
                f"{subject.name}: loop of {plain_runs} {plain:.1f} s, seedspread run of {our_runs} {ours:.1f} s, ratio "
                f"{ours / plain:.3f}; processor {plain_cpu:.1f} s and {ours_cpu:.1f} s, ratio "
                f"{ours_cpu / plain_cpu:.3f} (load {os.getloadavg()[0]:.1f})\n  {printed.splitlines()[0]}\n"
            )
            sys.stdout.flush()
    wall, cpu = (statistics.median(column) for column in zip(*ratios, strict=True))
    share = plain_runs / our_runs
    sys.stdout.write(
        f"{subject.name}: median ratio {wall:.3f} by the clock, {cpu:.3f} of processor time; per run "
        f"{wall * share:.3f} and {cpu * share:.3f}\n"
    )


def subjects(names: Sequence[str], seconds: float) -> list[Subject]:
    """Return the scripts to measure; without names, the one that only computes."""
    if not names:
        return [
            Subject(
                "plain",
                lambda seed, arm: [sys.executable, "train.py", seed, arm, str(seconds)],
                ("32", "64"),
                ("--maximize", "val_acc"),
                lambda folder: write_text(folder / "train.py", SCRIPT),
            )
        ]
    chosen = list(SCRIPTS) if "all" in names else list(names)
    listed = []
    for name in chosen:
        script = SCRIPTS[name]
        if not script.installed:
            sys.stdout.write(f"{name}: not measured, {' and '.join(script.needs)} must be installed\n")
            continue
        listed.append(
            Subject(
                name,
                partial(script.argv, sys.executable),
                script.arms,
                (*script.metric, *script.options),
                partial(write_script, script),
            )
        )
    return listed


def main() -> int:
    """Measure every script that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.8, help="processor time of one run of the plain script")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--script", action="append", default=[], choices=[*SCRIPTS, "all"])
    options = parser.parse_args()
    for subject in subjects(options.script, options.seconds):
        measure(subject, options.seeds, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
