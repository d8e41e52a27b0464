"""Build a recipe's model with every source of randomness under control.

A layer's weights get a seed derived from the value of `init` and the weight's path, and a stochastic layer's generator
one derived from `dropout` and the layer's path, unless the recipe set a seed of its own. Adding or removing a layer
therefore leaves the other layers' streams as they were.
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
from seedspread_worker import sentences
from seedspread_worker.author.run import Run
from seedspread_worker.engine.draws import GeneratorStates


@dataclass(frozen=True)
class Stream:
    """Stream of a weight's initial value: its name and its draw function.

    `draw` takes seed, shape and dtype.
    """

    name: str
    draw: Callable[[Any, Any, Any], Any]

    def seed(self, init: int) -> int:
        """Return the stream's seed under a value of `init`."""
        return derive(init, self.name)


@dataclass
class Built:
    """Model with its optimizer, loss, and streams of initial weights."""

    model: Any
    optimizer: Any
    loss: Callable[[Any, Any], Any]
    streams: dict[int, Stream] = field(default_factory=dict)  # by id of the variable
    given_loss: Any = None  # as the recipe has it: a name, a function, or one of each output
    reused: bool = True  # whether other seeds may train in it
    reason: str = ""  # why not

    @property
    def variables(self) -> list[Any]:
        """Variables that training changes: weights, generators' states, the optimizer's."""
        return [*self.model.variables, *(self.optimizer.variables if self.optimizer is not None else ())]

    @property
    def weights(self) -> list[NDArray[Any]]:
        """Weights of the model as arrays, in the order of its layers."""
        return [weight.value.numpy() for weight in self.model.weights]

    def finish(self) -> bool:
        """Put the optimizer's final values into the weights, as `fit` does.

        Return whether there are any: the weights' moving average.
        """
        inner = getattr(self.optimizer, "inner_optimizer", self.optimizer)
        if not getattr(inner, "use_ema", False):
            return False
        self.optimizer.finalize_variable_values(self.model.trainable_weights)
        return True

    def not_reused(self, reason: str) -> None:
        """Forbid training other seeds in this model."""
        self.reused, self.reason = False, self.reason or reason


def build(code: Any, run: Run, x: Any) -> Built:
    """Build the recipe's model, optimizer and loss under the run's sources.

    A few rows of `x` build a model that has no input layer.

    Raises:
        InvalidInput: the recipe's `model` returned something other than a Keras model.
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
    """Return every stochastic layer's generator, with its seed in this run."""
    value = run.manifest.source_value("dropout")
    seeded = []
    for layer in model._flatten_layers():
        for index, generator in enumerate(layer._seed_generators):
            own = generator._initial_seed
            seed = derive(value, f"{layer.path or layer.name}:{index}") if own is None else own
            seeded.append((generator, seed))
    return seeded


@contextlib.contextmanager
def _seeded_weights(init: int) -> Iterator[dict[int, Stream]]:
    """Draw weights without own seed from `init` and their path.

    This holds while the block lasts.
    """
    streams: dict[int, Stream] = {}
    add_weight = keras.layers.Layer.add_weight
    default_seed = seed_generator.make_default_seed
    unnamed, paths, made_up = 0, list[str](), set[int]()

    def seeded(layer: Any, *args: Any, **options: Any) -> Any:
        options.update(zip(("shape", "initializer", "dtype"), args, strict=False))
        initializer = initializers.get(options.get("initializer"))
        if initializer is None and "float" in str(options.get("dtype") or layer.variable_dtype):
            initializer = initializers.get("glorot_uniform")  # as add_weight itself does
        # EinsumDense, and so attention, makes its initializer anew from the seed that Keras made up for the first.
        if not isinstance(initializer, RandomInitializer) or (
            initializer._init_seed is not None and initializer._init_seed not in made_up
        ):
            return add_weight(layer, **options)
        with name_scope(layer.name, caller=layer):
            path = f"{current_path()}/{options.get('name') or 'variable'}"
        paths.append(path)
        kind, config = type(initializer), initializer.get_config()

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
    """Record whether the recipe itself draws randomness.

    That would tie the built model to one seed.
    """
    reasons: list[str] = []
    before, requests = GeneratorStates.now(), run.usage.count
    yield reasons
    if run.usage.count != requests:
        reasons.append(sentences.SEEDS_IN_BUILD)
    if GeneratorStates.now() != before:
        reasons.append(sentences.DRAWS_IN_BUILD)


def _optimizer(code: Any, run: Run, model: keras.Model) -> Any:
    optimizer = keras.optimizers.get(code.optimizer(run) if hasattr(code, "optimizer") else "adam")
    # As `compile` does: small gradients are zero in float16 unless the loss is scaled.
    if model.dtype_policy.name == "mixed_float16" and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")
    return optimizer


def _loss(choice: Any) -> Callable[[Any, Any], Any]:
    """Return a loss as `compile` makes it of a function.

    It is the mean over the batch, after the shapes are matched.
    """
    if isinstance(choice, dict | list | tuple):  # one an output: only `fit` trains those
        several: Callable[[Any, Any], Any] = LossFunctionWrapper(lambda true, predicted: predicted)
        return several
    loss = keras.losses.get(choice)
    of_batch: Callable[[Any, Any], Any] = loss if isinstance(loss, keras.losses.Loss) else LossFunctionWrapper(loss)
    return of_batch
