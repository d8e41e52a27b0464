"""Building a recipe's model so that every source of randomness in it is ours, and knowing how to do it again.

A layer's weights get a seed derived from the value of `init` and the weight's path, and a stochastic layer's
generator one derived from `dropout` and the layer's path, unless the recipe gave a seed of its own. So a layer
more or less leaves the others' streams as they were.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf
from keras.src import initializers
from keras.src.backend.common.name_scope import current_path, name_scope
from keras.src.backend.tensorflow import random as backend_random
from keras.src.initializers.random_initializers import RandomInitializer
from keras.src.losses.losses import LossFunctionWrapper
from keras.src.random import seed_generator
from numpy.typing import NDArray

from seedspread.core.seeds import derive
from seedspread.errors import InvalidInput
from seedspread_worker.author.run import Run
from seedspread_worker.engine.generators import GeneratorStates


@dataclass(frozen=True)
class Stream:
    """Where a weight's initial value comes from: its stream's name, and what draws it (from seed, shape, dtype)."""

    name: str
    draw: Callable[[Any, Any, Any], Any]

    def seed(self, init: int) -> int:
        """The stream's seed under a value of `init`."""
        return derive(init, self.name)


@dataclass
class Built:
    """A model with its optimizer and loss, and what it takes to give it other initial weights."""

    model: Any
    optimizer: Any
    loss: Callable[[Any, Any], Any]
    streams: dict[int, Stream] = field(default_factory=dict)  # by id of the variable
    given_loss: Any = None  # as the recipe has it: a name, a function, or one of each output
    reused: bool = True  # whether other seeds may train in it
    reason: str = ""  # why not

    @property
    def variables(self) -> list[Any]:
        """Everything that training changes: weights, generators' states, the optimizer's variables."""
        return [*self.model.variables, *(self.optimizer.variables if self.optimizer is not None else ())]

    @property
    def weights(self) -> list[NDArray[Any]]:
        """The model's weights as arrays, in the order of its layers."""
        return [weight.value.numpy() for weight in self.model.weights]

    def not_reused(self, reason: str) -> None:
        """From now on no other seed may train in it."""
        self.reused, self.reason = False, self.reason or reason


def build(code: Any, run: Run, x: Any) -> Built:
    """The recipe's model, optimizer and loss under the run's sources; a few rows of `x` build a model without input.

    Raises:
        InvalidInput: the recipe's `model` gave something else than a Keras model.
    """
    keras.src.utils.naming.reset_uids()
    init = run.manifest.source_value("init")
    with _watched(run) as drawn, _seeded_weights(init) as streams:
        model = code.model(run)
        if not isinstance(model, keras.Model):
            raise InvalidInput(f"model of recipe {run.recipe.name}", model, "a keras.Model")
        if not model.built:
            model(tf.nest.map_structure(lambda rows: tf.convert_to_tensor(rows[:1]), x))
        optimizer = model.optimizer if model.compiled else _optimizer(code, run, model)
        given_loss = code.loss(run) if hasattr(code, "loss") else "sparse_categorical_crossentropy"
        loss = _loss(given_loss)
        if optimizer is not None:
            optimizer.build(model.trainable_variables)
    for generator, seed in generators(model, run):
        generator.state.assign([seed, 0])
    built = Built(model, optimizer, loss, streams, given_loss=given_loss)
    for reason in drawn:
        built.not_reused(reason)
    return built


def generators(model: Any, run: Run) -> list[tuple[Any, int]]:
    """Every stochastic layer's generator, with its seed in this run."""
    value = run.manifest.source_value("dropout")
    found = []
    for layer in model._flatten_layers():
        for index, generator in enumerate(layer._seed_generators):
            given = generator._initial_seed
            seed = derive(value, f"{layer.path or layer.name}:{index}") if given is None else given
            found.append((generator, seed))
    return found


@contextlib.contextmanager
def _seeded_weights(init: int) -> Iterator[dict[int, Stream]]:
    """Within it, weights without a seed of their own are drawn from `init` and their path."""
    streams: dict[int, Stream] = {}
    add_weight = keras.layers.Layer.add_weight
    default_seed = seed_generator.make_default_seed
    unnamed, paths, made_up = 0, list[str](), set[int]()

    def seeded(layer: Any, *args: Any, **options: Any) -> Any:
        options.update(zip(("shape", "initializer", "dtype"), args, strict=False))
        given = initializers.get(options.get("initializer"))
        if given is None and "float" in str(options.get("dtype") or layer.variable_dtype):
            given = initializers.get("glorot_uniform")  # as add_weight itself does
        # EinsumDense, and so attention, makes its initializer anew from the seed that Keras made up for the first.
        own = isinstance(given, RandomInitializer) and given._init_seed is not None and given._init_seed not in made_up
        if own or not isinstance(given, RandomInitializer):
            return add_weight(layer, **options)
        with name_scope(layer.name, caller=layer):
            path = f"{current_path()}/{options.get('name') or 'variable'}"
        paths.append(path)
        kind, config = type(given), given.get_config()

        def draw(seed: Any, shape: Any, dtype: Any) -> Any:
            return kind.from_config({**config, "seed": seed})(shape, dtype=dtype)

        stream = Stream(path if (nth := paths.count(path)) == 1 else f"{path}#{nth}", draw)

        def first(shape: Any, dtype: Any = None) -> Any:
            return draw(stream.seed(init), shape, dtype)

        variable = add_weight(layer, **{**options, "initializer": first})
        streams[id(variable)] = stream
        return variable

    def next_default() -> int:
        nonlocal unnamed
        unnamed += 1
        made_up.add(seed := derive(init, f"unnamed:{unnamed}"))
        return seed

    keras.layers.Layer.add_weight = seeded
    seed_generator.make_default_seed = backend_random.make_default_seed = next_default
    try:
        yield streams
    finally:
        keras.layers.Layer.add_weight = add_weight
        seed_generator.make_default_seed = backend_random.make_default_seed = default_seed


@contextlib.contextmanager
def _watched(run: Run) -> Iterator[list[str]]:
    """Notes whether the recipe draws randomness by itself, which ties what it builds to one seed."""
    reasons: list[str] = []
    before, asked = GeneratorStates.now(), run.usage.count
    yield reasons
    if run.usage.count != asked:
        reasons.append("it asks for seeds while the model is built")
    if GeneratorStates.now() != before:
        reasons.append("it draws from the process's generators while the model is built")


def _optimizer(code: Any, run: Run, model: keras.Model) -> Any:
    given = code.optimizer(run) if hasattr(code, "optimizer") else "adam"
    optimizer = keras.optimizers.get(given)
    # As `compile` does: small gradients are zero in float16 unless the loss is scaled.
    if model.dtype_policy.name == "mixed_float16" and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")
    return optimizer


def _loss(given: Any) -> Callable[[Any, Any], Any]:
    """Return a loss as `compile` makes it of a function: the mean over the batch, shapes brought together first."""
    if isinstance(given, dict | list | tuple):  # one an output: only `fit` trains those
        several: Callable[[Any, Any], Any] = LossFunctionWrapper(lambda true, predicted: predicted)
        return several
    found = keras.losses.get(given)
    whole: Callable[[Any, Any], Any] = found if isinstance(found, keras.losses.Loss) else LossFunctionWrapper(found)
    return whole
