"""Epochs in one compiled call: the same bits as one call an epoch, or one call an epoch after all."""

from __future__ import annotations

import dataclasses
import math
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from seedspread.core.study import Settings
from seedspread_worker.author.run import Cancelled, Run
from seedspread_worker.catalog import registry
from seedspread_worker.trainer import libraries
from seedspread_worker.trainer.randomness import GlobalRandomness
from tests.worker.engine.test_by_fit import Sink
from tests.worker.running import manifest_of

if TYPE_CHECKING:
    from seedspread_worker.engine.engine import Engine, Prepared
    from seedspread_worker.engine.job import Job

RECIPES = __file__.replace("test_fused.py", "fused_recipes.py")

pytestmark = [pytest.mark.usefixtures("tensorflow"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def tensorflow() -> None:
    """TensorFlow, set up as in a trainer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        libraries.prepare_tensorflow(Settings())
        libraries.prepare_keras()


def engine() -> Engine:
    """One that fuses after the first run."""
    from seedspread_worker.engine.engine import Engine

    return Engine(fuse_after=0)


def train(trainer: Engine, name: str, seed: int, sink: Sink | None = None, **parameters: Any) -> Sink:
    """What one run reports."""
    sink = sink or Sink()
    manifest = manifest_of(name, seed, modules=(RECIPES,), **parameters)
    with GlobalRandomness().seeded(manifest):
        trainer.train(Run(registry.load([RECIPES])[name], manifest, sink))
    return sink


def prepared(trainer: Engine) -> Prepared:
    """The only program."""
    (only,) = trainer._programs.values()
    return only


def bits(sink: Sink) -> tuple[Any, ...]:
    """Everything but the way of training, NaN being equal to NaN."""
    points = [(epoch, {name: value.hex() for name, value in values.items()}) for epoch, values in sink.points]
    return sink.prints, points, sink.facts.get("examples")


def both_ways(trainer: Engine, name: str, seed: int, **parameters: Any) -> tuple[Sink, Sink]:
    """A run with its epochs fused, then the same run with one call an epoch in the same program."""
    fused = train(trainer, name, seed, **parameters)
    program = prepared(trainer)
    kept, program.fused, program.single = program.fused, None, True
    single = train(trainer, name, seed, **parameters)
    program.fused, program.single = kept, False
    return fused, single


def together(monkeypatch: pytest.MonkeyPatch, epochs: int) -> None:
    """So many epochs go into one call, however long they take."""
    from seedspread_worker.engine import fused

    limit = fused.epochs_together
    monkeypatch.setattr(
        "seedspread_worker.engine.engine.epochs_together",
        lambda program, job, _: min(epochs, limit(program, job, 1e-9)),
    )


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("digits-mlp", {"epochs": 2}),
        ("tabular-mlp", {"epochs": 3, "data": "wine", "batch_size": 19, "dropout": 0}),
        ("fused-noise", {}),
    ],
)
def test_whole_trainings_have_the_bits_of_single_epochs(
    name: str, parameters: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    together(monkeypatch, 100)
    trainer = engine()
    first = train(trainer, name, 1, **parameters)
    assert first.facts["epochs_per_call"] == "one"
    fused, single = both_ways(trainer, name, 2, **parameters)
    assert (fused.facts["epochs_per_call"], single.facts["epochs_per_call"]) == ("all", "one")
    assert bits(fused) == bits(single)
    assert bits(fused) != bits(first)
    assert bits(train(trainer, name, 1, **parameters)) == bits(first)  # its model was newly built then
    assert len(fused.points) == len({digest for (kind, _), digest in fused.prints.items() if kind == "weights"})


class CancelledAfter(Sink):
    """Cancels once an epoch was reported."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self._epoch = epoch

    def cancelled(self) -> bool:
        return any(epoch >= self._epoch for epoch, _ in self.points)


def test_groups_of_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Single examples as batches, NaN, limits, a check that fails, what XLA refuses, and a cancel between two calls."""
    import tensorflow as tf

    from seedspread_worker.engine import fused, training

    together(monkeypatch, 2)
    trainer, name = engine(), "fused-diverging"  # three epochs: the last group is smaller
    train(trainer, name, 1, batch_size=1)
    grouped, single = both_ways(trainer, name, 2, batch_size=1)
    assert grouped.facts["epochs_per_call"] == "several"
    assert bits(grouped) == bits(single)
    assert math.isnan(grouped.points[-1][1]["loss"])

    job, known = _job(name, batch_size=1), prepared(trainer)
    program, group = known.program, known.fused
    assert group is not None
    assert fused.can_fuse(program, job)
    assert fused.epochs_together(program, job, 1e-9) == job.epochs
    assert fused.epochs_together(program, job, fused.CALL_S) == 1
    weights = sum(array.nbytes for array in program.built.weights)
    monkeypatch.setattr(fused, "WEIGHTS_BYTES", 50 * weights)
    assert fused.epochs_together(program, dataclasses.replace(job, epochs=10_000), 1e-9) == 50
    monkeypatch.setattr(fused, "WEIGHTS_BYTES", weights)
    assert fused.epochs_together(program, job, 1e-9) < 2

    record = training.Record()
    program.initial.assign(job.run)
    training.run_through(program, job, record=record)
    for change in ("digests", "values", "predicted"):
        other = dataclasses.replace(record, **{change: [*getattr(record, change)[:-1], "other"]})
        program.initial.assign(job.run)
        assert not training.repeats(group, job, other), change
    program.initial.assign(job.run)
    assert training.repeats(group, job, record)

    ending, calls = CancelledAfter(1), []
    run_group = fused.FusedEpochs.train

    def counted(self: Any, data: Any, orders: Any, first: int) -> Any:
        calls.append(first)
        return run_group(self, data, orders, first)

    monkeypatch.setattr(fused.FusedEpochs, "train", counted)
    program.initial.assign(job.run)
    with pytest.raises(Cancelled):
        training.run_through(program, _job(name, ending, batch_size=1), group)
    assert (calls, [epoch for epoch, _ in ending.points]) == ([1], [1])

    def refused(*_: Any) -> Any:
        return tf.strings.as_string(tf.zeros((3,)))

    monkeypatch.setattr(fused.FusedEpochs, "_run_epochs", refused)
    monkeypatch.setattr(fused, "WEIGHTS_BYTES", 50 * weights)
    with pytest.raises(tf.errors.InvalidArgumentError, match="XLA"):
        fused.FusedEpochs(program, 2)._call()
    known.fused, known.first_s, known.others_s = None, 0.0, 0.0
    assert bits(train(trainer, name, 2, batch_size=1)) == bits(single)
    assert (known.fused, known.single) == (None, True)


def _job(name: str, sink: Sink | None = None, **parameters: Any) -> Job:
    from seedspread_worker.engine.job import Job

    manifest = manifest_of(name, 2, modules=(RECIPES,), **parameters)
    return Job.of(Run(registry.load([RECIPES])[name], manifest, sink or Sink()))


def test_models_with_other_layers_or_optimizers_keep_one_call_an_epoch() -> None:
    import keras

    from seedspread_worker.engine import fused
    from seedspread_worker.engine.building import Built
    from seedspread_worker.engine.program import Program

    class Own(keras.layers.Dense):  # type: ignore[misc]
        """May do anything."""

    class OwnSteps(keras.optimizers.SGD):  # type: ignore[misc]
        """May do anything."""

    job = _job("fused-noise")

    def fits(*layers: Any, optimizer: Any = None, reused: bool = True, xla: bool = True) -> bool:
        model = keras.Sequential([keras.Input((6, 6, 1)), *layers])
        built = Built(model, optimizer or keras.optimizers.SGD(0.1), keras.losses.get("mse"), reused=reused)
        return fused.can_fuse(Program(built, {}, job.shapes, xla=xla), job)

    flat = keras.layers.Flatten
    assert fits(flat(), keras.layers.Dense(3, "relu", kernel_regularizer="l2"))
    assert not fits(flat(), keras.layers.LayerNormalization())
    assert not fits(keras.layers.Conv2D(2, 3))
    assert not fits(keras.layers.AveragePooling2D(2))
    assert not fits(flat(), Own(3))
    assert not fits(flat(), keras.layers.Dense(3, dtype="mixed_float16"))
    assert not fits(flat(), optimizer=keras.optimizers.SGD(0.1, use_ema=True))
    assert not fits(flat(), optimizer=OwnSteps(0.1))
    assert not fits(flat(), reused=False)
    assert not fits(flat(), xla=False)


def test_numbers_computed_from_integers_are_those_of_the_kernel() -> None:
    """For sizes that are no multiple of a block, seeds above 31 bits, and several draws a step."""
    import keras
    import tensorflow as tf

    from seedspread_worker.engine.draws import Draw, DrawPlan

    generator = keras.random.SeedGenerator(1)
    generator.state.assign([2**31 - 1, 7])
    plan = DrawPlan(
        tuple(Draw("uniform", shape, "float32", generator, nth, 2) for nth, shape in enumerate([(3, 7), (5,)]))
    )
    assert plan.integral
    drawn = plan.generate(0, 4)
    for computed in (plan.computed(4), tf.function(lambda: plan.computed(4), jit_compile=True)()):
        for ours, kernels in zip(computed, drawn, strict=True):
            assert ours.numpy().tobytes() == kernels.numpy().tobytes()
