"""Train Keras recipes that define their own training by `model.fit`.

Such a model is compiled in `model(run)`, has its own `train_step` or `compute_loss`, or comes with callbacks, sample
weights, class weights, several outputs or a `tf.data` pipeline. It is trained as written, in the run's own order, and
not by the engine's compiled epoch.
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

from seedspread.core.report import FingerprintKind
from seedspread.errors import InvalidInput
from seedspread_worker import sentences
from seedspread_worker.author.fingerprints import digest_arrays
from seedspread_worker.author.run import Run
from seedspread_worker.author.split import Split
from seedspread_worker.engine.building import Built
from seedspread_worker.engine.draws import GeneratorStates
from seedspread_worker.engine.examples import are_classes, is_pipeline, per_example
from seedspread_worker.engine.job import Job
from seedspread_worker.engine.measures import threshold_of
from seedspread_worker.engine.training import checkpoint_s, generator_of, order_of

_OWN_STEPS = ("train_step", "test_step", "compute_loss", "compute_metrics", "make_train_function", "fit")
_FOR_COMPILE = ("optimizer", "loss", "loss_weights", "measures")
"""Methods of a recipe that stand for arguments of `compile`."""
_ACCURACIES = ("accuracy", "acc", "sparse_categorical_accuracy", "categorical_accuracy", "binary_accuracy")


def why_by_fit(code: Any, built: Built, split: Split) -> str:
    """Return why a recipe is trained by `model.fit`.

    The text is empty if the engine's own epoch does the same.
    """
    # Sequential and functional models bring some of these; what counts is what the recipe's class or object overrides.
    own = [
        name for name in _OWN_STEPS if name in vars(built.model) or not _from_keras(getattr(type(built.model), name))
    ]
    if built.model.compiled:
        return sentences.COMPILED_BY_RECIPE
    if own:
        return sentences.own_method(own[0])
    for method in ("callbacks", "class_weight", "loss_weights"):
        if hasattr(code, method):
            return sentences.recipe_has(method)
    if any(_drops_states(layer) for layer in built.model._flatten_layers()):
        return sentences.RECURRENT_DROPOUT
    if is_pipeline(split.x_train):
        return sentences.DATA_IN_BATCHES
    if split.weights_train is not None or split.weights_val is not None:
        return sentences.WEIGHTED_EXAMPLES
    return "" if isinstance(split.y_train, np.ndarray) else sentences.SEVERAL_OUTPUTS


def _drops_states(layer: Any) -> bool:
    """Check for dropout inside a recurrent layer.

    Keras keeps its masks on the layer's cell, and draws them at other moments than the engine's steps do.
    """
    return isinstance(layer, DropoutRNNCell) and bool(getattr(layer, "dropout", 0) or layer.recurrent_dropout)


def check_compiled_once(code: Any, run: Run, built: Built) -> None:
    """Check that no method of the recipe would be ignored.

    Raises:
        InvalidInput: the model is compiled, and the recipe has methods that say otherwise; or it would augment batches.
    """
    ignored = [name for name in _FOR_COMPILE if hasattr(code, name)] if built.model.compiled else []
    if ignored:
        raise InvalidInput(
            f"model of recipe {run.recipe.name}",
            "compiled",
            f"either compiled in model(run), or with {' and '.join(f'{name}(run)' for name in ignored)}",
        )


def ordered_by_us(built: Built, split: Split) -> bool:
    """Check whether `fit` takes the examples in the run's order.

    A pipeline, or a `fit` of the model's own, may not.
    """
    return not is_pipeline(split.x_train) and _from_keras(type(built.model).fit)


def _from_keras(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith("keras.")


def fit_through(job: Job, built: Built) -> None:
    """Train by `model.fit` with the run's order; report every epoch.

    Raises:
        InvalidInput: none of the recipe's metrics would be measured.
    """
    run, split, model = job.run, job.split, built.model
    if not model.compiled:
        _compile(job, built)
    run.note(engine="fit")
    run.weights(0, built.weights)
    validation, reported = _validation(job, model)
    others = _callbacks(job)
    report = _Report(job, built, _measured(job, reported), others)
    model.fit(
        split.x_train if is_pipeline(split.x_train) else _Batches(job, report.start),
        epochs=job.epochs,
        initial_epoch=report.start,
        shuffle=False,
        validation_data=validation,
        validation_batch_size=None if is_pipeline(split.x_val) else job.shapes.batch,
        class_weight=job.code.class_weight(run) if hasattr(job.code, "class_weight") else None,
        callbacks=[*others, report],
        verbose=0,
    )
    run.report_digest(FingerprintKind.FINAL, digest_arrays(built.weights))
    if isinstance(split.y_val, np.ndarray):
        predicted = model.predict(split.x_val, batch_size=job.shapes.batch, verbose=0)
        results = per_example(split.y_val, np.asarray(predicted), threshold=threshold_of(built))
        if results is not None:
            run.examples(*results)


def _callbacks(job: Job) -> list[Any]:
    """Return the recipe's callbacks.

    Raises:
        InvalidInput: they are no list of callbacks.
    """
    callbacks = job.code.callbacks(job.run) if hasattr(job.code, "callbacks") else []
    if not isinstance(callbacks, list | tuple) or not all(
        isinstance(callback, keras.callbacks.Callback) for callback in callbacks
    ):
        raise InvalidInput(f"callbacks of recipe {job.run.recipe.name}", callbacks, "a list of callbacks of Keras")
    return list(callbacks)


def _compile(job: Job, built: Built) -> None:
    """Compile the model with what the recipe's methods give."""
    code, run = job.code, job.run
    engine = run.manifest.settings.engine
    measures = dict(code.measures(run)) if hasattr(code, "measures") else {}
    metrics: Any = [keras.metrics.MeanMetricWrapper(function, name=name) for name, function in measures.items()]
    built.model.compile(
        optimizer=built.optimizer,
        loss=built.given_loss,
        loss_weights=code.loss_weights(run) if hasattr(code, "loss_weights") else None,
        metrics=metrics or _accuracy_of(job.split.y_train, built.given_loss),
        jit_compile="auto" if engine == "auto" else engine == "xla",
    )


def _accuracy_of(targets: Any, loss: Any) -> Any:
    """Return the accuracy metrics of outputs that are classes.

    They have the form that `compile` accepts.
    """
    if isinstance(targets, np.ndarray):
        return ["accuracy"] if are_classes(targets) else None
    if isinstance(targets, Mapping):
        return {name: ["accuracy"] for name, values in targets.items() if are_classes(values)} or None
    if isinstance(targets, list | tuple):
        return [["accuracy"] if are_classes(values) else [] for values in targets]
    return ["accuracy"] if isinstance(loss, str) and loss.endswith("crossentropy") else None


def _validation(job: Job, model: Any) -> tuple[Any, set[str]]:
    """Return the validation data for `fit`, and the reported names.

    Data that the model cannot evaluate are left out, with a line in the log, and no names are known.
    """
    split = job.split
    data = (split.x_val, split.y_val, *([] if split.weights_val is None else [split.weights_val]))
    batches = split.x_val if is_pipeline(split.x_val) else None
    try:
        names = _evaluated_names(model, data if batches is None else batches)
    except Exception as error:  # noqa: BLE001 - a model without a loss or a call fails in its own way
        print(sentences.without_validation(error))  # noqa: T201 - the run's log
        return None, set()
    return (data if batches is None else batches), names | {f"val_{name}" for name in names}


def _evaluated_names(model: Any, data: Any) -> set[str]:
    """Return the names that an evaluation reports.

    It is traced, not run: a loss or a layer that draws then draws in `fit` as if nobody had asked.
    """
    if model.run_eagerly:
        states = GeneratorStates.now()
        inputs = data if isinstance(data, tuple) else (data,)
        names = set(model.evaluate(*inputs[:2], steps=1, verbose=0, return_dict=True))
        states.restore()
        return names
    if isinstance(data, tf.data.Dataset):
        specs = data.element_spec
    else:
        batch = data if isinstance(data, tuple) else data[0]
        specs = keras.tree.map_structure(_batch_spec, tuple(map(_as_tuples, batch)))
    with tf.init_scope():
        logs = tf.function(lambda values: model.test_step(values), autograph=False).get_concrete_function(specs)
    return _names_in(logs.structured_outputs)


def _batch_spec(values: Any) -> tf.TensorSpec:
    """Return the specification of a batch that `fit` makes."""
    array = np.asarray(values)
    dtype = keras.config.floatx() if array.dtype.kind == "f" else array.dtype
    return tf.TensorSpec((None, *array.shape[1:]), dtype)


def _names_in(logs: Mapping[str, Any]) -> set[str]:
    """Return the names of results, which may be nested."""
    nested = {name for values in logs.values() if isinstance(values, Mapping) for name in _names_in(values)}
    return nested | {name for name, values in logs.items() if not isinstance(values, Mapping)}


def _measured(job: Job, reported: set[str]) -> dict[str, str]:
    """Map the recipe's metrics to the names under which `fit` reports them.

    A metric with an empty name is measured by prediction.

    Raises:
        InvalidInput: none of the metrics would be measured.
    """
    declared = [metric.name for metric in job.run.recipe.metrics]
    if not reported:
        return {name: name for name in declared}
    names = {name: source for name in declared if (source := _alias(name, reported))}
    targets = job.split.y_val
    if "val_accuracy" in declared and "val_accuracy" not in names and isinstance(targets, np.ndarray):
        names |= {"val_accuracy": ""} if are_classes(targets) else {}
    if not names:
        raise InvalidInput(
            f"metrics of recipe {job.run.recipe.name}",
            ", ".join(declared),
            f"names that its training reports: {', '.join(sorted(reported))}",
            hint="declare them in the recipe, or compile the model with metrics of these names",
        )
    if missing := [name for name in declared if name not in names]:
        print(sentences.not_compiled_with(missing))  # noqa: T201 - the log
    return names


def _alias(name: str, reported: set[str]) -> str:
    """Return the reported name that means `name`.

    It is the name itself, an accuracy under its long name, or the accuracy of the only output.
    """
    if name in reported:
        return name
    before, _, bare = name.rpartition("accuracy")
    if bare or before not in ("", "val_"):
        return ""
    same = [f"{before}{kind}" for kind in _ACCURACIES if f"{before}{kind}" in reported]
    own = {other for other in reported if other.startswith("val_") == (before == "val_")}
    outputs = sorted(other for other in own if other.endswith(tuple(f"_{kind}" for kind in _ACCURACIES)))
    return same[0] if same else outputs[0] if len(outputs) == 1 else ""


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Training examples in the run's order, epoch by epoch."""

    def __init__(self, job: Job, start: int) -> None:
        super().__init__(workers=1)
        self._job = job
        self._epoch = start
        self._begin(start + 1)

    def __len__(self) -> int:
        return -(-self._job.shapes.train // self._job.shapes.batch)

    def __getitem__(self, index: int) -> Any:
        split, size = self._job.split, self._job.shapes.batch
        rows = self._order[index * size : (index + 1) * size]
        parts = [self._inputs, split.y_train, *([] if split.weights_train is None else [split.weights_train])]
        return tuple(_as_tuples(keras.tree.map_structure(lambda values: values[rows], part)) for part in parts)

    def on_epoch_begin(self) -> None:
        """Go on to the next epoch's order."""
        self._epoch += 1
        self._begin(self._epoch)

    def _begin(self, epoch: int) -> None:
        """Draw an epoch's order, and augment its inputs."""
        job, manifest = self._job, self._job.run.manifest
        self._order = order_of(manifest.source_value("shuffle"), epoch, job.shapes.train)
        self._inputs = job.split.x_train
        if hasattr(job.code, "augment"):
            rng = generator_of(manifest.source_value("augment"), epoch)
            self._inputs = job.code.augment(job.run, job.split.x_train, rng)
        if epoch == 1:
            job.run.fingerprint("order", self._order)


def _as_tuples(part: Any) -> Any:
    """Return a part of a batch with tuples in place of lists.

    `fit` takes lists of arrays, but not lists in batches.
    """
    if isinstance(part, list | tuple):
        return tuple(map(_as_tuples, part))
    return {name: _as_tuples(values) for name, values in part.items()} if isinstance(part, dict) else part


class _Report(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Callback that reports epochs and stores checkpoints.

    It runs after the recipe's callbacks, whose state it stores too.
    """

    def __init__(self, job: Job, built: Built, measured: Mapping[str, str], others: Sequence[Any]) -> None:
        super().__init__()
        self._job = job
        self._built = built
        self._measured = measured
        self._others = others
        # The order within a pipeline is its own: such a run starts again.
        self._kept = None if is_pipeline(job.split.x_train) else job.run.resume()
        self.start = 0 if self._kept is None else int(self._kept["epoch"])

    def on_train_begin(self, logs: Any = None) -> None:
        """Put back what an earlier attempt kept."""
        if self._kept is not None:
            for variable, value in zip(self._built.variables, self._kept["variables"], strict=True):
                variable.assign(value)
            for callback, state in zip(self._others, self._kept["callbacks"], strict=True):
                vars(callback).update(state)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Report the epoch's weights and metrics."""
        run = self._job.run
        run.report_digest(FingerprintKind.WEIGHTS, digest_arrays(self._built.weights), epoch + 1)
        logs = logs or {}
        values = {name: float(logs[source]) for name, source in self._measured.items() if source in logs}
        if self._measured.get("val_accuracy") == "":
            values["val_accuracy"] = self._accuracy()
        run.log_epoch(epoch + 1, self._job.epochs, **values)
        if not is_pipeline(self._job.split.x_train) and run.checkpoint_due(checkpoint_s()):
            variables = [variable.value.numpy() for variable in self._built.variables]
            callbacks = [_picklable(vars(callback)) for callback in self._others]
            run.checkpoint(epoch + 1, {"epoch": epoch + 1, "variables": variables, "callbacks": callbacks})

    def _accuracy(self) -> float:
        split = self._job.split
        predicted = self._model.predict(split.x_val, batch_size=self._job.shapes.batch, verbose=0)
        results = per_example(split.y_val, predicted, threshold=threshold_of(self._built))
        return float("nan") if results is None else float(np.mean(results[0]))


def _picklable(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a callback that can be stored.

    These are numbers, names and arrays, but not its model.
    """
    copies: dict[str, Any] = {}
    for name, value in state.items():
        if name in ("_model", "params"):
            continue
        with contextlib.suppress(Exception):  # whatever refuses to be pickled is made anew by the recipe
            pickle.dumps(value)
            copies[name] = value
    return copies
