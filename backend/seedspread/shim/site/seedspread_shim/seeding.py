"""Seed libraries' global generators as they are imported.

Seeds that the script sets itself are recorded.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

from . import record, sentences
from .hooks import Finder, wrap

_reported: set[str] = set()


def install(finder: Finder, values: dict[str, int]) -> None:
    """Seed each library after its import, and imported ones at once."""
    actions = {
        "random": _random,
        "numpy.random": _numpy,
        "torch": _torch,
        "tensorflow": _tensorflow,
        "keras": _keras,
        "jax.random": _jax,
    }
    for name, action in actions.items():
        value = values[name.partition(".")[0]]

        def act(module: ModuleType, action: Any = action, value: int = value) -> None:
            action(module, value)

        if name in sys.modules:
            act(sys.modules[name])
        else:
            finder.after[name] = act


def _seeded(library: str, call: str, value: int) -> None:
    record.event("seeded", library=library, call=call, value=value)


def _random(module: ModuleType, value: int) -> None:
    module.seed(value)
    _seeded("random", f"random.seed({value})", value)
    _watch(module, "seed", "random.seed")


def _numpy(module: ModuleType, value: int) -> None:
    module.seed(value)
    _seeded("numpy", f"numpy.random.seed({value})", value)
    _watch(module, "seed", "numpy.random.seed")
    original, sequence, drawn = module.default_rng, module.SeedSequence, [0]

    def default_rng(seed: Any = None) -> Any:
        """Return a NumPy generator.

        Without a seed, it is seeded from the run, with a new stream at each call.
        """
        if seed is None:
            seed = sequence([value, drawn[0]])
            drawn[0] += 1
        return original(seed)

    default_rng.__doc__ = original.__doc__
    module.default_rng = default_rng  # type: ignore[attr-defined]


def _torch(module: ModuleType, value: int) -> None:
    module.manual_seed(value)
    _seeded("torch", f"torch.manual_seed({value})", value)
    _watch(module, "manual_seed", "torch.manual_seed")


def _tensorflow(module: ModuleType, value: int) -> None:
    module.random.set_seed(value)
    _seeded("tensorflow", f"tf.random.set_seed({value})", value)


def _keras(module: ModuleType, value: int) -> None:
    # Keras draws the seeds of its layers from `random`, which is seeded; its own call would seed the others again.
    _watch(module.utils, "set_random_seed", "keras.utils.set_random_seed")


def _jax(module: ModuleType, value: int) -> None:
    """Make constant JAX keys follow the run's seed."""
    for name in ("PRNGKey", "key"):
        original = getattr(module, name, None)
        if original is not None:
            setattr(module, name, _folded(original, module.fold_in, value))
    _seeded("jax", sentences.jax_keys(value), value)


def _folded(original: Any, fold_in: Any, value: int) -> Any:
    def key(*args: Any, **kwargs: Any) -> Any:
        return fold_in(original(*args, **kwargs), value)

    key.__doc__ = original.__doc__
    return key


def _watch(owner: Any, name: str, call: str) -> None:
    """Record constant seeds that the script sets itself.

    They override the shim's seeds.
    """

    def noted(value: Any = None, *args: Any, **kwargs: Any) -> None:
        if value is None or str(value) == os.environ.get("SEEDSPREAD_SEED") or call in _reported:
            return
        _reported.add(call)
        if str(value).isdigit() and len(str(value)) < 10:
            record.finding("seeded_by_script", sentences.seeded_by_script(call, value))

    wrap(owner, name, noted)
