"""The compiled program against Keras itself: the same model, order and seeds, trained by `train_on_batch`.

TensorFlow is loaded into this process.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from seedspread.core.study import Settings
from seedspread_worker.author.run import Run
from seedspread_worker.catalog import registry
from seedspread_worker.trainer import libraries
from seedspread_worker.trainer.randomness import GlobalRandomness
from tests.worker.running import SAMPLES, manifest_of

if TYPE_CHECKING:
    from seedspread_worker.engine.job import Job


class Silence:
    """A sink that keeps nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: False


# Keras' own, under this version of NumPy.
pytestmark = [pytest.mark.usefixtures("tensorflow"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def tensorflow() -> None:
    """TensorFlow, loaded and set up as in a trainer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        libraries.prepare_tensorflow(Settings())
        libraries.prepare_keras()


def _job(name: str, seed: int = 5, **parameters: Any) -> Job:
    from seedspread_worker.engine.job import Job

    run = Run(registry.load([SAMPLES])[name], manifest_of(name, seed, **parameters), Silence())
    return Job.of(run)


def _by_keras(job: Job) -> list[np.ndarray[Any, Any]]:
    """Weights after training by Keras, batch by batch."""
    from seedspread_worker.engine import building
    from seedspread_worker.engine.training import order_of

    built = building.build(job.code, job.run, job.split.x_train)
    built.model.compile(optimizer=built.optimizer, loss=built.loss)
    shuffle = job.run.manifest.source_value("shuffle")
    for epoch in range(1, job.epochs + 1):
        order = order_of(shuffle, epoch, job.shapes.train)
        for at in range(0, job.shapes.train, job.shapes.batch):
            rows = order[at : at + job.shapes.batch]
            built.model.train_on_batch(job.split.x_train[rows], job.split.y_train[rows])
    return built.weights


def _by_engine(job: Job, *, xla: bool) -> list[np.ndarray[Any, Any]]:
    from seedspread_worker.engine import building
    from seedspread_worker.engine.program import Program
    from seedspread_worker.engine.training import run_through

    built = building.build(job.code, job.run, job.split.x_train)
    program = Program(built, {}, job.shapes, xla=xla)
    run_through(program, job)
    return program.built.weights


def test_graphs_train_as_keras_does_bit_for_bit() -> None:
    with GlobalRandomness().seeded(manifest_of("plain", 5)):
        ours, theirs = _by_engine(_job("plain"), xla=False), _by_keras(_job("plain"))
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_xla_drops_the_same_units_as_keras() -> None:
    with GlobalRandomness().seeded(manifest_of("plain", 5)):
        ours, theirs = _by_engine(_job("plain"), xla=True), _by_keras(_job("plain"))
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)


def test_one_layer_more_leaves_the_other_layers_streams() -> None:
    from seedspread_worker.engine import building

    with GlobalRandomness().seeded(manifest_of("plain", 5)):
        jobs = [_job("plain"), _job("one-layer-more")]
        models = [building.build(job.code, job.run, job.split.x_train).model for job in jobs]
    for name in ("hidden", "output"):
        one, other = (model.get_layer(name).kernel.numpy() for model in models)
        np.testing.assert_array_equal(one, other)
    hidden, another = (models[1].get_layer(name).kernel.numpy() for name in ("hidden", "another"))
    assert not np.array_equal(hidden[:8], another)


@pytest.mark.parametrize("name", ["plain", "digits-cnn", "every-initializer", "attention"])
def test_resetting_gives_what_building_gives(name: str) -> None:
    from seedspread_worker.engine import building
    from seedspread_worker.engine.initial import InitialValues

    class EveryInitializer:
        def model(self, run: Run) -> Any:
            import keras

            kinds = ("orthogonal", "he_normal", "lecun_uniform", "random_normal", "truncated_normal")
            dense = [keras.layers.Dense(6, kernel_initializer=kind, name=kind) for kind in kinds]
            layers = [keras.layers.Embedding(9, 4), keras.layers.LSTM(5), *dense, keras.layers.BatchNormalization()]
            return keras.Sequential([keras.Input((7,), dtype="int32"), *layers])

    class Attention:
        def model(self, run: Run) -> Any:
            import keras

            inputs = keras.Input((8, 4))
            return keras.Model(inputs, keras.layers.MultiHeadAttention(2, 4, name="attention")(inputs, inputs))

    own = {"every-initializer": EveryInitializer, "attention": Attention}
    recipe = "plain" if name in own else name
    with GlobalRandomness().seeded(manifest_of(recipe, 5)):
        first, second = _job(recipe, 5), _job(recipe, 6)
        code: Any = own[name]() if name in own else first.code
        built = building.build(code, first.run, first.split.x_train)
        initial = InitialValues(built)
        initial.assign(second.run)
        assert initial.equal(building.build(code, second.run, first.split.x_train))
        assert not initial.equal(building.build(code, first.run, first.split.x_train))
