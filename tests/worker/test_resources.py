"""What a run uses is sampled from outside of its trainer, also of one that is killed, and changes no bit of it."""

from __future__ import annotations

import os
import signal

import pytest

from seedspread.core.report import Batch
from seedspread.core.states import RunState
from seedspread.resources.sampler import Sampler
from seedspread_worker.trainer.handle import Trainer
from tests.worker.running import manifest_of, train

MEGABYTE = 2**20


def test_every_run_of_a_warm_trainer_has_its_own_record(trainer: Trainer) -> None:
    for run in (1, 2):
        report = train(trainer, manifest_of("digits-mlp", run, epochs=2), run=run)
        assert report.ending.state is RunState.FINISHED
        assert report.usage is not None
        samples, peaks = report.usage["samples"], report.usage["peaks"]
        assert len(samples["time"]) >= 1  # at its end, however short it was
        assert samples["time"][-1] <= (report.ending.duration_s or 0) + 60
        assert 100 * MEGABYTE < peaks["memory_bytes"] < 100_000 * MEGABYTE
        assert peaks["threads"] >= 1
        assert 0 < peaks["cpu"] < 10 * (os.cpu_count() or 1)


def test_sampling_changes_no_bit(own_trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    sampled = train(own_trainer, manifest_of("plain", 3))
    monkeypatch.setattr(Sampler, "sample", lambda _: None)
    unsampled = train(own_trainer, manifest_of("plain", 3))
    assert sampled.usage is not None
    assert unsampled.usage is None
    assert sampled.bits == unsampled.bits


def test_what_a_killed_trainer_used_is_kept(own_trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedspread.resources.sampler.FIRST_S", 0.0)

    def kill(batch: Batch) -> bool:
        if batch.series and own_trainer.pid is not None:
            os.kill(own_trainer.pid, signal.SIGKILL)
        return True

    report = train(own_trainer, manifest_of("slow"), wanted=kill)
    assert report.ending.killed
    assert report.usage is not None
    assert report.usage["peaks"]["memory_bytes"] > MEGABYTE
