"""Train one run through its epochs.

The program already has the run's initial values.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from seedspread.core.report import FingerprintKind
from seedspread.core.seeds import derive_bits
from seedspread_worker.author.fingerprints import digest_arrays
from seedspread_worker.engine.examples import per_example
from seedspread_worker.engine.job import Job
from seedspread_worker.engine.program import Program


def run_through(program: Program, job: Job) -> None:
    """Return every epoch with its reports, then the per-example results."""
    run, split = job.run, job.split
    inputs, true = _tensors(split.x_train), tf.constant(split.y_train)
    validation, held_true = _tensors(split.x_val), tf.constant(split.y_val)
    shuffle, augment = run.manifest.source_value("shuffle"), run.manifest.source_value("augment")
    run.note(engine="xla" if program.xla else "graph")
    run.weights(0, program.built.weights)
    predicted: Any = None
    digest = ""
    start = 0
    if (checkpoint := run.resume()) is not None:
        start = checkpoint["epoch"]
        for variable, value in zip(program.built.variables, checkpoint["variables"], strict=True):
            variable.assign(value)
        digest, (_, predicted) = digest_arrays(program.built.weights), program.evaluate(validation, held_true)
    for epoch in range(start + 1, job.epochs + 1):
        order = order_of(shuffle, epoch, len(split.y_train))
        if epoch == 1:
            run.fingerprint("order", order)
        if hasattr(job.code, "augment"):
            inputs = _tensors(job.code.augment(run, split.x_train, generator_of(augment, epoch)))
        trained = program.train_epoch(inputs, true, order)
        validated, predicted = program.evaluate(validation, held_true)
        digest = digest_arrays(program.built.weights)
        run.report_digest(FingerprintKind.WEIGHTS, digest, epoch)
        validated_values = {f"val_{name}": value for name, value in validated.items()}
        run.log_epoch(epoch, job.epochs, **trained, **validated_values)
        if run.checkpoint_due(checkpoint_s()):
            variables = [variable.value.numpy() for variable in program.built.variables]
            run.checkpoint(epoch, {"epoch": epoch, "variables": variables})
    if program.built.finish():
        digest, (_, predicted) = digest_arrays(program.built.weights), program.evaluate(validation, held_true)
    run.report_digest(FingerprintKind.FINAL, digest)
    results = per_example(split.y_val, predicted.numpy(), threshold=program.threshold)
    if results is not None:
        run.examples(*results)


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


def _tensors(inputs: Any) -> Any:
    return tf.nest.map_structure(tf.constant, inputs)
