"""Trains Keras recipes: data, program, epochs, reports."""

from __future__ import annotations

import gc
import json
from collections import OrderedDict
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from seedspread.core.manifest import Manifest
from seedspread.core.report import FingerprintKind
from seedspread.core.seeds import derive_bits
from seedspread_worker.engine import building
from seedspread_worker.engine.examples import checked, per_example
from seedspread_worker.engine.measures import measures_of
from seedspread_worker.engine.program import Program, Shapes
from seedspread_worker.fingerprints import digest_arrays
from seedspread_worker.randomness import source_value
from seedspread_worker.run import Run
from seedspread_worker.split import Split

PROGRAMS = 6
"""Compiled programs that a trainer keeps."""

CHECKS = 2
"""Different values of `init` for which a program's own initial weights are compared with a newly built model's."""


class Engine:
    """Keeps a compiled program per recipe, parameters and shapes."""

    def __init__(self) -> None:
        self._programs: OrderedDict[str, Program] = OrderedDict()
        self._checked: dict[str, set[int]] = {}
        self._refused: set[str] = set()  # what XLA doesn't compile

    def train(self, run: Run) -> None:
        """Trains one run and reports it."""
        code = run.recipe.code()
        split = checked(code.data(run))
        run.facts = split.facts
        run.fingerprint("split", *map(np.asarray, tf.nest.flatten(_arrays(split))))
        epochs = int(getattr(run.parameters, "epochs", 10))
        batch = min(int(getattr(run.parameters, "batch_size", 32)), len(split.y_train))
        run.plan(epochs)
        key = _key(run, split, batch)
        program = self._program(key, code, run, split, batch)
        try:
            try:
                _Training(program, code, run, split, epochs).run_through()
            except tf.errors.OpError as refusal:
                if not (program.xla and run.manifest.settings.engine == "auto" and "tf2xla" in str(refusal)):
                    raise
                self._refused.add(key)  # XLA says so before the first step, here as in every other trainer
                program = self._compiled(key, code, run, split, batch)
                _Training(program, code, run, split, epochs).run_through()
        except BaseException:
            self._forget(key)  # whatever state it is in, nobody else trains in it
            raise
        if reason := program.built.reason or program.state_kept:
            print(f"the compiled step is not reused for other seeds: {reason}")  # noqa: T201 - the run's log
            self._forget(key)

    def _program(self, key: str, code: Any, run: Run, split: Split, batch: int) -> Program:
        """A program whose variables hold the run's initial values."""
        program = self._programs.get(key)
        if program is not None:
            program.initial.assign(run)
            if not self._as_if_built(key, program, code, run, split):
                program = None
        if program is None:
            program = self._compiled(key, code, run, split, batch)
        self._programs.move_to_end(key)
        while len(self._programs) > PROGRAMS:
            self._forget(next(iter(self._programs)))
        return program

    def _compiled(self, key: str, code: Any, run: Run, split: Split, batch: int) -> Program:
        self._forget(key)
        built = building.build(code, run, split.x_train)
        if vars(code):
            built.not_reused("the recipe keeps something of its data on `self`; give it to the model as facts")
        shapes = Shapes(len(split.y_train), len(split.y_val), batch)
        xla = key not in self._refused and _xla(run.manifest, built.model)
        program = Program(built, measures_of(code, run, built, split), shapes, xla=xla)
        self._programs[key] = program
        self._checked[key] = set()
        return program

    def _as_if_built(self, key: str, program: Program, code: Any, run: Run, split: Split) -> bool:
        """Whether the initial values are those of a newly built model; looked at for the first few values of `init`."""
        value, proven = source_value(run.manifest, "init"), self._checked[key]
        if value in proven or len(proven) >= CHECKS:
            return True
        proven.add(value)
        fresh = building.build(code, run, split.x_train)
        return fresh.reused and program.initial.equal(fresh)

    def _forget(self, key: str) -> None:
        self._checked.pop(key, None)
        if self._programs.pop(key, None) is not None:
            gc.collect()


class _Training:
    """One run through its epochs."""

    def __init__(self, program: Program, code: Any, run: Run, split: Split, epochs: int) -> None:
        self._program = program
        self._code = code
        self._run = run
        self._split = split
        self._epochs = epochs
        self._shuffle = source_value(run.manifest, "shuffle")
        self._augment = source_value(run.manifest, "augment")

    def run_through(self) -> None:
        """Every epoch, then the per-example results."""
        run, split = self._run, self._split
        inputs, true = _tensors(split.x_train), tf.constant(split.y_train)
        held, held_true = _tensors(split.x_val), tf.constant(split.y_val)
        run.note(engine="xla" if self._program.xla else "graph")
        run.weights(0, self._program.built.weights)
        predicted: Any = None
        digest = ""
        for epoch in range(1, self._epochs + 1):
            order = self._order(epoch)
            if epoch == 1:
                run.fingerprint("order", order)
            if hasattr(self._code, "augment"):
                inputs = _tensors(self._code.augment(run, split.x_train, _generator(self._augment, epoch)))
            trained = self._program.train_epoch(inputs, true, order)
            validated, predicted = self._program.evaluate(held, held_true)
            digest = digest_arrays(self._program.built.weights)
            run.report_digest(FingerprintKind.WEIGHTS, digest, epoch)
            run.log(epoch, **trained, **{f"val_{name}": value for name, value in validated.items()})
        run.report_digest(FingerprintKind.FINAL, digest)
        results = per_example(split.y_val, predicted.numpy())
        if results is not None:
            run.examples(*results)

    def _order(self, epoch: int) -> NDArray[np.int32]:
        count = len(self._split.y_train)
        return _generator(self._shuffle, epoch).permutation(count).astype(np.int32)


def _generator(value: int, epoch: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(derive_bits(value, f"epoch:{epoch}", 128)))


def _tensors(inputs: Any) -> Any:
    return tf.nest.map_structure(tf.constant, inputs)


def _arrays(split: Split) -> list[Any]:
    return [split.x_train, split.y_train, split.x_val, split.y_val]


def _key(run: Run, split: Split, batch: int) -> str:
    """What a program is made for; runs that agree in it may use the same one."""
    layout = [(array.shape, array.dtype.str) for array in tf.nest.flatten(_arrays(split))]
    manifest = run.manifest
    parameters = run.parameters.model_dump(mode="json")
    settings = manifest.settings.model_dump(mode="json")
    parts = [manifest.recipe, manifest.source_digest, parameters, settings, layout, dict(split.facts), batch]
    return json.dumps(parts, sort_keys=True)


def _xla(manifest: Manifest, model: Any) -> bool:
    """Whether XLA compiles it: as the settings say; `auto` takes XLA but for layers it is known to refuse."""
    if manifest.settings.engine != "auto":
        return manifest.settings.engine == "xla"
    refused = (keras.layers.RNN, keras.layers.MaxPooling1D, keras.layers.MaxPooling2D, keras.layers.MaxPooling3D)
    return not any(isinstance(layer, refused) for layer in model._flatten_layers())
