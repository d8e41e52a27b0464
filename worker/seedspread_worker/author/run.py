"""Interface of a recipe to its run: parameters, seeds and reports."""

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
from seedspread_worker import sentences
from seedspread_worker.author.fingerprints import digest_arrays
from seedspread_worker.author.recipe import Recipe

Step = int | float
"""A step of a series: a whole number where it is one, else a float."""

LARGEST_STEP = 2**53
"""Above, steps that differ by 1 can be equal."""


class Cancelled(Exception):  # not a SeedspreadError: no recipe is to catch it by accident
    """Raised in a recipe whose run was cancelled."""


class Sink(Protocol):
    """Receiver of a run's reports."""

    def metrics(self, epoch: int, step: Step, values: Mapping[str, float]) -> None:
        """Report one point of every named series."""

    def fingerprint(self, kind: FingerprintKind, digest: str, step: int) -> None:
        """Report one digest."""

    def examples(self, examples: Examples) -> None:
        """Report per-example results."""

    def plan(self, epochs: int) -> None:
        """Report the number of epochs (or steps) to come."""

    def note(self, **facts: Any) -> None:
        """Report a further fact about the environment of the run."""

    def hold(self) -> None:
        """Let points and digests wait for `release`."""

    def release(self) -> None:
        """Send what waits."""

    def cancelled(self) -> bool:
        """Return whether a user asked to cancel the run."""


class Keeper(Protocol):
    """Store of a run's checkpoints between attempts."""

    @property
    def age_s(self) -> float:
        """Seconds since the last checkpoint, or since the start of the attempt."""

    def keep(self, step: int, content: Mapping[str, Any]) -> None:
        """Store `content`, everything reported so far and the generators' states."""

    def kept(self) -> Mapping[str, Any] | None:
        """Restore everything else and return an earlier attempt's content.

        Return None if no attempt left any.
        """


class Handed(NamedTuple):
    """Generator that was given to the recipe, and its state then."""

    source: str
    name: str
    generator: np.random.Generator
    start: Mapping[str, Any]


@dataclass
class SeedUsage:
    """Seeds that a recipe requested and generators that it drew from.

    `traced` are the sources whose fingerprint was taken of what their own generator drew; `applied` those whose
    fingerprint is of what the engine itself then trained with.
    """

    seeds: list[tuple[str, int]] = field(default_factory=list)
    generators: list[Handed] = field(default_factory=list)
    manifest_read: bool = False
    traced: set[str] = field(default_factory=set)
    applied: set[str] = field(default_factory=set)

    @property
    def used(self) -> frozenset[str]:
        """Sources whose value reached the recipe.

        A generator counts once it was drawn from.
        """
        drawn = (item.source for item in self.generators if item.generator.bit_generator.state != item.start)
        return frozenset([*(source for source, _ in self.seeds), *drawn])

    @property
    def requested(self) -> frozenset[str]:
        """Sources whose seed or generator the recipe requested.

        A generator counts even if it was never drawn from.
        """
        return frozenset([*(source for source, _ in self.seeds), *(item.source for item in self.generators)])

    @property
    def count(self) -> int:
        """Number of requests for a seed or a generator."""
        return len(self.seeds) + len(self.generators)

    def handed_out(self, value: int) -> bool:
        """Return whether `value` is a seed that the recipe got."""
        return any(value == seed for _, seed in self.seeds)

    def digest(self) -> str:
        """Return the SHA-256 digest of the requested seeds and generators.

        Their order does not matter.
        """
        generators = {(item.source, item.name, item.start["state"]["state"]) for item in self.generators}
        requests = sorted(map(repr, {*self.seeds, *generators}))
        return hashlib.sha256("\n".join(requests).encode()).hexdigest()


class OrderedGenerator(np.random.Generator):
    """NumPy generator that reports the first order it draws."""

    def __init__(self, bits: np.random.BitGenerator, note: Callable[[Any], None]) -> None:
        super().__init__(bits)
        self._note: Callable[[Any], None] | None = note

    def permutation(self, x: Any, axis: int = 0) -> Any:
        """Permute as `numpy.random.Generator.permutation` does."""
        order = super().permutation(x, axis)
        self._noted(order)
        return order

    def shuffle(self, x: Any, axis: int = 0) -> None:
        """Shuffle as `numpy.random.Generator.shuffle` does."""
        super().shuffle(x, axis)
        self._noted(x)

    def _noted(self, order: Any) -> None:
        note, self._note = self._note, None
        if note is not None:
            note(order)


class Run:
    """Training of one recipe under one set of source values."""

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
        self._metrics = {metric.name for metric in recipe.metrics}

    @property
    def manifest(self) -> Manifest:
        """Inputs that determine the run.

        Request seeds with `seed` and `rng`, which the audit can follow.
        """
        self.usage.manifest_read = True
        return self._manifest

    @property
    def _orders(self) -> Source:
        """Source that draws the order of the examples."""
        return Source.SHUFFLE if Source.SHUFFLE in self.recipe.sources else Source.ALGORITHM

    @property
    def device(self) -> str:
        """Device to train on, as PyTorch and JAX name it.

        It is "cpu" or "cuda".
        """
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
        """Return a fresh NumPy generator of `source`.

        Another `name` gives an independent generator. The first order that the generator of `shuffle` draws (of
        `algorithm`, for a recipe without `shuffle`) is fingerprinted as the run's order.

        Raises:
            InvalidInput: the recipe does not declare that source.
        """
        bits = np.random.PCG64(derive_bits(self._manifest.value(_source(source)), name, 128))
        generator = OrderedGenerator(bits, self._note_order) if source == self._orders else np.random.Generator(bits)
        self.usage.generators.append(Handed(source, name, generator, generator.bit_generator.state))
        return generator

    def data_path(self, parameter: str) -> Path | None:
        """Return the data file that `parameter` names.

        Return None for a built-in data set.
        """
        data = self._manifest.data.get(parameter)
        return None if data is None else Path(data.path)

    def plan(self, epochs: Any) -> None:
        """Announce the number of epochs (or steps), for progress and time left.

        Raises:
            InvalidInput: `epochs` is no number from 0 to 2**53.
        """
        number = step_of(epochs, "epochs")
        self._sink.plan(math.ceil(number))

    def note(self, **facts: Any) -> None:
        """Add facts to the record of the run's environment."""
        self._sink.note(**facts)

    def hold(self) -> None:
        """Let points and digests wait for `release`.

        Many of them are then sent at once.
        """
        self._sink.hold()

    def release(self) -> None:
        """Send what waits, and the next points and digests at once."""
        self._sink.release()

    def log(self, step: Any, /, **metrics: Any) -> None:
        """Report one point of each metric at `step`.

        Steps start at 0, increase, and may be fractions. Steps and values may be NumPy scalars, or arrays and tensors
        without dimensions. Non-finite values are kept, and so are metrics that the recipe does not declare.

        Raises:
            InvalidInput: a step or value that is no single number.
            Cancelled: a user cancelled the run.
        """
        at = step_of(step, "step")
        for name in metrics.keys() - self._metrics:
            self._metrics.add(name)
            # Said once, in the run's log.
            print(sentences.unknown_metric(name))  # noqa: T201
        values = {name: number_of(value, name) for name, value in metrics.items()}
        self._sink.metrics(int(at), at, values)
        self.check_cancelled()

    def log_epoch(self, epoch: int, epochs: int, /, **metrics: float) -> None:
        """Report an epoch's metrics, and print them to the run's log.

        For trainings whose author writes no loop and so prints nothing. Epochs count from 1.

        Raises:
            Cancelled: a user cancelled the run.
        """
        print(sentences.epoch_line(epoch, epochs, metrics))  # noqa: T201
        self.log(epoch, **metrics)

    def fingerprint(self, kind: str, *arrays: NDArray[Any], step: int = 0) -> bool:
        """Report the digest of `arrays` under its kind.

        `kind` is `data`, `split`, `initial`, `order`, `weights` or `final`. Return False if the run had one already:
        the first of its kind and step counts.
        """
        return self.report_digest(FingerprintKind(kind), digest_arrays(arrays), step)

    def report_digest(self, kind: FingerprintKind, digest: str, step: int = 0) -> bool:
        """Report a digest that was computed elsewhere.

        The first digest of its kind and step counts; return False for any other.
        """
        if (kind, step) in self._reported:
            return False
        self._reported[kind, step] = digest
        self._sink.fingerprint(kind, digest, step)
        return True

    def weights(self, epoch: Any, arrays: Iterable[Any]) -> None:
        """Report the digest of the weights after `epoch`.

        Epochs start at 1; 0 means the initial weights. The last reported weights are the run's final weights. Arrays
        may be NumPy's, PyTorch's or JAX's.
        """
        number = step_of(epoch, "epoch")
        if not isinstance(number, int):
            raise InvalidInput("epoch", number, "a whole number, 0 for the initial weights")
        digest = digest_arrays(tuple(as_array(array) for array in arrays))
        self.report_digest(FingerprintKind.WEIGHTS if number else FingerprintKind.INITIAL, digest, number)
        self._last_weights = digest

    def finish(self) -> None:
        """Report the final weights and the requested seeds at the end."""
        if self._last_weights is not None:
            self.report_digest(FingerprintKind.FINAL, self._last_weights)
        if self.usage.used:
            self.report_digest(FingerprintKind.SEEDS, self.usage.digest())

    def checkpoint(self, step: int, state: Any) -> None:
        """Store `state` and every generator's state, so that `resume` can continue.

        Args:
            step: the last step that `state` includes.
            state: everything the training needs to continue (weights, optimizer), in a form that `pickle` accepts.
        """
        if self._keeper is not None:
            generators = [
                (item.source, item.name, item.generator.bit_generator.state) for item in self.usage.generators
            ]
            prints = dict(self._reported)
            traced = sorted(self.usage.traced)
            self._keeper.keep(
                step, {"state": state, "generators": generators, "fingerprints": prints, "traced": traced}
            )

    def checkpoint_due(self, every_s: float) -> bool:
        """Return whether the last checkpoint, or the start, is `every_s` seconds ago.

        Never due if no checkpoints are stored.
        """
        return self._keeper is not None and self._keeper.age_s >= every_s

    def resume(self) -> Any:
        """Return the state of an earlier attempt's last `checkpoint`.

        Return None at a first start. Call it right before the training loop: generators taken before it, and those of
        the process, continue from their states in the checkpoint, and everything logged until then is reported again.
        """
        checkpoint = None if self._keeper is None else self._keeper.kept()
        if checkpoint is None:
            return None
        unseeded = list(self.usage.generators)
        for source, name, state in checkpoint["generators"]:
            match = next((item for item in unseeded if (item.source, item.name) == (source, name)), None)
            if match is not None:
                match.generator.bit_generator.state = state
                unseeded.remove(match)
        self.usage.traced.update(checkpoint.get("traced", ()))
        for (kind, step), digest in checkpoint["fingerprints"].items():
            self.report_digest(kind, digest, step)
            self._last_weights = digest if kind is FingerprintKind.WEIGHTS else self._last_weights
        return checkpoint["state"]

    def _note_order(self, order: Any) -> None:
        if self.report_digest(FingerprintKind.ORDER, digest_arrays([np.asarray(order)])):
            self.usage.traced.add(self._orders.value)

    def examples(self, correct: NDArray[np.bool_], scores: NDArray[Any] | None = None) -> None:
        """Report which validation examples were predicted correctly.

        `scores` holds one score per example, of the positive or true class.
        """
        correct = np.asarray(correct, dtype=bool)
        packed = None if scores is None else np.asarray(scores, dtype="<f4").tobytes()
        self._sink.examples(Examples(len(correct), np.packbits(correct).tobytes(), packed))

    def check_cancelled(self) -> None:
        """End the training here if a user cancelled the run.

        Raises:
            Cancelled: a user cancelled the run.
        """
        if self._sink.cancelled():
            raise Cancelled


def as_array(array: Any) -> NDArray[Any]:
    """Return an array of any framework as NumPy's.

    It may be on any device, with or without gradients.
    """
    tensor = array.detach().cpu() if hasattr(array, "detach") else array
    if str(getattr(tensor, "dtype", "")) == "torch.bfloat16":
        tensor = tensor.float()  # exact; NumPy has no bfloat16
    return np.asarray(tensor)


def _source(name: str) -> Source:
    try:
        return Source(name)
    except ValueError:
        raise InvalidInput("source", name, f"one of {', '.join(Source)}") from None


def located(manifest: Manifest) -> dict[str, str]:
    """Return the data file parameters with their paths on this machine."""
    return {name: data.path for name, data in manifest.data.items() if name in manifest.parameters}


def number_of(value: Any, name: str) -> float:
    """Return a single number as a float.

    It may be Python's, NumPy's, or an array or tensor without dimensions.

    Raises:
        InvalidInput: any other value; the error names it.
    """
    expected = "a single number, also a NumPy scalar or an array or tensor of shape ()"
    shape = getattr(value, "shape", ())
    single = isinstance(value, int | float | np.number | np.bool_) or (hasattr(value, "shape") and len(shape) == 0)
    no_number = getattr(getattr(value, "dtype", None), "kind", "f") in "cmMOSU"  # complex, times, objects, text
    if isinstance(value, complex) or no_number or not single:
        described = f"{type(value).__name__} of shape {tuple(shape)}" if len(shape) else value
        raise InvalidInput(name, described, expected)
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(name, value, expected) from None


def step_of(value: Any, name: str) -> Step:
    """Return a step, as an int if it is a whole number.

    Raises:
        InvalidInput: the value is no single number from 0 to 2**53; the error names it.
    """
    number = number_of(value, name)
    exact = value if isinstance(value, int) else number  # as a float, 2**53 + 1 is 2**53
    if isinstance(value, bool | np.bool_) or not 0 <= exact <= LARGEST_STEP:  # NaN fails too
        raise InvalidInput(name, value, "a number from 0 to 2**53")
    return int(number) if number.is_integer() else number
