"""Random numbers of stochastic layers, drawn ahead of the compiled steps.

XLA computes TensorFlow's stateless generators many times slower than TensorFlow's own kernels do. So the steps
under XLA take as inputs the very numbers that the layers would have drawn: the same kernel, seed, counter and shape.
What is drawn from the process's own generators is detected by their states.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from keras.src.backend.tensorflow import random as backend_random
from keras.src.random.seed_generator import SeedGenerator, global_seed_generator
from tensorflow.python.eager import context

_KERNELS: dict[str, Callable[..., Any]] = {
    "uniform": tf.random.stateless_uniform,
    "normal": tf.random.stateless_normal,
    "truncated_normal": tf.random.stateless_truncated_normal,
}


@dataclass(frozen=True)
class Draw:
    """Draw of one step: its distribution, shape and generator.

    The distribution is on (0, 1) or has unit variance.
    """

    kind: str
    shape: tuple[int, ...]
    dtype: str
    generator: Any
    nth: int  # of this generator's drawings within a step
    of: int = 0  # drawings of this generator a step


@dataclass(frozen=True)
class DrawPlan:
    """Drawings of one step, in the order in which layers ask."""

    draws: tuple[Draw, ...]

    @property
    def bytes_per_step(self) -> int:
        """Size of the numbers of one step."""
        return sum(tf.TensorShape(draw.shape).num_elements() * tf.as_dtype(draw.dtype).size for draw in self.draws)

    @property
    def integral(self) -> bool:
        """Truth of whether `computed` applies: all numbers are uniform float32."""
        return all(draw.kind == "uniform" and draw.dtype == "float32" for draw in self.draws)

    def computed(self, count: int) -> list[Any]:
        """Compute the numbers of the next `count` steps as XLA can.

        They are those of `generate(0, count)`, bit for bit, where the plan is `integral`.
        """
        return [_uniform(draw, self._seeds(draw, 0, count)) for draw in self.draws]

    def generate(self, first: int, count: int) -> list[Any]:
        """Return the numbers of `count` steps.

        The first step is `first` steps after the present state of the generators. The loop is unrolled, because the
        bookkeeping of a loop costs TensorFlow ten times as much as these small draws.

        Returns:
            One tensor of shape (count, *shape) per draw.
        """
        return [self._stack(draw, first, count) for draw in self.draws]

    def advance(self, steps: Any) -> None:
        """Move the generators on by `steps` steps."""
        for generator, each in {id(draw.generator): (draw.generator, draw.of) for draw in self.draws}.values():
            state = generator.state.value
            state.assign_add(tf.stack([tf.zeros((), state.dtype), tf.cast(steps, state.dtype) * each]))

    @classmethod
    def _stack(cls, draw: Draw, first: int, count: int) -> Any:
        kernel = _KERNELS[draw.kind]
        seeds = tf.unstack(cls._seeds(draw, first, count))
        return tf.stack([kernel(draw.shape, seed=seed, dtype=draw.dtype) for seed in seeds])

    @staticmethod
    def _seeds(draw: Draw, first: int, count: int) -> Any:
        """Return the seeds of `count` steps: (count, 2), int32."""
        state = tf.convert_to_tensor(draw.generator.state.value)
        counters = state[1] + tf.range(first, first + count, dtype=state.dtype) * draw.of + draw.nth
        return backend_random._cast_seed(tf.stack([tf.repeat(state[:1], count), counters], axis=1))


def _uniform(draw: Draw, seeds: Any) -> Any:
    """Compute uniform numbers as TensorFlow's kernel does, by operations on integers.

    The kernel scrambles a seed into a key and a counter, takes a block of four numbers for each value of the counter
    (Philox4x32-10; Salmon et al., SC 2011), and makes the mantissa of a float of each number's last 23 bits. Every
    element computes its whole block here: four times the work, but XLA vectorizes it. One call computes all steps,
    where the kernel needs a call for each, which costs more than its numbers.

    Args:
        draw: its shape is that of one step.
        seeds: one for each step, of shape (steps, 2) and type int32.

    Returns:
        Numbers in [0, 1), float32, of shape (steps, *draw.shape).
    """
    steps, size = seeds.shape[0], tf.TensorShape(draw.shape).num_elements()
    words = tf.cast(tf.cast(seeds, tf.int64), tf.uint64)  # through int64, for the sign
    seed, step = words[:, 0], words[:, 1]
    zero = tf.zeros((steps,), tf.uint32)
    key = (zero + np.uint32(0x3EC8F720), zero + np.uint32(0x02461E29))
    mixed = _philox((_low(seed), _high(seed), _low(step), _high(step)), key)
    at = tf.range(size, dtype=tf.int32)
    block = tf.broadcast_to(tf.cast(at // 4, tf.uint32), (steps, size))
    first, second, third, fourth = (tf.broadcast_to(part[:, tf.newaxis], (steps, size)) for part in mixed)
    numbers = _philox((block, tf.zeros_like(block), third, fourth), (first, second))
    nth = at % 4
    bits = numbers[3]
    for index in (2, 1, 0):
        bits = tf.where(nth == index, numbers[index], bits)
    mantissa = tf.bitwise.bitwise_or(tf.bitwise.bitwise_and(bits, np.uint32(0x7FFFFF)), np.uint32(0x3F800000))
    return tf.reshape(tf.bitcast(mantissa, tf.float32) - 1.0, (steps, *draw.shape))


UNROLLED = 8192
"""Rounds are unrolled for more elements than this; a loop of few elements costs less than compiling every round."""


def _philox(counter: tuple[Any, Any, Any, Any], key: tuple[Any, Any]) -> tuple[Any, Any, Any, Any]:
    """Return four words after ten rounds of Philox4x32.

    The key has two words; all are tensors of one shape.
    """
    if tf.TensorShape(counter[0].shape).num_elements() <= UNROLLED:
        start = (tf.zeros((), tf.int32), counter, key)
        words: tuple[Any, Any, Any, Any] = tf.while_loop(
            lambda at, *_: at < 10, lambda at, *words: (at + 1, *_round(*words)), start
        )[1]
        return words
    for _ in range(10):
        counter, key = _round(counter, key)
    return counter


def _round(counter: tuple[Any, Any, Any, Any], key: tuple[Any, Any]) -> tuple[tuple[Any, ...], tuple[Any, Any]]:
    """Return the words after a round, and the next key."""
    xor = tf.bitwise.bitwise_xor
    first = tf.cast(counter[0], tf.uint64) * np.uint64(0xD2511F53)
    second = tf.cast(counter[2], tf.uint64) * np.uint64(0xCD9E8D57)
    left, right = xor(xor(_high(second), counter[1]), key[0]), xor(xor(_high(first), counter[3]), key[1])
    return (left, _low(second), right, _low(first)), (key[0] + np.uint32(0x9E3779B9), key[1] + np.uint32(0xBB67AE85))


def _high(words: Any) -> Any:
    return tf.cast(tf.bitwise.right_shift(words, np.uint64(32)), tf.uint32)


def _low(words: Any) -> Any:
    return tf.cast(words, tf.uint32)


def plan_of(step: Callable[[], Any]) -> tuple[DrawPlan, Any]:
    """Trace `step`, without running it, and plan its layers' draws."""
    recorder = _Recorder()

    def traced() -> None:
        with recorder.recording():
            step()

    graph = tf.function(traced, autograph=False).get_concrete_function().graph
    return recorder.plan(), graph


@contextlib.contextmanager
def supplied(plan: DrawPlan, numbers: Sequence[Any]) -> Iterator[None]:
    """Serve drawn numbers to layers while the block lasts.

    Layers get `numbers` (one tensor per draw of `plan`) instead of drawing.
    """
    waiting = list(zip(plan.draws, numbers, strict=True))
    ours = {id(draw.generator) for draw in plan.draws}

    def serve(kind: str, shape: Any, dtype: Any, generator: Any) -> Any:
        if id(generator) not in ours:
            return None
        draw, tensor = waiting.pop(0)
        if (draw.kind, draw.shape, draw.dtype, draw.generator) != (kind, shape, dtype, generator):
            raise RuntimeError(f"layers draw otherwise than when they were recorded: {kind} {shape} for {draw}")
        return tensor

    with _replaced(_wrapped(serve)):
        yield


class _Recorder:
    """Recorder of draws that could be done ahead.

    It also counts how often each generator is used in all.
    """

    def __init__(self) -> None:
        self._draws: list[Draw] = []
        self._asked: dict[int, int] = {}

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        advance = SeedGenerator.next

        def counted(generator: Any, ordered: bool = True) -> Any:
            self._asked[id(generator)] = self._asked.get(id(generator), 0) + 1
            return advance(generator, ordered)

        SeedGenerator.next = counted
        try:
            with _replaced(_wrapped(self._note)):
                yield
        finally:
            SeedGenerator.next = advance

    def _note(self, kind: str, shape: Any, dtype: Any, generator: Any) -> None:
        self._draws.append(Draw(kind, shape, dtype, generator, self._asked.get(id(generator), 0)))

    def plan(self) -> DrawPlan:
        """Return the drawings of those generators that nothing else asks."""
        noted: dict[int, int] = {}
        for draw in self._draws:
            noted[id(draw.generator)] = noted.get(id(draw.generator), 0) + 1
        return DrawPlan(
            tuple(
                Draw(draw.kind, draw.shape, draw.dtype, draw.generator, draw.nth, noted[id(draw.generator)])
                for draw in self._draws
                if self._asked[id(draw.generator)] == noted[id(draw.generator)]
            )
        )


Serve = Callable[[str, Any, Any, Any], Any]
"""Given kind, shape, dtype and generator of a drawing, the numbers, or None to have them drawn."""


def _wrapped(serve: Serve) -> dict[str, Callable[..., Any]]:
    """Return Keras' backend functions, asking `serve` first.

    What Keras computes from the numbers does not change.
    """
    from keras.src.backend.config import floatx

    def ahead(kind: str, shape: Any, dtype: Any, seed: Any) -> Any:
        static = tf.TensorShape(shape) if not tf.is_tensor(shape) else tf.TensorShape(tf.get_static_value(shape))
        if not isinstance(seed, SeedGenerator) or not static.is_fully_defined():
            return None
        return serve(kind, tuple(static), dtype or floatx(), seed)

    def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
        if rate in (0.0, 1.0):
            return original["dropout"](inputs, rate, noise_shape, seed)
        wanted = list(inputs.shape) if noise_shape is None else list(noise_shape)
        shape = [inputs.shape[axis] if size is None else size for axis, size in enumerate(wanted)]
        numbers = ahead("uniform", shape, inputs.dtype.name, seed)
        if numbers is None:
            return original["dropout"](inputs, rate, noise_shape, seed)
        # As tf.nn.experimental.stateless_dropout computes it.
        scaled = inputs * tf.convert_to_tensor(1 / (1 - rate), dtype=inputs.dtype)
        return tf.where(numbers >= rate, scaled, tf.zeros_like(scaled))

    def normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
        numbers = ahead("normal", shape, dtype, seed)
        return original["normal"](shape, mean, stddev, dtype, seed) if numbers is None else numbers * stddev + mean

    def truncated_normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
        numbers = ahead("truncated_normal", shape, dtype, seed)
        if numbers is None:
            return original["truncated_normal"](shape, mean, stddev, dtype, seed)
        return numbers * stddev + mean

    def uniform(shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
        numbers = ahead("uniform", shape, dtype, seed)
        if numbers is None:
            return original["uniform"](shape, minval, maxval, dtype, seed)
        return numbers * (maxval - minval) + minval

    original = {name: getattr(backend_random, name) for name in ("dropout", "normal", "truncated_normal", "uniform")}
    return {"dropout": dropout, "normal": normal, "truncated_normal": truncated_normal, "uniform": uniform}


@contextlib.contextmanager
def _replaced(functions: dict[str, Callable[..., Any]]) -> Iterator[None]:
    before = {name: getattr(backend_random, name) for name in functions}
    for name, function in functions.items():
        setattr(backend_random, name, function)
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(backend_random, name, function)


@dataclass(frozen=True)
class GeneratorStates:
    """States of the process-wide generators of Python, NumPy, TensorFlow and Keras."""

    python: Any
    numpy: Any
    tensorflow: Any
    keras: tuple[int, ...]

    @classmethod
    def now(cls) -> GeneratorStates:
        """Record the present states; TensorFlow's and Keras' must have been seeded."""
        legacy = np.random.get_state(legacy=False)  # noqa: NPY002 - it is the legacy generator we watch
        inner = {**legacy["state"], "key": tuple(legacy["state"]["key"].tolist())}
        keras_state = tuple(global_seed_generator().state.value.numpy().tolist())
        return cls(random.getstate(), {**legacy, "state": inner}, context.context()._rng.getstate(), keras_state)

    def restore(self) -> None:
        """Put all of them back to here."""
        random.setstate(self.python)
        inner = {**self.numpy["state"], "key": np.array(self.numpy["state"]["key"], dtype=np.uint32)}
        np.random.set_state({**self.numpy, "state": inner})  # noqa: NPY002 - as above
        context.context()._rng.setstate(self.tensorflow)
        global_seed_generator().state.assign(list(self.keras))
