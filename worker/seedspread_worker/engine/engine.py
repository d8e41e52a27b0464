"""Train Keras recipes.

Each recipe, parameters and shapes have one program, which is reused for other seeds. Once it has trained so many that
compiling again is worth it, small models get a second program: whole trainings, or groups of epochs, in one call.
"""

from __future__ import annotations

import gc
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import keras
import tensorflow as tf

from seedspread.errors import InvalidInput
from seedspread_worker import sentences
from seedspread_worker.author.run import Run
from seedspread_worker.engine import building, fitting
from seedspread_worker.engine.fused import FusedEpochs, can_fuse, epochs_together
from seedspread_worker.engine.job import Job
from seedspread_worker.engine.measures import measures_of, threshold_of
from seedspread_worker.engine.names import FunctionNames
from seedspread_worker.engine.program import ByFit, NotForXLA, Program
from seedspread_worker.engine.training import Record, repeats, run_through

PROGRAMS = 6
"""Compiled programs that a trainer keeps."""

CHECKS = 2
"""Different values of `init` for which a program's own initial weights are compared with a newly built model's."""


FUSE_AFTER = 1.0
"""A program's epochs are fused once its other seeds took this many times as long as its first, which compiles it.

Compiling the fused epochs takes about as long again. So whatever number of seeds is still to come, the whole takes at
most about twice as long as if that number had been known.
"""

FUSE_AHEAD = 4.0
"""They are fused at once where the seeds that are likely to come would take this many times as long as the first.

Fused epochs take about half as long, and compiling them up to twice as long as the first seed.
"""


@dataclass
class Prepared:
    """Program with what is known about it.

    `checked` are the values of `init` for which its initial weights were compared with a newly built model's.
    """

    program: Program
    checked: set[int] = field(default_factory=set)
    first_s: float | None = None
    others: int = 0
    others_s: float = 0.0
    fused: FusedEpochs | None = None
    single: bool = False  # its epochs stay single

    def took(self, seconds: float) -> None:
        """Add the time of a run."""
        if self.first_s is None:
            self.first_s = seconds
        else:
            self.others += 1
            self.others_s += seconds

    def is_worth_fusing(self, fuse_after: float, ahead: float) -> bool:
        """Return whether compiling fused epochs is likely to pay.

        Args:
            fuse_after: see `FUSE_AFTER`.
            ahead: runs of the program that are likely to come.
        """
        if self.single:
            return False
        if self.first_s is None:
            return not fuse_after
        expected_s = ahead * self.others_s / self.others if self.others else 0.0
        return self.others_s >= fuse_after * self.first_s or expected_s >= FUSE_AHEAD * self.first_s


class Engine:
    """Keeps the compiled programs of a trainer.

    Args:
        fuse_after: see `FUSE_AFTER`; 0 fuses after the first run.
        alone: takes a program's key, and gives True if no other trainer of this machine is compiling it.
    """

    def __init__(
        self,
        fuse_after: float = FUSE_AFTER,
        alone: Callable[[str], AbstractContextManager[bool]] = lambda _: nullcontext(True),
    ) -> None:
        self._programs: OrderedDict[str, Prepared] = OrderedDict()
        self._names = FunctionNames()
        self._fuse_after = fuse_after
        self._alone = alone
        self._refused: set[str] = set()  # what XLA doesn't compile
        self._fitted: dict[str, str] = {}  # what `model.fit` trains, and why

    def train(self, run: Run, ahead: float = 0.0) -> None:
        """Train one run and report it.

        Args:
            run: the run.
            ahead: how many runs of the same program are likely to come after it.
        """
        job = Job.of(run)
        try:
            with self._names.of(job.key):
                program = None if job.key in self._fitted else self._trained(job, ahead)
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

    def _trained(self, job: Job, ahead: float) -> Program:
        """Return the program that trained the run.

        If XLA refuses the program, which it does before the first step, another one is used.
        """
        prepared = self._program(job)
        try:
            self._train_in(prepared, job, ahead)
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
            if not prepared.program.xla or not (isinstance(refusal, NotForXLA) or "tf2xla" in str(refusal)):
                raise
            if job.run.manifest.settings.engine == "xla":
                raise InvalidInput("engine", "xla", f"graph or auto; {str(refusal).splitlines()[0]}") from refusal
            self._refused.add(job.key)  # here as in every other trainer
            prepared = self._compiled(job)
            self._train_in(prepared, job, ahead)
        return prepared.program

    def _train_in(self, prepared: Prepared, job: Job, ahead: float) -> None:
        """Train the run; fuse the program's epochs if that is due."""
        program, started = prepared.program, time.process_time()
        if prepared.fused is not None:
            run_through(program, job, prepared.fused)
            return
        is_due = prepared.is_worth_fusing(self._fuse_after, ahead)
        with self._alone(job.key) if is_due else nullcontext(False) as is_alone:
            # While another trainer compiles, this one goes on as before: later it reads what that one has kept.
            record = Record() if is_alone else None
            run_through(program, job, record=record)
            prepared.took(time.process_time() - started)
            if record is not None and len(record.digests) == job.epochs:
                prepared.fused = self._fused(program, job, record)
                prepared.single = prepared.fused is None

    @staticmethod
    def _fused(program: Program, job: Job, record: Record) -> FusedEpochs | None:
        """Return the program's epochs in groups, if their bits are the same.

        Args:
            program: it has just trained the run.
            job: the run.
            record: all its epochs.
        """
        if not can_fuse(program, job) or (together := epochs_together(program, job, record.epoch_s)) < 2:
            return None
        fused = FusedEpochs(program, together)
        program.initial.assign(job.run)
        try:
            return fused if repeats(fused, job, record) else None
        except (tf.errors.OpError, NotForXLA, ValueError, TypeError):
            return None  # which XLA refuses: single epochs it was

    def _program(self, job: Job) -> Prepared:
        """Return a program whose variables hold the run's initial values."""
        prepared = self._programs.get(job.key)
        if prepared is not None:
            prepared.program.initial.assign(job.run)
            if not self._as_if_built(prepared, job):
                prepared = None
        if prepared is None:
            prepared = self._compiled(job)
        self._programs.move_to_end(job.key)
        while len(self._programs) > PROGRAMS:
            self._forget(next(iter(self._programs)))
        return prepared

    def _compiled(self, job: Job) -> Prepared:
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
        prepared = self._programs[job.key] = Prepared(program)
        return prepared

    def _as_if_built(self, prepared: Prepared, job: Job) -> bool:
        """Return whether the initial values are those of a newly built model.

        This is checked for the first few values of `init`.
        """
        value, proven = job.run.manifest.source_value("init"), prepared.checked
        if value in proven or len(proven) >= CHECKS:
            return True
        proven.add(value)
        fresh = building.build(job.code, job.run, job.split.x_train)
        return fresh.reused and prepared.program.initial.equal(fresh)

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
        if self._programs.pop(key, None) is not None:
            gc.collect()
