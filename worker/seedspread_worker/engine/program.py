"""Compiled training, used for seed after seed: one epoch, one evaluation.

The step is Keras' own: the model called in training mode, the loss with the layers' losses, the optimizer applied.
Unlike `model.fit`, an epoch is one call of a compiled loop instead of one call per batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from seedspread_worker import sentences
from seedspread_worker.engine.building import Built
from seedspread_worker.engine.draws import DrawPlan, plan_of, supplied
from seedspread_worker.engine.initial import InitialValues

Measure = Callable[[Any, Any], Any]
"""True and predicted values of a batch → one number an example."""

NUMBERS_BYTES = 16 * 1024 * 1024
"""At most this many bytes of random numbers are drawn ahead."""

DRAWN_AHEAD = 256
"""For at most this many steps."""

EVALUATED_AT_ONCE = 4096
"""Validation examples that go through the model together."""

_DRAWING_OPS = frozenset(
    {
        *(
            "RandomUniform",
            "RandomUniformInt",
            "RandomStandardNormal",
            "TruncatedNormal",
            "ParameterizedTruncatedNormal",
        ),
        *("RandomShuffle", "RandomGamma", "RandomPoisson", "RandomPoissonV2", "Multinomial", "StatefulRandomBinomial"),
        *("PyFunc", "EagerPyFunc"),
    }
)
"""Operations that keep a state of their own outside the model's variables."""


class ByFit(Exception):
    """Recipe is to be trained by `model.fit`; the message says why."""


class NotForXLA(Exception):
    """XLA would compile the model, but not train it repeatably.

    The message says why.
    """


@dataclass(frozen=True)
class Shapes:
    """Sizes that a program is compiled for."""

    train: int
    val: int
    batch: int

    @property
    def full_steps(self) -> int:
        """Steps per epoch with a full batch."""
        return self.train // self.batch

    @property
    def rest(self) -> int:
        """Examples in the last, smaller batch."""
        return self.train % self.batch


class Data(NamedTuple):
    """Examples as tensors, targets included."""

    x: Any
    y: Any
    x_val: Any
    y_val: Any


@dataclass(frozen=True)
class Epoch:
    """Outcome of one epoch (from 1).

    `current` says whether the model's variables are those after this epoch: between the first and the last epoch of a
    call they never are.
    """

    number: int
    trained: dict[str, float]
    validated: dict[str, float]
    weights: list[NDArray[Any]]
    predicted: Any
    current: bool = True


class Program:
    """Compiled functions of one model.

    Its variables belong to the run that is being trained.

    Args:
        built: model, optimizer and loss.
        measures: measures in addition to the loss, by name.
        shapes: number of examples, and of examples per batch.
        xla: compile with XLA; else as TensorFlow graphs.
        threshold: value above which a model's single output means yes.
    """

    def __init__(
        self, built: Built, measures: Mapping[str, Measure], shapes: Shapes, *, xla: bool, threshold: float = 0.5
    ) -> None:
        self.built = built
        self.threshold = threshold
        self.xla = xla
        self._measures = dict(measures)
        self.shapes = shapes
        self.initial = InitialValues(built)
        self.plans: dict[int, DrawPlan] = {}
        self.room = 0
        self._steps = tf.function(self.run_steps, jit_compile=xla, autograph=False)
        self._evaluate = tf.function(self.run_evaluation, jit_compile=xla, autograph=False)
        self.numbers = tf.function(self._draw_numbers, autograph=False)

    def train_epoch(self, x: Any, y: Any, order: NDArray[np.int32]) -> dict[str, float]:
        """Train once through `x` and `y` (tensors) in that order.

        Return the means of loss and measures over the examples.
        """
        shapes, batch = self.shapes, self.shapes.batch
        self.plan_draws(x, y)
        sums = np.zeros(1 + len(self._measures), dtype=np.float32)
        at = 0
        while at < shapes.full_steps:
            steps = min(self.room, shapes.full_steps - at)
            chunk = np.zeros((self.room, batch), dtype=np.int32)
            chunk[:steps] = order[at * batch : (at + steps) * batch].reshape(steps, batch)
            at += steps
            remainder = order[at * batch :] if at == shapes.full_steps else order[:0]
            now = tf.constant(steps, tf.int32)
            numbers = self.numbers(now, rest=len(remainder)) if self.drawing else ([], [])
            sums += self._steps(x, y, tf.constant(chunk), now, tf.constant(remainder), numbers).numpy()
        return self.named(sums / np.float32(shapes.train))

    def evaluate(self, x: Any, y: Any) -> tuple[dict[str, float], Any]:
        """Return means of loss and measures over the examples, and the predictions.

        The predictions are a tensor.
        """
        values, predicted = self._evaluate(x, y)
        return self.named(values.numpy()), predicted

    @property
    def measured(self) -> int:
        """Number of values measured: the loss and every measure."""
        return 1 + len(self._measures)

    def evaluated_like(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Return the specifications of what an evaluation gives: values and predictions."""
        values, predicted = self._evaluate.get_concrete_function(x, y).structured_outputs
        return values, predicted

    def graphs(self) -> list[Any]:
        """Return the graphs traced so far."""
        return [
            concrete.graph
            for function in (self._steps, self._evaluate)
            for concrete in function._list_all_concrete_functions()
        ]

    @cached_property
    def state_kept(self) -> str:
        """Reason why another seed must not train in it, if any.

        The traced graphs show the reason.
        """
        traced = {id(variable.value.handle) for variable in self.built.variables}
        for graph in self.graphs():
            for external, _ in graph.captures:
                if external.dtype == tf.resource and id(external) not in traced:
                    return sentences.UNKNOWN_VARIABLES
            if own := _own_state(graph):
                return sentences.own_state(own)
        return ""

    def named(self, values: Any) -> dict[str, float]:
        return {name: float(value) for name, value in zip(("loss", *self._measures), values, strict=True)}

    def plan_draws(self, x: Any, y: Any) -> None:
        shapes = self.shapes
        if self.room:
            return
        for count in {shapes.batch, shapes.rest} - {0}:
            forward = partial(self._forward, x, y, tf.range(count))
            self.plans[count] = self._planned(forward) if self.xla else DrawPlan(())
        self.drawing = any(plan.draws for plan in self.plans.values())
        each = max(1, max(plan.bytes_per_step for plan in self.plans.values()))
        limit = min(NUMBERS_BYTES // each, DRAWN_AHEAD) if self.drawing else shapes.full_steps
        self.room = max(1, min(shapes.full_steps, limit))

    @staticmethod
    def _planned(forward: Callable[[], Any]) -> DrawPlan:
        plan, graph = plan_of(forward)
        if own := _own_state(graph):
            raise NotForXLA(f"its layers use {own}, which XLA seeds otherwise every time it compiles")
        return plan

    def _draw_numbers(self, steps: Any, rest: int) -> tuple[list[Any], list[Any]]:
        plan = self.plans[self.shapes.batch]
        numbers = plan.generate(0, self.room)
        plan.advance(steps)
        if not rest:
            return numbers, []
        last = [drawn[0] for drawn in self.plans[rest].generate(0, 1)]
        self.plans[rest].advance(1)
        return numbers, last

    def _forward(self, x: Any, y: Any, rows: Any) -> tuple[Any, Any, Any]:
        true = tf.gather(y, rows)
        predicted = self._predict(tf.nest.map_structure(lambda part: tf.gather(part, rows), x), training=True)
        if getattr(predicted, "_keras_mask", None) is not None:
            raise ByFit(sentences.MASKED)  # only `fit` leaves masked steps out of its metrics
        self._check_loss(true, predicted)
        loss = self.built.loss(true, predicted)
        if any(layer._losses for layer in self.built.model._flatten_layers()):
            raise ByFit(sentences.LOSS_OF_LAYERS)  # which may add up over a batch: validation depends on its size
        return true, predicted, tf.add_n([loss, *self.built.model.losses])

    def _check_loss(self, true: Any, predicted: Any) -> None:
        """Check that a compiled epoch computes the loss as `fit` does.

        The loss is traced apart: what it draws or counts there changes nothing.

        Raises:
            ByFit: the loss is none of single examples, or draws random numbers, or has variables.
        """
        loss = self.built.loss
        specs = [tf.TensorSpec(part.shape, part.dtype) for part in (true, predicted)]
        with tf.init_scope():
            graph = tf.function(loss, autograph=False).get_concrete_function(*specs).graph
            if any("Random" in operation.type or operation.type in _DRAWING_OPS for operation in _operations(graph)):
                raise ByFit(sentences.LOSS_DRAWS)  # `fit` draws for every batch of the validation too
            if any(external.dtype == tf.resource for external, _ in graph.captures):
                raise ByFit(sentences.LOSS_HAS_VARIABLES)
            if _is_of_batch(loss, *specs):
                raise ByFit(sentences.LOSS_OF_BATCH)  # validation depends on how many examples a batch has

    def _predict(self, x: Any, *, training: bool) -> Any:
        """Call the model as `fit` does.

        A `call` that takes no `training` is not given any, nor are its layers.
        """
        model = self.built.model
        return model(x, training=training) if model._call_has_training_arg else model(x)

    def step(self, x: Any, y: Any, rows: Any, count: int, numbers: list[Any]) -> Any:
        model, optimizer = self.built.model, self.built.optimizer
        with tf.GradientTape() as tape, supplied(self.plans[count], numbers):
            true, predicted, loss = self._forward(x, y, rows)
            scaled = optimizer.scale_loss(loss)
        weights = model.trainable_weights
        gradients = tape.gradient(scaled, [weight.value for weight in weights])
        optimizer.apply_gradients(list(zip(gradients, weights, strict=True)))  # which optimizers override
        sums = [loss * tf.cast(count, loss.dtype)]
        sums += [tf.reduce_sum(tf.cast(measure(true, predicted), tf.float32)) for measure in self._measures.values()]
        return tf.stack([tf.cast(value, tf.float32) for value in sums])

    def run_steps(self, x: Any, y: Any, chunk: Any, steps: Any, rest: Any, numbers: tuple[list[Any], list[Any]]) -> Any:
        """Run `steps` full batches, then the examples `rest`.

        Batches are the rows of `chunk`; `rest` is a smaller batch.
        """
        batch = self.shapes.batch

        def example(step: Any, sums: Any) -> tuple[Any, Any]:
            rows = tf.reshape(tf.gather(chunk, step), (batch,))
            return step + 1, sums + self.step(x, y, rows, batch, [drawn[step] for drawn in numbers[0]])

        start = (tf.zeros((), tf.int32), tf.zeros((1 + len(self._measures),), tf.float32))
        sums = tf.while_loop(lambda step, _: step < steps, example, start, parallel_iterations=1)[1]
        count = rest.shape[0]
        return sums + self.step(x, y, rest, count, numbers[1]) if count else sums

    def run_evaluation(self, x: Any, y: Any) -> tuple[Any, Any]:
        parts = [
            self._predict(
                tf.nest.map_structure(lambda part, at=at: part[at : at + EVALUATED_AT_ONCE], x), training=False
            )
            for at in range(0, self.shapes.val, EVALUATED_AT_ONCE)
        ]
        predicted = parts[0] if len(parts) == 1 else tf.concat(parts, 0)
        values = [tf.add_n([self.built.loss(y, predicted), *self.built.model.losses])]
        values += [tf.reduce_mean(tf.cast(measure(y, predicted), tf.float32)) for measure in self._measures.values()]
        return tf.stack([tf.cast(value, tf.float32) for value in values]), predicted


def _is_of_batch(loss: Any, true: Any, predicted: Any) -> bool:
    """Check whether a loss is no mean over every example.

    `true` and `predicted` are specifications of tensors.
    """
    if loss.reduction not in ("sum_over_batch_size", "mean", "mean_with_sample_weight"):
        return True

    def values(true: Any, predicted: Any) -> Any:
        every = loss.call(tf.cast(true, loss.dtype), tf.cast(predicted, loss.dtype))
        masked.append(getattr(every, "_keras_mask", None) is not None)  # `ignore_class`: a mean over some examples
        return every

    masked: list[bool] = []
    shapes = tf.function(values, autograph=False).get_concrete_function(true, predicted).output_shapes
    return bool(shapes.rank == 0) or any(masked)


def _own_state(graph: Any) -> str:
    """Return the first operation with a state of its own.

    The text is empty if there is none.
    """
    return next((operation.type for operation in _operations(graph) if operation.type in _DRAWING_OPS), "")


def _operations(graph: Any) -> list[Any]:
    operation = list(graph.get_operations())
    for name in graph._functions:
        inner = getattr(graph._functions[name], "graph", None)
        operation += inner.get_operations() if inner is not None else []
    return operation
