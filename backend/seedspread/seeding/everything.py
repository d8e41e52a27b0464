"""Seed the global generators of every imported library.

A report lists what was set and what could not be.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from seedspread.core.seeds import MAX_SEED, derive
from seedspread.errors import InvalidInput
from seedspread.seeding import sentences
from seedspread.seeding.hash_seed import hash_seed


@dataclass(frozen=True)
class Setting:
    """Call that was made: library, call as written, and value."""

    library: str
    call: str
    value: int | bool


@dataclass(frozen=True)
class Skipped:
    """Generator that was not seeded, and why."""

    library: str
    reason: str


@dataclass(frozen=True)
class SeedReport:
    """Report of `seed_everything`.

    `jax_key` is the key to pass on, because JAX has no global generator.
    """

    seed: int
    settings: tuple[Setting, ...]
    skipped: tuple[Skipped, ...]
    jax_key: Any = None

    def value(self, library: str) -> int | bool | None:
        """Return the seed that `library` got, or None."""
        return next((setting.value for setting in self.settings if setting.library == library), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the report without the key, for JSON."""
        return {
            "seed": self.seed,
            "settings": [vars(setting) for setting in self.settings],
            "skipped": [vars(skipped) for skipped in self.skipped],
        }

    def __str__(self) -> str:
        lines = [f"seed {self.seed}"]
        lines += [f"  set   {s.library}: {s.call}" for s in self.settings]
        lines += [f"  left  {s.library}: {s.reason}" for s in self.skipped]
        return "\n".join(lines)


def seed_everything(seed: int, *, deterministic: bool = False) -> SeedReport:
    """Seed the global generators of all imported libraries.

    These are `random`, and NumPy, Keras, TensorFlow and PyTorch if they are imported. Each library gets `derive(seed,
    library)`, so that no two start from the same number. A library imported later is not seeded: import first, then
    call this. PYTHONHASHSEED can only be reported (see `reexec_with_hash_seed`).

    Args:
        seed: 0 to 2**53 - 1.
        deterministic: also ask TensorFlow and PyTorch for deterministic operations; this can make them slower, and
            operations without a deterministic form raise.

    Raises:
        InvalidInput: the seed is out of range.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise InvalidInput("seed", seed, f"an integer from 0 to {MAX_SEED}")
    settings: list[Setting] = []
    skipped: list[Skipped] = []
    # Keras comes first: its own call seeds the others too, with one number for all of them.
    for library, act in _LIBRARIES.items():
        module = random if library == "random" else sys.modules.get(library)
        if module is None:
            skipped.append(Skipped(library, sentences.NOT_IMPORTED))
        else:
            settings += act(module, derive(seed, library), deterministic)
    jax = sys.modules.get("jax")
    key = None
    if jax is None:
        skipped.append(Skipped("jax", sentences.NOT_IMPORTED))
    else:
        value = derive(seed, "jax")
        key = jax.random.key(value)
        settings.append(Setting("jax", f"jax.random.key({value})", value))
    skipped += _hash_seed_skipped()
    return SeedReport(seed, tuple(settings), tuple(skipped), key)


def _random(module: ModuleType, value: int, _: bool) -> Iterator[Setting]:
    module.seed(value)
    yield Setting("random", f"random.seed({value})", value)


def _numpy(module: ModuleType, value: int, _: bool) -> Iterator[Setting]:
    module.random.seed(value)
    yield Setting("numpy", f"numpy.random.seed({value})", value)


def _keras(module: ModuleType, value: int, _: bool) -> Iterator[Setting]:
    module.utils.set_random_seed(value)
    yield Setting("keras", f"keras.utils.set_random_seed({value})", value)


def _tensorflow(module: ModuleType, value: int, deterministic: bool) -> Iterator[Setting]:
    module.random.set_seed(value)
    yield Setting("tensorflow", f"tf.random.set_seed({value})", value)
    if deterministic:
        module.config.experimental.enable_op_determinism()
        yield Setting("tensorflow", "tf.config.experimental.enable_op_determinism()", True)


def _torch(module: ModuleType, value: int, deterministic: bool) -> Iterator[Setting]:
    module.manual_seed(value)
    yield Setting("torch", f"torch.manual_seed({value})", value)
    if module.cuda.is_available():
        module.cuda.manual_seed_all(value)
        yield Setting("torch", f"torch.cuda.manual_seed_all({value})", value)
    if deterministic:
        module.use_deterministic_algorithms(True)
        module.backends.cudnn.benchmark = False
        yield Setting("torch", "torch.use_deterministic_algorithms(True)", True)


_LIBRARIES: dict[str, Callable[[ModuleType, int, bool], Iterator[Setting]]] = {
    "keras": _keras,
    "random": _random,
    "numpy": _numpy,
    "tensorflow": _tensorflow,
    "torch": _torch,
}


def _hash_seed_skipped() -> Iterator[Skipped]:
    current = hash_seed()
    if current.in_force is not None:
        return
    yield Skipped("PYTHONHASHSEED", sentences.hash_seed_skipped(too_late=current.too_late))
