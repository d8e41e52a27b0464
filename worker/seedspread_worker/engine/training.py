"""Train one run through its epochs.

The program already has the run's initial values.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from seedspread.core.report import FingerprintKind
from seedspread.core.seeds import derive_bits
from seedspread_worker.author.fingerprints import digest_arrays
from seedspread_worker.engine.examples import per_example
from seedspread_worker.engine.fused import FusedEpochs
from seedspread_worker.engine.job import Job
from seedspread_worker.engine.program import Data, Epoch, Program

CHECKED_S = 2.0
"""A check trains as many groups of epochs as begin within this many seconds, and at least two."""


@dataclass
class Record:
    """Epochs of a training, bit for bit, to compare another training with."""

    digests: list[str] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    predicted: list[str] = field(default_factory=list)
    ends_s: list[float] = field(default_factory=list)

    @property
    def epoch_s(self) -> float:
        """CPU seconds of the shortest epoch; the first ones are compiled."""
        return min((b - a for a, b in pairwise(self.ends_s)), default=float("inf"))

    def add(self, epoch: Epoch, digest: str) -> None:
        """Add the next epoch, with the digest of its weights."""
        self.ends_s.append(time.process_time())
        self.digests.append(digest)
        self.values.append(_bits(epoch))
        self.predicted.append(_digest(epoch.predicted))

    def agrees(self, epoch: Epoch) -> bool:
        """Return whether an epoch of another training is the same."""
        at = epoch.number - 1
        same = self.digests[at] == digest_arrays(epoch.weights) and self.values[at] == _bits(epoch)
        return same and (not epoch.current or self.predicted[at] == _digest(epoch.predicted))


def run_through(program: Program, job: Job, fused: FusedEpochs | None = None, record: Record | None = None) -> None:
    """Report every epoch, then the per-example results.

    Args:
        program: it has the run's initial values.
        job: the run.
        fused: trains groups of epochs in one call each.
        record: takes every epoch; it stays empty if the run goes on from a checkpoint.
    """
    run = job.run
    data = data_of(job)
    together = 1 if fused is None else min(fused.together, job.epochs)
    calls = "one" if together == 1 else "all" if together == job.epochs else "several"
    run.note(engine="xla" if program.xla else "graph", epochs_per_call=calls)
    run.hold()
    run.weights(0, program.initial.weights())
    predicted: Any = None
    digest = ""
    start = 0
    if (checkpoint := run.resume()) is not None:
        start = checkpoint["epoch"]
        for variable, value in zip(program.built.variables, checkpoint["variables"], strict=True):
            variable.assign(value)
        digest, (_, predicted) = digest_arrays(program.built.weights), program.evaluate(data.x_val, data.y_val)
        record = None
    else:
        run.fingerprint("order", order_of(run.manifest.source_value("shuffle"), 1, job.shapes.train))
    epochs = one_by_one(program, job, data, start) if fused is None else in_groups(fused, job, data, start)
    for epoch in epochs:
        digest, predicted = digest_arrays(epoch.weights), epoch.predicted
        if record is not None:
            record.add(epoch, digest)
        run.report_digest(FingerprintKind.WEIGHTS, digest, epoch.number)
        validated = {f"val_{name}": value for name, value in epoch.validated.items()}
        run.log_epoch(epoch.number, job.epochs, **epoch.trained, **validated)
        if epoch.current and run.checkpoint_due(checkpoint_s()):
            variables = [variable.value.numpy() for variable in program.built.variables]
            run.checkpoint(epoch.number, {"epoch": epoch.number, "variables": variables})
        if epoch.current:  # a call has returned, and the next one takes a while
            run.release()
            run.hold()
    run.release()
    if program.built.finish():
        digest, (_, predicted) = digest_arrays(program.built.weights), program.evaluate(data.x_val, data.y_val)
    run.report_digest(FingerprintKind.FINAL, digest)
    results = per_example(job.split.y_val, predicted.numpy(), threshold=program.threshold)
    if results is not None:
        run.examples(*results)


def one_by_one(program: Program, job: Job, data: Data, start: int) -> Iterator[Epoch]:
    """Train the epochs after `start`, each in a call of its own."""
    sources = job.run.manifest
    shuffle, augment = sources.source_value("shuffle"), sources.source_value("augment")
    for number in range(start + 1, job.epochs + 1):
        if hasattr(job.code, "augment"):
            x = _tensors(job.code.augment(job.run, job.split.x_train, generator_of(augment, number)))
            data = data._replace(x=x)
        trained = program.train_epoch(data.x, data.y, order_of(shuffle, number, len(data.y)))
        validated, predicted = program.evaluate(data.x_val, data.y_val)
        yield Epoch(number, trained, validated, program.built.weights, predicted)


def in_groups(fused: FusedEpochs, job: Job, data: Data, start: int) -> Iterator[Epoch]:
    """Train the epochs after `start`, several in a call."""
    shuffle = job.run.manifest.source_value("shuffle")
    for first in range(start + 1, job.epochs + 1, fused.together):
        numbers = range(first, min(first + fused.together, job.epochs + 1))
        yield from fused.train(data, [order_of(shuffle, number, len(data.y)) for number in numbers], first)


def repeats(fused: FusedEpochs, job: Job, record: Record) -> bool:
    """Return whether groups of epochs repeat the record, bit for bit.

    The program has the run's initial values.
    """
    started = time.perf_counter()
    for epoch in in_groups(fused, job, data_of(job), 0):
        if not record.agrees(epoch):
            return False
        if epoch.current and epoch.number >= 2 * fused.together and time.perf_counter() - started > CHECKED_S:
            break
    return True


def data_of(job: Job) -> Data:
    """Return the job's examples as tensors."""
    split = job.split
    return Data(_tensors(split.x_train), tf.constant(split.y_train), _tensors(split.x_val), tf.constant(split.y_val))


def checkpoint_s() -> float:
    """Return the most seconds of training that a kill may lose.

    `SEEDSPREAD_CHECKPOINT_S` sets it.
    """
    return float(os.environ.get("SEEDSPREAD_CHECKPOINT_S", "30"))


def order_of(shuffle: int, epoch: int, count: int) -> NDArray[np.int32]:
    """Return the order of `count` examples in an epoch, from 1."""
    return generator_of(shuffle, epoch).permutation(count).astype(np.int32)


def generator_of(value: int, epoch: int) -> np.random.Generator:
    """Return the generator of an epoch (from 1) under a source's value."""
    return np.random.Generator(np.random.PCG64(derive_bits(value, f"epoch:{epoch}", 128)))


def _bits(epoch: Epoch) -> bytes:
    return np.array([*epoch.trained.values(), *epoch.validated.values()]).tobytes()


def _digest(predicted: Any) -> str:
    return digest_arrays([predicted.numpy()])


def _tensors(inputs: Any) -> Any:
    return tf.nest.map_structure(tf.constant, inputs)
