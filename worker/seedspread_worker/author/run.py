"""What a recipe sees of the run it is training: parameters, seeds, and where to report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seedspread.core.manifest import Manifest
from seedspread.core.report import Examples, FingerprintKind
from seedspread.core.seeds import derive_bits
from seedspread.core.sources import Source
from seedspread.errors import InvalidInput
from seedspread_worker.author.fingerprints import digest_arrays
from seedspread_worker.author.recipe import Recipe

Step = int | float
"""A step of a series: a whole number where it is one, else a float."""

LARGEST_STEP = 2**53
"""Above, steps that differ by 1 can be equal."""


class Cancelled(Exception):  # not a SeedspreadError: no recipe is to catch it by accident
    """The run was cancelled while it trained."""


class Sink(Protocol):
    """Where a run's reports go."""

    def metrics(self, epoch: int, step: Step, values: Mapping[str, float]) -> None:
        """One point of every series named."""

    def fingerprint(self, kind: FingerprintKind, digest: str, step: int) -> None:
        """One digest."""

    def examples(self, examples: Examples) -> None:
        """Per-example results."""

    def plan(self, epochs: int) -> None:
        """How many epochs (or steps) are to come."""

    def note(self, **facts: str) -> None:
        """Something more about the environment of the run."""

    def cancelled(self) -> bool:
        """Whether somebody asked for the run to end."""


class Run:
    """One training under one set of source values."""

    def __init__(self, recipe: Recipe, manifest: Manifest, sink: Sink) -> None:
        self.manifest = manifest
        self.recipe = recipe
        # A data file may lie elsewhere on this machine than where the study found it.
        self.parameters: Any = recipe.check(dict(manifest.parameters) | located(manifest))
        self.facts: Mapping[str, int | float | str] = {}
        self.seeds_asked = 0
        self._sink = sink
        self._reported: set[tuple[FingerprintKind, int]] = set()

    def seed(self, source: str) -> int:
        """The value of `source` in this run, in [0, 2**31).

        Raises:
            InvalidInput: the recipe does not declare that source.
        """
        self.seeds_asked += 1
        return self.manifest.value(_source(source))

    def rng(self, source: str, name: str = "rng") -> np.random.Generator:
        """A fresh NumPy generator of `source`; another `name` gives an independent one."""
        return np.random.Generator(np.random.PCG64(derive_bits(self.seed(source), name, 128)))

    def data_path(self, parameter: str) -> Path | None:
        """The data file that `parameter` names, or None where it names a built-in data set."""
        data = self.manifest.data.get(parameter)
        return None if data is None else Path(data.path)

    def plan(self, epochs: Any) -> None:
        """Announce how many epochs (or steps) are to come, for progress and time left.

        Raises:
            InvalidInput: not a number above 0.
        """
        number = step_of(epochs, "epochs")
        self._sink.plan(math.ceil(number))

    def note(self, **facts: str) -> None:
        """Adds to what is recorded of the run's environment (the engine that was chosen, say)."""
        self._sink.note(**facts)

    def log(self, step: Any, /, **metrics: Any) -> None:
        """Report one point of each metric at `step` (from 0, growing); non-finite values are kept.

        Steps may be fractions. Steps and values may be NumPy scalars, or arrays and tensors of no dimension.

        Raises:
            InvalidInput: a metric that the recipe does not declare, a step or value that is no single number.
            Cancelled: a user asked for the run to end.
        """
        at = step_of(step, "step")
        declared = {metric.name for metric in self.recipe.metrics}
        for name in metrics:
            if name not in declared:
                raise InvalidInput("metric", name, f"one the recipe declares: {', '.join(sorted(declared))}")
        values = {name: number_of(value, name) for name, value in metrics.items()}
        self._sink.metrics(int(at), at, values)
        self.check_cancelled()

    def fingerprint(self, kind: str, *arrays: NDArray[Any], step: int = 0) -> None:
        """Reports the digest of `arrays` as the run's `data`, `split`, `initial`, `order`, `weights` or `final`."""
        known = FingerprintKind(kind)
        self.report_digest(known, digest_arrays(arrays), step)

    def report_digest(self, kind: FingerprintKind, digest: str, step: int = 0) -> None:
        """Reports a digest computed elsewhere; the first one of its kind and step counts."""
        if (kind, step) not in self._reported:
            self._reported.add((kind, step))
            self._sink.fingerprint(kind, digest, step)

    def weights(self, epoch: Any, arrays: Iterable[NDArray[Any]]) -> None:
        """Reports the digest of the weights after `epoch` (from 1); 0 stands for the initial weights."""
        number = step_of(epoch, "epoch")
        if not isinstance(number, int):
            raise InvalidInput("epoch", number, "a whole number, 0 for the initial weights")
        digest = digest_arrays(tuple(arrays))
        self.report_digest(FingerprintKind.WEIGHTS if number else FingerprintKind.INITIAL, digest, number)

    def examples(self, correct: NDArray[np.bool_], scores: NDArray[Any] | None = None) -> None:
        """Reports which validation examples came out right, and a score an example (of the positive or true class)."""
        correct = np.asarray(correct, dtype=bool)
        packed = None if scores is None else np.asarray(scores, dtype="<f4").tobytes()
        self._sink.examples(Examples(len(correct), np.packbits(correct).tobytes(), packed))

    def check_cancelled(self) -> None:
        """Ends the training here if somebody asked for it.

        Raises:
            Cancelled: somebody did.
        """
        if self._sink.cancelled():
            raise Cancelled


def _source(name: str) -> Source:
    try:
        return Source(name)
    except ValueError:
        raise InvalidInput("source", name, f"one of {', '.join(Source)}") from None


def located(manifest: Manifest) -> dict[str, str]:
    """Return the parameters that name data files, with the path each has here."""
    return {name: data.path for name, data in manifest.data.items() if name in manifest.parameters}


def number_of(value: Any, name: str) -> float:
    """Return a single number as a float: of Python, NumPy, or an array or tensor of no dimension.

    Raises:
        InvalidInput: anything else; the error names it.
    """
    expected = "a single number, also a NumPy scalar or an array or tensor of shape ()"
    shape = getattr(value, "shape", ())
    single = isinstance(value, int | float | np.number | np.bool_) or (hasattr(value, "shape") and len(shape) == 0)
    no_number = getattr(getattr(value, "dtype", None), "kind", "f") in "cmMOSU"  # complex, times, objects, text
    if isinstance(value, complex) or no_number or not single:
        shown = f"{type(value).__name__} of shape {tuple(shape)}" if len(shape) else value
        raise InvalidInput(name, shown, expected)
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(name, value, expected) from None


def step_of(value: Any, name: str) -> Step:
    """Return a step, a whole number where it is one.

    Raises:
        InvalidInput: no single number, or not from 0 to 2**53; the error names it.
    """
    number = number_of(value, name)
    if isinstance(value, bool | np.bool_) or not 0 <= number <= LARGEST_STEP:  # NaN fails too
        raise InvalidInput(name, value, "a number from 0 to 2**53")
    return int(number) if number.is_integer() else number
