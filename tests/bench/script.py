"""Runs of the plain script, a process each."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.cost import Cost

PLAIN = Path(__file__).with_name("plain.py")


@dataclass(frozen=True)
class Measured:
    """Some runs: what they took together, and the result of each."""

    cost: Cost
    values: tuple[float, ...]


def measure(seeds: int, epochs: int, at_a_time: int) -> Measured:
    """CPU and wall seconds of `seeds` processes, `at_a_time` of them side by side.

    Raises:
        CalledProcessError: a run failed.
    """
    begun, cpu_s = time.perf_counter(), 0.0
    values: list[float] = []
    waiting = list(range(seeds))
    running: list[subprocess.Popen[str]] = []
    while waiting or running:
        while waiting and len(running) < at_a_time:
            running.append(start(waiting.pop(0), epochs))
        process = running.pop(0)
        cpu_s += finish(process)
        assert process.stdout is not None
        values.append(float(process.stdout.read().split()[-1]))
        process.stdout.close()
    return Measured(Cost(cpu_s, time.perf_counter() - begun), tuple(values))


def start(seed: int, epochs: int) -> subprocess.Popen[str]:
    """One run of the script."""
    command = [sys.executable, str(PLAIN), "--seed", str(seed), "--epochs", str(epochs)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def finish(process: subprocess.Popen[str]) -> float:
    """Waits for a run; its CPU seconds. Raises CalledProcessError where it failed."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return usage.ru_utime + usage.ru_stime
