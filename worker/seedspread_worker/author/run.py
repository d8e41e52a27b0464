"""What a recipe sees of the run it is training: parameters, seeds, and where to report."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

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

    def note(self, **facts: Any) -> None:
        """Something more about the environment of the run."""

    def cancelled(self) -> bool:
        """Whether somebody asked for the run to end."""


class Keeper(Protocol):
    """Where a run's checkpoints are kept between attempts."""

    @property
    def age_s(self) -> float:
        """Seconds since the last checkpoint, or since the start of the attempt."""

    def keep(self, step: int, content: Mapping[str, Any]) -> None:
        """Keep `content`, everything reported so far and the states of the process's generators."""

    def kept(self) -> Mapping[str, Any] | None:
        """Return the last content kept by an earlier attempt, after putting everything else back; None without one."""


class Handed(NamedTuple):
    """A generator that was given to the recipe, and where it stood then."""

    source: str
    name: str
    generator: np.random.Generator
    start: Mapping[str, Any]


@dataclass
class SeedUsage:
    """What a recipe did with its sources: which seeds it asked for, which generators it drew from."""

    seeds: list[tuple[str, int]] = field(default_factory=list)
    generators: list[Handed] = field(default_factory=list)
    manifest_read: bool = False

    @property
    def used(self) -> frozenset[str]:
        """Sources whose value reached the recipe; a generator counts once it was drawn from."""
        drawn = (item.source for item in self.generators if item.generator.bit_generator.state != item.start)
        return frozenset([*(source for source, _ in self.seeds), *drawn])

    @property
    def requested(self) -> frozenset[str]:
        """Sources whose seed or generator the recipe asked for, drawn from or not."""
        return frozenset([*(source for source, _ in self.seeds), *(item.source for item in self.generators)])

    @property
    def count(self) -> int:
        """How often a seed or a generator was asked for."""
        return len(self.seeds) + len(self.generators)

    def handed_out(self, value: int) -> bool:
        """Say whether `value` is a seed that the recipe got."""
        return any(value == seed for _, seed in self.seeds)

    def digest(self) -> str:
        """Return the SHA-256 digest of the seeds and generators asked for, whatever their order."""
        generators = {(item.source, item.name, item.start["state"]["state"]) for item in self.generators}
        asked = sorted(map(repr, {*self.seeds, *generators}))
        return hashlib.sha256("\n".join(asked).encode()).hexdigest()


class OrderedGenerator(np.random.Generator):
    """A NumPy generator that reports the first order it draws."""

    def __init__(self, bits: np.random.BitGenerator, note: Callable[[Any], None]) -> None:
        super().__init__(bits)
        self._note: Callable[[Any], None] | None = note

    def permutation(self, x: Any, axis: int = 0) -> Any:
        """As `numpy.random.Generator.permutation`."""
        order = super().permutation(x, axis)
        self._noted(order)
        return order

    def shuffle(self, x: Any, axis: int = 0) -> None:
        """As `numpy.random.Generator.shuffle`."""
        super().shuffle(x, axis)
        self._noted(x)

    def _noted(self, order: Any) -> None:
        note, self._note = self._note, None
        if note is not None:
            note(order)


class Run:
    """One training under one set of source values."""

    def __init__(self, recipe: Recipe, manifest: Manifest, sink: Sink, keeper: Keeper | None = None) -> None:
        self._manifest = manifest
        self.recipe = recipe
        # A data file may lie elsewhere on this machine than where the study found it.
        self.parameters: Any = recipe.check(dict(manifest.parameters) | located(manifest))
        self.facts: Mapping[str, int | float | str] = {}
        self.usage = SeedUsage()
        self._sink = sink
        self._keeper = keeper
        self._reported: dict[tuple[FingerprintKind, int], str] = {}
        self._last_weights: str | None = None

    @property
    def manifest(self) -> Manifest:
        """Everything that determines the run; ask for seeds with `seed` and `rng`, which the audit can follow."""
        self.usage.manifest_read = True
        return self._manifest

    @property
    def device(self) -> str:
        """The device to train on, as PyTorch and JAX call it: "cpu" or "cuda"."""
        return "cpu" if self._manifest.settings.device == "cpu" else "cuda"

    def seed(self, source: str) -> int:
        """Return the value of `source` in this run, in [0, 2**31).

        Raises:
            InvalidInput: the recipe does not declare that source.
        """
        value = self._manifest.value(_source(source))
        self.usage.seeds.append((source, value))
        return value

    def rng(self, source: str, name: str = "rng") -> np.random.Generator:
        """Return a fresh NumPy generator of `source`; another `name` gives an independent one.

        The first order that the generator of `shuffle` draws (of `algorithm`, for a recipe without `shuffle`) is
        fingerprinted as the run's order.

        Raises:
            InvalidInput: the recipe does not declare that source.
        """
        bits = np.random.PCG64(derive_bits(self._manifest.value(_source(source)), name, 128))
        orders = Source.SHUFFLE if Source.SHUFFLE in self.recipe.sources else Source.ALGORITHM
        generator = OrderedGenerator(bits, self._note_order) if source == orders else np.random.Generator(bits)
        self.usage.generators.append(Handed(source, name, generator, generator.bit_generator.state))
        return generator

    def data_path(self, parameter: str) -> Path | None:
        """The data file that `parameter` names, or None where it names a built-in data set."""
        data = self._manifest.data.get(parameter)
        return None if data is None else Path(data.path)

    def plan(self, epochs: Any) -> None:
        """Announce how many epochs (or steps) are to come, for progress and time left.

        Raises:
            InvalidInput: not a number above 0.
        """
        number = step_of(epochs, "epochs")
        self._sink.plan(math.ceil(number))

    def note(self, **facts: Any) -> None:
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
        """Report a digest computed elsewhere; the first one of its kind and step counts."""
        if (kind, step) not in self._reported:
            self._reported[kind, step] = digest
            self._sink.fingerprint(kind, digest, step)

    def weights(self, epoch: Any, arrays: Iterable[Any]) -> None:
        """Report the digest of the weights after `epoch` (from 1); 0 stands for the initial weights.

        The last ones reported are the run's final weights. PyTorch's and JAX's arrays are taken as well as NumPy's.
        """
        number = step_of(epoch, "epoch")
        if not isinstance(number, int):
            raise InvalidInput("epoch", number, "a whole number, 0 for the initial weights")
        digest = digest_arrays(tuple(_as_array(array) for array in arrays))
        self.report_digest(FingerprintKind.WEIGHTS if number else FingerprintKind.INITIAL, digest, number)
        self._last_weights = digest

    def finish(self) -> None:
        """Report what only the end of the training shows: the final weights and the seeds that were asked for."""
        if self._last_weights is not None:
            self.report_digest(FingerprintKind.FINAL, self._last_weights)
        if self.usage.used:
            self.report_digest(FingerprintKind.SEEDS, self.usage.digest())

    def checkpoint(self, step: int, state: Any) -> None:
        """Keep `state` and every generator's state, so that a killed run goes on after `step`; see `resume`.

        Args:
            step: the last step that `state` includes.
            state: whatever the training needs to go on (weights, optimizer), as `pickle` takes it.
        """
        if self._keeper is not None:
            generators = [
                (item.source, item.name, item.generator.bit_generator.state) for item in self.usage.generators
            ]
            self._keeper.keep(step, {"state": state, "generators": generators, "fingerprints": dict(self._reported)})

    def checkpoint_due(self, every_s: float) -> bool:
        """Check whether the last checkpoint, or the start, is `every_s` seconds ago; never where none are kept."""
        return self._keeper is not None and self._keeper.age_s >= every_s

    def resume(self) -> Any:
        """Return the state of the last `checkpoint` of an earlier attempt at this run; None at a first start.

        Call it right before the training loop: generators taken before it go on from where the checkpoint has them,
        and so do the process's own; what was logged until then is there again.
        """
        kept = None if self._keeper is None else self._keeper.kept()
        if kept is None:
            return None
        left = list(self.usage.generators)
        for source, name, state in kept["generators"]:
            match = next((item for item in left if (item.source, item.name) == (source, name)), None)
            if match is not None:
                match.generator.bit_generator.state = state
                left.remove(match)
        for (kind, step), digest in kept["fingerprints"].items():
            self.report_digest(kind, digest, step)
            self._last_weights = digest if kind is FingerprintKind.WEIGHTS else self._last_weights
        return kept["state"]

    def _note_order(self, order: Any) -> None:
        self.report_digest(FingerprintKind.ORDER, digest_arrays([np.asarray(order)]))

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


def _as_array(given: Any) -> NDArray[Any]:
    """Return an array of any framework as NumPy's, from any device and with or without gradients."""
    tensor = given.detach().cpu() if hasattr(given, "detach") else given
    if str(getattr(tensor, "dtype", "")) == "torch.bfloat16":
        tensor = tensor.float()  # exact; NumPy has no bfloat16
    return np.asarray(tensor)


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
