"""Train Keras recipes.

Each recipe, parameters and shapes have one program, which is reused for other seeds.
"""

from __future__ import annotations

import gc
from collections import OrderedDict

import keras
import tensorflow as tf

from seedspread.errors import InvalidInput
from seedspread_worker import sentences
from seedspread_worker.author.run import Run
from seedspread_worker.engine import building, fitting
from seedspread_worker.engine.job import Job
from seedspread_worker.engine.measures import measures_of, threshold_of
from seedspread_worker.engine.program import ByFit, NotForXLA, Program
from seedspread_worker.engine.training import run_through

PROGRAMS = 6
"""Compiled programs that a trainer keeps."""

CHECKS = 2
"""Different values of `init` for which a program's own initial weights are compared with a newly built model's."""


class Engine:
    """Keeps the compiled programs of a trainer."""

    def __init__(self) -> None:
        self._programs: OrderedDict[str, Program] = OrderedDict()
        self._checked: dict[str, set[int]] = {}
        self._refused: set[str] = set()  # what XLA doesn't compile
        self._fitted: dict[str, str] = {}  # what `model.fit` trains, and why

    def train(self, run: Run) -> None:
        """Train one run and reports it."""
        job = Job.of(run)
        try:
            program = None if job.key in self._fitted else self._trained(job)
        except ByFit as by_fit:
            self._fitted[job.key] = str(by_fit)
            program = None
        except BaseException:
            self._forget(job.key)  # whatever state it is in, nobody else trains in it
            raise
        if program is None:
            self._forget(job.key)
            job.states.restore()  # building has drawn
            built = building.build(job.code, job.run, job.split.x_train)
            fitting.check_compiled_once(job.code, job.run, built)
            print(sentences.trained_by_fit(self._fitted[job.key]))  # noqa: T201 - the run's log
            fitting.fit_through(job, built)
            self._note_applied(job, built, ordered=fitting.ordered_by_us(built, job.split))
            return
        self._note_applied(job, program.built, ordered=True)
        if reason := program.built.reason or program.state_kept:
            print(sentences.step_not_reused(reason))  # noqa: T201 - the run's log
            self._forget(job.key)

    @staticmethod
    def _note_applied(job: Job, built: building.Built, *, ordered: bool) -> None:
        """Note the sources that decided their fingerprint, for the audit."""
        usage = job.run.usage
        usage.applied |= usage.requested & {"split"}
        usage.applied |= {"init"} if built.streams else set()  # seeds that the recipe gave its layers are no stream
        usage.applied |= {"shuffle"} if ordered else set()

    def _trained(self, job: Job) -> Program:
        """Return the program that trained the run.

        If XLA refuses the program, which it does before the first step, another one is used.
        """
        program = self._program(job)
        try:
            run_through(program, job)
        except ValueError as error:
            if "unknown TensorShape" not in str(error):
                raise
            wanted = "layers whose outputs have a known number of dimensions while training"
            raise InvalidInput(
                f"model of recipe {job.run.recipe.name}",
                "a tensor of unknown shape",
                wanted,
                hint="call set_shape on what tf.numpy_function or tf.py_function returns; `fit` needs it too",
            ) from error
        except (tf.errors.OpError, NotForXLA) as refusal:
            if not program.xla or not (isinstance(refusal, NotForXLA) or "tf2xla" in str(refusal)):
                raise
            if job.run.manifest.settings.engine == "xla":
                raise InvalidInput("engine", "xla", f"graph or auto; {str(refusal).splitlines()[0]}") from refusal
            self._refused.add(job.key)  # here as in every other trainer
            program = self._compiled(job)
            run_through(program, job)
        return program

    def _program(self, job: Job) -> Program:
        """Return a program whose variables hold the run's initial values."""
        program = self._programs.get(job.key)
        if program is not None:
            program.initial.assign(job.run)
            if not self._as_if_built(program, job):
                program = None
        if program is None:
            program = self._compiled(job)
        self._programs.move_to_end(job.key)
        while len(self._programs) > PROGRAMS:
            self._forget(next(iter(self._programs)))
        return program

    def _compiled(self, job: Job) -> Program:
        self._forget(job.key)
        job.states.restore()  # an earlier attempt may have drawn
        built = building.build(job.code, job.run, job.split.x_train)
        fitting.check_compiled_once(job.code, job.run, built)
        if reason := fitting.why_by_fit(job.code, built, job.split):
            raise ByFit(reason)
        if vars(job.code):
            built.not_reused(sentences.DATA_ON_SELF)
        measures = measures_of(job.code, job.run, built, job.split)
        program = Program(built, measures, job.shapes, xla=self._xla(job, built.model), threshold=threshold_of(built))
        self._programs[job.key] = program
        self._checked[job.key] = set()
        return program

    def _as_if_built(self, program: Program, job: Job) -> bool:
        """Return whether the initial values are those of a newly built model.

        This is checked for the first few values of `init`.
        """
        value, proven = job.run.manifest.source_value("init"), self._checked[job.key]
        if value in proven or len(proven) >= CHECKS:
            return True
        proven.add(value)
        fresh = building.build(job.code, job.run, job.split.x_train)
        return fresh.reused and program.initial.equal(fresh)

    def _xla(self, job: Job, model: keras.Model) -> bool:
        """Return whether XLA compiles the model, as the settings say.

        `auto` uses XLA except for layers that XLA is known to refuse.
        """
        wanted = job.run.manifest.settings.engine
        if wanted != "auto":
            return wanted == "xla"
        refused = (keras.layers.RNN, keras.layers.MaxPooling1D, keras.layers.MaxPooling2D, keras.layers.MaxPooling3D)
        checked = any(isinstance(layer, refused) for layer in model._flatten_layers())
        return not checked and job.key not in self._refused

    def _forget(self, key: str) -> None:
        self._checked.pop(key, None)
        if self._programs.pop(key, None) is not None:
            gc.collect()
