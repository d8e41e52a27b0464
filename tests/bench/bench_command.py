"""`seedspread run` beside a plain shell loop over the same script: wall time, and its ratio.

    python -m tests.bench.bench_command [--seeds 20] [--seconds 1.8] [--rounds 1]

Two arms are trained one run at a time, as the loop does. Both are measured in turn, since the machine's load moves; it
is printed, and above one run per core the ratio says little. Processor time says what the runner itself costs.
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
from pathlib import Path

SCRIPT = """
import random, sys, time
seed, hidden, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
drawn = random.Random(f"{seed} {hidden}")
until = time.process_time() + seconds
while time.process_time() < until:
    drawn.random()
print(f"val_acc: {0.9 + 0.02 * (hidden > 32) + random.Random(f'{seed} {hidden}').gauss(0, 0.004):.4f}")
"""


def timed(command: list[str], folder: Path) -> tuple[float, float]:
    """Return the seconds that a command takes, by the clock and of processor time."""
    begun, used = time.perf_counter(), spent()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begun, spent() - used


def spent() -> float:
    """Return the processor time of all children that have ended, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Measure and print one line a round, and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.8, help="processor time of one run")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "train.py").write_text(SCRIPT)
        train = f"{shlex.quote(sys.executable)} train.py"
        loop = (
            f"for s in $(seq 0 {options.seeds - 1}); do for h in 32 64; do {train} $s $h {options.seconds}; done; done"
        )
        for at in range(options.rounds):
            plain, plain_cpu = timed(["sh", "-c", loop], folder)
            line = [sys.executable, "-m", "seedspread.cli", "run", "--seeds", str(options.seeds)]
            line += ["--arm", "base=32", "--arm", "wide=64", "--maximize", "val_acc", "--folder", f"out-{at}", "-q"]
            ours, ours_cpu = timed(
                [*line, "--", sys.executable, "train.py", "{seed}", "{arm}", str(options.seconds)], folder
            )
            ratios.append(ours / plain)
            sys.stdout.write(
                f"{2 * options.seeds} runs: loop {plain:.1f} s, seedspread run {ours:.1f} s, "
                f"ratio {ours / plain:.3f} (load {os.getloadavg()[0]:.1f}); "
                f"{plain_cpu:.1f} s and {ours_cpu:.1f} s of processor time\n"
            )
            sys.stdout.flush()
    sys.stdout.write(f"median ratio {statistics.median(ratios):.3f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
