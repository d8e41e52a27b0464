"""Samples of real processes, and of GPUs of a stand-in for NVML."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from seedspread.resources.gpus import Nvml
from seedspread.resources.processes import ProcessTree
from seedspread.resources.sampler import BY_COST, FIRST_S, Sampler
from tests.waiting import until

MEGABYTE = 2**20
BUSY = """
import os, subprocess, sys, time
ballast = bytearray(40 << 20)
holding = "ballast = bytearray(30 << 20); print('on', flush=True); input()"
child = subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE)
end = time.process_time() + 0.3
while time.process_time() < end:
    pass
print("ready", flush=True)
input()
"""


class Clock:
    """Clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[str]]:
    """A process of 40 MB with a child of 30 MB, after 0.3 s of work."""
    command = [sys.executable, "-c", BUSY]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert {process.stdout.readline().strip(), process.stdout.readline().strip()} == {"on", "ready"}
        yield process
        os.killpg(process.pid, signal.SIGKILL)


def sampler_of(pid: int, clock: Clock, **more: Any) -> Sampler:
    return Sampler(ProcessTree(pid, clock=clock), clock=clock, spent=lambda: 0.0, gpus=lambda: None, **more)


def test_a_tree_is_measured_as_one(busy: subprocess.Popen[str]) -> None:
    clock = Clock()
    sampler = sampler_of(busy.pid, clock)
    clock.now += 2.0
    sample = sampler.sample()
    assert sample is not None
    assert sample.time == 2.0
    assert sample.cpu is not None
    assert sample.cpu >= 0.3 / 2 - 0.02
    assert sample.memory_bytes is not None
    assert sample.memory_bytes > 70 * MEGABYTE
    assert sample.threads == 2
    assert sample.gpu is sample.gpu_memory_bytes is None


def test_what_a_warm_process_used_before_does_not_count(busy: subprocess.Popen[str]) -> None:
    clock = Clock()
    sampler = sampler_of(busy.pid, clock, warm=True)
    clock.now += 1.0
    sample = sampler.sample()
    assert sample is not None
    assert sample.cpu is not None
    assert sample.cpu < 0.25  # the child was first seen now; it had only started


def test_the_time_of_a_child_that_ended_stays_in_the_sum(busy: subprocess.Popen[str]) -> None:
    clock = Clock()
    tree = ProcessTree(busy.pid, clock=clock)
    clock.now += 1.0
    before = tree.read()
    assert before is not None
    (child,) = before.pids - {busy.pid}
    os.kill(child, signal.SIGKILL)
    clock.now += 5.0

    def gone() -> bool:
        after = tree.read()
        assert after is not None
        assert after.cpu_s >= before.cpu_s
        return after.memory_bytes < before.memory_bytes - 20 * MEGABYTE

    until(gone, 10, "the child has ended")


def test_a_process_that_ended_gives_no_sample() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    clock = Clock()
    sampler = sampler_of(process.pid, clock)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie, until it is waited for
    clock.now += 1.0
    assert sampler.sample() is None
    process.wait()
    assert sampler.sample() is None
    assert sampler_of(process.pid, clock).sample() is None
    assert sampler.record.samples == []


def test_samples_are_dense_at_first_and_cost_half_a_percent(busy: subprocess.Popen[str]) -> None:
    def times(cost_s: float) -> list[float]:
        clock, spent = Clock(), count()
        sampler = Sampler(
            ProcessTree(busy.pid, clock=clock), clock=clock, spent=lambda: cost_s * next(spent), gpus=lambda: None
        )
        for _ in range(400):
            clock.now += FIRST_S / 4
            sampler.sample_if_due()
        return [sample.time for sample in sampler.record.samples]

    cheap = times(0.0)
    assert cheap[:3] == pytest.approx([FIRST_S, 2 * FIRST_S, 3 * FIRST_S])
    assert all(later - earlier <= 1.0 + FIRST_S for earlier, later in pairwise(cheap))
    assert 12 <= len(cheap) <= 20
    dear = times(0.02)
    assert dear[0] == pytest.approx(FIRST_S)
    assert all(later - earlier >= BY_COST * 0.02 - 1e-6 for earlier, later in pairwise(dear))
    assert len(dear) == 3


class FakeNvml:
    """Module `pynvml` of a machine with three GPUs: one ours, one another's, one that does not answer."""

    class NVMLError(Exception):
        """Its error."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def nvmlInit(self) -> None:  # noqa: N802 - its name
        """Start."""

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 3

    def nvmlDeviceGetHandleByIndex(self, at: int) -> int:  # noqa: N802
        return at

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[SimpleNamespace]:  # noqa: N802
        if handle == 2:
            raise self.NVMLError
        pid = self.pid if handle == 0 else 1
        return [SimpleNamespace(pid=pid, usedGpuMemory=2**30), SimpleNamespace(pid=pid, usedGpuMemory=None)]

    def nvmlDeviceGetName(self, handle: int) -> bytes:  # noqa: N802
        return b"NVIDIA L4"

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(gpu=37)


@pytest.mark.parametrize("mine", [True, False])
def test_gpus_count_where_the_tree_holds_their_memory(busy: subprocess.Popen[str], mine: bool) -> None:
    clock = Clock()
    library: Callable[[], Nvml] = lambda: Nvml(FakeNvml(busy.pid if mine else 1))  # noqa: E731
    sampler = Sampler(ProcessTree(busy.pid, clock=clock), clock=clock, gpus=library)
    clock.now += 1.0
    sample = sampler.sample()
    assert sample is not None
    assert (sample.gpu, sample.gpu_memory_bytes) == ((0.37, 2**30) if mine else (None, None))
    assert sampler.record.gpus == (["GPU 0: NVIDIA L4"] if mine else [])
