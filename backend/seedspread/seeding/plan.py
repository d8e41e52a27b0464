"""Derive values and generators for named sources from one seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seedspread.core.seeds import MAX_SEED, derive
from seedspread.core.sources import Source
from seedspread.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np

FORMAT = "seedspread-seeds/1"


@dataclass(frozen=True, init=False)
class SeedPlan:
    """Seed, the names of its sources, and their pinned values.

    A source's value is `derive(seed, name)`, so adding a source leaves the others as they were. Every call makes a new
    generator, at the start of its stream.
    """

    seed: int
    names: tuple[str, ...]
    pinned: Mapping[str, int] = field(hash=False)

    def __init__(
        self, seed: int, names: Iterable[str] = tuple(Source), *, pinned: Mapping[str, int] | None = None
    ) -> None:
        """Create a plan for `names`, with pinned values for some.

        Raises:
            InvalidInput: a seed outside [0, 2**53), an empty or repeated name, or a pinned value that lies outside
                [0, 2**31) or belongs to no source of `names`.
        """
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
            raise InvalidInput("seed", seed, f"an integer from 0 to {MAX_SEED}")
        if isinstance(names, str):
            raise InvalidInput("names", names, f"a list of names, such as [{names!r}]")
        listed = tuple(str(name) for name in names)
        if "" in listed or len(set(listed)) < len(listed):
            raise InvalidInput("names", listed, "names that are not empty, each once")
        object.__setattr__(self, "seed", seed)
        object.__setattr__(self, "names", listed)
        object.__setattr__(self, "pinned", {self._declared(str(k)): _value(k, v) for k, v in (pinned or {}).items()})

    def value(self, name: str) -> int:
        """Return the value of source `name`, in [0, 2**31).

        Raises:
            InvalidInput: the plan has no such source.
        """
        name = self._declared(str(name))
        pinned = self.pinned.get(name)
        return derive(self.seed, name) if pinned is None else pinned

    def random(self, name: str) -> random.Random:
        """Return a generator of the standard library for source `name`."""
        return random.Random(self.value(name))  # noqa: S311 (repeatable on purpose)

    def rng(self, name: str) -> np.random.Generator:
        """Return a NumPy generator (PCG64) for source `name`."""
        import numpy as np

        return np.random.default_rng(self.value(name))

    def numpy_legacy(self, name: str) -> np.random.RandomState:
        """Return a NumPy `RandomState`, as scikit-learn's `random_state` takes it, for source `name`."""
        import numpy as np

        return np.random.RandomState(self.value(name))

    def tensorflow(self, name: str) -> Any:
        """Return a `tf.random.Generator` (Philox) for source `name`.

        This imports TensorFlow.
        """
        import tensorflow as tf

        return tf.random.Generator.from_seed(self.value(name), alg="philox")

    def keras(self, name: str) -> Any:
        """Return a `keras.random.SeedGenerator` for source `name`.

        This imports Keras.
        """
        import keras

        return keras.random.SeedGenerator(self.value(name))

    def torch(self, name: str, device: str = "cpu") -> Any:
        """Return a `torch.Generator` on `device` for source `name`.

        This imports PyTorch.
        """
        import torch

        return torch.Generator(device).manual_seed(self.value(name))

    def jax(self, name: str) -> Any:
        """Return a typed JAX key for source `name`.

        This imports JAX.
        """
        import jax

        return jax.random.key(self.value(name))

    def as_dict(self) -> dict[str, Any]:
        """Return the plan and every value in it, for JSON.

        `from_dict` is the inverse.
        """
        return {
            "format": FORMAT,
            "seed": self.seed,
            "values": {name: self.value(name) for name in self.names},
            "pinned": sorted(self.pinned),
        }

    @classmethod
    def from_dict(cls, described: Mapping[str, Any]) -> SeedPlan:
        """Rebuild the plan that `as_dict` described.

        Raises:
            InvalidInput: another format, or values that this seed does not give (the description was edited).
        """
        if described.get("format") != FORMAT:
            raise InvalidInput("format", described.get("format"), FORMAT)
        values = described["values"]
        plan = cls(described["seed"], values, pinned={name: values[name] for name in described.get("pinned", ())})
        for name, value in values.items():
            if plan.value(name) != value:
                raise InvalidInput(f"values.{name}", value, f"{plan.value(name)}, which seed {plan.seed} gives")
        return plan

    def _declared(self, name: str) -> str:
        if name not in self.names:
            raise InvalidInput("name", name, f"one of the plan's sources: {', '.join(self.names) or 'it has none'}")
        return name


def _value(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise InvalidInput(f"pinned.{name}", value, "an integer from 0 to 2147483647")
    return value
