"""Odd Keras models: trained as `compile` and `fit` train them with the same seeds, or refused before the first step."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from seedspread.core.manifest import Manifest
from seedspread.core.study import Settings
from seedspread.errors import InvalidInput
from seedspread_worker.author.run import Run
from seedspread_worker.catalog import registry
from seedspread_worker.trainer import libraries
from seedspread_worker.trainer.randomness import GlobalRandomness
from tests.worker.engine.test_by_fit import Sink
from tests.worker.running import manifest_of

RECIPES = __file__.replace("test_odd_models.py", "odd_recipes.py")
REFUSED = {
    *("odd-endless", "odd-nothing-built", "odd-no-list", "odd-compiled-twice", "odd-listed", "odd-ragged"),
    "odd-named-labels",
}
TRAINED = sorted(name for name in registry.load([RECIPES]) if name.startswith("odd-") and name not in REFUSED)
TOLERANCES = {"odd-half": (0.05, 3e-3)}
"""Where the weights agree as far as float16 goes."""

pytestmark = [pytest.mark.usefixtures("tensorflow"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def tensorflow() -> None:
    """TensorFlow, set up as in a trainer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        libraries.prepare_tensorflow(Settings())
        libraries.prepare_keras()


def manifest(name: str) -> Manifest:
    return manifest_of(name, 5, modules=(RECIPES,), settings=Settings(engine="graph"), epochs=3)


def run_of(name: str) -> tuple[Run, Sink]:
    sink = Sink()
    return Run(registry.load([RECIPES])[name], manifest(name), sink), sink


def by_keras(name: str) -> tuple[list[Any], dict[str, list[float]]]:
    """Weights and history of one `compile` and one `fit`, as an author would write them, in the run's order."""
    import keras

    from seedspread_worker.engine import building
    from seedspread_worker.engine.job import Job
    from seedspread_worker.engine.training import order_of

    with GlobalRandomness().seeded(manifest(name)):
        job = Job.of(run_of(name)[0])
        code, split, size = job.code, job.split, job.shapes.batch
        model = building.build(code, job.run, split.x_train).model
        if not model.compiled:
            optimizer = code.optimizer(job.run) if hasattr(code, "optimizer") else "adam"
            loss = code.loss(job.run) if hasattr(code, "loss") else "sparse_categorical_crossentropy"
            metrics = code.metrics and list(code.metrics)
            model.compile(optimizer, loss, metrics=metrics, jit_compile=False)
        steps = -(-job.shapes.train // size)
        weights = split.weights_train
        if hasattr(code, "class_weight"):  # which `fit` takes as weights of examples, but not of a generator
            weights = np.vectorize(code.class_weight(job.run).get)(split.y_train)

        def batches() -> Any:
            for epoch in range(1, job.epochs + 1):
                order = order_of(job.run.manifest.source_value("shuffle"), epoch, job.shapes.train)
                for at in range(0, len(order), size):
                    parts = [split.x_train, split.y_train, weights]
                    given = [part for part in parts if part is not None]
                    rows = order[at : at + size]
                    taken = [keras.tree.map_structure(lambda v, r=rows: v[r], part) for part in given]
                    yield tuple(tuple(part) if isinstance(part, list) else part for part in taken)

        history = model.fit(
            batches(),
            steps_per_epoch=steps,
            epochs=job.epochs,
            verbose=0,
            shuffle=False,
            validation_data=(split.x_val, split.y_val),
            validation_batch_size=size,
            callbacks=code.callbacks(job.run) if hasattr(code, "callbacks") else [],
        ).history
        return model.get_weights(), history


def by_engine(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], Sink]:
    """The final weights behind the last digest, and what a trainer's engine reports."""
    from seedspread_worker.engine import fitting, training
    from seedspread_worker.engine.engine import Engine

    kept: list[Any] = []

    def digest(arrays: Any) -> str:
        kept.append([np.array(array) for array in arrays])
        return str(len(kept))

    for module in (fitting, training):
        monkeypatch.setattr(module, "digest_arrays", digest)
    run, sink = run_of(name)
    with GlobalRandomness().seeded(run.manifest):
        Engine().train(run)
    return kept[-1], sink


@pytest.mark.parametrize("name", TRAINED)
def test_an_odd_model_is_trained_as_compile_and_fit_train_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, sink = by_engine(name, monkeypatch)
    expected, history = by_keras(name)
    for ours, theirs in zip(weights, expected, strict=True):
        rtol, atol = TOLERANCES.get(name, (1e-3, 1e-4))
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)
    declared = [metric.name for metric in registry.load([RECIPES])[name].metrics]
    measured = sink.points[-1][1]
    assert set(declared) <= set(measured), (declared, set(measured), set(history))
    for metric, value in measured.items():
        logged = next((key for key in (metric, metric.replace("accuracy", "a_accuracy")) if key in history), None)
        if logged is not None:
            rel = 0.03 if name in TOLERANCES else 2e-3
            assert value == pytest.approx(history[logged][-1], rel=rel, abs=1e-5), (metric, history)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("odd-endless", "ends"),
        ("odd-nothing-built", "a keras.Model"),
        ("odd-no-list", "a list of callbacks"),
        ("odd-compiled-twice", "either"),
        ("odd-listed", "an array, or a nest of arrays"),
        ("odd-ragged", "RaggedTensor"),
        ("odd-named-labels", "numbers, or one-hot rows"),
    ],
)
def test_what_cannot_be_trained_as_written_is_refused_before_the_first_step(
    name: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        by_engine(name, monkeypatch)
