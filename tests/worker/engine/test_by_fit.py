"""Recipes that say themselves how they train: the same weights as `compile` and `fit` give with the same seeds."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from seedspread.core.manifest import Manifest
from seedspread.core.report import FingerprintKind
from seedspread.core.study import Settings
from seedspread.errors import InvalidInput
from seedspread_worker.author.run import Run
from seedspread_worker.catalog import registry
from seedspread_worker.trainer import libraries
from seedspread_worker.trainer.randomness import GlobalRandomness
from tests.worker.running import manifest_of

if TYPE_CHECKING:
    from seedspread_worker.engine.job import Job

RECIPES = __file__.replace("test_by_fit.py", "fit_recipes.py")
EPOCHS = {"fit-callbacks": 8, "half-precision": 8}

pytestmark = [pytest.mark.usefixtures("tensorflow"), pytest.mark.filterwarnings("ignore")]


class Sink:
    """Keeps metrics and fingerprints."""

    def __init__(self) -> None:
        self.points: list[tuple[int, dict[str, float]]] = []
        self.prints: dict[tuple[FingerprintKind, int], str] = {}
        self.facts: dict[str, Any] = {}

    def metrics(self, epoch: int, step: Any, values: Any) -> None:
        self.points.append((epoch, dict(values)))

    def fingerprint(self, kind: FingerprintKind, digest: str, step: int) -> None:
        self.prints[kind, step] = digest

    def examples(self, examples: Any) -> None:
        self.facts["examples"] = examples

    def plan(self, epochs: int) -> None:
        self.facts["epochs"] = epochs

    def hold(self) -> None:
        """Everything is taken at once."""

    def release(self) -> None:
        """Nothing waits."""

    def note(self, **facts: Any) -> None:
        self.facts |= facts

    def cancelled(self) -> bool:
        return False


@pytest.fixture(scope="module")
def tensorflow() -> None:
    """TensorFlow, set up as in a trainer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        libraries.prepare_tensorflow(Settings())
        libraries.prepare_keras()


def manifest(name: str) -> Manifest:
    return manifest_of(name, 5, modules=(RECIPES,), settings=Settings(engine="graph"), epochs=EPOCHS.get(name, 3))


def job_of(name: str) -> tuple[Job, Sink]:
    from seedspread_worker.engine.job import Job

    sink = Sink()
    return Job.of(Run(registry.load([RECIPES])[name], manifest(name), sink)), sink


def by_engine(name: str) -> Sink:
    """What a trainer's engine reports."""
    from seedspread_worker.engine.engine import Engine

    sink = Sink()
    run = Run(registry.load([RECIPES])[name], manifest(name), sink)
    with GlobalRandomness().seeded(manifest(name)):
        Engine().train(run)
    return sink


def by_keras(name: str) -> tuple[list[Any], list[dict[str, Any]]]:
    """Weights and logs of `compile` and `fit`, written out as an author would, in the run's order of examples."""
    import keras

    from seedspread_worker.engine import building
    from seedspread_worker.engine.training import order_of

    with GlobalRandomness().seeded(manifest(name)):
        job, _ = job_of(name)
        code, split = job.code, job.split
        built = building.build(code, job.run, split.x_train)
        model = built.model
        if not model.compiled:
            loss = code.loss(job.run) if hasattr(code, "loss") else "sparse_categorical_crossentropy"
            weights = code.loss_weights(job.run) if hasattr(code, "loss_weights") else None
            several = isinstance(split.y_train, dict)
            optimizer = code.optimizer(job.run) if hasattr(code, "optimizer") else "adam"
            metrics: Any = {"a": ["accuracy"]} if several else ["accuracy"]
            if name == "fit-train-step":  # which updates none
                metrics = None
            model.compile(optimizer, loss, loss_weights=weights, metrics=metrics, jit_compile=False)
        callbacks = code.callbacks(job.run) if hasattr(code, "callbacks") else []
        options: dict[str, Any] = {"verbose": 0, "shuffle": False, "callbacks": callbacks}
        if hasattr(code, "class_weight"):
            options["class_weight"] = code.class_weight(job.run)
        if split.y_train is None:
            logs = model.fit(split.x_train, validation_data=split.x_val, epochs=job.epochs, **options).history
            return model.get_weights(), [{key: values[-1] for key, values in logs.items()}]
        history = []
        orders = [order_of(job.run.manifest.source_value("shuffle"), e, job.shapes.train) for e in range(1, 9)]
        if callbacks:  # their state lives for one `fit`: one array of all epochs, cut by steps
            size = job.shapes.batch

            def batches() -> Any:
                for order in orders[: job.epochs]:
                    for at in range(0, len(order), size):
                        rows = order[at : at + size]
                        yield split.x_train[rows], split.y_train[rows]

            steps = -(-job.shapes.train // size)
            held = (split.x_val, split.y_val)
            logs = model.fit(
                batches(), steps_per_epoch=steps, epochs=job.epochs, validation_data=held, **options
            ).history
            return model.get_weights(), [{key: values[-1] for key, values in logs.items()}]
        for epoch in range(1, job.epochs + 1):
            rows = orders[epoch - 1]
            parts = [split.x_train, split.y_train, split.weights_train]
            x, y, weighed = (keras.tree.map_structure(lambda v, r=rows: None if v is None else v[r], p) for p in parts)
            held = (split.x_val, split.y_val)
            log = model.fit(
                x, y, sample_weight=weighed, batch_size=job.shapes.batch, epochs=1, validation_data=held, **options
            ).history
            history.append({key: values[-1] for key, values in log.items()})
        return model.get_weights(), history


@pytest.mark.parametrize(
    ("name", "metric", "logged"),
    [
        ("fit-compiled", "val_accuracy", "val_accuracy"),
        ("fit-train-step", "val_loss", "val_loss"),
        ("fit-compute-loss", "val_loss", "val_loss"),
        ("fit-weights", "loss", "loss"),
        ("fit-class-weight", "loss", "loss"),
        ("fit-outputs", "val_accuracy", "val_a_accuracy"),
        ("fit-callbacks", "val_loss", "val_loss"),
        ("fit-pipeline", "loss", "loss"),
        ("half-precision", "val_accuracy", "val_accuracy"),
        ("fit-steps", "accuracy", "accuracy"),
        ("loss-generator", "val_loss", "val_loss"),
        ("loss-tf", "val_loss", "val_loss"),
    ],
)
def test_what_was_written_is_what_is_trained(
    name: str, metric: str, logged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedspread_worker.engine import fitting, training

    kept: list[Any] = []

    def digest(arrays: Any) -> str:
        kept.append([np.array(array) for array in arrays])
        return str(len(kept))

    for module in (fitting, training):  # the weights behind the last digest
        monkeypatch.setattr(module, "digest_arrays", digest)
    sink = by_engine(name)
    weights, history = by_keras(name)
    assert sink.facts["engine"] == ("graph" if name == "half-precision" else "fit")
    for ours, theirs in zip(kept[-1], weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    assert sink.points[-1][1][metric] == pytest.approx(history[-1][logged], rel=1e-3)


def test_small_gradients_of_half_precision_are_scaled() -> None:
    assert by_engine("half-precision").points[-1][1]["val_accuracy"] > 0.8


def test_early_stopping_ends_a_run_and_keeps_its_best_weights() -> None:
    sink = by_engine("fit-callbacks")
    epochs = [epoch for epoch, _ in sink.points]
    assert epochs[-1] < 8
    best = min(sink.points, key=lambda point: point[1]["val_loss"])[0]
    assert sink.prints[FingerprintKind.FINAL, 0] == sink.prints[FingerprintKind.WEIGHTS, best]


def test_a_recipe_none_of_whose_metrics_would_be_measured_is_refused_before_the_first_step() -> None:
    with pytest.raises(InvalidInput, match=r"(?s)val_auc.*names that its training reports: .*val_accuracy"):
        by_engine("fit-unmeasured")


def test_a_tensor_of_unknown_shape_is_refused_before_the_first_step_and_trained_with_its_shape() -> None:
    with pytest.raises(InvalidInput, match="known number of dimensions while training") as refused:
        by_engine("shapeless")
    assert "set_shape" in str(refused.value.hint)
    first, again = by_engine("shaped"), by_engine("shaped")
    assert first.prints == again.prints
    # What the engine measures is recorded although the recipe declares one metric.
    assert set(first.points[-1][1]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
