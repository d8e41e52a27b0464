"""Whole trainings, or groups of epochs, in one compiled call.

A loop over epochs stands around the very step and evaluation that `Program` compiles one by one. Orders go in; means of
loss and measures, and the weights after each epoch, come out. For small models this leaves out most of the cost of a
seed, which is calling. Only models whose bits do not change are trained so: their layers are on a list, and one run is
trained both ways and compared (`training.repeats`) before the first result of this program is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.models.functional import Functional
from numpy.typing import NDArray

from seedspread_worker.engine.job import Job
from seedspread_worker.engine.program import NUMBERS_BYTES, Data, Epoch, Program

CALL_S = 0.2
"""A call lasts about so long, so that curves grow and a cancel is noticed."""

WEIGHTS_BYTES = 64 * 1024 * 1024
"""At most this many bytes of weights come out of a call."""

_LAYERS = frozenset(
    {
        *(keras.Sequential, Functional, keras.layers.InputLayer),
        *(keras.layers.Dense, keras.layers.Activation, keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.ELU),
        *(keras.layers.Softmax, keras.layers.Dropout, keras.layers.GaussianNoise, keras.layers.GaussianDropout),
        *(keras.layers.BatchNormalization, keras.layers.Flatten, keras.layers.Reshape, keras.layers.Rescaling),
        *(keras.layers.Add, keras.layers.Concatenate),
    }
)
"""Layers whose arithmetic XLA was seen to compile alike in both programs; others stay with one call an epoch."""

_OPTIMIZERS = frozenset(
    {
        *(keras.optimizers.SGD, keras.optimizers.Adam, keras.optimizers.AdamW, keras.optimizers.Adamax),
        *(keras.optimizers.Nadam, keras.optimizers.RMSprop, keras.optimizers.Adagrad, keras.optimizers.Lion),
    }
)


def can_fuse(program: Program, job: Job) -> bool:
    """Return whether a model's epochs may be tried in one call.

    Layers and optimizer are known; there is one thread, no GPU, and nothing but the order changes from epoch to epoch.
    """
    settings, built = job.run.manifest.settings, program.built
    if not program.xla or not built.reused or settings.device != "cpu" or settings.threads != 1:
        return False
    layers = built.model._flatten_layers()
    listed = all(type(layer) in _LAYERS and layer.dtype_policy.name == "float32" for layer in layers)
    optimizer = built.optimizer
    rate = getattr(optimizer, "_learning_rate", None)
    scheduled = isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)
    own_rate = scheduled and not type(rate).__module__.startswith("keras.")
    listed = listed and type(optimizer) in _OPTIMIZERS and not optimizer.use_ema and not own_rate
    return listed and not hasattr(job.code, "augment") and not program.state_kept


def epochs_together(program: Program, job: Job, epoch_s: float) -> int:
    """Return how many epochs go into one call.

    Return less than 2 if that is not worth it.

    Args:
        program: it has trained at least one run.
        job: a run of the program.
        epoch_s: seconds that an epoch takes, one call each.
    """
    together: int = min(job.epochs, round(CALL_S / max(epoch_s, 1e-9)))
    weights = sum(
        tf.TensorShape(item.shape).num_elements() * item.value.dtype.size for item in program.built.model.weights
    )
    together = min(together, WEIGHTS_BYTES // max(1, weights))
    if _drawn_by_kernels(program):
        if program.room < job.shapes.full_steps:
            return 0
        each = sum(plan.bytes_per_step for plan in program.plans.values())
        together = min(together, NUMBERS_BYTES // max(1, each * job.shapes.full_steps))
    return together


def _drawn_by_kernels(program: Program) -> bool:
    """Return whether TensorFlow's kernels draw the numbers ahead.

    XLA would not compute the same bits.
    """
    return program.drawing and not all(plan.integral for plan in program.plans.values())


class FusedEpochs:
    """Compiled loop over epochs of one program.

    Args:
        program: it has trained at least one run.
        together: epochs in one call.
    """

    def __init__(self, program: Program, together: int) -> None:
        self.together = together
        self._program = program
        self._kernels = _drawn_by_kernels(program)
        self._call = tf.function(self._run_epochs, jit_compile=True, autograph=False)

    def train(self, data: Data, orders: Sequence[NDArray[np.int32]], first: int) -> Iterator[Epoch]:
        """Train one call's epochs, one for each order.

        `first` is the number of the first epoch.
        """
        program, count = self._program, len(orders)
        padded = np.zeros((self.together, len(orders[0])), dtype=np.int32)
        padded[:count] = orders
        numbers = self._numbers(count) if self._kernels else ([], [])
        outputs = self._call(data, tf.constant(padded), tf.constant(count, tf.int32), numbers)
        predicted, *others = outputs
        sums, validated, *arrays = (output.numpy() for output in others)
        total = np.zeros_like(sums[:, 0])
        for part in range(sums.shape[1]):  # added up as by `Program.train_epoch`
            total += sums[:, part]
        trained = total / np.float32(program.shapes.train)
        for at in range(count):
            yield Epoch(
                first + at,
                program.named(trained[at]),
                program.named(validated[at]),
                [array[at] for array in arrays],
                predicted,
                current=at == count - 1,
            )

    def _numbers(self, epochs: int) -> tuple[list[Any], list[Any]]:
        """Draw the numbers of full batches and of smaller ones.

        The calls are those for single epochs.
        """
        program = self._program
        full, rest = program.shapes.full_steps, program.shapes.rest
        drawn = [program.numbers(tf.constant(full, tf.int32), rest=rest) for _ in range(epochs)]
        drawn += drawn[-1:] * (self.together - epochs)
        batches = [tf.concat(parts, 0) for parts in zip(*(part for part, _ in drawn), strict=True)]
        return batches, [tf.stack(parts) for parts in zip(*(part for _, part in drawn), strict=True)]

    def _run_epochs(self, data: Data, orders: Any, epochs: Any, numbers: tuple[list[Any], list[Any]]) -> list[Any]:
        program, together = self._program, self.together
        weights = program.built.model.weights
        parts = -(-program.shapes.full_steps // program.room)
        like = program.evaluated_like(data.x_val, data.y_val)

        def array(dtype: Any, shape: Any) -> Any:
            return tf.TensorArray(dtype, together, element_shape=shape)

        def epoch(at: Any, sums: Any, validated: Any, _: Any, *kept: Any) -> tuple[Any, ...]:
            full = program.shapes.full_steps
            batches = [drawn[at * full : at * full + full] for drawn in numbers[0]]
            drawn = (batches, [part[at] for part in numbers[1]])
            sums = sums.write(at, self._epoch(data, orders[at], drawn))
            values, predicted = program.run_evaluation(data.x_val, data.y_val)
            kept = tuple(array.write(at, weight.value) for array, weight in zip(kept, weights, strict=True))
            return (at + 1, sums, validated.write(at, values), predicted, *kept)

        measured = like[0].shape
        start = (
            tf.zeros((), tf.int32),
            array(tf.float32, (parts, *measured)),
            array(tf.float32, measured),
            tf.zeros(like[1].shape, like[1].dtype),
            *(array(weight.value.dtype, weight.shape) for weight in weights),
        )
        _, sums, validated, predicted, *kept = tf.while_loop(
            lambda at, *_: at < epochs, epoch, start, parallel_iterations=1
        )
        return [predicted, sums.stack(), validated.stack(), *(array.stack() for array in kept)]

    def _epoch(self, data: Data, order: Any, drawn: tuple[list[Any], list[Any]]) -> Any:
        """Train one epoch.

        Return the sums of loss and measures of each part of `room` steps, as `Program.train_epoch` adds them up.
        """
        program, batch = self._program, self._program.shapes.batch
        full, room, rest = program.shapes.full_steps, program.room, program.shapes.rest
        rows, last = order[: full * batch], order[full * batch :]
        if full <= room:
            numbers = drawn if self._kernels else (self._computed(batch, full, full), self._computed_last())
            chunk = tf.reshape(rows, (full, batch))
            return program.run_steps(data.x, data.y, chunk, tf.constant(full), last, numbers)[tf.newaxis]
        parts = -(-full // room)
        chunks = tf.reshape(tf.pad(rows, [[0, (parts * room - full) * batch]]), (parts, room, batch))

        def part(at: Any, sums: Any) -> tuple[Any, Any]:
            steps = tf.minimum(room, full - at * room)
            numbers: tuple[list[Any], list[Any]] = (self._computed(batch, room, steps), [])
            return at + 1, sums.write(at, program.run_steps(data.x, data.y, chunks[at], steps, order[:0], numbers))

        start = (tf.zeros((), tf.int32), tf.TensorArray(tf.float32, parts, element_shape=(program.measured,)))
        sums = tf.while_loop(lambda at, _: at < parts, part, start, parallel_iterations=1)[1].stack()
        if not rest:
            return sums
        return tf.concat([sums[:-1], sums[-1:] + program.step(data.x, data.y, last, rest, self._computed_last())], 0)

    def _computed(self, batch: int, count: int, steps: Any) -> list[Any]:
        plan = self._program.plans[batch]
        numbers = plan.computed(count)
        plan.advance(steps)
        return numbers

    def _computed_last(self) -> list[Any]:
        rest = self._program.shapes.rest
        return [drawn[0] for drawn in self._computed(rest, 1, 1)] if rest else []
